#include "helper/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "util/error.h"
#include "util/file.h"

namespace sdcont {

OutputFile::OutputFile(const std::string& path) {
  int fd = STDOUT_FILENO;
  struct stat st {};
  if (path.empty() || path == "-") {
    if (isatty(fd) != 0) {
      throw Error("the standard output is a terminal")
          .remedy("name a file with -o, or send the archive into a pipe");
    }
  } else if (stat(path.c_str(), &st) == 0 && !S_ISREG(st.st_mode)) {  // a pipe, a device
    file_ = open_file(path, O_WRONLY);
    fd = file_.get();
  } else {
    const size_t slash = path.rfind('/');
    directory_ =
        open_file(slash == std::string::npos ? "." : path.substr(0, slash + 1), O_PATH | O_DIRECTORY);
    name_ = path.substr(slash + 1);
    part_ = "." + name_ + ".part-" + std::to_string(getpid());
    file_ = open_at(directory_.get(), part_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    fd = file_.get();
  }
  sink_ = [fd](std::span<const char> piece) { write_all(fd, std::string(piece.begin(), piece.end())); };
}

void OutputFile::finish() {
  if (name_.empty()) return;
  if (renameat(directory_.get(), part_.c_str(), directory_.get(), name_.c_str()) != 0)
    throw_errno("cannot make " + name_);
  part_.clear();
}

OutputFile::~OutputFile() {
  if (!part_.empty()) unlinkat(directory_.get(), part_.c_str(), 0);
}

}  // namespace sdcont
