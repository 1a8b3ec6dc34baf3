#pragma once

#include <memory>
#include <span>
#include <string>

struct evp_md_ctx_st;

namespace sdcont {

/// SHA-256 of a stream.
class Sha256 {
 public:
  Sha256();
  void update(std::span<const char> bytes);
  /// "sha256:…" of all that came; once.
  [[nodiscard]] std::string digest();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string sha256_digest(const std::string& text);

}  // namespace sdcont
