#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/image_inspect.h"
#include "cli/parser.h"
#include "cli/template.h"
#include "image/store.h"
#include "util/error.h"
#include "util/output.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Json inspect_image(const ImageStore& store, const Image& image) {
  const Manifest manifest = store.manifest(image);
  const ConfigFile config = store.config(image);
  uint64_t size = 0;
  std::vector<std::string> trees;
  for (const std::string& diff_id : config.diff_ids) size += store.layer_size(diff_id);
  for (const std::string& diff_id : store.shown_layers(config.diff_ids)) {
    trees.insert(trees.begin(), store.layer_directory(diff_id) + "/tree");
  }
  const std::string comment = config.history.empty() ? "" : config.history.back().comment;
  // the whole of it, also what sdcont has no use for
  const Json raw =
      Json::parse(store.layout().read(manifest.config, "the configuration of " + image.called()));
  return {{"Id", image.id},
          {"RepoTags", image.names},
          {"RepoDigests", image.digests},
          {"Parent", ""},
          {"Comment", comment},
          {"Created", config.created},
          {"Author", config.author},
          {"Architecture", config.platform.architecture},
          {"Variant", config.platform.variant},
          {"Os", config.platform.os},
          {"Config", raw.contains("config") ? raw.at("config") : Json::object()},
          {"Size", size},
          {"GraphDriver", {{"Name", "overlay"}, {"Data", {{"LowerDir", join(trees, ":")}}}}},
          {"RootFS", {{"Type", "layers"}, {"Layers", config.diff_ids}}},
          {"Descriptor", to_json(image.manifest)}};
}

int image_inspect_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  std::string format;
  Parser parser("sdcont image inspect", "[OPTIONS] IMAGE [IMAGE...]");
  parser.option("-f,--format", format, "TEMPLATE", "text with {{.Field}} or {{json .Field}} in it");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty())
    throw Error("sdcont image inspect: no IMAGE was given").remedy("see sdcont images");
  const ImageStore store(global.paths.root);
  Json list = Json::array();
  int status = 0;
  for (const std::string& word : parsed.rest) {
    try {
      list.push_back(inspect_image(store, store.find(word)));
    } catch (const Error& error) {
      write_error(std::string("sdcont: ") + error.what() + "\n");
      status = 1;
    }
  }
  if (format.empty()) {
    fmt::print("{}\n", list.dump(4, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    for (const Json& image : list) fmt::print("{}\n", fill_template(format, image));
  }
  return status;
}

}  // namespace sdcont
