#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/container_inspect.h"
#include "cli/image_inspect.h"
#include "cli/parser.h"
#include "cli/template.h"
#include "container/state.h"
#include "util/error.h"
#include "util/output.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Json = nlohmann::ordered_json;

struct InspectOptions {
  std::string format, type;
  bool size = false;
};

/// What the word names: a container, or where there is none an image.
Json describe(Store& store, const std::string& word, const InspectOptions& options) {
  if (options.type != "image") {
    try {
      return inspect_container(find_container(store, word), store, options.size);
    } catch (const Error&) {
      if (options.type == "container") throw;
    }
  }
  const ImageStore images(store.paths().root);
  if (options.type == "image") return inspect_image(images, images.find(word));
  try {
    return inspect_image(images, images.find(word));
  } catch (const Error&) {
    throw Error("there is no container and no image '" + printable(word) + "'")
        .remedy("see sdcont ps -a, and sdcont images");
  }
}

}  // namespace

int inspect_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  InspectOptions options;
  Parser parser("sdcont inspect", "[OPTIONS] NAME|ID [NAME|ID...]");
  parser.option("-f,--format", options.format, "TEMPLATE",
                "json, or text with {{.Field}} or {{json .Field}} in it");
  parser.choice("--type", options.type, {"container", "image"}, "only these");
  parser.flag("-s,--size", options.size, "what a container wrote, too");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty()) throw Error("sdcont inspect: no NAME was given").remedy("see sdcont ps -a");
  Store store(global.paths);
  Json list = Json::array();
  int status = 0;
  for (const std::string& word : parsed.rest) {
    try {
      list.push_back(describe(store, word, options));
    } catch (const Error& error) {  // the others are still told of
      write_error(std::string("sdcont: ") + error.what() + "\n");
      status = 1;
    }
  }
  if (options.format.empty() || options.format == "json") {
    const int indent = options.format.empty() ? 4 : -1;
    fmt::print("{}\n", list.dump(indent, ' ', false, Json::error_handler_t::replace));
  } else {
    for (const Json& object : list) fmt::print("{}\n", fill_template(options.format, object));
  }
  return status;
}

}  // namespace sdcont
