#include "log/json_file_reader.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <array>

#include "log/json_file.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr size_t kPiece = 65536;

bool is_same(int a, int b) {
  struct stat first {};
  struct stat second {};
  return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

}  // namespace

JsonFileReader::JsonFileReader(const LogIdentity& identity)
    : directory_(open_file(identity.directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) {
  watch_.reset(check(inotify_init1(IN_CLOEXEC | IN_NONBLOCK), "cannot watch the log"));
  check(inotify_add_watch(watch_.get(), identity.directory.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO),
        "cannot watch the log");
  uint64_t oldest = 0;
  for (const std::string& name : list_directory(identity.directory)) {
    const std::string prefix = std::string(kLogFile) + ".";
    if (name.starts_with(prefix))
      oldest = std::max(oldest, parse_unsigned(name.substr(prefix.size())).value_or(0));
  }
  for (uint64_t number = oldest + 1; number-- > 0;) {
    const std::string name = number == 0 ? kLogFile : std::string(kLogFile) + "." + std::to_string(number);
    Fd file(openat(directory_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (file && (files_.empty() || !is_same(files_.back().get(), file.get())))
      files_.push_back(std::move(file));
  }
}

std::optional<LogEntry> JsonFileReader::next() {
  for (;;) {
    const size_t end = text_.find('\n', given_);
    if (end != text_.npos) {
      const auto entry = entry_from_json(std::string_view(text_).substr(given_, end - given_));
      given_ = end + 1;
      if (entry) return entry;
    } else if (!read_more() && !open_next()) {
      return std::nullopt;
    }
  }
}

bool JsonFileReader::read_more() {
  if (files_.empty()) return false;
  text_.erase(0, given_);
  given_ = 0;
  std::array<char, kPiece> buffer{};
  const ssize_t n = read(files_.front().get(), buffer.data(), buffer.size());
  if (n > 0) text_.append(buffer.data(), static_cast<size_t>(n));
  return n > 0;
}

// True where there is another file to read: it was there from the start, or the present one was rotated away.
bool JsonFileReader::open_next() {
  if (files_.size() < 2) {
    Fd newest(openat(directory_.get(), kLogFile, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!newest || (!files_.empty() && is_same(files_.front().get(), newest.get()))) return false;
    files_.push_back(std::move(newest));
    if (files_.size() == 1) return true;
    if (read_more()) return true;  // the last that was written to the old one
  }
  files_.pop_front();
  return true;
}

void JsonFileReader::wait_for(PollSet& events) {
  events.add(watch_.get(), POLLIN, [this](short) {
    std::array<char, 4096> told{};
    while (read(watch_.get(), told.data(), told.size()) > 0) {
    }
  });
}

}  // namespace sdcont
