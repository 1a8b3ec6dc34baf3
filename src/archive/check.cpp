#include "archive/check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "archive/inherit.h"
#include "archive/interrupt.h"
#include "archive/same_tree.h"
#include "archive/sha256.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

class Check {
 public:
  Check(const ImageStore& store, const CheckOptions& options)
      : store_(store), options_(options), staging_(store) {}

  bool run() {
    for (const Image& image : store_.list()) {
      try {
        check_image(image);
      } catch (const Interrupted&) {
        throw;
      } catch (const Error& error) {
        complain(error.what());
      }
    }
    return sound_;
  }

 private:
  void complain(const std::string& text) {
    sound_ = false;
    options_.found(text);
  }

  // With --repair it goes, so that the next pull or load brings it anew: what has the name and size is not
  // read again.
  [[noreturn]] void refuse_blob(const Descriptor& blob, const std::string& what) const {
    if (options_.repair) unlink(store_.layout().blob_path(blob.digest).c_str());
    throw Error(what + " is damaged (" + blob.digest + ")")
        .remedy(options_.repair ? "pull or load the image again"
                                : "sdcont system check --repair, then pull or load it again");
  }

  void check_document(const Descriptor& document, const std::string& what) {
    const std::string text = store_.layout().read(document, what);
    if (text.size() == document.size && sha256_digest(text) == document.digest) return;
    refuse_blob(document, what);
  }

  void check_image(const Image& image) {
    const std::string of = " of " + image.called();
    check_document(image.manifest, "the manifest" + of);
    const Manifest manifest = store_.manifest(image);
    check_document(manifest.config, "the configuration" + of);
    const ConfigFile config = store_.config(image);
    lowers_.clear();
    for (size_t i = 0; i < manifest.layers.size(); ++i) {
      lowers_.insert(lowers_.begin(), store_.layer_directory(config.diff_ids[i]) + "/tree");
      if (!checked_.insert(config.diff_ids[i]).second) continue;
      try {
        check_layer(manifest.layers[i], config.diff_ids[i], "layer " + std::to_string(i + 1) + of);
      } catch (const Interrupted&) {
        throw;
      } catch (const Error& error) {
        complain(error.what());
      }
    }
  }

  // By unpacking it once more.
  void check_layer(const Descriptor& blob, const std::string& diff_id, const std::string& what) {
    const std::string path = store_.layout().blob_path(blob.digest);
    const Fd fd = Fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) throw Error(what + " is missing (" + blob.digest + ")").remedy("pull or load the image again");
    LayerSource source;
    source.fd = fd.get();
    source.size = blob.size;
    source.name = what;
    source.digest = blob.digest;
    source.diff_id = diff_id;
    if (digest_of(source) != blob.digest) refuse_blob(blob, what);
    const std::string fresh = unpack_layer(staging_, source);
    inherit_attributes(fresh, {lowers_.begin() + 1, lowers_.end()});
    const std::string directory = store_.layer_directory(diff_id);
    const Fd old = Fd(open((directory + "/tree").c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const std::string difference =
        old ? first_difference(old.get(), open_file(fresh + "/tree", O_RDONLY | O_DIRECTORY).get()) : "/";
    if (difference.empty()) return remove(fresh);
    const std::string text =
        old ? what + " was changed on disk, at " + difference : what + " is not unpacked";
    if (!options_.repair) return complain(text);
    options_.found(text);
    replace(fresh, directory, what);
  }

  static void remove(const std::string& path) {
    const std::string parent = path.substr(0, path.rfind('/'));
    remove_tree(open_file(parent, O_RDONLY | O_DIRECTORY).get(), path.substr(parent.size() + 1));
  }

  void replace(const std::string& fresh, const std::string& directory, const std::string& what) {
    if (std::find(options_.used.begin(), options_.used.end(), directory + "/tree") != options_.used.end()) {
      throw Error(what + " cannot be repaired while containers are made of it")
          .remedy("remove them first: sdcont ps -a");
    }
    const std::string old = staging_.new_path();
    if (rename(directory.c_str(), old.c_str()) != 0 && errno != ENOENT) throw_errno("cannot replace " + what);
    const Fd dir = open_file(fresh, O_RDONLY | O_DIRECTORY);
    check(syncfs(dir.get()), "cannot sync the image store");
    if (::rename(fresh.c_str(), directory.c_str()) != 0) throw_errno("cannot replace " + what);
    options_.repaired(what);
  }

  const ImageStore& store_;
  const CheckOptions& options_;
  Staging staging_;
  std::set<std::string> checked_;
  std::vector<std::string>
      lowers_;  ///< of the image that is checked: trees up to the layer, the topmost first
  bool sound_ = true;
};

}  // namespace

bool check_images(const ImageStore& store, const CheckOptions& options) {
  const bool sound = Check(store, options).run();
  store.refresh();
  return sound;
}

}  // namespace sdcont
