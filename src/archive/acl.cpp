#include "archive/acl.h"

#include <archive.h>
#include <endian.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>

#include <algorithm>
#include <cstdint>

#include "util/error.h"

namespace sdcont {
namespace {

struct Acl {
  int type;
  const char* name;
};
constexpr Acl kAcls[] = {{ARCHIVE_ENTRY_ACL_TYPE_ACCESS, "system.posix_acl_access"},
                         {ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, "system.posix_acl_default"}};

struct Line {
  uint16_t tag;
  uint16_t permissions;
  uint32_t id;
};

uint16_t tag_of(int tag) {
  switch (tag) {
    case ARCHIVE_ENTRY_ACL_USER:
      return ACL_USER;
    case ARCHIVE_ENTRY_ACL_GROUP:
      return ACL_GROUP;
    case ARCHIVE_ENTRY_ACL_USER_OBJ:
      return ACL_USER_OBJ;
    case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
      return ACL_GROUP_OBJ;
    case ARCHIVE_ENTRY_ACL_MASK:
      return ACL_MASK;
    case ARCHIVE_ENTRY_ACL_OTHER:
      return ACL_OTHER;
    default:
      throw Error("an access control list has an entry of an unknown kind");
  }
}

std::vector<Line> lines_of(archive_entry* entry, int wanted) {
  std::vector<Line> lines;
  archive_entry_acl_reset(entry, wanted);
  int type = 0, permissions = 0, tag = 0, id = 0;
  const char* name = nullptr;
  while (archive_entry_acl_next(entry, wanted, &type, &permissions, &tag, &id, &name) == ARCHIVE_OK) {
    const bool named = tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP;
    if (named && id < 0) throw Error("an access control list names nobody by number");
    lines.push_back({tag_of(tag), static_cast<uint16_t>(permissions & 7),
                     named ? static_cast<uint32_t>(id) : static_cast<uint32_t>(ACL_UNDEFINED_ID)});
  }
  // the kernel takes them in this order only
  std::sort(lines.begin(), lines.end(),
            [](const Line& a, const Line& b) { return std::pair(a.tag, a.id) < std::pair(b.tag, b.id); });
  return lines;
}

void append(std::string& bytes, uint32_t value, size_t size) {
  const uint32_t little = htole32(value);
  bytes.append(reinterpret_cast<const char*>(&little), size);
}

}  // namespace

std::vector<Xattr> acl_xattrs(archive_entry* entry) {
  std::vector<Xattr> attributes;
  for (const Acl& acl : kAcls) {
    const auto lines = lines_of(entry, acl.type);
    const bool default_acl = acl.type == ARCHIVE_ENTRY_ACL_TYPE_DEFAULT;
    if (lines.empty() || (!default_acl && lines.size() <= 3)) continue;
    std::string bytes;
    append(bytes, POSIX_ACL_XATTR_VERSION, 4);
    for (const Line& line : lines) {
      append(bytes, line.tag, 2);
      append(bytes, line.permissions, 2);
      append(bytes, line.id, 4);
    }
    attributes.emplace_back(acl.name, std::move(bytes));
  }
  return attributes;
}

}  // namespace sdcont
