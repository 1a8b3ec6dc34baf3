#include "image/layout.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "image/reference.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kLayoutFile = "oci-layout";
constexpr const char* kLayoutText = R"({"imageLayoutVersion":"1.0.0"})";

/// How well a manifest suits: 0 not at all. Variants are newer models of one architecture; where none is as
/// asked, one that names none is the safest.
int suits(const Descriptor& descriptor, const Platform& platform) {
  if (!is_manifest(descriptor.media_type) && !is_index(descriptor.media_type)) return 0;
  if (!descriptor.platform) return 1;
  const Platform& offered = *descriptor.platform;
  if (offered.os != platform.os || offered.architecture != platform.architecture) return 0;
  if (offered.variant == platform.variant) return 4;
  return offered.variant.empty() ? 3 : 2;
}

[[noreturn]] void refuse_platform(const std::vector<Descriptor>& descriptors, const Platform& platform,
                                  const std::string& what) {
  std::vector<std::string> offered;
  for (const Descriptor& descriptor : descriptors) {
    if (descriptor.platform) offered.push_back(printable(descriptor.platform->text()));
  }
  throw Error(what + " has nothing for " + platform.text())
      .remedy(offered.empty() ? "" : "--platform can be " + join(offered, ", "));
}

}  // namespace

void Layout::make() const {
  const Fd dir = open_private_directory(directory_);
  open_private_directory(directory_ + "/blobs");
  open_private_directory(directory_ + "/blobs/sha256");
  if (!exists(directory_ + "/" + kLayoutFile))
    write_atomic(dir.get(), kLayoutFile, kLayoutText, Durability::visible);
  if (!exists(index_path())) write_index({});
}

std::string Layout::blob_path(const std::string& digest) const {
  return directory_ + "/blobs/sha256/" + digest_hex(digest, "a blob");
}

bool Layout::has(const Descriptor& blob) const {
  struct stat st {};
  return lstat(blob_path(blob.digest).c_str(), &st) == 0 && S_ISREG(st.st_mode) &&
         static_cast<uint64_t>(st.st_size) == blob.size;
}

std::string Layout::read(const Descriptor& blob, const std::string& what) const {
  if (blob.size > kMaxDocument) throw Error(what + " is larger than 4 MiB");
  try {
    const Fd fd = open_file(blob_path(blob.digest), O_RDONLY | O_NOFOLLOW);
    return read_fd(fd.get(), what, kMaxDocument);
  } catch (const Error& error) {
    throw Error(what + " cannot be read (" + blob.digest + ")", error.error())
        .remedy("sdcont system check tells what else is missing");
  }
}

Manifest Layout::manifest(const Descriptor& blob, const std::string& what) const {
  return parse_manifest(read(blob, what), what);
}

ConfigFile Layout::config(const Manifest& manifest, const std::string& what) const {
  return parse_config(read(manifest.config, what), what, manifest.layers.size());
}

std::vector<Descriptor> Layout::index() const {
  const auto text = read_file_if(index_path());
  return text ? parse_index(*text, index_path()) : std::vector<Descriptor>();
}

void Layout::write_index(const std::vector<Descriptor>& descriptors) const {
  Json index = {{"schemaVersion", 2}, {"mediaType", kOciIndex}, {"manifests", Json::array()}};
  for (const Descriptor& descriptor : descriptors) index["manifests"].push_back(to_json(descriptor));
  const Fd dir = open_file(directory_, O_RDONLY | O_DIRECTORY);
  write_atomic(dir.get(), "index.json", index.dump(1) + "\n", Durability::synced);
}

Descriptor choose_manifest(Descriptor descriptor, const Platform& platform, const std::string& what,
                           const std::function<std::string(const Descriptor&)>& read) {
  constexpr int kMaxDepth = 4;  // an index in an index is rare, and more is nonsense
  for (int depth = 0; is_index(descriptor.media_type); ++depth) {
    if (depth == kMaxDepth) throw Error(what + ": its indexes are nested too deeply");
    const auto entries = parse_index(read(descriptor), what);
    const Descriptor* best = nullptr;
    for (const Descriptor& entry : entries) {
      if (suits(entry, platform) > (best == nullptr ? 0 : suits(*best, platform))) best = &entry;
    }
    if (best == nullptr) refuse_platform(entries, platform, what);
    descriptor = Descriptor(*best);
  }
  if (!is_manifest(descriptor.media_type)) {
    throw Error(what + " is of the type '" + printable(descriptor.media_type) +
                "', which sdcont does not know")
        .remedy("it may be no container image");
  }
  return descriptor;
}

}  // namespace sdcont
