#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace sdcont {

/// Takes the bytes of an archive as they are made; throws Error where they cannot be kept.
using ByteSink = std::function<void(std::span<const char>)>;

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using TarEntry = std::unique_ptr<archive_entry, FreeEntry>;

/// libarchive writing a tar (pax, where an entry needs more than ustar has) to a sink. Its callbacks are C:
/// an exception waits in here until the call is over.
class TarWriter {
 public:
  /// `sink` must live as long; `name`: what is packed, for messages.
  TarWriter(const ByteSink& sink, std::string name);

  void header(const TarEntry& entry);
  /// Content of the last entry; what is more than its size is left out.
  void data(std::span<const char> piece);
  void close();

 private:
  struct Free {
    void operator()(archive* archive) const { archive_write_free(archive); }
  };
  static la_ssize_t push(archive* archive, void* self, const void* data, size_t size);
  void settle(int result);

  const ByteSink& sink_;
  std::string name_;
  std::exception_ptr failure_;
  std::unique_ptr<archive, Free> archive_;
};

}  // namespace sdcont
