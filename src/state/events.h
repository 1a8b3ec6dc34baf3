#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "state/store.h"

namespace sdcont {

/// Something that happened to a container, as docker tells of it.
struct Event {
  uint64_t time_ns = 0;  ///< realtime
  std::string
      action;  ///< create start die oom kill stop destroy pause unpause exec_create exec_die rename update
  std::string id;  ///< of the container
  /// name, image and the labels; exitCode (die, exec_die), signal (kill), execID, oldName …
  std::map<std::string, std::string> attributes;
};

/// An event of this container, now.
Event event_of(const Record& record, std::string action,
               const std::map<std::string, std::string>& attributes = {});

/// docker's JSON object, in one line without its end; and back, nothing for what is none.
std::string event_to_json(const Event& event);
std::optional<Event> event_from_json(const std::string& line);
/// docker's line: "2026-01-02T03:04:05.000000000Z container start ID (image=…, name=…)".
std::string event_text(const Event& event);

/// MESSAGE_ID of events in the journal, which have CONTAINER_EVENT and the container's CONTAINER_* fields.
inline constexpr const char* kEventMessageId = "9d5f4c1e2b7a4d0c8e63a1f70b52c94d";

/// Tells whoever follows, and the journal where there is one. It never fails what is being done: an event
/// that cannot be written is lost.
///
/// RUN/events.log has a line of JSON for each event, each in one write(2), so that lines of several writers
/// never mix. At kEventLogSize it is renamed to events.log.1, which replaces the one before: the last so many
/// are there for --since, until the next boot.
void note_event(const StorePaths& paths, const Event& event) noexcept;
inline constexpr uint64_t kEventLogSize = uint64_t{4} << 20;

/// Reads the file of events, from its beginning or from now on, and what is added to it.
class EventReader {
 public:
  enum class From { beginning, end };
  EventReader(const StorePaths& paths, From from);

  /// The next event that is there; nothing where all are read.
  std::optional<Event> next();
  /// Readable when there may be more.
  [[nodiscard]] int descriptor() const { return changes_.get(); }

 private:
  bool next_line(std::string& line);
  bool next_file();

  std::string directory_;
  Fd changes_, file_;
  std::string text_;
  bool older_ = false;  ///< file_ is events.log.1
};

}  // namespace sdcont
