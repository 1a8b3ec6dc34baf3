#include "archive/run_tool.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "archive/interrupt.h"
#include "image/oci.h"
#include "util/error.h"
#include "util/fd.h"

namespace sdcont {
namespace {

constexpr size_t kMostErrors = size_t{64} << 10;

struct Pipe {
  Fd read, write;
  Pipe() {
    std::array<int, 2> ends{};
    check(pipe2(ends.data(), O_CLOEXEC), "cannot make a pipe");
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
};

/// In the child: nothing that could throw.
[[noreturn]] void become(char* const* argv, int output, int errors) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_DFL);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  execvp(argv[0], argv);
  _exit(errno == ENOENT ? kExitNotFound : kExitNotExecutable);
}

/// What has come on a pipe; false at its end.
bool take(const Fd& pipe, std::string& text) {
  std::array<char, 8192> buffer{};
  const ssize_t n = read(pipe.get(), buffer.data(), buffer.size());
  if (n > 0) text.append(buffer.data(), static_cast<size_t>(n));
  return n > 0 || (n < 0 && errno == EINTR);
}

}  // namespace

ToolResult run_tool(const std::vector<std::string>& words, ToolOutput output) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  Pipe out, err;
  const pid_t child = fork();
  if (child < 0) throw_errno("cannot run " + words[0]);
  if (child == 0) {
    become(argv.data(), output == ToolOutput::kept ? out.write.get() : STDERR_FILENO, err.write.get());
  }
  out.write.reset();
  err.write.reset();
  ToolResult result;
  bool told = false;
  for (bool open_out = true, open_err = true; open_out || open_err;) {
    std::array<pollfd, 2> fds{
        {{open_out ? out.read.get() : -1, POLLIN, 0}, {open_err ? err.read.get() : -1, POLLIN, 0}}};
    poll(fds.data(), fds.size(), 200);
    if (fds[0].revents != 0) {
      open_out = take(out.read, result.output) && result.output.size() <= kMaxDocument;
      if (!open_out) out.read.reset();  // who writes more gets EPIPE
    }
    if (fds[1].revents != 0) open_err = take(err.read, result.errors);
    if (result.errors.size() > kMostErrors) result.errors.erase(0, result.errors.size() - kMostErrors);
    try {
      check_interrupted();
    } catch (const Error&) {
      if (!told) kill(child, SIGTERM);
      told = true;
    }
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  check_interrupted();
  result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

}  // namespace sdcont
