#include "process/program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr int kDeepestScript = 5;  // the kernel follows as many interpreters (fs/exec.c)

Error not_executable(const std::string& name, int error) {
  return Error("cannot execute " + printable(name) + " in the container", error).status(kExitNotExecutable);
}

// The path of "#!path" in a script's first line, or empty.
std::string interpreter_of(const std::string& file) {
  const Fd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return {};
  std::string head(256, '\0');
  const ssize_t n = read(fd.get(), head.data(), head.size());
  if (n < 3 || !head.starts_with("#!")) return {};
  const auto line = words(std::string_view(head).substr(2, head.find('\n') - 2));
  return line.empty() ? std::string() : line[0];
}

// Itself, or by the interpreters that scripts name.
bool leads_to_our_binary(const std::string& file) {
  struct stat ours {};
  struct stat theirs {};
  if (stat("/proc/self/exe", &ours) != 0) return false;
  std::string at = file;
  for (int depth = 0; depth < kDeepestScript && !at.empty(); ++depth) {
    if (stat(at.c_str(), &theirs) != 0) return false;
    if (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino) return true;
    at = interpreter_of(at);
  }
  return false;
}

// What a name may mean, in order.
std::vector<std::string> candidates(const std::string& name, const std::string& path) {
  if (name.find('/') != std::string::npos) return {name};
  std::vector<std::string> files;
  for (const std::string& directory : split(path, ':')) {
    files.push_back((directory.empty() ? "." : directory) + "/" + name);
  }
  return files;
}

// The second look is for what a file server shows to the user, and not to root.
void refuse_our_binary(const std::string& file, const std::vector<std::string>& ours) {
  if (std::find(ours.begin(), ours.end(), file) == ours.end() && !leads_to_our_binary(file)) return;
  throw not_executable(file, 0).remedy("it leads to sdcont's own binary, which never runs inside");
}

// 0 where the file can be executed, else why not.
int why_not(const std::string& file) {
  struct stat st {};
  if (stat(file.c_str(), &st) != 0) return errno;
  if (S_ISDIR(st.st_mode)) return EISDIR;
  if (!S_ISREG(st.st_mode)) return EACCES;
  return faccessat(AT_FDCWD, file.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

// As execve(2) wants them.
std::vector<char*> pointers(const std::vector<std::string>& list) {
  std::vector<char*> result;
  result.reserve(list.size() + 1);
  for (const std::string& item : list) result.push_back(const_cast<char*>(item.c_str()));
  result.push_back(nullptr);
  return result;
}

}  // namespace

std::vector<std::string> find_own_binary(const std::string& name, const std::string& path) {
  std::vector<std::string> files = candidates(name, path);
  std::erase_if(files, [](const std::string& file) { return !leads_to_our_binary(file); });
  return files;
}

std::string find_program(const std::string& name, const std::string& path,
                         const std::vector<std::string>& ours) {
  const Error not_found =
      Error("cannot find '" + printable(name) + "' in the container").status(kExitNotFound);
  if (name.empty()) throw not_found;
  if (name.find('/') != std::string::npos) {
    const int error = why_not(name);
    if (error == ENOENT || error == ENOTDIR) throw not_found;
    if (error != 0) throw not_executable(name, error);
    refuse_our_binary(name, ours);
    return name;
  }
  int refused = 0;
  for (const std::string& file : candidates(name, path)) {
    const int error = why_not(file);
    if (error == 0) {
      refuse_our_binary(file, ours);
      return file;
    }
    if (error == EACCES) refused = error;
  }
  if (refused != 0) throw not_executable(name, refused);
  throw not_found.remedy("looked in PATH=" + path);
}

Error execution_error(const std::string& name, int number) {
  const Error error = not_executable(name, number);
  switch (number) {
    case ENOENT:
      return error.status(kExitNotFound)
          .remedy(
              "the file is there, so the interpreter that it names is not: of its first line, or its dynamic "
              "loader");
    case ENOEXEC:
      return error.remedy("is it for another processor, or a script without a first line '#!…'?");
    case E2BIG:
      return error.remedy("the arguments and the environment are too long together");
    default:
      return error;
  }
}

void execute(const std::string& file, const std::vector<std::string>& args,
             const std::vector<std::string>& env) {
  execve(file.c_str(), pointers(args).data(), pointers(env).data());
  throw execution_error(file, errno);
}

void execute_open(int file, const std::string& name, const std::vector<std::string>& args,
                  const std::vector<std::string>& env) {
  execveat(file, "", pointers(args).data(), pointers(env).data(), AT_EMPTY_PATH);
  throw_errno("cannot execute " + name);
}

std::string environment_value(const std::vector<std::string>& env, const std::string& name) {
  for (const std::string& entry : env) {
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  }
  return {};
}

}  // namespace sdcont
