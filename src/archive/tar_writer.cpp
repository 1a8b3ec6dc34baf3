#include "archive/tar_writer.h"

#include "util/error.h"
#include "util/text.h"

namespace sdcont {

TarWriter::TarWriter(const ByteSink& sink, std::string name)
    : sink_(sink), name_(std::move(name)), archive_(archive_write_new()) {
  if (!archive_) throw Error("no memory to write a tar", ENOMEM);
  archive_write_set_format_pax_restricted(archive_.get());
  settle(archive_write_set_options(archive_.get(), "xattrheader=SCHILY"));
  archive_write_set_bytes_in_last_block(archive_.get(), 1);
  settle(archive_write_open(archive_.get(), this, nullptr, push, nullptr));
}

la_ssize_t TarWriter::push(archive* archive, void* self, const void* data, size_t size) {
  auto* writer = static_cast<TarWriter*>(self);
  try {
    writer->sink_({static_cast<const char*>(data), size});
    return static_cast<la_ssize_t>(size);
  } catch (...) {
    writer->failure_ = std::current_exception();
    archive_set_error(archive, EIO, "the sink failed");
    return -1;
  }
}

void TarWriter::settle(int result) {
  if (result >= ARCHIVE_WARN) return;
  if (failure_) std::rethrow_exception(failure_);
  const char* text = archive_error_string(archive_.get());
  throw Error("cannot pack " + name_ + (text == nullptr ? "" : ": " + printable(text)));
}

void TarWriter::header(const TarEntry& entry) { settle(archive_write_header(archive_.get(), entry.get())); }

void TarWriter::data(std::span<const char> piece) {
  while (!piece.empty()) {
    const la_ssize_t n = archive_write_data(archive_.get(), piece.data(), piece.size());
    if (n < 0) settle(ARCHIVE_FATAL);
    if (n <= 0) return;
    piece = piece.subspan(static_cast<size_t>(n));
  }
}

void TarWriter::close() { settle(archive_write_close(archive_.get())); }

}  // namespace sdcont
