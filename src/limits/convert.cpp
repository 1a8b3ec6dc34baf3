#include "limits/convert.h"

#include <algorithm>
#include <cmath>

#include "limits/quantity.h"
#include "spec/resources.h"
#include "util/text.h"

namespace sdcont {
namespace {
constexpr uint64_t kMillion = 1'000'000;
}

uint64_t shares_to_weight(uint64_t shares) {
  if (shares <= 2) return 1;
  if (shares >= 262144) return 10000;
  const double l = std::log2(static_cast<double>(shares));
  const double exponent = (l * l + 125 * l) / 612.0 - 7.0 / 34.0;
  return static_cast<uint64_t>(std::ceil(std::pow(10, exponent)));
}

uint64_t weight_to_shares(uint64_t weight) {
  return std::clamp<uint64_t>(std::min<uint64_t>(weight, 10000) * 1024 / 100, 2, 262144);
}

uint64_t blkio_weight_to_io_weight(uint64_t weight) {
  return 1 + (std::clamp<uint64_t>(weight, 10, 1000) - 10) * 9999 / 990;
}

uint64_t bfq_weight_to_io_weight(uint64_t weight) {
  return weight <= 100 ? weight : 100 + (std::min<uint64_t>(weight, 1000) - 100) * 9900 / 900;
}

uint64_t io_weight_to_bfq(uint64_t weight) {
  return weight <= 100 ? weight : 100 + (std::min<uint64_t>(weight, 10000) - 100) * 900 / 9900;
}

uint64_t io_weight_to_blkio_weight(uint64_t weight) {
  return std::clamp<uint64_t>(std::min<uint64_t>(weight, 10000) * 500 / 100, 10, 1000);
}

uint64_t blkio_weight_to_legacy_io_weight(uint64_t weight) {
  return (std::clamp<uint64_t>(weight, 10, 1000) * 100 + 499) / 500;
}

CpuQuota quota_from_ppm(uint64_t ppm) {
  if (ppm == kUnlimited) return {};
  CpuQuota result{.quota = kUnlimited, .period = kCpuPeriod};
  if (ppm != 0 && ppm < kMinCpuTime * kMillion / kCpuPeriod) {
    result.period = std::min((kMinCpuTime * kMillion + ppm - 1) / ppm, kMaxCpuPeriod);
  }
  const auto exact = static_cast<long double>(ppm) * static_cast<long double>(result.period) / kMillion;
  result.quota = static_cast<uint64_t>(exact);
  return result;
}

uint64_t quota_per_second(const CpuQuota& quota, int systemd_version) {
  if (quota.quota == kUnlimited) return kUnlimited;
  const auto exact =
      static_cast<long double>(quota.quota) * kMillion / static_cast<long double>(quota.period);
  const auto usec = static_cast<uint64_t>(std::ceil(exact));
  constexpr uint64_t kPercent = 10'000;
  return systemd_version <= 255 ? (usec + kPercent - 1) / kPercent * kPercent : usec;
}

std::vector<uint8_t> cpu_list_to_mask(std::string_view list) {
  std::vector<uint8_t> mask;
  for (const std::string& range : split(list, ',')) {
    const std::vector<std::string> ends = split(range, '-');
    const uint64_t first = parse_unsigned(ends.front()).value();
    const uint64_t last = parse_unsigned(ends.back()).value();
    if (mask.size() < last / 8 + 1) mask.resize(last / 8 + 1);
    for (uint64_t i = first; i <= last; ++i) mask[i / 8] |= static_cast<uint8_t>(1U << (i % 8));
  }
  return mask;
}

std::string mask_to_cpu_list(const std::vector<uint8_t>& mask) {
  std::vector<std::string> numbers;
  for (size_t i = 0; i < mask.size() * 8; ++i) {
    if ((mask[i / 8] >> (i % 8) & 1) != 0) numbers.push_back(std::to_string(i));
  }
  return numbers.empty() ? std::string() : parse_cpu_list(join(numbers, ","), "mask");
}

uint32_t ppm_to_uint32_scale(uint64_t ppm) {
  return static_cast<uint32_t>((std::min(ppm, kMillion) * UINT32_MAX + kMillion / 2) / kMillion);
}

uint64_t add_limits(uint64_t a, uint64_t b) {
  uint64_t sum = 0;
  return a == kUnlimited || b == kUnlimited || __builtin_add_overflow(a, b, &sum) ? kUnlimited : sum;
}

}  // namespace sdcont
