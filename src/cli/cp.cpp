#include "cli/command.h"
#include "cli/copy_words.h"
#include "cli/parser.h"
#include "container/cleanup.h"
#include "container/copy.h"
#include "container/root_view.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

CopyPlace parse_place(const std::string& word) {
  if (word.empty()) throw Error("sdcont cp: a path is empty");
  const size_t colon = word.find(':');
  if (word[0] == '/' || word[0] == '.' || colon == std::string::npos) return {"", word};
  if (colon == 0 || colon + 1 == word.size()) {
    throw Error("sdcont cp: '" + printable(word) + "' is not CONTAINER:PATH")
        .remedy("for example web:/etc/hosts");
  }
  // a container has no working directory that others could know
  const std::string path = word.substr(colon + 1);
  return {word.substr(0, colon), path.front() == '/' ? path : "/" + path};
}

}  // namespace

std::optional<CopyWords> parse_copy_words(const std::vector<std::string>& args) {
  CopyWords words;
  Parser parser("sdcont cp",
                "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|- | SRC_PATH|- CONTAINER:DEST_PATH\n\n"
                "- is a tar: on the standard output, or, of any compression, on the standard input for a "
                "directory");
  parser.flag("-a,--archive", words.rules.archive, "keep owners and extended attributes (a tar does)");
  parser.flag("-L,--follow-link", words.rules.follow_link, "copy what a link at SRC_PATH leads to");
  const auto parsed = parser.parse(args);
  if (parsed.help) return std::nullopt;
  if (parsed.rest.size() != 2) {
    throw Error("sdcont cp takes a source and a destination").remedy("see sdcont cp --help");
  }
  words.from = parse_place(parsed.rest[0]);
  words.to = parse_place(parsed.rest[1]);
  if (words.from.container.empty() == words.to.container.empty()) {
    throw Error(words.from.container.empty() ? "sdcont cp: neither path is in a container"
                                             : "sdcont cp: both paths are in containers")
        .remedy("one of them has to be CONTAINER:PATH");
  }
  return words;
}

int cp_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  const auto words = parse_copy_words(args);
  if (!words) return 0;
  const auto& [from, to, rules] = *words;
  if (from.path == "-" || to.path == "-") become_helper(kImageHelper, global, "cp", args);
  Store store(global.paths);
  heal(store, print_warning);
  const std::string& word = from.container.empty() ? to.container : from.container;
  const std::string id = store.find(word).id;
  const Fd lock = store.lock(id);
  const Fd root = open_container_root(store.find(id));
  copy_between({from.container.empty() ? -1 : root.get(), from.path},
               {to.container.empty() ? -1 : root.get(), to.path}, rules);
  return 0;
}

}  // namespace sdcont
