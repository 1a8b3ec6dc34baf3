#include "image/oci.h"

#include <nlohmann/json.hpp>

#include "image/reference.h"
#include "util/error.h"
#include "util/json_fields.h"
#include "util/text.h"

namespace sdcont {
namespace {

using nlohmann::json;
using Json = nlohmann::ordered_json;

constexpr size_t kMaxDescriptors = 10'000;

template <typename F>
auto parse(const std::string& text, const std::string& what, F read) {
  if (text.size() > kMaxDocument) throw Error(what + " is larger than 4 MiB");
  try {
    const json object = json::parse(text);
    if (!object.is_object()) throw Error(what + " is damaged: it is not a JSON object");
    return read(object);
  } catch (const json::exception& error) {
    throw Error(what + " is damaged: " + printable(error.what()));
  }
}

Platform platform_from(const json& object) {
  return {text_of(object, "os"), text_of(object, "architecture"), text_of(object, "variant")};
}

Descriptor descriptor_from(const json& object, const std::string& what) {
  Descriptor descriptor;
  descriptor.media_type = text_of(object, "mediaType");
  descriptor.digest = object.at("digest").get<std::string>();
  digest_hex(descriptor.digest, what);
  if (!object.at("size").is_number_unsigned())
    throw Error(what + " is damaged: a size is not a number of bytes");
  descriptor.size = object.at("size").get<uint64_t>();
  descriptor.annotations = get_or<std::map<std::string, std::string>>(object, "annotations", {});
  if (const json* platform = find_field(object, "platform")) descriptor.platform = platform_from(*platform);
  return descriptor;
}

std::vector<Descriptor> descriptors_of(const json& object, const char* key, const std::string& what) {
  const json& list = object.at(key);
  if (!list.is_array()) throw Error(what + " is damaged: \"" + key + "\" is not a list");
  if (list.size() > kMaxDescriptors) throw Error(what + " has more than 10000 entries");
  std::vector<Descriptor> descriptors;
  for (const json& entry : list) descriptors.push_back(descriptor_from(entry, what));
  return descriptors;
}

// Tars, whatever they are compressed with: what that is their first bytes tell.
bool is_layer(const std::string& type) {
  for (const char* known : {kOciLayer, "application/vnd.oci.image.layer.nondistributable.v1.tar",
                            "application/vnd.docker.image.rootfs.diff.tar",
                            "application/vnd.docker.image.rootfs.foreign.diff.tar"}) {
    for (const char* compression : {"", "+gzip", "+zstd", ".gzip", ".zstd"}) {
      if (type == std::string(known) + compression) return true;
    }
  }
  return false;
}

[[noreturn]] void refuse_type(const std::string& what, const char* part, const std::string& type) {
  throw Error(what + ": its " + part + " is of the type '" + printable(type) +
              "', which sdcont does not know")
      .remedy("it may be no container image");
}

HistoryEntry history_from(const json& object) {
  return {text_of(object, "created"), text_of(object, "created_by"), text_of(object, "comment"),
          get_or(object, "empty_layer", false)};
}

}  // namespace

bool is_index(const std::string& type) { return type == kOciIndex || type == kDockerIndex; }
bool is_manifest(const std::string& type) { return type == kOciManifest || type == kDockerManifest; }

std::vector<Descriptor> parse_index(const std::string& text, const std::string& what) {
  return parse(text, what, [&](const json& object) { return descriptors_of(object, "manifests", what); });
}

Manifest parse_manifest(const std::string& text, const std::string& what) {
  return parse(text, what, [&](const json& object) {
    if (get_or(object, "schemaVersion", 0) != 2) {
      throw Error(what + " is not of schema version 2")
          .remedy("convert the image with a current tool, as skopeo");
    }
    Manifest manifest;
    manifest.media_type = get_or<std::string>(object, "mediaType", kOciManifest);
    if (!is_manifest(manifest.media_type)) refuse_type(what, "manifest", manifest.media_type);
    manifest.config = descriptor_from(object.at("config"), what);
    if (manifest.config.media_type != kOciConfig && manifest.config.media_type != kDockerConfig)
      refuse_type(what, "configuration", manifest.config.media_type);
    manifest.layers = descriptors_of(object, "layers", what);
    if (manifest.layers.empty()) throw Error(what + " has no layers: there is nothing to run");
    for (const Descriptor& layer : manifest.layers) {
      if (!is_layer(layer.media_type)) refuse_type(what, "layer", layer.media_type);
    }
    return manifest;
  });
}

ConfigFile parse_config(const std::string& text, const std::string& what, size_t layers) {
  return parse(text, what, [&](const json& object) {
    ConfigFile config;
    config.platform = platform_from(object);
    config.created = text_of(object, "created");
    config.author = text_of(object, "author");
    if (const json* part = find_field(object, "config")) config.config = image_config_from(*part);
    config.diff_ids = words_of(object.at("rootfs"), "diff_ids");
    for (const std::string& diff_id : config.diff_ids) digest_hex(diff_id, what);
    if (config.diff_ids.size() != layers) {
      throw Error(what + " is of " + std::to_string(config.diff_ids.size()) + " layers, its manifest of " +
                  std::to_string(layers));
    }
    if (const json* history = find_field(object, "history")) {
      for (const json& entry : *history) config.history.push_back(history_from(entry));
    }
    return config;
  });
}

Json to_json(const Descriptor& descriptor) {
  Json object = {
      {"mediaType", descriptor.media_type}, {"digest", descriptor.digest}, {"size", descriptor.size}};
  if (descriptor.platform) {
    object["platform"] = {{"architecture", descriptor.platform->architecture},
                          {"os", descriptor.platform->os}};
    if (!descriptor.platform->variant.empty()) object["platform"]["variant"] = descriptor.platform->variant;
  }
  if (!descriptor.annotations.empty()) object["annotations"] = descriptor.annotations;
  return object;
}

Json to_json(const Manifest& manifest) {
  Json object = {{"schemaVersion", 2},
                 {"mediaType", manifest.media_type},
                 {"config", to_json(manifest.config)},
                 {"layers", Json::array()}};
  for (const Descriptor& layer : manifest.layers) object["layers"].push_back(to_json(layer));
  return object;
}

Json to_json(const ConfigFile& config) {
  Json object = {{"created", config.created}};
  if (!config.author.empty()) object["author"] = config.author;
  object["architecture"] = config.platform.architecture;
  if (!config.platform.variant.empty()) object["variant"] = config.platform.variant;
  object["os"] = config.platform.os;
  object["config"] = to_json(config.config);
  object["rootfs"] = {{"type", "layers"}, {"diff_ids", config.diff_ids}};
  object["history"] = Json::array();
  for (const HistoryEntry& entry : config.history) {
    Json line = {{"created", entry.created}, {"created_by", entry.created_by}};
    if (!entry.comment.empty()) line["comment"] = entry.comment;
    if (entry.empty_layer) line["empty_layer"] = true;
    object["history"].push_back(line);
  }
  return object;
}

}  // namespace sdcont
