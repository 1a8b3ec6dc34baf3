#include "limits/property.h"
#include "limits_fixture.h"

namespace sdcont {
namespace {

/// The one property that NAME=VALUE becomes, as text.
std::string encoded(const std::string& text) {
  Resources resources;
  parse_property(text, test_host(), resources);
  const auto& [key, value] = *resources.begin();
  return property_text(encode_property(*find_property(key.substr(8)), value));
}

std::string refusal(const std::string& text) {
  try {
    Resources resources;
    parse_property(text, test_host(), resources);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Property, EveryKindIsReadAsUnitFilesSpellIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"MemoryMax=1G", "MemoryMax=1073741824"},
      {"MemoryMax=50%", "MemoryMax=4294967296"},
      {"MemoryHigh=infinity", "MemoryHigh=infinity"},
      {"CPUQuota=20%", "CPUQuotaPerSecUSec=200ms"},
      {"CPUQuotaPeriodSec=10ms", "CPUQuotaPeriodUSec=10ms"},
      {"CPUWeight=idle", "CPUWeight=0"},
      {"CPUWeight=300", "CPUWeight=300"},
      {"TasksMax=infinity", "TasksMax=infinity"},
      {"TasksMax=25%", "TasksMax=8192"},
      {"SuccessAction=exit", "SuccessAction=exit"},
      {"FailureActionExitStatus=7", "FailureActionExitStatus=7"},
      {"JobTimeoutAction=none", "JobTimeoutAction=none"},
      {"JobTimeoutRebootArgument=a b", "JobTimeoutRebootArgument=a b"},
      {"StartLimitIntervalSec=10s", "StartLimitIntervalUSec=10s"},
      {"StartLimitBurst=5", "StartLimitBurst=5"},
      {"OnFailureJobMode=fail", "OnFailureJobMode=fail"},
      {"AllowIsolate=yes", "AllowIsolate=yes"},
      {"SourcePath=/etc/x", "SourcePath=/etc/x"},
      {"JoinsNamespaceOf=a.service", "JoinsNamespaceOf=a.service"},
      {"AllowedCPUs=0 2-4", "AllowedCPUs=0,2-4"},
      {"IOReadBandwidthMax=/dev/sda 1M", "IOReadBandwidthMax=/dev/sda 1000000"},
      {"IOReadIOPSMax=/dev/sda 500", "IOReadIOPSMax=/dev/sda 500"},
      {"IODeviceLatencyTargetSec=/dev/sda 25ms", "IODeviceLatencyTargetUSec=/dev/sda 25ms"},
      {"IPAddressAllow=localhost", "IPAddressAllow=127.0.0.0/8 ::1/128"},
      {"IPAddressDeny=10.1.2.3/8 fe80::1/64", "IPAddressDeny=10.0.0.0/8 fe80::/64"},
      {"IPAddressAllow=link-local,multicast", "IPAddressAllow=169.254.0.0/16 fe80::/64 224.0.0.0/4 ff00::/8"},
      {"RuntimeMaxSec=1min 30s", "RuntimeMaxUSec=1min 30s"},
      {"RuntimeMaxSec=infinity", "RuntimeMaxUSec=infinity"},
      {"SendSIGHUP=yes", "SendSIGHUP=yes"},
      {"DefaultDependencies=0", "DefaultDependencies=no"},
      {"FinalKillSignal=quit", "FinalKillSignal=SIGQUIT"},
      {"OOMPolicy=stop", "OOMPolicy=stop"},
      {"ManagedOOMMemoryPressureLimit=50%", "ManagedOOMMemoryPressureLimit=2147483648"},
      {"After=a.service b.service", "After=a.service b.service"},
      {"DeviceAllow=/dev/fuse rw", "DeviceAllow=/dev/fuse rw"},
      {"DeviceAllow=char-input", "DeviceAllow=char-input rwm"},
      {"BPFProgram=egress:/sys/fs/bpf/x", "BPFProgram=egress:/sys/fs/bpf/x"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(encoded(text), expected) << text;
}

TEST(Property, EveryRowCanBeParsedAndEncoded) {
  for (const PropertyRow& row : property_table()) {
    SCOPED_TRACE(row.words);
    std::string worked;
    for (const char* words : {"1", "20%", "auto", "stop", "member", "none", "/dev/sda 5", "/dev/sda rw",
                              "any", "TERM", "fail", "egress:/sys/fs/bpf/x", "/sys/fs/bpf/x"}) {
      Resources resources;
      try {
        parse_property(std::string(row.words) + "=" + words, test_host(), resources);
      } catch (const Error&) {
        continue;
      }
      ASSERT_TRUE(resources.contains(std::string("systemd/") + row.name));
      worked = property_text(encode_property(row, resources.begin()->second));
      break;
    }
    EXPECT_TRUE(worked.starts_with(std::string(row.name) + "=")) << worked;
  }
}

TEST(Property, LimitsThatPropertiesStandForAreInTheTable) {
  for (const PropertyRow& row : property_table()) {
    if (row.limit == nullptr) continue;
    const auto table = limit_table();
    EXPECT_TRUE(std::any_of(table.begin(), table.end(), [&](const Limit& limit) {
      return row.limit == std::string(limit.key) || std::find(limit.family.begin(), limit.family.end(),
                                                              std::string(row.limit)) != limit.family.end();
    })) << row.words;
  }
}

TEST(Property, Refused) {
  const std::pair<const char*, const char*> cases[] = {
      {"MemoryMaxx=1G", "did you mean MemoryMax?"},
      {"Qwertyuiop=1", "no such property of scopes"},
      {"ExecStart=/bin/true", "give the command after the image"},
      {"LimitNOFILE=5", "use --ulimit"},
      {"Slice=x.slice", "use --slice"},
      {"TimeoutStopSec=5", "use --stop-timeout"},
      {"DevicePolicy=closed", "use --device"},
      {"SocketBindAllow=80", "does not know how to send"},
      {"MemoryMax=", "the value is empty"},
      {"MemoryMax", "not NAME=VALUE"},
      {"=5", "not NAME=VALUE"},
      {"MemoryMax=1X", "unknown unit"},
      {"TasksMax=101%", "more than all tasks"},
      {"CPUShares=50%", "not a whole number"},
      {"ConditionPathExists=/x", "does not know how to send"},
      {"AssertACPower=yes", "does not know how to send"},
      {"BlockIODeviceWeight=/dev/sda 5", "use IODeviceWeight"},
      {"RootDirectory=/x", "give its path as the image"},
      {"Delegate=no", "it is always on"},
      {"Delegate=cpu", "it is always on"},
      {"CPUAccounting=no", "it is always on"},
      {"SuccessAction=dance", "none of none, reboot"},
      {"StartLimitBurst=4294967296", "more than 4294967295"},
      {"FailureActionExitStatus=256", "more than 255"},
      {"OOMPolicy=maybe", "none of continue, stop, kill"},
      {"FinalKillSignal=SIGFOO", "not a signal"},
      {"IPAddressAllow=nowhere", "no list of addresses"},
      {"DeviceAllow=/etc/passwd rw", "neither below /dev"},
      {"DeviceAllow=/dev/null rwx", "access other than"},
      {"DeviceAllow=a b c", "not DEVICE [ACCESS]"},
      {"SendSIGHUP=perhaps", "neither yes nor no"},
      {"IOReadBandwidthMax=/dev/sda", "not PATH:VALUE"},
      {"BPFProgram=/sys/fs/bpf/x", "not TYPE:/PATH"},
      {"BPFProgram=egress:/nope", "'/nope' is no BPF program that is pinned"},
      {"IPIngressFilterPath=/sys/fs/bpf/x /nope", "'/nope' is no BPF program that is pinned"},
      {"Memory\x1bMax=1", "Memory\\x1bMax"},
  };
  for (const auto& [text, part] : cases) {
    EXPECT_NE(refusal(text).find(part), std::string::npos) << text << ": " << refusal(text);
  }
}

TEST(Property, WhatIsSoAnywayMayBeSaid) {
  for (const char* text : {"CPUAccounting=yes", "MemoryAccounting=true", "TasksAccounting=1",
                           "IOAccounting=on", "Delegate=yes"}) {
    Resources resources;
    parse_property(text, test_host(), resources);
    EXPECT_TRUE(resources.empty()) << text;
  }
}

TEST(Property, WhatIsWrongIsNamedByTheFlagThatAsked) {
  EXPECT_EQ(complaint("--oom-policy foo"), "--oom-policy: 'foo' is none of continue, stop, kill");
  EXPECT_EQ(complaint("--oomd-pressure x"), "--oomd-pressure: 'x' is none of auto, kill");
  EXPECT_EQ(complaint("--oomd-swap x"), "--oomd-swap: 'x' is none of auto, kill");
  EXPECT_EQ(complaint("--property MemoryMax=1X").find("--property MemoryMax: "), 0U);
}

TEST(Property, ListsGrow) {
  Resources resources;
  for (const char* text :
       {"After=a.service", "After=b.service", "IPAddressDeny=any", "IPAddressDeny=10.0.0.1"}) {
    parse_property(text, test_host(), resources);
  }
  EXPECT_EQ(std::get<std::vector<std::string>>(resources.at("systemd/After")),
            (std::vector<std::string>{"a.service", "b.service"}));
  EXPECT_EQ(std::get<std::vector<std::string>>(resources.at("systemd/IPAddressDeny")),
            (std::vector<std::string>{"0.0.0.0/0", "::/0", "10.0.0.1/32"}));
}

TEST(Property, Lowering) {
  const Resources lowered =
      lower_properties(parse_spec("--property MemoryMax=1G; --property CPUQuota=50%; --property "
                                  "CPUQuotaPeriodSec=20ms; --property After=a.service"))
          .resources;
  EXPECT_EQ(lowered, (Resources{{"memory/limit", uint64_t{1} << 30},
                                {"cpu/quota", uint64_t{10'000}},
                                {"cpu/period", uint64_t{20'000}},
                                {"systemd/After", std::vector<std::string>{"a.service"}}}));
}

TEST(CgroupConf, AFileWithAFlagOfItsOwnIsThatFlag) {
  EXPECT_EQ(parse_options("--cgroup-conf cpu.weight=300"),
            (Resources{{"unified/cpu.weight", uint64_t{300}}}));
  EXPECT_EQ(parse_options("--cgroup-conf memory.high=1G"),
            (Resources{{"unified/memory.high", uint64_t{1} << 30}}));
  EXPECT_EQ(complaint("--cgroup-conf cpu.weight=20000"),
            "--cgroup-conf cpu.weight: 20000 is out of range: no less than 1 and no more than 10000");
}

TEST(CgroupConf, FilesOfOursAreRefusedAndNamesChecked) {
  for (const char* text :
       {"cgroup.procs=1", "cgroup.subtree_control=+cpu", "cgroup.kill=1", "../memory.max=1", "memory=1",
        "a/b.c=1", ".x=1", "misc.max=", "misc.max", "misc.max=1\n2", "=5", "misc..max=1", "memory.max=1G",
        "memory.swap.max=1G", "cpu.max=1 2"}) {
    Resources resources;
    EXPECT_THROW(parse_cgroup_conf(text, resources), Error) << text;
    EXPECT_TRUE(resources.empty()) << text;
  }
}

}  // namespace
}  // namespace sdcont
