#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "archive/staging.h"
#include "util/fd.h"

namespace sdcont {

/// A tar that can be read at any place.
class TarFile {
 public:
  struct Member {
    uint64_t offset = 0;  ///< of its content
    uint64_t size = 0;
  };

  /// `path`: a file, or "-" for the standard input. What is compressed or no file is copied into the staging
  /// directory first. Throws Error for what is no tar.
  TarFile(const std::string& path, Staging& staging);

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// How messages call it.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool has(const std::string& member) const { return members_.contains(member); }
  /// Links are followed, within the archive. Throws Error where there is none.
  [[nodiscard]] Member member(const std::string& name) const;
  /// A document.
  [[nodiscard]] std::string read(const std::string& name) const;

 private:
  void scan();

  std::string name_;
  Fd fd_;
  std::map<std::string, Member> members_;
  std::map<std::string, std::string> links_;
};

struct InputFile {
  Fd fd;
  std::string copy;  ///< path of the copy that had to be made in the staging directory, or empty
};
/// The file at `path` ("-": the standard input) as one that can be read at any place.
InputFile open_input(const std::string& path, Staging& staging);

}  // namespace sdcont
