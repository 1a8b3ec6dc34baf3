#include "container/credentials.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <algorithm>
#include <cstdlib>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"
#include "util/unix_socket.h"

namespace sdcont {
namespace {

constexpr time_t kSocketPatience = 30;  // seconds without a byte

// The caller's own come first: what is asked for by name may be handed down.
std::vector<std::string> credential_stores() {
  std::vector<std::string> stores;
  const char* own = getenv("CREDENTIALS_DIRECTORY");
  if (own != nullptr && own[0] == '/') stores.emplace_back(own);
  for (const char* prefix : {"/etc", "/run", "/usr/local/lib", "/usr/lib"})
    stores.push_back(std::string(prefix) + "/credstore");
  return stores;
}

Fd connect_stream(const std::string& path) {
  Fd out = connect_unix(path, SOCK_STREAM);
  const timeval patience{kSocketPatience, 0};
  if (!out || setsockopt(out.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
    throw_errno("cannot connect to " + printable(path));
  return out;
}

class Gathering {
 public:
  void take(const std::string& id, std::string value) {
    size_ += id.size() + value.size();
    if (size_ > kMostCredentialBytes) throw too_large(id);
    values_.emplace_back(id, std::move(value));
  }

  void load(const Credential& credential) {
    const std::string path = credential.source.starts_with('/') ? credential.source : find(credential);
    try {
      read(credential.id, path);
    } catch (const Error& error) {
      if (error.error() == EFBIG) throw too_large(credential.id);
      throw Error("--load-credential " + printable(credential.id) + ": " + error.failure().doing,
                  error.error());
    }
  }

  CredentialValues values() && { return std::move(values_); }

 private:
  static Error too_large(const std::string& id) {
    return Error("the credentials, with " + printable(id) + ", take more than 1 MiB, names and all")
        .remedy("use a volume for what is large");
  }

  static std::string find(const Credential& credential) {
    const auto stores = credential_stores();
    for (const std::string& store : stores) {
      if (exists(store + "/" + credential.source)) return store + "/" + credential.source;
    }
    throw Error("--load-credential " + printable(credential.id) + ": there is no '" +
                printable(credential.source) + "' in " + join(stores, ", "))
        .remedy("give its path: --load-credential ID:/PATH");
  }

  void read(const std::string& id, const std::string& path) {
    struct stat st {};
    if (stat(path.c_str(), &st) != 0) throw_errno("cannot look at " + printable(path));
    if (S_ISDIR(st.st_mode)) return read_directory(id, path);
    const Fd from = S_ISSOCK(st.st_mode) ? connect_stream(path) : open_file(path, O_RDONLY | O_NOCTTY);
    take(id, read_fd(from.get(), path, kMostCredentialBytes));
  }

  // Each by its own name behind the directory's; what is there already counts (systemd's rules).
  void read_directory(const std::string& id, const std::string& path) {
    std::vector<std::string> names = list_directory(path);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      const std::string own = id + "_" + name;
      if (!is_credential_id(own))
        throw Error(printable(path + "/" + name) + " would be the credential '" + printable(own) +
                    "', which is no name of one");
      const bool known =
          std::any_of(values_.begin(), values_.end(), [&](const auto& value) { return value.first == own; });
      if (!known) read(own, path + "/" + name);
    }
  }

  CredentialValues values_;
  size_t size_ = 0;
};

}  // namespace

CredentialValues gather_credentials(const ContainerSpec& spec, const CredentialValues& given) {
  Gathering gathering;
  for (const auto& [id, value] : given) gathering.take(id, value);
  for (const Credential& credential : spec.credentials) {
    if (!credential.source.empty()) gathering.load(credential);
  }
  return std::move(gathering).values();
}

}  // namespace sdcont
