#include "log/json_file.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "util/error.h"
#include "util/file.h"
#include "util/json_fields.h"
#include "util/time.h"

namespace sdcont {
namespace {

constexpr std::array kStreamNames = {"stdout", "stderr"};

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string rotated(uint64_t number) { return std::string(kLogFile) + "." + std::to_string(number); }

}  // namespace

std::string entry_to_json(const LogEntry& entry) {
  return fmt::format(R"({{"log":{},"stream":"{}","time":"{}"}})",
                     json_string(entry.whole ? entry.text + "\n" : entry.text),
                     kStreamNames.at(static_cast<size_t>(entry.stream)), format_time(entry.time_ns)) +
         "\n";
}

std::optional<LogEntry> entry_from_json(std::string_view line) {
  const auto object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  try {
    const auto time = parse_time(text_of(object, "time"));
    if (!time) return std::nullopt;
    LogEntry entry{*time,
                   text_of(object, "stream") == kStreamNames[1] ? Stream::error_output : Stream::output,
                   text_of(object, "log"), false};
    entry.whole = entry.text.ends_with('\n');
    if (entry.whole) entry.text.pop_back();
    return entry;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

JsonFileWriter::JsonFileWriter(const Logging& logging, const LogIdentity& identity)
    : max_size_(logging.max_size),
      max_files_(logging.max_files),
      directory_(open_file(identity.directory, O_PATH | O_DIRECTORY | O_NOFOLLOW)) {
  file_ = open_at(directory_.get(), kLogFile, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0600);
  struct stat status {};
  if (fstat(file_.get(), &status) == 0) size_ = static_cast<uint64_t>(status.st_size);
}

void JsonFileWriter::write(Stream stream, std::string_view data) {
  lines_.at(static_cast<size_t>(stream)).add(data, [&](std::string_view line, bool whole) {
    add(stream, line, whole);
  });
  write_out();
}

void JsonFileWriter::finish() {
  for (const Stream stream : {Stream::output, Stream::error_output}) {
    lines_.at(static_cast<size_t>(stream)).finish([&](std::string_view line, bool whole) {
      add(stream, line, whole);
    });
  }
  write_out();
}

void JsonFileWriter::add(Stream stream, std::string_view line, bool whole) {
  const std::string entry = entry_to_json({now_realtime_ns(), stream, std::string(line), whole});
  if (size_ + entries_.size() + entry.size() > max_size_) write_out();
  entries_ += entry;
  ++count_;
}

void JsonFileWriter::write_out() {
  if (entries_.empty()) return;
  if (lost_ > 0) {
    entries_ =
        entry_to_json({now_realtime_ns(), Stream::error_output,
                       "sdcont: the disk was full: " + std::to_string(lost_) + " lines are lost", true}) +
        entries_;
  }
  if (size_ > 0 && size_ + entries_.size() > max_size_) rotate();
  const ssize_t n = ::write(file_.get(), entries_.data(), entries_.size());
  if (n == static_cast<ssize_t>(entries_.size())) {
    size_ += entries_.size();
    lost_ = 0;
  } else {
    // what was written in part would spoil the next line
    if (n > 0 && ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) size_ += static_cast<uint64_t>(n);
    lost_ += count_;
  }
  entries_ = std::string();  // not kept: this process is to stay small
  count_ = 0;
}

void JsonFileWriter::rotate() {
  for (uint64_t number = max_files_ - 1; number > 0; --number) {
    const std::string from = number == 1 ? kLogFile : rotated(number - 1);
    renameat(directory_.get(), from.c_str(), directory_.get(), rotated(number).c_str());
  }
  if (max_files_ == 1) unlinkat(directory_.get(), kLogFile, 0);
  Fd file(openat(directory_.get(), kLogFile, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return;  // no descriptors, no room: it goes on in the old one
  file_ = std::move(file);
  size_ = 0;
}

}  // namespace sdcont
