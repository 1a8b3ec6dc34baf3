#pragma once

#include "archive/registry.h"
#include "cli/parser.h"

namespace sdcont {

/// The options of pull and push that say how to reach a registry.
class RegistryWords {
 public:
  void declare(Parser& parser) {
    parser.option("--authfile", authfile_, "FILE",
                  "credentials of registries (default: skopeo's, and docker's)");
    parser.option("--creds", credentials_, "USER:PASSWORD", "credentials of this one");
    parser.choice("--tls-verify", verify_, {"true", "false"}, "whether its certificate must be right");
    parser.flag("-q,--quiet", quiet_, "no progress");
  }
  [[nodiscard]] RegistryOptions options() const {
    RegistryOptions options{authfile_, credentials_, {}, quiet_};
    if (!verify_.empty()) options.tls_verify = verify_ == "true";
    return options;
  }

 private:
  std::string authfile_, credentials_, verify_;
  bool quiet_ = false;
};

}  // namespace sdcont
