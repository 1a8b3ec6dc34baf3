#include "archive/layer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "archive/inherit.h"
#include "archive/interrupt.h"
#include "archive/layer_writer.h"
#include "archive/reader.h"
#include "archive/stream.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr unsigned kMaxWorkers = 4;

/// A file that becomes a blob while its bytes pass.
class BlobFile {
 public:
  explicit BlobFile(std::string path)
      : path_(std::move(path)), fd_(open_file(path_, O_WRONLY | O_CREAT | O_EXCL, 0600)) {}
  void write(std::span<const char> piece) const {
    while (!piece.empty()) {
      const ssize_t n = ::write(fd_.get(), piece.data(), piece.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0)
        throw Error("cannot write to the image store", errno).remedy("make room, or choose another --root");
      piece = piece.subspan(static_cast<size_t>(n));
    }
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  Fd fd_;
};

void must_be(const std::string& name, const char* what, const std::string& expected, const std::string& is) {
  if (expected.empty() || expected == is) return;
  throw Error(name + " is damaged: its " + what + " is " + is + ", and should be " + expected);
}

/// Of one layer.
class Taking {
 public:
  Taking(Staging& staging, const LayerSource& source, std::function<void(uint64_t)> progress,
         std::function<void(const std::string&)> warn)
      : staging_(staging), source_(source), progress_(std::move(progress)), warn_(std::move(warn)) {}

  Layer run() {
    const Compression compression = compression_of(source_.fd, source_.offset, source_.size);
    convert_ = compression.suffix == nullptr && source_.convert;
    Layer layer;
    layer.diff_id = source_.diff_id;
    layer.blob.size = source_.size;
    layer.blob.digest = convert_ ? source_.diff_id : source_.digest;
    layer.blob.media_type =
        std::string(kOciLayer) + (compression.suffix == nullptr ? "" : compression.suffix);
    const bool has_blob = !layer.blob.digest.empty() && staging_.has_blob(layer.blob);
    has_layer_ = !source_.diff_id.empty() && staging_.has_layer(source_.diff_id);
    if (has_blob && has_layer_) return layer;

    FileStream file(source_.fd, source_.offset, source_.size, source_.name);
    const bool is_blob = !source_.path.empty() && !convert_;
    if (!has_blob && !is_blob) blob_.emplace(staging_.new_path());
    Sha256 digest;
    TeeStream raw(file, [&](std::span<const char> piece) {
      check_interrupted();
      progress_(piece.size());
      digest.update(piece);
      if (blob_ && !convert_) blob_->write(piece);
    });
    if (has_layer_ && !convert_) {
      drain(raw);
    } else {
      layer.diff_id = unpack(raw);
    }
    const std::string is = digest.digest();
    must_be(source_.name, "digest", source_.digest, is);
    must_be(source_.name, "diff id", source_.diff_id, layer.diff_id);
    layer.blob.digest = convert_ ? layer.diff_id : is;
    if (convert_) layer.blob.size = plain_size_;
    if (!has_blob) staging_.add_blob(is_blob ? source_.path : blob_->path(), layer.blob.digest);
    if (!has_layer_) staging_.add_layer(directory_, layer.diff_id);
    return layer;
  }

  std::string unpack_again() {
    FileStream file(source_.fd, source_.offset, source_.size, source_.name);
    Sha256 digest;
    TeeStream raw(file, [&](std::span<const char> piece) {
      check_interrupted();
      digest.update(piece);
    });
    const std::string diff_id = unpack(raw);
    must_be(source_.name, "digest", source_.digest, digest.digest());
    must_be(source_.name, "diff id", source_.diff_id, diff_id);
    return directory_;
  }

 private:
  static void drain(Stream& stream) {
    while (!stream.next().empty()) continue;
  }

  std::string unpack(Stream& raw) {
    directory_ = staging_.new_path();
    const std::string tree = directory_ + "/tree";
    if (mkdir(directory_.c_str(), 0700) != 0 || mkdir(tree.c_str(), 0755) != 0)
      throw_errno("cannot make " + tree);
    const Fd dir = open_file(tree, O_RDONLY | O_DIRECTORY);
    Sha256 diff_id;
    uint64_t bytes = 0;
    {
      Decompressed plain(raw, source_.name);
      TeeStream hashed(plain, [&](std::span<const char> piece) {
        diff_id.update(piece);
        plain_size_ += piece.size();
        if (blob_ && convert_) blob_->write(piece);
      });
      PaddedStream padded(hashed);
      // where nobody says what the layer must be, its end is the only sign of being whole
      AheadStream ahead(source_.diff_id.empty() ? static_cast<Stream&>(hashed) : padded);
      bytes = write_tree(ahead, dir.get());
      drain(ahead);  // what follows the tar's end is part of what has the digest
    }
    drain(raw);
    const Fd size = open_file(directory_ + "/size", O_WRONLY | O_CREAT | O_EXCL, 0600);
    write_all(size.get(), std::to_string(bytes) + "\n");
    return diff_id.digest();
  }

  uint64_t write_tree(Stream& stream, int dir) {
    ArchiveReader reader(stream, ArchiveReader::Kind::tar, source_.name);
    LayerWriter writer(dir, source_.name);
    while (archive_entry* entry = reader.next()) writer.write(entry, reader);
    writer.finish();
    write_implicit(directory_, {writer.implicit().begin(), writer.implicit().end()});
    if (!writer.left_out().empty()) {
      warn_(source_.name + ": the file system of " + staging_.store().root() + " cannot keep " +
            join({writer.left_out().begin(), writer.left_out().end()}, ", ") + ", so they were left out");
    }
    return writer.bytes();
  }

  Staging& staging_;
  const LayerSource& source_;
  std::function<void(uint64_t)> progress_;
  std::function<void(const std::string&)> warn_;
  bool convert_ = false, has_layer_ = false;
  std::optional<BlobFile> blob_;
  std::string directory_;
  uint64_t plain_size_ = 0;
};

}  // namespace

std::string digest_of(const LayerSource& source) {
  struct stat st {};
  check(fstat(source.fd, &st), "cannot look at a blob");
  FileStream file(source.fd, source.offset,
                  std::min<uint64_t>(source.size, static_cast<uint64_t>(st.st_size)), source.name);
  Sha256 digest;
  for (auto piece = file.next(); !piece.empty(); piece = file.next()) {
    check_interrupted();
    digest.update(piece);
  }
  return digest.digest();
}

std::string unpack_layer(Staging& staging, const LayerSource& source) {
  Taking taking(
      staging, source, [](uint64_t) {}, [](const std::string&) {});
  return taking.unpack_again();
}

std::vector<Layer> take_layers(Staging& staging, const std::vector<LayerSource>& sources,
                               const LayerProgress& progress,
                               const std::function<void(const std::string&)>& warn) {
  std::vector<Layer> layers(sources.size());
  std::atomic<size_t> next = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    for (size_t i = next++; i < sources.size() && !failed; i = next++) {
      try {
        const auto tell = [&](uint64_t bytes) {
          if (failed) throw Error("another layer has failed");
          progress(i, bytes);
        };
        const auto complain = [&](const std::string& text) {
          const std::lock_guard lock(mutex);
          warn(text);
        };
        layers[i] = Taking(staging, sources[i], tell, complain).run();
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        failed = true;
      }
    }
  };
  std::vector<std::jthread> workers;
  const auto count =
      std::min<size_t>({sources.size(), kMaxWorkers, std::max(1U, std::thread::hardware_concurrency())});
  for (size_t i = 1; i < count; ++i) workers.emplace_back(work);
  work();
  workers.clear();
  if (failure) std::rethrow_exception(failure);
  return layers;
}

}  // namespace sdcont
