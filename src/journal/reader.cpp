#include "journal/reader.h"

namespace sdcont {

std::optional<LogEntry> JournalReader::next() {
  while (entries_.next()) {
    if (entries_.field("CONTAINER_TAG").empty()) continue;  // an event of the container's
    const bool error = entries_.field("PRIORITY") == "3";
    const bool whole = entries_.field("CONTAINER_PARTIAL_MESSAGE") != "true";
    return LogEntry{entries_.time_usec() * 1000, error ? Stream::error_output : Stream::output,
                    entries_.field("MESSAGE"), whole};
  }
  return std::nullopt;
}

}  // namespace sdcont
