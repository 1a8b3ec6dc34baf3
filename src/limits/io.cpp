#include "limits/convert.h"
#include "limits/quantity.h"
#include "limits/rows.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Words = const std::string&;

constexpr const char* kNoWeight = "this kernel has no IO weights on cgroup v1: neither BFQ nor CFQ is there";
constexpr const char* kInert =
    "no disk here obeys weights: that takes the BFQ scheduler, or on cgroup v2 iocost switched on";
// Seen with 252: the weight is multiplied for blkio.weight, and then put through the map for BFQ once more.
constexpr const char* kCompressed =
    "on cgroup v1 systemd squeezes weights above the usual one before BFQ gets them";

bool has_bfq(const Target& t) { return t.files.contains(t.unified ? "io.bfq.weight" : "blkio.bfq.weight"); }

using PathValues = std::vector<std::pair<std::string, uint64_t>>;

PathValues path_values(const std::vector<DeviceValue>& devices, uint64_t (*convert)(uint64_t)) {
  PathValues values;
  for (const DeviceValue& device : devices) values.emplace_back(device.path, convert(device.value));
  return values;
}

uint64_t same(uint64_t value) { return value; }

Translation with_warnings(Translation result, const Target& t) {
  const bool obeyed = t.weighs_disks && t.weighs_disks();
  if (result.refusals.empty() && !obeyed) result.warnings.emplace_back(kInert);
  return result;
}

Translation legacy_weight(const Target& t, uint64_t bfq, uint64_t cfq) {
  if (has_bfq(t)) return write("blkio.bfq.weight", std::to_string(bfq));
  if (t.files.contains("blkio.weight")) return write("blkio.weight", std::to_string(cfq));
  return refuse(kNoWeight, "use --device-read-bps and --device-write-bps");
}

/// A scope's weight on v1, and the payload's, which is shown to the container.
Translation legacy_scope(const Resources& r, const Target& t, uint64_t weight, Convert v1) {
  constexpr uint64_t kUsual = 100;
  Translation result = scope_and_payload(r, t, 230, property("IOWeight", weight), v1, v1);
  if (weight > kUsual && has_bfq(t)) result.warnings.emplace_back(kCompressed);
  return result;
}

Translation blkio_v2(const Resources& r, const Target& t) {
  const uint64_t weight = number(r, "blockIO/weight");
  if (has_bfq(t)) return with_warnings(write("io.bfq.weight", std::to_string(weight)), t);
  return with_warnings(write("io.weight", "default " + std::to_string(blkio_weight_to_io_weight(weight))), t);
}
Translation blkio_v1(const Resources& r, const Target& t) {
  const uint64_t weight = number(r, "blockIO/weight");
  return with_warnings(legacy_weight(t, weight, weight), t);
}
Translation blkio_systemd(const Resources& r, const Target& t) {
  // Not BlockIOWeight: with IOAccounting on, which we need for the counters, systemd looks at IOWeight alone.
  // Weights are among siblings, so on v2 only the scope's counts; v1's is shown to the container as well.
  const uint64_t weight = number(r, "blockIO/weight");
  if (t.unified) return with_warnings(property("IOWeight", bfq_weight_to_io_weight(weight)), t);
  return legacy_scope(r, t, blkio_weight_to_legacy_io_weight(weight), blkio_v1);
}

Translation io_weight_v2(const Resources& r, const Target& t) {
  const uint64_t weight = number(r, "unified/io.weight");
  if (has_bfq(t)) return with_warnings(write("io.bfq.weight", std::to_string(io_weight_to_bfq(weight))), t);
  return with_warnings(write("io.weight", "default " + std::to_string(weight)), t);
}
Translation io_weight_v1(const Resources& r, const Target& t) {
  const uint64_t weight = number(r, "unified/io.weight");
  return with_warnings(legacy_weight(t, io_weight_to_bfq(weight), io_weight_to_blkio_weight(weight)), t);
}
Translation io_weight_systemd(const Resources& r, const Target& t) {
  const uint64_t weight = number(r, "unified/io.weight");
  if (t.unified) return with_warnings(property("IOWeight", weight), t);
  return legacy_scope(r, t, weight, io_weight_v1);
}

// Without a warning: whether this disk has weights is for the kernel to say, when it is told one.
Translation device_weights_v2(const Target& t, const std::vector<DeviceValue>& devices,
                              uint64_t (*to_io)(uint64_t), uint64_t (*to_bfq)(uint64_t)) {
  Translation result;
  for (const DeviceValue& device : devices) {
    const uint64_t weight = has_bfq(t) ? to_bfq(device.value) : to_io(device.value);
    result = std::move(result) + write(has_bfq(t) ? "io.bfq.weight" : "io.weight",
                                       number_of(device) + " " + std::to_string(weight));
  }
  return result;
}

Translation device_weights_v1(const Target& t, const std::vector<DeviceValue>& devices,
                              uint64_t (*to_bfq)(uint64_t), uint64_t (*to_cfq)(uint64_t)) {
  const bool cfq = t.files.contains("blkio.weight");
  if (!has_bfq(t) && !cfq) return refuse(kNoWeight, "use --device-read-bps and --device-write-bps");
  // systemd 252 knows v1's weights by device of CFQ alone, and a weight in the payload has no sibling to
  // weigh against.
  if (t.systemd && !cfq) {
    return refuse("systemd on cgroup v1 sets no weight by device for BFQ", "use --cgroup-manager cgroupfs");
  }
  Translation result;
  for (const DeviceValue& device : devices) {
    const uint64_t weight = has_bfq(t) ? to_bfq(device.value) : to_cfq(device.value);
    result = std::move(result) + write(has_bfq(t) ? "blkio.bfq.weight_device" : "blkio.weight_device",
                                       number_of(device) + " " + std::to_string(weight));
  }
  return result;
}

constexpr const char* kBlkioDevices = "blockIO/weightDevice";

Translation blkio_devices_v2(const Resources& r, const Target& t) {
  return device_weights_v2(t, devices_of(r, kBlkioDevices), blkio_weight_to_io_weight, same);
}
Translation blkio_devices_v1(const Resources& r, const Target& t) {
  return device_weights_v1(t, devices_of(r, kBlkioDevices), same, same);
}
Translation blkio_devices_systemd(const Resources& r, const Target& t) {
  auto* const convert = t.unified ? bfq_weight_to_io_weight : blkio_weight_to_legacy_io_weight;
  Translation scope = property("IODeviceWeight", path_values(devices_of(r, kBlkioDevices), convert));
  if (t.unified) return scope;
  return scope_and_payload(r, t, 230, scope, blkio_devices_v2, blkio_devices_v1);
}

constexpr const char* kIoDevices = "systemd/IODeviceWeight";

Translation io_devices_v2(const Resources& r, const Target& t) {
  return device_weights_v2(t, devices_of(r, kIoDevices), same, io_weight_to_bfq);
}
Translation io_devices_v1(const Resources& r, const Target& t) {
  return device_weights_v1(t, devices_of(r, kIoDevices), io_weight_to_bfq, io_weight_to_blkio_weight);
}
Translation io_devices_systemd(const Resources& r, const Target& t) {
  Translation scope = property("IODeviceWeight", path_values(devices_of(r, kIoDevices), same));
  if (t.unified) return scope;
  return scope_and_payload(r, t, 230, scope, io_devices_v2, io_devices_v1);
}

constexpr const char* kLatency = "systemd/IODeviceLatencyTargetUSec";

Translation latency_v2(const Resources& r, const Target&) {
  Translation result;
  for (const DeviceValue& device : devices_of(r, kLatency)) {
    result = std::move(result) + write("io.latency", number_of(device) + " target=" + or_max(device.value));
  }
  return result;
}
Translation latency_v1(const Resources&, const Target&) { return refuse("cgroup v1 has no io.latency"); }
Translation latency_systemd(const Resources& r, const Target& t) {
  if (!t.unified) return latency_v1(r, t);
  if (t.systemd_version < 240) return latency_v2(r, t);
  return property("IODeviceLatencyTargetUSec", path_values(devices_of(r, kLatency), same));
}

}  // namespace

std::vector<Limit> io_limits() {
  std::vector<Limit> rows;
  rows.push_back(
      {.key = "blockIO/weight",
       .title = "share of disk time, docker's scale",
       .flags = {{"--blkio-weight", "10-1000", "share of disk time against others (0: usual)", false,
                  [](Words text, const HostFacts&, Resources& r) {
                    const uint64_t weight = parse_count(text, "--blkio-weight");
                    if (weight == 0) return;  // docker: the same as not given
                    put(r, "blockIO/weight", weight, "--blkio-weight");
                  }}},
       .property = "IOWeight (230)",
       .v2_file = "io.weight",
       .v1_file = "blkio.weight",
       .to_systemd = blkio_systemd,
       .to_v2 = blkio_v2,
       .to_v1 = blkio_v1});
  rows.push_back(
      {.key = "unified/io.weight",
       .title = "share of disk time, systemd's scale",
       .flags = {{"--io-weight", "1-10000", "share of disk time against others (100 is usual)", false,
                  [](Words text, const HostFacts&, Resources& r) {
                    put(r, "unified/io.weight", parse_count(text, "--io-weight"), "--io-weight");
                  }}},
       .property = "IOWeight (230)",
       .v2_file = "io.weight",
       .v1_file = "blkio.weight",
       .to_systemd = io_weight_systemd,
       .to_v2 = io_weight_v2,
       .to_v1 = io_weight_v1});
  return rows;
}

std::vector<Limit> io_device_limits() {
  std::vector<Limit> rows;
  rows.push_back({.key = kBlkioDevices,
                  .title = "share of one disk's time",
                  .flags = {{"--blkio-weight-device", "PATH:10-1000", "share of one disk's time", true,
                             [](Words text, const HostFacts& host, Resources& r) {
                               constexpr const char* kFlag = "--blkio-weight-device";
                               put_device(r, kBlkioDevices,
                                          parse_device_value(text, host, kFlag, parse_count), kFlag);
                             }}},
                  .property = "IODeviceWeight (230)",
                  .v2_file = "io.weight",
                  .v1_file = "blkio.weight_device",
                  .to_systemd = blkio_devices_systemd,
                  .to_v2 = blkio_devices_v2,
                  .to_v1 = blkio_devices_v1});
  rows.push_back({.key = kIoDevices,
                  .title = "share of one disk's time, systemd's scale",
                  .flags = {},
                  .property = "IODeviceWeight (230)",
                  .v2_file = "io.weight",
                  .v1_file = "blkio.weight_device",
                  .to_systemd = io_devices_systemd,
                  .to_v2 = io_devices_v2,
                  .to_v1 = io_devices_v1});
  rows.push_back({.key = kLatency,
                  .title = "latency that others are slowed down for",
                  .flags = {{"--io-latency", "PATH:TIME", "latency target on a disk (/dev/sda:25ms)", true,
                             [](Words text, const HostFacts& host, Resources& r) {
                               constexpr const char* kFlag = "--io-latency";
                               put_device(r, kLatency,
                                          parse_device_value(text, host, kFlag, parse_duration_usec), kFlag);
                             }}},
                  .property = "IODeviceLatencyTargetUSec (240)",
                  .v2_file = "io.latency",
                  .v1_file = "",
                  .to_systemd = latency_systemd,
                  .to_v2 = latency_v2,
                  .to_v1 = latency_v1});
  return rows;
}

}  // namespace sdcont
