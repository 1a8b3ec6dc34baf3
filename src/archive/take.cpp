#include <fcntl.h>

#include <nlohmann/json.hpp>

#include "archive/load.h"
#include "archive/sha256.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

std::vector<Layer> take(Staging& staging, const std::vector<std::string>& diff_ids,
                        std::vector<LayerSource>& sources, const Reports& reports, const std::string& what) {
  std::vector<std::pair<std::string, uint64_t>> sizes;
  for (size_t i = 0; i < sources.size(); ++i) {
    sources[i].diff_id = diff_ids[i];
    sources[i].name = "layer " + std::to_string(i + 1) + " of " + what;
    const std::string& shown = sources[i].digest.empty() ? diff_ids[i] : sources[i].digest;
    sizes.emplace_back(short_image_id(shown), sources[i].size);
  }
  staging.lock_layers(diff_ids);
  reports.begin(sizes);
  auto layers = take_layers(staging, sources, reports.progress, reports.warn);
  staging.inherit(diff_ids);
  return layers;
}

}  // namespace

TakenImage take_image(Staging& staging, const std::string& manifest_text, const Descriptor& descriptor,
                      const std::string& config_text, std::vector<LayerSource> sources,
                      const Reports& reports, const std::string& what) {
  const Manifest manifest = parse_manifest(manifest_text, "the manifest of " + what);
  const ConfigFile config = parse_config(config_text, "the configuration of " + what, manifest.layers.size());
  take(staging, config.diff_ids, sources, reports, what);
  staging.add_document(config_text, manifest.config.media_type);
  Descriptor added = staging.add_document(manifest_text, manifest.media_type);
  if (added.digest != descriptor.digest) {
    throw Error("the manifest of " + what + " is damaged: its digest is " + added.digest +
                ", and should be " + descriptor.digest);
  }
  added.platform = config.platform;
  return {added, manifest.config.digest, {}};
}

TakenImage make_image(Staging& staging, const std::string& config_text, std::vector<LayerSource> sources,
                      const Reports& reports, const std::string& what) {
  const ConfigFile config = parse_config(config_text, "the configuration of " + what, sources.size());
  if (sources.empty()) throw Error(what + " has no layers: there is nothing to run");
  Manifest manifest;
  manifest.media_type = kOciManifest;
  for (const Layer& layer : take(staging, config.diff_ids, sources, reports, what))
    manifest.layers.push_back(layer.blob);
  manifest.config = staging.add_document(config_text, kOciConfig);
  Descriptor added = staging.add_document(to_json(manifest).dump(), kOciManifest);
  added.platform = config.platform;
  return {added, manifest.config.digest, {}};
}

void unpack_image(const ImageStore& store, const Image& image, const Reports& reports) {
  Staging staging(store);
  const Manifest manifest = store.manifest(image);
  std::vector<LayerSource> sources;
  std::vector<Fd> files;
  for (const Descriptor& layer : manifest.layers) {
    files.push_back(open_file(store.layout().blob_path(layer.digest), O_RDONLY | O_NOFOLLOW));
    LayerSource source;
    source.fd = files.back().get();
    source.size = layer.size;
    source.digest = layer.digest;
    sources.push_back(std::move(source));
  }
  take(staging, store.config(image).diff_ids, sources, reports, image.called());
  staging.publish();
  store.refresh();
}

}  // namespace sdcont
