#include <algorithm>

#include "limits/quantity.h"
#include "limits/rows.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// A percentage of what there is.
uint64_t share_of(const std::string& text, const std::function<uint64_t()>& whole, const std::string& flag,
                  const char* what) {
  const uint64_t ppm = parse_percent_ppm(text, flag);
  if (ppm > 1'000'000) throw Error(flag + ": '" + printable(text) + "' is more than all " + what);
  if (!whole) throw Error(flag + ": a percentage cannot be used here").remedy("give a number");
  return static_cast<uint64_t>(static_cast<long double>(whole()) * ppm / 1'000'000);
}

bool is_percentage(const std::string& text) { return trim(text).ends_with('%'); }

}  // namespace

uint64_t parse_memory(const std::string& text, const HostFacts& host, const std::string& flag) {
  if (!is_percentage(text)) return parse_bytes(text, flag);
  const uint64_t bytes = share_of(text, host.memory_bytes, flag, "memory");
  return bytes - bytes % host.page_size;
}

uint64_t parse_tasks(const std::string& text, const HostFacts& host, const std::string& flag) {
  if (lower(trim(text)) == "infinity") return kUnlimited;
  if (!is_percentage(text)) return parse_count(text, flag);
  return std::max<uint64_t>(share_of(text, host.tasks, flag, "tasks"), 1);
}

}  // namespace sdcont
