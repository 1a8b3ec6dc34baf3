#include "process/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

// <linux/capability.h>, by number
constexpr std::array<const char*, 41> kCapabilities = {"CAP_CHOWN",
                                                       "CAP_DAC_OVERRIDE",
                                                       "CAP_DAC_READ_SEARCH",
                                                       "CAP_FOWNER",
                                                       "CAP_FSETID",
                                                       "CAP_KILL",
                                                       "CAP_SETGID",
                                                       "CAP_SETUID",
                                                       "CAP_SETPCAP",
                                                       "CAP_LINUX_IMMUTABLE",
                                                       "CAP_NET_BIND_SERVICE",
                                                       "CAP_NET_BROADCAST",
                                                       "CAP_NET_ADMIN",
                                                       "CAP_NET_RAW",
                                                       "CAP_IPC_LOCK",
                                                       "CAP_IPC_OWNER",
                                                       "CAP_SYS_MODULE",
                                                       "CAP_SYS_RAWIO",
                                                       "CAP_SYS_CHROOT",
                                                       "CAP_SYS_PTRACE",
                                                       "CAP_SYS_PACCT",
                                                       "CAP_SYS_ADMIN",
                                                       "CAP_SYS_BOOT",
                                                       "CAP_SYS_NICE",
                                                       "CAP_SYS_RESOURCE",
                                                       "CAP_SYS_TIME",
                                                       "CAP_SYS_TTY_CONFIG",
                                                       "CAP_MKNOD",
                                                       "CAP_LEASE",
                                                       "CAP_AUDIT_WRITE",
                                                       "CAP_AUDIT_CONTROL",
                                                       "CAP_SETFCAP",
                                                       "CAP_MAC_OVERRIDE",
                                                       "CAP_MAC_ADMIN",
                                                       "CAP_SYSLOG",
                                                       "CAP_WAKE_ALARM",
                                                       "CAP_BLOCK_SUSPEND",
                                                       "CAP_AUDIT_READ",
                                                       "CAP_PERFMON",
                                                       "CAP_BPF",
                                                       "CAP_CHECKPOINT_RESTORE"};

uint64_t mask_of(const std::vector<std::string>& names) {
  uint64_t mask = 0;
  for (const std::string& name : names) {
    const auto* found = std::find(kCapabilities.begin(), kCapabilities.end(), name);
    if (found != kCapabilities.end()) mask |= uint64_t{1} << (found - kCapabilities.begin());
  }
  return mask;
}

struct Sets {
  uint64_t effective = 0, permitted = 0, inheritable = 0;
};

Sets get_sets() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  check(syscall(SYS_capget, &header, data.data()), "cannot read our capabilities");
  const auto wide = [](uint32_t low, uint32_t high) { return uint64_t{high} << 32 | low; };
  return {wide(data[0].effective, data[1].effective), wide(data[0].permitted, data[1].permitted),
          wide(data[0].inheritable, data[1].inheritable)};
}

void set_sets(const Sets& sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  for (unsigned i = 0; i < 2; ++i) {
    data[i].effective = static_cast<uint32_t>(sets.effective >> (32 * i));
    data[i].permitted = static_cast<uint32_t>(sets.permitted >> (32 * i));
    data[i].inheritable = static_cast<uint32_t>(sets.inheritable >> (32 * i));
  }
  check(syscall(SYS_capset, &header, data.data()), "cannot set the capabilities");
}

}  // namespace

std::vector<std::string> default_capabilities() {
  return {"CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
          "CAP_KILL",    "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",   "CAP_SETGID",
          "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};
}

std::vector<std::string> all_capabilities() {
  const uint64_t ours = get_sets().permitted;
  std::vector<std::string> names;
  for (size_t i = 0; i < kCapabilities.size(); ++i) {
    if ((ours >> i & 1) != 0) names.emplace_back(kCapabilities[i]);
  }
  return names;
}

std::string parse_capability(const std::string& text, const std::string& flag) {
  std::string name = lower(text);
  if (name == "all") return "ALL";
  if (!name.starts_with("cap_")) name.insert(0, "cap_");
  for (const char* known : kCapabilities) {
    if (lower(known) == name) return known;
  }
  const std::string hint = nearest(name, {kCapabilities.begin(), kCapabilities.end()});
  throw Error(flag + ": '" + printable(text) + "' is not a capability")
      .remedy(hint.empty() ? "see capabilities(7) for their names" : "did you mean " + hint + "?");
}

void limit_capabilities(const std::vector<std::string>& names) {
  const uint64_t mask = mask_of(names);
  for (unsigned long capability = 0;; ++capability) {
    const int held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (held < 0) break;  // past the last one that this kernel knows
    const bool wanted = capability < 64 && (mask >> capability & 1) != 0;
    if (held == 1 && !wanted) {
      check(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "cannot limit the capabilities");
    }
  }
  check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "cannot clear the ambient capabilities");
}

void set_capabilities(const std::vector<std::string>& names, bool root) {
  const uint64_t mask = root ? mask_of(names) & get_sets().permitted : 0;
  set_sets({mask, mask, 0});
}

}  // namespace sdcont
