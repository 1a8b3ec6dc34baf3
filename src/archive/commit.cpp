#include "archive/commit.h"

#include <fcntl.h>

#include <nlohmann/json.hpp>

#include "archive/pack.h"
#include "container/layers.h"
#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

using Json = nlohmann::ordered_json;

/// The layer's tar, in the staging directory.
LayerSource pack_changes(const Record& record, const PackOptions& options, Staging& staging, Fd& file) {
  LayerSource source;
  source.path = staging.new_path();
  source.name = "what " + record.name + " wrote";
  file = open_file(source.path, O_RDWR | O_CREAT | O_EXCL, 0600);
  const ByteSink sink = [&](std::span<const char> piece) {
    write_all(file.get(), std::string(piece.begin(), piece.end()));
    source.size += piece.size();
  };
  Packer packer(options, sink, source.name);
  for (const OpenOverlay& overlay : open_overlays(record)) {
    find_changes(overlay.layers(), [&](const Change& change) {
      const std::string member = change.path == "/" ? "./" : change.path.substr(1);
      if (change.kind != ChangeKind::removed) return packer.add(change.upper_dir, change.name, member);
      const std::string parent = parent_path(change.path);
      packer.add_mark((parent == "/" ? "" : parent.substr(1) + "/") + ".wh." + base_name(change.path));
    });
  }
  packer.close();
  source.fd = file.get();
  return source;
}

/// The image's configuration, whole, with the container's in it.
Json new_config(const Json& old, const Record& record, const CommitOptions& options,
                const std::string& created, const std::string& diff_id) {
  Json config = old;
  ImageConfig run = record.config;
  for (const std::string& line : options.changes) apply_change(line, run);
  for (const char* key : {"User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir",
                          "Labels", "StopSignal"}) {
    if (config.contains("config") && config["config"].is_object()) config["config"].erase(key);
  }
  if (!config.contains("config") || !config["config"].is_object()) config["config"] = Json::object();
  const Json parts = to_json(run);
  for (const auto& [key, value] : parts.items()) config["config"][key] = value;
  config["created"] = created;
  config.erase("author");
  if (!options.author.empty()) config["author"] = options.author;
  config["rootfs"]["diff_ids"].push_back(diff_id);
  Json entry = {{"created", created}, {"created_by", join(record.command, " ")}};
  if (!options.author.empty()) entry["author"] = options.author;
  if (!options.message.empty()) entry["comment"] = options.message;
  config["history"].push_back(entry);
  return config;
}

}  // namespace

TakenImage commit_container(const ImageStore& store, const Record& record, const CommitOptions& options,
                            const Reports& reports) {
  if (record.image_id.empty()) {
    throw Error("the container " + record.name + " is not of an image, but of " + record.image)
        .remedy(record.root.kind == Root::Kind::host
                    ? "sdcont diff shows what it changed, sdcont apply carries it over"
                    : "sdcont export and sdcont import make an image of all of it");
  }
  Staging staging(store);
  const Image image = store.find(record.image_id);
  Manifest manifest = store.manifest(image);
  const auto epoch = source_date_epoch();
  Fd file;
  LayerSource source = pack_changes(record, {epoch, false}, staging, file);
  reports.begin({{record.name, source.size}});
  const Layer layer = take_layers(staging, {source}, reports.progress, reports.warn).at(0);
  std::vector<std::string> diff_ids = store.config(image).diff_ids;
  diff_ids.push_back(layer.diff_id);
  staging.inherit(diff_ids);

  const Json old =
      Json::parse(store.layout().read(manifest.config, "the configuration of " + image.called()));
  const Json config = new_config(old, record, options, format_time(creation_time_ns()), layer.diff_id);
  manifest.layers.push_back(layer.blob);
  manifest.config = staging.add_document(config.dump(), manifest.config.media_type);
  Descriptor added = staging.add_document(to_json(manifest).dump(), manifest.media_type);
  added.platform = image.manifest.platform;
  staging.publish();
  store.add(added, options.name);
  return {added, manifest.config.digest, {options.name}};
}

}  // namespace sdcont
