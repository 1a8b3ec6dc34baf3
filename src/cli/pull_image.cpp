#include "cli/pull_image.h"

#include <sys/wait.h>

#include "image/store.h"
#include "util/error.h"
#include "util/file.h"
#include "util/spawn.h"

namespace sdcont {
namespace {

/// Runs a program to its end, without its standard output.
int run_helper(const std::vector<std::string>& words) {
  const int status = wait_for_child(spawn(words, {.out = kNowhere}));
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// The command that brings the image, or none where nothing is to be done, or can be.
std::vector<std::string> bringing(const RunOptions& options, const GlobalOptions& global) {
  const bool launchable = find_launch_image(global.paths.root, options.image).has_value();
  // what can be no name is told as such by who looks for it
  const bool may_pull = options.pull != "never" && !canonical_name(options.image).empty();
  if (launchable && (options.pull != "always" || !may_pull)) return {};
  std::vector<std::string> words;
  if (options.quiet) words.emplace_back("--quiet");
  const bool here = !launchable && exists(global.paths.root + "/images/index.json") &&
                    ImageStore(global.paths.root).find_if(options.image);
  if (here && options.pull != "always") {
    words.push_back(options.image);
    return helper_words(kImageHelper, global, "image unpack", words);
  }
  if (!may_pull) return {};
  if (!options.platform.empty()) words.push_back("--platform=" + options.platform);
  words.push_back(options.image);
  return helper_words(kImageHelper, global, "pull", words);
}

}  // namespace

ProvidedImage provide_image(const RunOptions& options, const GlobalOptions& global) {
  ProvidedImage provided;
  const std::string& root = global.paths.root;
  if (!names_stored_image(options.image)) return {find_image_root(options.image, global.paths), {}, 0};
  provided.use = use_images(root);
  if (options.pull != "always" || options.dry_run) {
    if (auto image = find_launch_image(root, options.image)) {
      provided.image = image_root_of(std::move(*image));
      return provided;
    }
  }
  provided.use.reset();  // who brings it removes what nobody needs
  const auto words = options.dry_run ? std::vector<std::string>() : bringing(options, global);
  if (!words.empty()) provided.status = run_helper(words);
  provided.use = use_images(root);
  if (provided.status == 0) provided.image = find_image_root(options.image, global.paths);
  return provided;
}

}  // namespace sdcont
