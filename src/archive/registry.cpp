#include "archive/registry.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "archive/run_tool.h"
#include "archive/sha256.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kTool = "skopeo";

/// docker's rule: what does not leave this machine needs no certificate.
bool is_local(const std::string& domain) {
  const std::string host = domain.substr(0, domain.find(':'));
  return host == "localhost" || host.starts_with("127.") || domain.starts_with("[::1]");
}

/// skopeo's last complaint, in one line: of "time=… level=fatal msg=\"…\"" the message.
std::string complaint(const ToolResult& result) {
  std::string text(trim(result.errors));
  text = text.substr(text.rfind('\n') + 1);
  if (const size_t at = text.find("msg=\""); at != std::string::npos) {
    text = text.substr(at + 5, text.rfind('"') - at - 5);
    for (size_t quote = 0; (quote = text.find("\\\"", quote)) != std::string::npos; ++quote)
      text.erase(quote, 1);
  }
  // of every failure it says this first
  if (text.starts_with("Error parsing image name ") && text.find("\": ") != std::string::npos) {
    text.erase(0, text.find("\": ") + 3);
  }
  return text.empty() ? "it ended with status " + std::to_string(result.status) : printable(text);
}

class Registry {
 public:
  enum class Use { pull, push };
  Registry(const Reference& reference, const RegistryOptions& options, Use use)
      : reference_(reference), options_(options), use_(use) {}

  [[nodiscard]] std::string address(const std::string& digest) const {
    std::string text = "docker://" + reference_.domain + "/" + reference_.path;
    if (!digest.empty()) return text + "@" + digest;
    return text + (reference_.digest.empty() ? ":" + reference_.tag : "@" + reference_.digest);
  }

  /// The document of a digest, or of the reference itself.
  [[nodiscard]] std::string document(const std::string& digest) const {
    return run({"inspect", "--raw"}, "", {address(digest)}, ToolOutput::kept).output;
  }
  [[nodiscard]] std::string config(const std::string& manifest) const {
    return run({"inspect", "--config", "--raw"}, "", {address(manifest)}, ToolOutput::kept).output;
  }
  /// `direction`: "src-" or "dest-", whose options are those of the registry.
  void copy(std::vector<std::string> words, const std::string& direction,
            const std::vector<std::string>& from_to) const {
    const bool shown = !options_.quiet && isatty(STDERR_FILENO) != 0;
    words.insert(words.begin(), "copy");
    if (!shown) words.emplace_back("--quiet");
    static_cast<void>(
        run(std::move(words), direction, from_to, shown ? ToolOutput::shown : ToolOutput::kept));
  }

 private:
  [[nodiscard]] std::string doing() const {
    return (use_ == Use::pull ? "pull " : "push ") + reference_.text();
  }

  [[nodiscard]] ToolResult run(std::vector<std::string> words, const std::string& direction,
                               const std::vector<std::string>& last, ToolOutput output) const {
    words.insert(words.begin(), kTool);
    if (!options_.authfile.empty()) words.push_back("--" + direction + "authfile=" + options_.authfile);
    if (!options_.credentials.empty()) words.push_back("--" + direction + "creds=" + options_.credentials);
    const bool verify = options_.tls_verify.value_or(!is_local(reference_.domain));
    words.push_back("--" + direction + "tls-verify=" + (verify ? "true" : "false"));
    words.insert(words.end(), last.begin(), last.end());
    ToolResult result = run_tool(words, output);
    if (result.status == kExitNotFound) {
      throw Error("cannot " + doing() + ": skopeo, which speaks with registries, is not installed")
          .remedy("apt install skopeo");
    }
    if (result.status != 0) throw Error("cannot " + doing() + ": " + complaint(result));
    return result;
  }

  const Reference& reference_;
  const RegistryOptions& options_;
  Use use_;
};

/// One command at a time takes an image of this name: the next finds what it has taken.
Fd lock_name(const ImageStore& store, const std::string& name) {
  const std::string path = store.root() + "/tmp/pull-" + sha256_digest(name).substr(7) + ".lock";
  Fd fd = open_file(path, O_RDONLY | O_CREAT | O_NOFOLLOW, 0600);
  while (flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) throw_errno("cannot lock " + path);
  }
  return fd;
}

/// An empty OCI layout for skopeo, in the staging directory.
Layout make_layout(Staging& staging) {
  Layout layout(staging.new_path());
  layout.make();
  return layout;
}

std::string expect_digest(std::string text, const std::string& digest, const std::string& what) {
  if (digest.empty() || sha256_digest(text) == digest) return text;
  throw Error("the registry sent something else for " + what + " than what has the digest " + digest);
}

/// What a registry's document is: OCI's need not say so.
std::string media_type_of(const std::string& text, const std::string& name) {
  try {
    const auto object = nlohmann::json::parse(text);
    return object.contains("mediaType")   ? object.at("mediaType").get<std::string>()
           : object.contains("manifests") ? kOciIndex
                                          : kOciManifest;
  } catch (const nlohmann::json::exception&) {
    throw Error("the registry sent something for " + name + " that is no manifest");
  }
}

}  // namespace

TakenImage pull_image(const ImageStore& store, const Reference& reference, const Platform& platform,
                      const RegistryOptions& options, const Reports& reports) {
  const std::string name = reference.text();
  Staging staging(store);
  const Fd lock = lock_name(store, name);
  const Registry registry(reference, options, Registry::Use::pull);
  const std::string top = expect_digest(registry.document(""), reference.digest, name);
  const std::string digest = sha256_digest(top);
  Descriptor descriptor;
  descriptor.digest = digest;
  descriptor.media_type = media_type_of(top, name);
  const auto read = [&](const Descriptor& document) {
    return document.digest == digest
               ? top
               : expect_digest(registry.document(document.digest), document.digest, name);
  };
  descriptor = choose_manifest(descriptor, platform, name, read);
  const std::string manifest_text = read(descriptor);
  const Manifest manifest = parse_manifest(manifest_text, "the manifest of " + name);
  const std::string config = expect_digest(registry.config(descriptor.digest), manifest.config.digest, name);

  const Layout layout = make_layout(staging);
  bool complete = true;
  for (const Descriptor& layer : manifest.layers) {
    const bool here = store.layout().has(layer);
    complete = complete && here;
    // skopeo leaves out what is there
    if (here)
      static_cast<void>(
          link(store.layout().blob_path(layer.digest).c_str(), layout.blob_path(layer.digest).c_str()));
  }
  if (!complete) {
    registry.copy({"--dest-oci-accept-uncompressed-layers"}, "src-",
                  {registry.address(descriptor.digest), "oci:" + layout.directory() + ":pulled"});
  }
  std::vector<LayerSource> sources;
  std::vector<Fd> files;
  for (const Descriptor& layer : manifest.layers) {
    files.push_back(open_file(layout.blob_path(layer.digest), O_RDONLY | O_NOFOLLOW));
    LayerSource source;
    source.fd = files.back().get();
    source.size = layer.size;
    source.digest = layer.digest;
    source.path = layout.blob_path(layer.digest);
    sources.push_back(std::move(source));
  }
  const bool oci = manifest.media_type == kOciManifest;
  TakenImage image =
      oci ? take_image(staging, manifest_text, descriptor, config, std::move(sources), reports, name)
          : make_image(staging, config, std::move(sources), reports, name);
  staging.publish();
  image.names = {name};
  store.add(image.manifest, name, digest);
  return image;
}

std::string push_image(const ImageStore& store, const Image& image, const Reference& destination,
                       const RegistryOptions& options) {
  Staging staging(store);
  // a layout of one image, whose blobs are the store's
  const std::string directory = staging.new_path();
  if (mkdir(directory.c_str(), 0700) != 0) throw_errno("cannot make " + directory);
  const std::string blobs = store.layout().directory() + "/blobs";
  if (symlink(blobs.c_str(), (directory + "/blobs").c_str()) != 0)
    throw_errno("cannot make " + directory + "/blobs");
  Descriptor descriptor = image.manifest;
  descriptor.annotations = {{kRefName, "pushed"}};
  const Layout layout(directory);
  layout.write_index({descriptor});
  write_all(open_file(directory + "/oci-layout", O_WRONLY | O_CREAT | O_EXCL, 0600).get(),
            R"({"imageLayoutVersion":"1.0.0"})");
  const std::string digest_file = staging.new_path();
  const Registry registry(destination, options, Registry::Use::push);
  registry.copy({"--digestfile=" + digest_file}, "dest-",
                {"oci:" + directory + ":pushed", registry.address("")});
  return std::string(trim(read_file(digest_file)));
}

}  // namespace sdcont
