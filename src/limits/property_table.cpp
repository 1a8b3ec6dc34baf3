#include <algorithm>

#include "limits/property.h"

namespace sdcont {
namespace {

using enum PropertyKind;

// systemd v256: bus_cgroup_set_property, bus_unit_set_transient_property,
// bus_kill_context_set_transient_property, bus_scope_set_transient_property. Those with a limit of their own
// come first.
std::vector<PropertyRow> resource_rows() {
  return {
      {"MemoryMax", "MemoryMax", size, 231, "memory/limit"},
      {"MemoryLimit", "MemoryLimit", size, 205, "memory/limit"},
      {"MemorySwapMax", "MemorySwapMax", size, 235, "unified/memory.swap.max"},
      {"MemoryLow", "MemoryLow", size, 231, "memory/reservation"},
      {"MemoryMin", "MemoryMin", size, 240, "unified/memory.min"},
      {"MemoryHigh", "MemoryHigh", size, 231, "unified/memory.high"},
      {"MemoryZSwapMax", "MemoryZSwapMax", size, 253, "unified/memory.zswap.max"},
      {"MemoryZSwapWriteback", "MemoryZSwapWriteback", boolean, 256, "unified/memory.zswap.writeback"},
      {"CPUQuota", "CPUQuotaPerSecUSec", quota, 213, "cpu/quota"},
      {"CPUQuotaPeriodSec", "CPUQuotaPeriodUSec", timespan, 242, "cpu/period"},
      {"CPUWeight", "CPUWeight", weight, 232, "unified/cpu.weight"},
      {"CPUShares", "CPUShares", count, 205, "cpu/shares"},
      {"AllowedCPUs", "AllowedCPUs", cpu_list, 244, "cpu/cpus"},
      {"AllowedMemoryNodes", "AllowedMemoryNodes", cpu_list, 244, "cpu/mems"},
      {"CPUSetPartition", "CPUSetPartition", choice, 261, "unified/cpuset.cpus.partition", true,
       "member|root|isolated"},
      {"TasksMax", "TasksMax", tasks, 227, "pids/limit"},
      {"IOWeight", "IOWeight", weight, 230, "unified/io.weight"},
      {"BlockIOWeight", "BlockIOWeight", count, 205, "blockIO/weight"},
      {"IOReadBandwidthMax", "IOReadBandwidthMax", disk_rates, 230, "blockIO/throttleReadBpsDevice"},
      {"IOWriteBandwidthMax", "IOWriteBandwidthMax", disk_rates, 230, "blockIO/throttleWriteBpsDevice"},
      {"IOReadIOPSMax", "IOReadIOPSMax", disk_counts, 230, "blockIO/throttleReadIOPSDevice"},
      {"IOWriteIOPSMax", "IOWriteIOPSMax", disk_counts, 230, "blockIO/throttleWriteIOPSDevice"},
      {"IODeviceWeight", "IODeviceWeight", disk_counts, 230},
      {"IODeviceLatencyTargetSec", "IODeviceLatencyTargetUSec", disk_timespans, 240},

      {"StartupCPUWeight", "StartupCPUWeight", weight, 232},
      {"StartupIOWeight", "StartupIOWeight", weight, 230},
      {"StartupAllowedCPUs", "StartupAllowedCPUs", cpu_list, 252, nullptr, true},
      {"StartupAllowedMemoryNodes", "StartupAllowedMemoryNodes", cpu_list, 252, nullptr, true},
      {"StartupMemoryLow", "StartupMemoryLow", size, 253, nullptr, true},
      {"StartupMemoryHigh", "StartupMemoryHigh", size, 253, nullptr, true},
      {"StartupMemoryMax", "StartupMemoryMax", size, 253, nullptr, true},
      {"StartupMemorySwapMax", "StartupMemorySwapMax", size, 253, nullptr, true},
      {"StartupMemoryZSwapMax", "StartupMemoryZSwapMax", size, 253, nullptr, true},
      {"DefaultMemoryLow", "DefaultMemoryLow", size, 243, nullptr, true},
      {"DefaultMemoryMin", "DefaultMemoryMin", size, 243, nullptr, true},
      {"DefaultStartupMemoryLow", "DefaultStartupMemoryLow", size, 253, nullptr, true},
      {"OOMPolicy", "OOMPolicy", choice, 252, nullptr, false, "continue|stop|kill"},
      {"ManagedOOMSwap", "ManagedOOMSwap", choice, 247, nullptr, true, "auto|kill"},
      {"ManagedOOMMemoryPressure", "ManagedOOMMemoryPressure", choice, 247, nullptr, true, "auto|kill"},
      {"ManagedOOMMemoryPressureLimit", "ManagedOOMMemoryPressureLimit", percent_scale, 247, nullptr, true},
      {"ManagedOOMMemoryPressureDurationSec", "ManagedOOMMemoryPressureDurationUSec", timespan, 257, nullptr,
       true},
      {"ManagedOOMPreference", "ManagedOOMPreference", choice, 248, nullptr, true, "none|avoid|omit"},
      {"MemoryPressureWatch", "MemoryPressureWatch", choice, 254, nullptr, true, "auto|on|off|skip"},
      {"MemoryPressureThresholdSec", "MemoryPressureThresholdUSec", timespan, 254, nullptr, true},
      {"DisableControllers", "DisableControllers", strings, 240, nullptr, true},
      {"CoredumpReceive", "CoredumpReceive", boolean, 255},
      {"DeviceAllow", "DeviceAllow", device_allow, 205},
      {"IPAccounting", "IPAccounting", boolean, 235},
      {"IPAddressAllow", "IPAddressAllow", ip_prefixes, 235},
      {"IPAddressDeny", "IPAddressDeny", ip_prefixes, 235},
      {"IPIngressFilterPath", "IPIngressFilterPath", bpf_paths, 243},
      {"IPEgressFilterPath", "IPEgressFilterPath", bpf_paths, 243},
      {"BPFProgram", "BPFProgram", bpf_programs, 249},
  };
}

constexpr const char* kActions =
    "none|reboot|reboot-force|reboot-immediate|poweroff|poweroff-force|poweroff-immediate|exit|exit-force|"
    "soft-reboot|soft-reboot-force|kexec|kexec-force|halt|halt-force|halt-immediate";
constexpr const char* kJobModes =
    "fail|replace|replace-irreversibly|isolate|flush|ignore-dependencies|ignore-requirements";

std::vector<PropertyRow> unit_rows() {
  return {
      {"SuccessAction", "SuccessAction", choice, 236, nullptr, false, kActions},
      {"FailureAction", "FailureAction", choice, 236, nullptr, false, kActions},
      {"SuccessActionExitStatus", "SuccessActionExitStatus", exit_status, 240},
      {"FailureActionExitStatus", "FailureActionExitStatus", exit_status, 240},
      {"JobTimeoutAction", "JobTimeoutAction", choice, 235, nullptr, false, kActions},
      {"JobTimeoutRebootArgument", "JobTimeoutRebootArgument", text_line, 235},
      {"StartLimitIntervalSec", "StartLimitIntervalUSec", timespan, 235},
      {"StartLimitBurst", "StartLimitBurst", small_count, 235},
      {"StartLimitAction", "StartLimitAction", choice, 235, nullptr, false, kActions},
      {"RebootArgument", "RebootArgument", text_line, 235},
      {"OnFailureJobMode", "OnFailureJobMode", choice, 235, nullptr, false, kJobModes},
      {"OnSuccessJobMode", "OnSuccessJobMode", choice, 249, nullptr, false, kJobModes},
      {"AllowIsolate", "AllowIsolate", boolean, 235},
      {"SourcePath", "SourcePath", text_line, 235},
      {"RuntimeMaxSec", "RuntimeMaxUSec", timespan, 244},
      {"RuntimeRandomizedExtraSec", "RuntimeRandomizedExtraUSec", timespan, 250},
      {"SendSIGHUP", "SendSIGHUP", boolean, 207},
      {"SendSIGKILL", "SendSIGKILL", boolean, 205},
      {"FinalKillSignal", "FinalKillSignal", signal, 240},
      {"SurviveFinalKillSignal", "SurviveFinalKillSignal", boolean, 255},
      {"DefaultDependencies", "DefaultDependencies", boolean, 205},
      {"StopWhenUnneeded", "StopWhenUnneeded", boolean, 205},
      {"RefuseManualStart", "RefuseManualStart", boolean, 235},
      {"RefuseManualStop", "RefuseManualStop", boolean, 235},
      {"IgnoreOnIsolate", "IgnoreOnIsolate", boolean, 235},
      {"JobTimeoutSec", "JobTimeoutUSec", timespan, 235},
      {"JobRunningTimeoutSec", "JobRunningTimeoutUSec", timespan, 235},
      {"Documentation", "Documentation", strings, 235},
      {"RequiresMountsFor", "RequiresMountsFor", strings, 231},
      {"WantsMountsFor", "WantsMountsFor", strings, 256},
      {"Requires", "Requires", strings, 205},
      {"Requisite", "Requisite", strings, 205},
      {"Wants", "Wants", strings, 205},
      {"BindsTo", "BindsTo", strings, 205},
      {"PartOf", "PartOf", strings, 205},
      {"Upholds", "Upholds", strings, 249},
      {"Conflicts", "Conflicts", strings, 205},
      {"Before", "Before", strings, 205},
      {"After", "After", strings, 205},
      {"OnFailure", "OnFailure", strings, 205},
      {"OnSuccess", "OnSuccess", strings, 249},
      {"JoinsNamespaceOf", "JoinsNamespaceOf", strings, 205},
      {"PropagatesReloadTo", "PropagatesReloadTo", strings, 205},
      {"ReloadPropagatedFrom", "ReloadPropagatedFrom", strings, 205},
      {"PropagatesStopTo", "PropagatesStopTo", strings, 249},
      {"StopPropagatedFrom", "StopPropagatedFrom", strings, 249},
  };
}

constexpr const char* kOurs = "sdcont sets it itself";
constexpr const char* kService = "it belongs to services, a scope cannot have it";
constexpr const char* kNoEncoder = "sdcont does not know how to send its type";
constexpr const char* kOldName = "it is an old name, which systemd 258 has dropped and sdcont never sends";

constexpr UnavailableProperty kUnavailable[] = {
    {"Slice", kOurs, "use --slice"},
    {"Description", kOurs, "use --description"},
    {"Delegate", kOurs, "it is always on", true},
    {"DelegateControllers", kOurs, "every controller is delegated"},
    {"PIDs", kOurs, ""},
    {"PIDFDs", kOurs, ""},
    {"Controller", kOurs, ""},
    {"CollectMode", kOurs, ""},
    {"AddRef", kOurs, ""},
    {"CPUAccounting", kOurs, "it is always on", true},
    {"MemoryAccounting", kOurs, "it is always on", true},
    {"TasksAccounting", kOurs, "it is always on", true},
    {"IOAccounting", kOurs, "it is always on", true},
    {"BlockIOAccounting", kOurs, "IOAccounting is always on"},
    {"DevicePolicy", kOurs, "use --device, --device-cgroup-rule or --privileged"},
    {"KillMode", kOurs, "the supervisor stops the container"},
    {"KillSignal", kOurs, "use --stop-signal"},
    {"TimeoutStopSec", kOurs, "use --stop-timeout"},
    {"TimeoutStopUSec", kOurs, "use --stop-timeout"},
    {"User", "the processes of a container have users of its own root", "use --user"},
    {"Group", "the processes of a container have groups of its own root", "use --user USER:GROUP"},
    {"StartupCPUShares", kOldName, "use StartupCPUWeight"},
    {"StartupBlockIOWeight", kOldName, "use StartupIOWeight"},
    {"BlockIODeviceWeight", kOldName, "use IODeviceWeight or --blkio-weight-device"},
    {"BlockIOReadBandwidth", kOldName, "use IOReadBandwidthMax"},
    {"BlockIOWriteBandwidth", kOldName, "use IOWriteBandwidthMax"},
    {"WorkingDirectory", kService, "use --workdir"},
    {"RootDirectory", kService, "give its path as the image"},
    {"RootImage", kService, "mount it, and give that path as the image"},
    {"Environment", kService, "use --env"},
    {"EnvironmentFile", kService, "use --env-file"},
    {"ExecStart", kService, "give the command after the image"},
    {"Nice", kService, "use --nice"},
    {"OOMScoreAdjust", kService, "use --oom-score-adj"},
    {"CPUAffinity", kService, "use --cpuset-cpus"},
    {"StandardOutput", kService, ""},
    {"StandardError", kService, ""},
    {"StandardInput", kService, "use --interactive"},
    {"Type", kService, ""},
    {"Restart", kService, ""},
    {"RemainAfterExit", kService, ""},
    {"PAMName", kService, ""},
    {"DynamicUser", kService, "use --user"},
    {"CapabilityBoundingSet", kService, "use --cap-add and --cap-drop"},
    {"AmbientCapabilities", kService, "use --cap-add"},
    {"NoNewPrivileges", kService, "use --security-opt no-new-privileges"},
    {"PrivateTmp", kService, "use --tmpfs /tmp"},
    {"ProtectSystem", kService, "use --read-only"},
    {"SyslogIdentifier", kService, ""},
    {"DelegateSubgroup", kService, ""},
    {"SocketBindAllow", kNoEncoder, "put it into the slice's unit file"},
    {"SocketBindDeny", kNoEncoder, "put it into the slice's unit file"},
    {"RestrictNetworkInterfaces", kNoEncoder, "put it into the slice's unit file"},
    {"NFTSet", kNoEncoder, "put it into the slice's unit file"},
};

}  // namespace

const std::vector<PropertyRow>& property_table() {
  static const std::vector<PropertyRow> table = [] {
    std::vector<PropertyRow> rows = resource_rows();
    for (const PropertyRow& row : unit_rows()) rows.push_back(row);
    return rows;
  }();
  return table;
}

const PropertyRow* find_property(std::string_view name) {
  const auto& table = property_table();
  const auto found = std::find_if(table.begin(), table.end(), [name](const PropertyRow& row) {
    return row.words == name || row.name == name;
  });
  return found == table.end() ? nullptr : &*found;
}

const UnavailableProperty* find_unavailable_property(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kUnavailable), std::end(kUnavailable),
                                         [name](const UnavailableProperty& row) { return row.name == name; });
  if (found != std::end(kUnavailable)) return found;
  static constexpr UnavailableProperty kLimit{"Limit", kService, "use --ulimit"};
  static constexpr UnavailableProperty kCondition{"Condition", kNoEncoder,
                                                  "check it before sdcont is called"};
  if (name.starts_with("Condition") || name.starts_with("Assert")) return &kCondition;
  return name.starts_with("Limit") ? &kLimit : nullptr;
}

}  // namespace sdcont
