#include "cli/pull_image.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/image_root.h"
#include "image/store.h"
#include "util/error.h"

namespace sdcont {
namespace {

/// Runs a program to its end, without its standard output.
int run_helper(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw Error("cannot run " + words[0], error);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

int provide_image(const RunOptions& options, const GlobalOptions& global) {
  if (!names_stored_image(options.image) || options.pull == "never") return 0;
  if (options.pull == "missing" && find_launch_image(global.paths.root, options.image)) return 0;
  // what can be no name is told as such by who looks for it
  if (options.dry_run || canonical_name(options.image).empty()) return 0;
  std::vector<std::string> words;
  if (options.quiet) words.emplace_back("--quiet");
  if (!options.platform.empty()) words.push_back("--platform=" + options.platform);
  words.push_back(options.image);
  return run_helper(helper_words(global, "pull", words));
}

}  // namespace sdcont
