#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <exception>
#include <string>

#include "archive/stream.h"

namespace sdcont {

/// libarchive reading from a Stream. Its callbacks are C: an exception waits in here until the call is over.
class ArchiveReader {
 public:
  enum class Kind {
    tar,  ///< any tar; not compressed
    raw,  ///< one entry: what is left when gzip, zstd, xz or bzip2 are taken away
  };
  /// `name`: what is read, for messages.
  ArchiveReader(Stream& from, Kind kind, std::string name);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  /// The next entry, or null at the end; valid until the next call.
  archive_entry* next();
  /// The next piece of the entry's content and where it is; holes of a sparse file are left out. False at its
  /// end.
  bool read(std::span<const char>& piece, uint64_t& offset);

 private:
  static la_ssize_t pull(archive* archive, void* self, const void** buffer);
  [[noreturn]] void fail();
  /// Throws where a call failed; a warning is none.
  int settle(int result);

  Stream& from_;
  std::string name_;
  std::exception_ptr failure_;
  archive* archive_;
};

/// The uncompressed bytes of what is compressed, or not.
class Decompressed : public Stream {
 public:
  Decompressed(Stream& from, const std::string& name);
  std::span<const char> next() override;

 private:
  ArchiveReader reader_;
  bool has_entry_;
};

struct Compression {
  bool compressed = false;
  const char* suffix = "";  ///< of the media type of such a layer; null where OCI has none
};
/// By the first bytes of a part of a file.
Compression compression_of(int fd, uint64_t offset, uint64_t size);

}  // namespace sdcont
