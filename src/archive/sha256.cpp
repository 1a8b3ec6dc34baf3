#include "archive/sha256.h"

#include <openssl/evp.h>

#include <array>

#include "util/error.h"

namespace sdcont {

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
    throw Error("libcrypto has no SHA-256");
  }
}

void Sha256::update(std::span<const char> bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) throw Error("libcrypto cannot hash");
}

std::string Sha256::digest() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) != 1) throw Error("libcrypto cannot hash");
  std::string text = "sha256:";
  for (unsigned i = 0; i < size; ++i) {
    text += "0123456789abcdef"[bytes.at(i) >> 4U];
    text += "0123456789abcdef"[bytes.at(i) & 15U];
  }
  return text;
}

std::string sha256_digest(const std::string& text) {
  Sha256 hash;
  hash.update(text);
  return hash.digest();
}

}  // namespace sdcont
