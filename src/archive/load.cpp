#include "archive/load.h"

#include <nlohmann/json.hpp>

#include "archive/scan.h"
#include "archive/sha256.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

using nlohmann::json;

constexpr const char* kContainerdName = "io.containerd.image.name";

std::string blob_member(const std::string& digest) { return "blobs/sha256/" + digest_hex(digest, "a blob"); }

/// A document of an OCI archive, which must be what its descriptor says.
std::string read_document(const TarFile& tar, const Descriptor& descriptor) {
  std::string text = tar.read(blob_member(descriptor.digest));
  if (text.size() != descriptor.size || sha256_digest(text) != descriptor.digest) {
    throw Error(tar.name() + " is damaged: " + descriptor.digest + " is not what it has that digest of");
  }
  return text;
}

LayerSource source_of(const TarFile& tar, const std::string& member) {
  const TarFile::Member where = tar.member(member);
  LayerSource source;
  source.fd = tar.fd();
  source.offset = where.offset;
  source.size = where.size;
  return source;
}

/// docker's annotation has the whole name where the standard one has but the tag.
std::vector<std::string> names_of(const Descriptor& descriptor) {
  for (const char* key : {kContainerdName, kRefName}) {
    const auto found = descriptor.annotations.find(key);
    if (found == descriptor.annotations.end()) continue;
    if (std::string name = canonical_name(found->second); !name.empty()) return {std::move(name)};
  }
  return {};
}

TakenImage load_oci_image(Staging& staging, const TarFile& tar, const Descriptor& entry,
                          const Platform& platform, const Reports& reports) {
  const auto names = names_of(entry);
  const std::string what = names.empty() ? tar.name() : names[0];
  const Descriptor descriptor = choose_manifest(
      entry, platform, what, [&](const Descriptor& document) { return read_document(tar, document); });
  const std::string text = read_document(tar, descriptor);
  const Manifest manifest = parse_manifest(text, "the manifest of " + what);
  std::vector<LayerSource> sources;
  for (const Descriptor& layer : manifest.layers) {
    sources.push_back(source_of(tar, blob_member(layer.digest)));
    sources.back().digest = layer.digest;
    if (sources.back().size != layer.size) {
      throw Error(tar.name() + " is damaged: " + layer.digest + " has " +
                  std::to_string(sources.back().size) + " bytes, and should have " +
                  std::to_string(layer.size));
    }
  }
  TakenImage image = take_image(staging, text, descriptor, read_document(tar, manifest.config),
                                std::move(sources), reports, what);
  image.names = names;
  return image;
}

std::vector<TakenImage> load_oci(Staging& staging, const TarFile& tar, const Platform& platform,
                                 const Reports& reports) {
  std::vector<TakenImage> images;
  for (const Descriptor& entry : parse_index(tar.read("index.json"), "the index of " + tar.name())) {
    images.push_back(load_oci_image(staging, tar, entry, platform, reports));
  }
  return images;
}

TakenImage load_docker_image(Staging& staging, const TarFile& tar, const json& entry,
                             const Reports& reports) {
  TakenImage image;
  std::vector<std::string> names;
  if (entry.contains("RepoTags") && !entry.at("RepoTags").is_null()) {
    for (const std::string word : entry.at("RepoTags")) names.push_back(parse_reference(word).text());
  }
  std::vector<LayerSource> sources;
  for (const std::string member : entry.at("Layers")) {
    sources.push_back(source_of(tar, member));
    sources.back().convert = true;
  }
  image = make_image(staging, tar.read(entry.at("Config")), std::move(sources), reports,
                     names.empty() ? tar.name() : names[0]);
  image.names = names;
  return image;
}

std::vector<TakenImage> load_docker(Staging& staging, const TarFile& tar, const Reports& reports) {
  try {
    std::vector<TakenImage> images;
    for (const json& entry : json::parse(tar.read("manifest.json"))) {
      images.push_back(load_docker_image(staging, tar, entry, reports));
    }
    return images;
  } catch (const json::exception& error) {
    throw Error(tar.name() +
                " is damaged: its manifest.json cannot be understood: " + printable(error.what()));
  }
}

}  // namespace

std::vector<TakenImage> load_images(const ImageStore& store, const std::string& path,
                                    const Platform& platform, const Reports& reports) {
  Staging staging(store);
  const TarFile tar(path, staging);
  std::vector<TakenImage> images;
  if (tar.has("index.json") && tar.has("oci-layout")) {
    images = load_oci(staging, tar, platform, reports);
  } else if (tar.has("manifest.json")) {
    images = load_docker(staging, tar, reports);
  } else {
    throw Error(tar.name() + " is no archive of images: it has neither manifest.json nor index.json")
        .remedy("a tar of a root file system is taken by sdcont import");
  }
  if (images.empty()) throw Error(tar.name() + " has no images");
  staging.publish();
  for (const TakenImage& image : images) {
    if (image.names.empty()) store.add(image.manifest, "");
    for (const std::string& name : image.names) store.add(image.manifest, name);
  }
  return images;
}

}  // namespace sdcont
