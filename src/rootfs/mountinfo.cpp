#include <algorithm>

#include "rootfs/plan.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// mountinfo writes space, tab, newline and backslash as \040, \011, \012 and \134.
std::string unescape(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto octal = [&](size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::vector<MountInfo> parse_mountinfo(const std::string& text) {
  std::vector<MountInfo> mounts;
  for (const std::string& line : split(text, '\n')) {
    // 36 35 98:0 /root /point rw,noatime [shared:1 …] - type source super,options
    const std::vector<std::string> fields = split(line, ' ');
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() < 9 || fields.end() - dash < 4 || dash - fields.begin() < 6) continue;
    MountInfo mount;
    mount.id = static_cast<int>(parse_unsigned(fields[0]).value_or(0));
    mount.parent = static_cast<int>(parse_unsigned(fields[1]).value_or(0));
    mount.root = unescape(fields[3]);
    mount.mount_point = unescape(fields[4]);
    mount.options = split(fields[5], ',');
    mount.type = unescape(dash[1]);
    mount.source = unescape(dash[2]);
    mount.super_options = split(dash[3], ',');
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

std::vector<MountInfo> read_mountinfo(const std::string& path) { return parse_mountinfo(read_file(path)); }

}  // namespace sdcont
