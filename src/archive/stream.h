#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "archive/sha256.h"

namespace sdcont {

/// How many bytes are read at once.
inline constexpr size_t kPiece = size_t{256} << 10;

/// Bytes that come in pieces. Each stage of unpacking is one, and takes from the one before.
class Stream {
 public:
  Stream() = default;
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// The next piece, valid until the next call; empty at the end. Throws Error.
  virtual std::span<const char> next() = 0;
};

/// A part of a file. One that ends before `size` bytes have come is truncated: an Error, naming `name`.
class FileStream : public Stream {
 public:
  FileStream(int fd, uint64_t offset, uint64_t size, std::string name);
  std::span<const char> next() override;

 private:
  int fd_;
  uint64_t offset_, left_;
  std::string name_;
  std::vector<char> buffer_;
};

/// A descriptor up to its end, which may be a pipe.
class PipeStream : public Stream {
 public:
  PipeStream(int fd, std::string name);
  std::span<const char> next() override;

 private:
  int fd_;
  std::string name_;
  std::vector<char> buffer_;
};

/// Shows each piece to `look` while it passes.
class TeeStream : public Stream {
 public:
  TeeStream(Stream& from, std::function<void(std::span<const char>)> look)
      : from_(from), look_(std::move(look)) {}
  std::span<const char> next() override;

 private:
  Stream& from_;
  std::function<void(std::span<const char>)> look_;
};

/// Adds what the last block of a tar lacks: some tools end after the last file's last byte.
class PaddedStream : public Stream {
 public:
  explicit PaddedStream(Stream& from) : from_(from) {}
  std::span<const char> next() override;

 private:
  Stream& from_;
  uint64_t size_ = 0;
};

/// Takes from another stream in a thread of its own, some pieces ahead.
class AheadStream : public Stream {
 public:
  explicit AheadStream(Stream& from);
  ~AheadStream() override;
  AheadStream(const AheadStream&) = delete;
  AheadStream& operator=(const AheadStream&) = delete;
  std::span<const char> next() override;

 private:
  void run();

  Stream& from_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<char>> ready_, spare_;
  std::vector<char> current_;
  bool ended_ = false, abandoned_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace sdcont
