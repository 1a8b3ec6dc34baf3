#include "limits_fixture.h"

namespace sdcont {
namespace {

struct Case {
  const char* options;
  const char* complaint;  ///< a part of it; "" where the options are fine
};

void check_cases(const std::vector<Case>& cases) {
  for (const auto& [options, part] : cases) {
    const std::string text = complaint(options);
    if (*part == '\0') {
      EXPECT_EQ(text, "") << options;
    } else {
      EXPECT_NE(text.find(part), std::string::npos) << options << ": " << text;
    }
  }
}

TEST(LimitsValidate, Memory) {
  check_cases({
      {"--memory 6M", ""},
      {"--memory 6291455", "6 MiB is the least"},
      {"--memory 0", "6 MiB is the least"},
      {"--memory 101%", "more than all memory"},
      {"--memory 100M; --memory-swap 99M", "must not be less than --memory"},
      {"--memory 100M; --memory-swap 100M", ""},
      {"--memory-swap 100M", "needs --memory"},
      {"--memory-swap -1", ""},
      {"--memory-swap 0", ""},
      {"--swap-max 101%", "more than all memory"},
      {"--pids-limit 101%", "more than all tasks"},
      {"--memory-max-percent 20; --memory 100M", "--memory-max-percent and --memory cannot both"},
      {"--memory -1; --memory-swap 1G", "needs --memory"},
      {"--memory 100M; --memory-swap 200M; --swap-max 10M", "--memory-swap and --swap-max cannot both"},
      {"--memory 100M; --memory-reservation 101M", "must not be more than --memory"},
      {"--memory 100M; --memory-reservation 100M", ""},
      {"--memory 100M; --memory-min 1G", "--memory-min must not be more"},
      {"--memory-swappiness 101", "out of range"},
      {"--memory-swappiness -2", "not a whole number"},
      {"--oom-kill-disable", "without --memory"},
      {"--memory 100M; --oom-kill-disable", ""},
      {"--oom-group; --oom-policy continue", "cannot both be given"},
  });
}

TEST(LimitsValidate, Cpu) {
  check_cases({
      {"--cpus 4", ""},
      {"--cpus 4.000001", "more than the 4 CPUs"},
      {"--cpu 401%", "more than the 4 CPUs"},
      {"--cpus 0.009", "0.01 is the least"},
      {"--cpus 0.01", ""},
      {"--cpus 0.1234567", "too precise"},
      {"--cpus -1", "not a number of CPUs"},
      {"--cpus 1.2.3", "not a number of CPUs"},
      {"--cpus .5", ""},
      {"--cpus 1e1", "not a number of CPUs"},
      {"--cpu 0.05%", "too little"},
      {"--cpu 20", "not a percentage"},
      {"--cpus 0.5; --cpu-quota 20000", "conflicting options: --cpus and --cpu-quota cannot both"},
      {"--cpus 0.5; --cpu-period 50000", "conflicting options"},
      {"--cpu-quota 20000; --cpus 0.5", "conflicting options"},
      {"--cpu 20%; --cpus 0.5", "conflicting options: --cpu and --cpus cannot both be given"},
      {"--cpu-quota 999", "no less than 1000"},
      {"--cpu-quota 1000", ""},
      {"--cpu-period 999; --cpu-quota 1000", "out of range"},
      {"--cpu-period 1000001; --cpu-quota 1000", "out of range"},
      {"--cpus 0.5; --cpu-burst 50000", ""},
      {"--cpus 0.5; --cpu-burst 50001", "more than the quota"},
      {"--cpu-burst 1000", "needs a quota"},
      {"--cpu-shares 1", "out of range"},
      {"--cpu-shares 0", ""},
      {"--cpu-shares 262145", "out of range"},
      {"--cpu-weight 0", "out of range"},
      {"--cpu-weight 10001", "out of range"},
      {"--cpu-idle; --cpu-weight 5", "cannot both be given"},
      {"--cpu-idle; --cpu-weight idle", ""},
      {"--cpu-shares 512; --cpu-weight 50", "cannot both be given"},
      {"--cpu-idle; --cpu-shares 512", "cannot both be given"},
      {"--cpuset-cpus 0-16", "is not within what is there"},
      {"--cpuset-mems 2", "is not within what is there"},
      {"--cpuset-partition exclusive", "is not member, root or isolated"},
      {"--pids-limit x", "not a whole number"},
      {"--pids-limit -2", "not a whole number"},
  });
}

TEST(LimitsValidate, Io) {
  check_cases({
      {"--blkio-weight 9", "out of range"},
      {"--blkio-weight 1001", "out of range"},
      {"--blkio-weight 0", ""},
      {"--io-weight 10001", "out of range"},
      {"--io-weight 100; --blkio-weight 500", "cannot both be given"},
      {"--blkio-weight-device /dev/sda:5", "out of range"},
      {"--blkio-weight-device /dev/sda", "not PATH:VALUE"},
      {"--blkio-weight-device :500", "not PATH:VALUE"},
      {"--device-read-bps /dev/sda:0", "nothing at all"},
      {"--device-read-bps /dev/sda:1M; --device-read-bps /dev/sda:2M", "given twice"},
      {"--device-read-bps /dev/sda:1M; --io-read-bps /dev/sda:1M", "given twice"},
      {"--device-read-bps /dev/sda:1M; --io-read-bps /dev/sda:1MiB", ""},
      {"--device-read-iops /dev/sda:1M", "not a whole number"},
      {"--io-latency /dev/sda:x", "does not begin with a number"},
      {"--device-read-bps /dev/disk/by-path/pci-0000:00:1f.2:1M", ""},
      {"--ip-allow 10.0.0.0/33", "no list of addresses"},
      {"--ip-allow example.org", "no list of addresses"},
      {"--hugetlb 3:64M; --hugetlb 2MB:64M", "no page size"},
      {"--hugetlb 2MB:64M; --hugetlb 2M:32M", "given twice"},
      {"--hugetlb 2MB", "not SIZE:BYTES"},
  });
}

TEST(LimitsValidate, FlagAndPropertyOfTheSameLimitConflict) {
  check_cases({
      {"--memory 100M; --property MemoryMax=100M", "--memory and --property MemoryMax cannot both be given"},
      {"--property MemoryMax=1G; --property MemoryLimit=2G",
       "--property MemoryMax and --property MemoryLimit cannot both be given"},
      {"--property MemoryMax=1G; --property MemoryMax=2G", "--property MemoryMax is given twice"},
      {"--cpus 0.5; --property CPUQuota=20%", "--cpus and --property CPUQuota cannot both be given"},
      {"--cpu-weight 50; --property CPUWeight=60",
       "--cpu-weight and --property CPUWeight cannot both be given"},
      {"--pids-limit 5; --property TasksMax=6", "--pids-limit and --property TasksMax cannot both be given"},
      {"--cpu-shares 512; --property CPUWeight=60", "--cpu-shares and --property CPUWeight cannot both"},
      {"--property CPUWeight=idle; --property CPUShares=60", "--property CPUWeight and --property CPUShares"},
      {"--oom-policy stop; --property OOMPolicy=kill", "--oom-policy and --property OOMPolicy cannot both"},
      {"--memory 1G; --cgroup-conf memory.max=1G", "better set by a flag"},
      {"--property MemoryMax=1M", "--property MemoryMax: 1048576 bytes are too little"},
      {"--property CPUShares=1", "--property CPUShares: 1 is out of range"},
  });
}

}  // namespace
}  // namespace sdcont
