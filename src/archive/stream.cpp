#include "archive/stream.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "archive/interrupt.h"
#include "util/error.h"

namespace sdcont {
namespace {

constexpr size_t kAhead = 8;  // pieces

}  // namespace

FileStream::FileStream(int fd, uint64_t offset, uint64_t size, std::string name)
    : fd_(fd), offset_(offset), left_(size), name_(std::move(name)), buffer_(kPiece) {}

std::span<const char> FileStream::next() {
  if (left_ == 0) return {};
  ssize_t n = -1;
  do {
    n = pread(fd_, buffer_.data(), std::min<uint64_t>(buffer_.size(), left_), static_cast<off_t>(offset_));
  } while (n < 0 && errno == EINTR);
  if (n < 0) throw_errno("cannot read " + name_);
  if (n == 0) throw Error(name_ + " is truncated: " + std::to_string(left_) + " bytes are missing");
  offset_ += static_cast<uint64_t>(n);
  left_ -= static_cast<uint64_t>(n);
  return {buffer_.data(), static_cast<size_t>(n)};
}

PipeStream::PipeStream(int fd, std::string name) : fd_(fd), name_(std::move(name)), buffer_(kPiece) {}

std::span<const char> PipeStream::next() {
  check_interrupted();
  ssize_t n = -1;
  while ((n = ::read(fd_, buffer_.data(), buffer_.size())) < 0 && errno == EINTR) check_interrupted();
  if (n < 0) throw_errno("cannot read " + name_);
  return {buffer_.data(), static_cast<size_t>(n)};
}

std::span<const char> TeeStream::next() {
  const auto piece = from_.next();
  if (!piece.empty()) look_(piece);
  return piece;
}

std::span<const char> PaddedStream::next() {
  constexpr size_t kBlock = 512;
  static constexpr std::array<char, kBlock> kZeros{};
  auto piece = from_.next();
  if (piece.empty() && size_ % kBlock != 0) piece = std::span(kZeros).first(kBlock - size_ % kBlock);
  size_ += piece.size();
  return piece;
}

AheadStream::AheadStream(Stream& from) : from_(from), thread_([this] { run(); }) {}

AheadStream::~AheadStream() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

// An exception of the source is one of next(), after the pieces that came before it.
void AheadStream::run() {
  std::exception_ptr failure;
  try {
    for (;;) {
      const auto piece = from_.next();
      if (piece.empty()) break;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return abandoned_ || ready_.size() < kAhead; });
      if (abandoned_) return;
      std::vector<char> copy;
      if (!spare_.empty()) {
        copy = std::move(spare_.front());
        spare_.pop_front();
      }
      lock.unlock();
      copy.assign(piece.begin(), piece.end());
      lock.lock();
      ready_.push_back(std::move(copy));
      changed_.notify_all();
    }
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  failure_ = failure;
  changed_.notify_all();
}

std::span<const char> AheadStream::next() {
  std::unique_lock lock(mutex_);
  if (!current_.empty()) spare_.push_back(std::move(current_));
  current_.clear();
  changed_.wait(lock, [this] { return ended_ || !ready_.empty(); });
  if (ready_.empty()) {
    if (failure_) std::rethrow_exception(failure_);
    return {};
  }
  current_ = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return current_;
}

}  // namespace sdcont
