#include "archive/scan.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "archive/reader.h"
#include "archive/stream.h"
#include "image/oci.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr size_t kMaxMembers = 1'000'000;

struct FreeArchive {
  void operator()(archive* archive) const { archive_read_free(archive); }
};

InputFile copy_of(Stream& stream, Staging& staging) {
  InputFile copy;
  copy.copy = staging.new_path();
  copy.fd = open_file(copy.copy, O_RDWR | O_CREAT | O_EXCL, 0600);
  for (auto piece = stream.next(); !piece.empty(); piece = stream.next())
    write_all(copy.fd.get(), std::string(piece.begin(), piece.end()));
  check(lseek(copy.fd.get(), 0, SEEK_SET), "cannot read what was copied");
  return copy;
}

bool is_regular(int fd) {
  struct stat st {};
  check(fstat(fd, &st), "cannot look at the archive");
  return S_ISREG(st.st_mode);
}

/// "./a//b" as "a/b"; an empty string for what leads out of the archive.
std::string member_name(const std::string& name) {
  std::string clean = std::filesystem::path("/" + name).lexically_normal().string().substr(1);
  while (clean.ends_with('/')) clean.pop_back();
  return clean;
}

std::string directory_of(const std::string& member) {
  const size_t slash = member.rfind('/');
  return slash == std::string::npos ? "" : member.substr(0, slash + 1);
}

}  // namespace

InputFile open_input(const std::string& path, Staging& staging) {
  const std::string name = path == "-" ? "the standard input" : path;
  Fd fd = path == "-" ? Fd(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) : open_file(path, O_RDONLY);
  if (!fd) throw_errno("cannot read " + name);
  if (is_regular(fd.get()) && lseek(fd.get(), 0, SEEK_CUR) == 0) return {std::move(fd), ""};
  if (path == "-" && isatty(STDIN_FILENO) != 0) {
    throw Error("the standard input is a terminal")
        .remedy("name a file with -i, or send the archive by a pipe");
  }
  PipeStream pipe(fd.get(), name);
  return copy_of(pipe, staging);
}

TarFile::TarFile(const std::string& path, Staging& staging)
    : name_(path == "-" ? "the archive" : printable(path)), fd_(open_input(path, staging).fd) {
  if (compression_of(fd_.get(), 0, kPiece).compressed) {
    PipeStream file(fd_.get(), name_);
    Decompressed plain(file, name_);
    fd_ = copy_of(plain, staging).fd;
  }
  scan();
}

void TarFile::scan() {
  const std::unique_ptr<archive, FreeArchive> reader(archive_read_new());
  archive_read_support_format_tar(reader.get());
  const auto fail = [&] {
    throw Error(name_ + " is no archive of images: " + printable(archive_error_string(reader.get())));
  };
  if (archive_read_open_fd(reader.get(), fd_.get(), kPiece) != ARCHIVE_OK) fail();
  for (;;) {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(reader.get(), &entry);
    if (result == ARCHIVE_EOF) break;
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) fail();
    if (members_.size() + links_.size() > kMaxMembers)
      throw Error(name_ + " has more than a million members");
    const char* path = archive_entry_pathname(entry);
    if (path == nullptr) continue;
    const std::string name = member_name(path);
    if (const char* target = archive_entry_hardlink(entry)) {
      links_[name] = member_name(target);
    } else if (archive_entry_filetype(entry) == AE_IFLNK) {
      links_[name] = member_name(directory_of(name) + archive_entry_symlink(entry));
    } else if (archive_entry_filetype(entry) == AE_IFREG && archive_entry_sparse_count(entry) == 0) {
      // the header has been read, and nothing of the content
      members_[name] = {static_cast<uint64_t>(archive_filter_bytes(reader.get(), 0)),
                        static_cast<uint64_t>(archive_entry_size(entry))};
    }
  }
}

TarFile::Member TarFile::member(const std::string& name) const {
  constexpr int kMaxLinks = 8;
  std::string at = member_name(name);
  for (int i = 0; i < kMaxLinks; ++i) {
    if (const auto found = members_.find(at); found != members_.end()) return found->second;
    const auto link = links_.find(at);
    if (link == links_.end()) break;
    at = link->second;
  }
  throw Error(name_ + " has no member '" + printable(name) + "', which it needs");
}

std::string TarFile::read(const std::string& name) const {
  const Member where = member(name);
  if (where.size > kMaxDocument) throw Error(name_ + ": '" + printable(name) + "' is larger than 4 MiB");
  FileStream stream(fd_.get(), where.offset, where.size, name_);
  std::string text;
  for (auto piece = stream.next(); !piece.empty(); piece = stream.next())
    text.append(piece.begin(), piece.end());
  return text;
}

}  // namespace sdcont
