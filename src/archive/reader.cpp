#include "archive/reader.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

struct Magic {
  std::string_view bytes;
  const char* suffix;
};
constexpr Magic kMagics[] = {{"\x1f\x8b", "+gzip"},
                             {"\x28\xb5\x2f\xfd", "+zstd"},
                             {std::string_view("\xfd\x37zXZ\0", 6), nullptr},
                             {"BZh", nullptr}};

}  // namespace

Compression compression_of(int fd, uint64_t offset, uint64_t size) {
  std::array<char, 6> bytes{};
  const ssize_t n =
      pread(fd, bytes.data(), std::min<uint64_t>(bytes.size(), size), static_cast<off_t>(offset));
  const std::string_view start(bytes.data(), n < 0 ? 0 : static_cast<size_t>(n));
  for (const Magic& magic : kMagics) {
    if (start.starts_with(magic.bytes)) return {true, magic.suffix};
  }
  return {};
}

Decompressed::Decompressed(Stream& from, const std::string& name)
    : reader_(from, ArchiveReader::Kind::raw, name), has_entry_(reader_.next() != nullptr) {}

std::span<const char> Decompressed::next() {
  std::span<const char> piece;
  uint64_t offset = 0;
  while (has_entry_ && reader_.read(piece, offset)) {
    if (!piece.empty()) return piece;
  }
  return {};
}

ArchiveReader::ArchiveReader(Stream& from, Kind kind, std::string name)
    : from_(from), name_(std::move(name)), archive_(archive_read_new()) {
  if (archive_ == nullptr) throw Error("no memory to read " + name_, ENOMEM);
  if (kind == Kind::tar) {
    archive_read_support_format_tar(archive_);
  } else {
    archive_read_support_format_raw(archive_);
    archive_read_support_format_empty(archive_);
    // by name, since "all" would run other programs for some
    archive_read_support_filter_gzip(archive_);
    archive_read_support_filter_zstd(archive_);
    archive_read_support_filter_xz(archive_);
    archive_read_support_filter_bzip2(archive_);
  }
  try {
    settle(archive_read_open(archive_, this, nullptr, pull, nullptr));
  } catch (...) {
    archive_read_free(archive_);
    throw;
  }
}

ArchiveReader::~ArchiveReader() { archive_read_free(archive_); }

la_ssize_t ArchiveReader::pull(archive* archive, void* self, const void** buffer) {
  auto* reader = static_cast<ArchiveReader*>(self);
  try {
    const auto piece = reader->from_.next();
    *buffer = piece.data();
    return static_cast<la_ssize_t>(piece.size());
  } catch (...) {
    reader->failure_ = std::current_exception();
    archive_set_error(archive, EIO, "the source failed");
    return -1;
  }
}

void ArchiveReader::fail() {
  if (failure_) std::rethrow_exception(failure_);
  const char* text = archive_error_string(archive_);
  throw Error(name_ + " is damaged: " + (text == nullptr ? "it cannot be read" : printable(text)));
}

int ArchiveReader::settle(int result) {
  if (result == ARCHIVE_OK || result == ARCHIVE_EOF || result == ARCHIVE_WARN) return result;
  fail();
}

archive_entry* ArchiveReader::next() {
  archive_entry* entry = nullptr;
  const int result = settle(archive_read_next_header(archive_, &entry));
  return result == ARCHIVE_EOF ? nullptr : entry;
}

bool ArchiveReader::read(std::span<const char>& piece, uint64_t& offset) {
  const void* data = nullptr;
  size_t size = 0;
  la_int64_t at = 0;
  if (settle(archive_read_data_block(archive_, &data, &size, &at)) == ARCHIVE_EOF) return false;
  piece = {static_cast<const char*>(data), size};
  offset = static_cast<uint64_t>(at);
  return true;
}

}  // namespace sdcont
