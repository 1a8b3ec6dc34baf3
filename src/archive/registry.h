#pragma once

#include <optional>
#include <string>

#include "archive/load.h"
#include "image/reference.h"

namespace sdcont {

/// What skopeo, which speaks with registries for us, is told.
struct RegistryOptions {
  std::string authfile;            ///< or empty: skopeo's, and docker's, own places
  std::string credentials;         ///< USER:PASSWORD, or empty
  std::optional<bool> tls_verify;  ///< not said: not for this machine's own registries, as docker does
  bool quiet = false;
};

/// Takes an image from its registry: its documents, and those layers that are not here. It is in the store
/// when it returns, with its name.
TakenImage pull_image(const ImageStore& store, const Reference& reference, const Platform& platform,
                      const RegistryOptions& options, const Reports& reports);

/// Brings an image to a registry; returns the digest of its manifest there.
std::string push_image(const ImageStore& store, const Image& image, const Reference& destination,
                       const RegistryOptions& options);

}  // namespace sdcont
