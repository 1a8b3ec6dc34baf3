#pragma once

#include <array>
#include <optional>

#include "log/lines.h"
#include "log/writer.h"
#include "util/fd.h"

namespace sdcont {

/// docker's json-file: an object a line,
/// {"log":"text\n","stream":"stdout","time":"2026-01-02T03:04:05.000000006Z"}. The files are log.json in the
/// container's directory, and after rotations log.json.1 (the newest) and so on.
inline constexpr const char* kLogFile = "log.json";

std::string entry_to_json(const LogEntry& entry);
/// Nothing for what is no entry: a line that a full disk has cut.
std::optional<LogEntry> entry_from_json(std::string_view line);

/// Writes each piece's lines at once. Where the disk is full, lines are lost, and an entry tells how many as
/// soon as there is room again.
class JsonFileWriter final : public LogWriter {
 public:
  JsonFileWriter(const Logging& logging, const LogIdentity& identity);

  void write(Stream stream, std::string_view data) override;
  void finish() override;

 private:
  void add(Stream stream, std::string_view line, bool whole);
  void write_out();
  void rotate();

  uint64_t max_size_, max_files_;
  Fd directory_, file_;
  uint64_t size_ = 0;
  std::array<Lines, kStreams> lines_;
  std::string entries_;  // of one piece
  uint64_t count_ = 0;   // of them
  uint64_t lost_ = 0;
};

}  // namespace sdcont
