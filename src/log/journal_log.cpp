#include "log/journal_log.h"

#include <poll.h>

#include <vector>

#include "spec/names.h"
#include "util/time.h"

namespace sdcont {
namespace {

constexpr int kPatienceMs = 5000;  // for a journal that is restarted while a container ends

}  // namespace

JournalWriter::JournalWriter(const Logging& logging, const LogIdentity& identity)
    : identity_(identity),
      short_id_(short_id(identity.id)),
      tag_(logging.tag.empty() ? identity.name : logging.tag) {}

void JournalWriter::write(Stream stream, std::string_view data) {
  lines_.at(static_cast<size_t>(stream)).add(data, [&](std::string_view line, bool whole) {
    add(stream, line, whole);
  });
}

void JournalWriter::finish() {
  for (const Stream stream : {Stream::output, Stream::error_output}) {
    lines_.at(static_cast<size_t>(stream)).finish([&](std::string_view line, bool /*whole*/) {
      add(stream, line, true);
    });
  }
  while (blocked_on() >= 0) {
    pollfd journal{blocked_on(), POLLOUT, 0};
    if (poll(&journal, 1, kPatienceMs) == 0) return;
    resume();
  }
}

void JournalWriter::resume() {
  while (!waiting_.empty() && send(waiting_.front())) waiting_.pop_front();
  if (waiting_.empty()) waiting_ = {};
}

void JournalWriter::add(Stream stream, std::string_view line, bool whole) {
  LogEntry entry{now_realtime_ns(), stream, std::string(line), whole};
  if (!waiting_.empty() || !send(entry)) waiting_.push_back(std::move(entry));
}

// False where it has to wait. Without a journal, as in a system whose administrator has masked it, the line
// is lost.
bool JournalWriter::send(const LogEntry& entry) {
  std::vector<JournalField> fields = {
      {"MESSAGE", entry.text},     {"PRIORITY", entry.stream == Stream::output ? "6" : "3"},
      {"SYSLOG_IDENTIFIER", tag_}, {"CONTAINER_NAME", identity_.name},
      {"CONTAINER_ID", short_id_}, {"CONTAINER_ID_FULL", identity_.id},
      {"CONTAINER_TAG", tag_},     {"IMAGE_NAME", identity_.image}};
  if (!entry.whole) fields.push_back({"CONTAINER_PARTIAL_MESSAGE", "true"});
  return journal_.send(fields) != JournalResult::would_block;
}

}  // namespace sdcont
