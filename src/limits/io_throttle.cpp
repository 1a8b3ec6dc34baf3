#include "limits/quantity.h"
#include "limits/rows.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// What tells the four throttles apart.
struct Throttle {
  const char* key;
  const char* property;
  const char* parameter;  ///< of io.max
  const char* v1_file;
  bool bytes;
};

constexpr Throttle kReadBps{"blockIO/throttleReadBpsDevice", "IOReadBandwidthMax", "rbps",
                            "blkio.throttle.read_bps_device", true};
constexpr Throttle kWriteBps{"blockIO/throttleWriteBpsDevice", "IOWriteBandwidthMax", "wbps",
                             "blkio.throttle.write_bps_device", true};
constexpr Throttle kReadIops{"blockIO/throttleReadIOPSDevice", "IOReadIOPSMax", "riops",
                             "blkio.throttle.read_iops_device", false};
constexpr Throttle kWriteIops{"blockIO/throttleWriteIOPSDevice", "IOWriteIOPSMax", "wiops",
                              "blkio.throttle.write_iops_device", false};

template <const Throttle& kThrottle>
Translation to_v2(const Resources& r, const Target&) {
  Translation result;
  for (const DeviceValue& device : devices_of(r, kThrottle.key)) {
    result = std::move(result) +
             write("io.max", number_of(device) + " " + kThrottle.parameter + "=" + or_max(device.value));
  }
  return result;
}

template <const Throttle& kThrottle>
Translation to_v1(const Resources& r, const Target&) {
  Translation result;
  for (const DeviceValue& device : devices_of(r, kThrottle.key)) {
    const uint64_t value = device.value == kUnlimited ? 0 : device.value;
    result = std::move(result) + write(kThrottle.v1_file, number_of(device) + " " + std::to_string(value));
  }
  return result;
}

template <const Throttle& kThrottle>
Translation to_systemd(const Resources& r, const Target& t) {
  std::vector<std::pair<std::string, uint64_t>> values;
  for (const DeviceValue& device : devices_of(r, kThrottle.key))
    values.emplace_back(device.path, device.value);
  Translation scope = property(kThrottle.property, values);
  // v2: on the scope alone, or every request would be throttled twice. v1: throttling is not hierarchical
  // there, a limit on the scope does not reach its child; and systemd has none on operations.
  if (t.unified) return scope;
  return kThrottle.bytes ? scope + to_v1<kThrottle>(r, t) : to_v1<kThrottle>(r, t);
}

/// A rate as docker's aliases have it, base 1024, with or without "/s".
uint64_t parse_binary_rate(std::string_view text, std::string_view what) {
  std::string_view rest = trim(text);
  if (rest.size() > 2 && lower(rest.substr(rest.size() - 2)) == "/s") rest.remove_suffix(2);
  return parse_bytes(rest, what);
}

template <const Throttle& kThrottle>
void parse(const std::string& text, const HostFacts& host, Resources& r, const char* flag,
           uint64_t (*parse_value)(std::string_view, std::string_view)) {
  put_device(r, kThrottle.key, parse_device_value(text, host, flag, parse_value), flag);
}

template <const Throttle& kThrottle>
Limit row(const char* title, const std::vector<LimitFlag>& flags, const char* property_text) {
  return {.key = kThrottle.key,
          .title = title,
          .flags = flags,
          .property = property_text,
          .v2_file = "io.max",
          .v1_file = kThrottle.v1_file,
          .to_systemd = to_systemd<kThrottle>,
          .to_v2 = to_v2<kThrottle>,
          .to_v1 = to_v1<kThrottle>};
}

}  // namespace

std::vector<Limit> io_throttles() {
  using Words = const std::string&;
  std::vector<LimitFlag> read_bps = {{"--device-read-bps", "PATH:RATE",
                                      "most bytes a second read from a disk, base 1024 (/dev/sda:1mb)", true,
                                      [](Words text, const HostFacts& host, Resources& r) {
                                        parse<kReadBps>(text, host, r, "--device-read-bps",
                                                        parse_binary_rate);
                                      }},
                                     {"--io-read-bps", "PATH:RATE", "the same, base 1000 (auto:10MB/s)", true,
                                      [](Words text, const HostFacts& host, Resources& r) {
                                        parse<kReadBps>(text, host, r, "--io-read-bps", parse_rate);
                                      }}};
  std::vector<LimitFlag> write_bps = {
      {"--device-write-bps", "PATH:RATE", "most bytes a second written to a disk, base 1024", true,
       [](Words text, const HostFacts& host, Resources& r) {
         parse<kWriteBps>(text, host, r, "--device-write-bps", parse_binary_rate);
       }},
      {"--io-write-bps", "PATH:RATE", "the same, base 1000", true,
       [](Words text, const HostFacts& host, Resources& r) {
         parse<kWriteBps>(text, host, r, "--io-write-bps", parse_rate);
       }}};
  std::vector<LimitFlag> read_iops = {{"--device-read-iops", "PATH:NUMBER", "most reads a second from a disk",
                                       true, [](Words text, const HostFacts& host, Resources& r) {
                                         parse<kReadIops>(text, host, r, "--device-read-iops", parse_count);
                                       }}};
  std::vector<LimitFlag> write_iops = {
      {"--device-write-iops", "PATH:NUMBER", "most writes a second to a disk", true,
       [](Words text, const HostFacts& host, Resources& r) {
         parse<kWriteIops>(text, host, r, "--device-write-iops", parse_count);
       }}};

  std::vector<Limit> rows;
  rows.push_back(row<kReadBps>("disk, bytes read", read_bps, "IOReadBandwidthMax (230)"));
  rows.push_back(row<kWriteBps>("disk, bytes written", write_bps, "IOWriteBandwidthMax (230)"));
  rows.push_back(row<kReadIops>("disk, reads", read_iops, "IOReadIOPSMax (230), v2 only"));
  rows.push_back(row<kWriteIops>("disk, writes", write_iops, "IOWriteIOPSMax (230), v2 only"));
  return rows;
}

}  // namespace sdcont
