#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "spec/image_config.h"

namespace sdcont {

// The documents of the OCI image specification, and docker's of the same meaning (schema 2).

inline constexpr const char* kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr const char* kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr const char* kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr const char* kOciLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr const char* kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr const char* kDockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr const char* kDockerConfig = "application/vnd.docker.container.image.v1+json";

/// The annotation of a descriptor in index.json that names the image.
inline constexpr const char* kRefName = "org.opencontainers.image.ref.name";

/// No document of an image may be larger (the distribution specification's limit for manifests).
inline constexpr size_t kMaxDocument = size_t{4} << 20;

struct Platform {
  std::string os = "linux";
  std::string architecture;
  std::string variant;

  [[nodiscard]] std::string text() const;
  bool operator==(const Platform&) const = default;
};
/// OS/ARCH[/VARIANT], or ARCH; throws Error, naming `what`.
Platform parse_platform(const std::string& text, const std::string& what);
/// This machine's.
Platform host_platform();

struct Descriptor {
  std::string media_type;
  std::string digest;  ///< checked: sha256:…
  uint64_t size = 0;   ///< bytes
  std::map<std::string, std::string> annotations;
  std::optional<Platform> platform;
};

struct Manifest {
  std::string media_type;
  Descriptor config;
  std::vector<Descriptor> layers;  ///< the lowest first
};

struct HistoryEntry {
  std::string created, created_by, comment;
  bool empty_layer = false;
};

/// An image configuration.
struct ConfigFile {
  Platform platform;
  std::string created;  ///< RFC 3339, or empty
  std::string author;
  ImageConfig config;
  std::vector<std::string> diff_ids;  ///< of the layers, the lowest first
  std::vector<HistoryEntry> history;
};

// Each throws Error, naming `what` and the field, for a document that is not one.
std::vector<Descriptor> parse_index(const std::string& text, const std::string& what);
/// Refuses media types that sdcont does not know, and a manifest without layers.
Manifest parse_manifest(const std::string& text, const std::string& what);
/// Refuses one whose layers are not `layers` in number.
ConfigFile parse_config(const std::string& text, const std::string& what, size_t layers);
bool is_index(const std::string& media_type);
bool is_manifest(const std::string& media_type);

nlohmann::ordered_json to_json(const Descriptor& descriptor);
nlohmann::ordered_json to_json(const Manifest& manifest);
nlohmann::ordered_json to_json(const ConfigFile& config);

}  // namespace sdcont
