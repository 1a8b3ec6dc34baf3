#pragma once

#include <string>

#include "archive/tar_writer.h"
#include "util/fd.h"

namespace sdcont {

/// Where an archive is written to: the standard output, or a file that appears whole or not at all.
class OutputFile {
 public:
  /// `path`: empty or "-" is the standard output, which must not be a terminal.
  explicit OutputFile(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  [[nodiscard]] const ByteSink& sink() const { return sink_; }
  /// It is complete.
  void finish();

 private:
  std::string name_;  ///< empty for the standard output
  std::string part_;  ///< its name until it is complete, in directory_
  Fd directory_, file_;
  ByteSink sink_;
};

}  // namespace sdcont
