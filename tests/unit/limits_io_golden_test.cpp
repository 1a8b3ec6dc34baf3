#include "limits_fixture.h"

namespace sdcont {

// Columns: systemd 252 on v2, systemd 257 on v2, systemd 252 on v1, cgroupfs v2, cgroupfs v1.
std::vector<Golden> golden_io() {
  return {
      {"--blkio-weight 500", "IOWeight=4500", "IOWeight=4500", "IOWeight=100; blkio.bfq.weight: 500",
       "io.bfq.weight: 500", "blkio.bfq.weight: 500"},
      {"--io-weight 100", "IOWeight=100", "IOWeight=100", "IOWeight=100; blkio.bfq.weight: 100",
       "io.bfq.weight: 100", "blkio.bfq.weight: 100"},
      {"--io-weight 800", "IOWeight=800", "IOWeight=800",
       "IOWeight=800; blkio.bfq.weight: 163; WARN --io-weight: on cgroup v1 systemd squeezes weights above "
       "the usual one before BFQ gets them",
       "io.bfq.weight: 163", "blkio.bfq.weight: 163"},
      {"--blkio-weight-device /dev/sda:300", "IODeviceWeight=/dev/sda 2300", "IODeviceWeight=/dev/sda 2300",
       "NO --blkio-weight-device: systemd on cgroup v1 sets no weight by device for BFQ",
       "io.bfq.weight: 8:0 300", "blkio.bfq.weight_device: 8:0 300"},
      {"--device-read-bps /dev/sda:1mb", "IOReadBandwidthMax=/dev/sda 1048576",
       "IOReadBandwidthMax=/dev/sda 1048576",
       "IOReadBandwidthMax=/dev/sda 1048576; blkio.throttle.read_bps_device: 8:0 1048576",
       "io.max: 8:0 rbps=1048576", "blkio.throttle.read_bps_device: 8:0 1048576"},
      {"--device-write-bps /dev/sda:1mb", "IOWriteBandwidthMax=/dev/sda 1048576",
       "IOWriteBandwidthMax=/dev/sda 1048576",
       "IOWriteBandwidthMax=/dev/sda 1048576; blkio.throttle.write_bps_device: 8:0 1048576",
       "io.max: 8:0 wbps=1048576", "blkio.throttle.write_bps_device: 8:0 1048576"},
      {"--io-read-bps /dev/sda:10MB/s", "IOReadBandwidthMax=/dev/sda 10000000",
       "IOReadBandwidthMax=/dev/sda 10000000",
       "IOReadBandwidthMax=/dev/sda 10000000; blkio.throttle.read_bps_device: 8:0 10000000",
       "io.max: 8:0 rbps=10000000", "blkio.throttle.read_bps_device: 8:0 10000000"},
      {"--io-write-bps /dev/sda 10M", "IOWriteBandwidthMax=/dev/sda 10000000",
       "IOWriteBandwidthMax=/dev/sda 10000000",
       "IOWriteBandwidthMax=/dev/sda 10000000; blkio.throttle.write_bps_device: 8:0 10000000",
       "io.max: 8:0 wbps=10000000", "blkio.throttle.write_bps_device: 8:0 10000000"},
      {"--device-read-iops /dev/sda:100", "IOReadIOPSMax=/dev/sda 100", "IOReadIOPSMax=/dev/sda 100",
       "blkio.throttle.read_iops_device: 8:0 100", "io.max: 8:0 riops=100",
       "blkio.throttle.read_iops_device: 8:0 100"},
      {"--device-write-iops /dev/sda:100", "IOWriteIOPSMax=/dev/sda 100", "IOWriteIOPSMax=/dev/sda 100",
       "blkio.throttle.write_iops_device: 8:0 100", "io.max: 8:0 wiops=100",
       "blkio.throttle.write_iops_device: 8:0 100"},
      {"--device-read-bps /dev/sda:1mb; --device-read-bps /dev/sdb:2mb",
       "IOReadBandwidthMax=/dev/sda 1048576; IOReadBandwidthMax=/dev/sdb 2097152",
       "IOReadBandwidthMax=/dev/sda 1048576; IOReadBandwidthMax=/dev/sdb 2097152",
       "IOReadBandwidthMax=/dev/sda 1048576; IOReadBandwidthMax=/dev/sdb 2097152; "
       "blkio.throttle.read_bps_device: 8:0 1048576; blkio.throttle.read_bps_device: 8:16 2097152",
       "io.max: 8:0 rbps=1048576; io.max: 8:16 rbps=2097152",
       "blkio.throttle.read_bps_device: 8:0 1048576; blkio.throttle.read_bps_device: 8:16 2097152"},
      {"--io-latency /dev/sda:25ms", "IODeviceLatencyTargetUSec=/dev/sda 25ms",
       "IODeviceLatencyTargetUSec=/dev/sda 25ms", "NO --io-latency: cgroup v1 has no io.latency",
       "io.latency: 8:0 target=25000", "NO --io-latency: cgroup v1 has no io.latency"},
      {"--ip-allow 10.1.2.3/8,localhost", "IPAccounting=yes; IPAddressAllow=10.0.0.0/8 127.0.0.0/8 ::1/128",
       "IPAccounting=yes; IPAddressAllow=10.0.0.0/8 127.0.0.0/8 ::1/128",
       "IPAccounting=yes; IPAddressAllow=10.0.0.0/8 127.0.0.0/8 ::1/128",
       "NO --ip-allow: only systemd has it, and limits are written to cgroupfs directly here",
       "NO --ip-allow: only systemd has it, and limits are written to cgroupfs directly here"},
      {"--ip-deny any", "IPAccounting=yes; IPAddressDeny=0.0.0.0/0 ::/0",
       "IPAccounting=yes; IPAddressDeny=0.0.0.0/0 ::/0", "IPAccounting=yes; IPAddressDeny=0.0.0.0/0 ::/0",
       "NO --ip-deny: only systemd has it, and limits are written to cgroupfs directly here",
       "NO --ip-deny: only systemd has it, and limits are written to cgroupfs directly here"},
  };
}

TEST(LimitsGolden, IoAndNetwork) { check_golden(golden_io()); }

}  // namespace sdcont
