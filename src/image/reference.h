#pragma once

#include <string>

namespace sdcont {

/// The name of an image, as docker reads it: [DOMAIN/]PATH[:TAG][@DIGEST].
struct Reference {
  std::string domain;  ///< "docker.io", "localhost:5000"
  std::string path;    ///< "library/debian"
  std::string tag;     ///< "latest"; may be empty where there is a digest
  std::string digest;  ///< "sha256:…", or empty

  /// As docker shows it: "debian:bookworm", "localhost:5000/a/b:1", "debian@sha256:…".
  [[nodiscard]] std::string text() const;
  /// The same without tag and digest.
  [[nodiscard]] std::string repository() const;
};

/// With docker's defaults: docker.io, library/ and latest. Throws Error for what is no name.
Reference parse_reference(const std::string& text);

/// What a word stands for in the store's index: its reference's text, without a tag where there is a digest;
/// empty where it is no name.
std::string canonical_name(const std::string& word);

/// True for "sha256:" and 64 hexadecimal digits in lower case: the only kind of digest that we accept, and
/// one that is safe in a path.
bool is_digest(const std::string& text);
/// Throws Error, naming `what`, unless it is a digest; returns its 64 digits.
std::string digest_hex(const std::string& digest, const std::string& what);

}  // namespace sdcont
