#include "state/events.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <vector>

#include "spec/names.h"
#include "systemd/journal.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kLog = "/events.log";
constexpr const char* kOlderLog = "/events.log.1";

bool is_same_file(int fd, const std::string& path) {
  struct stat here {
  }, there{};
  return fstat(fd, &here) == 0 && stat(path.c_str(), &there) == 0 && here.st_ino == there.st_ino &&
         here.st_dev == there.st_dev;
}

// The file that has the name, and keeps it while the lock is held.
Fd open_log(const std::string& path) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file || flock(file.get(), LOCK_SH) != 0) return {};
    if (is_same_file(file.get(), path)) return file;
  }
  return {};
}

void rotate(const std::string& directory) {
  const Fd file(open((directory + kLog).c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  // whoever else writes just now will see to it
  if (!file || flock(file.get(), LOCK_EX | LOCK_NB) != 0) return;
  if (is_same_file(file.get(), directory + kLog))
    rename((directory + kLog).c_str(), (directory + kOlderLog).c_str());
}

void append_to_log(const StorePaths& paths, const std::string& line) {
  bool full = false;
  {
    const Fd file = open_log(paths.run + kLog);
    if (!file || write(file.get(), line.data(), line.size()) < 0) return;
    struct stat st {};
    full = fstat(file.get(), &st) == 0 && static_cast<uint64_t>(st.st_size) > kEventLogSize;
  }
  if (full) rotate(paths.run);
}

std::string attribute_of(const Event& event, const char* key) {
  const auto found = event.attributes.find(key);
  return found == event.attributes.end() ? std::string() : found->second;
}

void tell_journal(const Event& event) {
  if (!has_journal()) return;
  const std::string message = "container " + event.action + " " + event.id;
  const std::string short_form = short_id(event.id);
  const std::string name = attribute_of(event, "name"), image = attribute_of(event, "image");
  const std::string status = attribute_of(event, "exitCode"), signal = attribute_of(event, "signal");
  std::vector<JournalField> fields = {{"MESSAGE", message},
                                      {"MESSAGE_ID", kEventMessageId},
                                      {"PRIORITY", "6"},
                                      {"SYSLOG_IDENTIFIER", "sdcont"},
                                      {"CONTAINER_ID", short_form},
                                      {"CONTAINER_ID_FULL", event.id},
                                      {"CONTAINER_NAME", name},
                                      {"IMAGE_NAME", image},
                                      {"CONTAINER_EVENT", event.action}};
  if (!status.empty()) fields.push_back({"CONTAINER_EXIT_CODE", status});
  if (!signal.empty()) fields.push_back({"CONTAINER_SIGNAL", signal});
  Journal().send(fields);
}

}  // namespace

Event event_of(const Record& record, std::string action,
               const std::map<std::string, std::string>& attributes) {
  Event event{now_realtime_ns(), std::move(action), record.id, record.labels};
  for (const auto& [key, value] : attributes) event.attributes[key] = value;
  event.attributes["name"] = record.name;
  event.attributes["image"] = record.image;
  return event;
}

std::string event_to_json(const Event& event) {
  const Json json = {{"status", event.action},
                     {"id", event.id},
                     {"from", attribute_of(event, "image")},
                     {"Type", "container"},
                     {"Action", event.action},
                     {"Actor", {{"ID", event.id}, {"Attributes", event.attributes}}},
                     {"scope", "local"},
                     {"time", event.time_ns / kNsPerSecond},
                     {"timeNano", event.time_ns}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Event> event_from_json(const std::string& line) {
  try {
    const auto json = nlohmann::json::parse(line);
    const auto& actor = json.at("Actor");
    return Event{json.at("timeNano"), json.at("Action"), actor.at("ID"), actor.at("Attributes")};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

std::string event_text(const Event& event) {
  std::vector<std::string> words;
  for (const auto& [key, value] : event.attributes) words.push_back(printable(key) + "=" + printable(value));
  return format_local_time(event.time_ns) + " container " + event.action + " " + event.id + " (" +
         join(words, ", ") + ")";
}

void note_event(const StorePaths& paths, const Event& event) noexcept {
  try {
    append_to_log(paths, event_to_json(event) + "\n");
    tell_journal(event);
  } catch (const std::exception&) {
    return;  // no memory: the event is lost
  }
}

EventReader::EventReader(const StorePaths& paths, From from) : directory_(paths.run) {
  changes_.reset(check(inotify_init1(IN_CLOEXEC | IN_NONBLOCK), "cannot wait for events"));
  // the directory: the file may not be there yet, and others take its place
  if (inotify_add_watch(changes_.get(), directory_.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
    throw_errno("cannot wait for changes in " + directory_);
  older_ = from == From::beginning;
  next_file();
  if (from == From::end && file_) lseek(file_.get(), 0, SEEK_END);
}

// Goes on with the file that came after the one that is read; false where there is none.
bool EventReader::next_file() {
  const std::string path = directory_ + kLog;
  if (older_ && !file_) {
    file_.reset(open((directory_ + kOlderLog).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file_) return true;
  }
  if (file_ && is_same_file(file_.get(), path)) return false;
  Fd next(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!next) return false;
  older_ = false;
  file_ = std::move(next);
  text_.clear();
  return true;
}

bool EventReader::next_line(std::string& line) {
  for (;;) {
    const size_t end = text_.find('\n');
    if (end != std::string::npos) {
      line = text_.substr(0, end);
      text_.erase(0, end + 1);
      return true;
    }
    std::array<char, 8192> buffer{};
    const ssize_t n = file_ ? read(file_.get(), buffer.data(), buffer.size()) : 0;
    if (n > 0) {
      text_.append(buffer.data(), static_cast<size_t>(n));
    } else if (!next_file()) {
      return false;
    }
  }
}

std::optional<Event> EventReader::next() {
  std::array<char, 4096> ignored{};
  while (read(changes_.get(), ignored.data(), ignored.size()) > 0) {
  }
  for (std::string line; next_line(line);) {
    if (auto event = event_from_json(line)) return event;
  }
  return std::nullopt;
}

}  // namespace sdcont
