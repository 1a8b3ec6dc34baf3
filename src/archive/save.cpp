#include "archive/save.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "archive/interrupt.h"
#include "archive/sha256.h"
#include "archive/stream.h"
#include "archive/tar_writer.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

using Json = nlohmann::ordered_json;

std::string member_of(const std::string& digest) { return "blobs/sha256/" + digest_hex(digest, "a blob"); }

class Archive {
 public:
  Archive(const ImageStore& store, const ByteSink& sink) : store_(store), tar_(sink, "the archive") {}

  void add_text(const std::string& name, const std::string& text) {
    tar_.header(regular(name, text.size()));
    tar_.data(text);
  }

  void add_blob(const Descriptor& blob) {
    if (!added_.insert(blob.digest).second) return;
    const Fd fd = open_file(store_.layout().blob_path(blob.digest), O_RDONLY | O_NOFOLLOW);
    tar_.header(regular(member_of(blob.digest), blob.size));
    FileStream stream(fd.get(), 0, blob.size, "the blob " + blob.digest);
    Sha256 digest;
    for (auto piece = stream.next(); !piece.empty(); piece = stream.next()) {
      check_interrupted();
      digest.update(piece);
      tar_.data(piece);
    }
    if (digest.digest() != blob.digest) {
      throw Error("the blob " + blob.digest + " is damaged").remedy("sdcont system check --repair");
    }
  }
  void close() { tar_.close(); }

 private:
  static TarEntry regular(const std::string& name, uint64_t size) {
    TarEntry entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), 0, 0);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
    return entry;
  }

  const ImageStore& store_;
  TarWriter tar_;
  std::set<std::string> added_;
};

}  // namespace

void save_images(const ImageStore& store, const std::vector<SavedImage>& images, const ByteSink& sink) {
  Json index = {{"schemaVersion", 2}, {"mediaType", kOciIndex}, {"manifests", Json::array()}};
  Json docker = Json::array();
  Archive archive(store, sink);
  archive.add_text("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  for (const SavedImage& saved : images) {
    const Manifest manifest = store.manifest(saved.image);
    archive.add_blob(saved.image.manifest);
    archive.add_blob(manifest.config);
    Json layers = Json::array();
    for (const Descriptor& layer : manifest.layers) {
      archive.add_blob(layer);
      layers.push_back(member_of(layer.digest));
    }
    docker.push_back(
        {{"Config", member_of(manifest.config.digest)}, {"RepoTags", saved.names}, {"Layers", layers}});
    for (const std::string& name : saved.names.empty() ? std::vector<std::string>{""} : saved.names) {
      Descriptor descriptor = saved.image.manifest;
      descriptor.annotations.clear();
      if (!name.empty()) descriptor.annotations[kRefName] = name;
      index["manifests"].push_back(to_json(descriptor));
    }
  }
  archive.add_text("index.json", index.dump());
  archive.add_text("manifest.json", docker.dump());
  archive.close();
}

}  // namespace sdcont
