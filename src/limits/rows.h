#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "limits/limits.h"
#include "util/error.h"

namespace sdcont {

// What the files of the table share: each returns its rows, and builds them from the few functions below.

std::vector<Limit> memory_limits();
std::vector<Limit> memory_bounds();
std::vector<Limit> swap_limits();
std::vector<Limit> cpu_limits();
std::vector<Limit> cpu_weight_limits();
std::vector<Limit> cpuset_limits();
std::vector<Limit> task_limits();
std::vector<Limit> io_limits();
std::vector<Limit> io_device_limits();
std::vector<Limit> io_throttles();
std::vector<Limit> oom_limits();
std::vector<Limit> network_limits();
std::vector<Limit> other_limits();

// Reading what was asked for.

bool asked(const Resources& resources, const std::string& key);
/// A number, whichever integer type it has (negative is kUnlimited), or its decimal text, or "max"; throws
/// for others.
std::optional<uint64_t> number_if(const Resources& resources, const std::string& key);
uint64_t number(const Resources& resources, const std::string& key);
const std::string& text_of(const Resources& resources, const std::string& key);
bool flag_of(const Resources& resources, const std::string& key);
const std::vector<DeviceValue>& devices_of(const Resources& resources, const std::string& key);
const std::vector<std::string>& list_of(const Resources& resources, const std::string& key);

// Writing down what was asked for.

/// A field was asked for twice. put() knows only the later flag: ask_limit() and lower_properties() name
/// both.
class Conflict : public Error {
 public:
  Conflict(std::string key, const std::string& flag)
      : Error("conflicting options: " + flag + " and another option say different things"),
        key_(std::move(key)) {}
  [[nodiscard]] const std::string& key() const noexcept { return key_; }

 private:
  std::string key_;
};
/// The same with the name of the flag that asked first.
Error conflict(const std::string& flag, const std::string& key,
               const std::map<std::string, std::string>& asked_as);

/// Sets a field; throws Conflict where it is set to something else already: two flags contradict each other.
void put(Resources& resources, const std::string& key, ResourceValue value, const std::string& flag);
/// Adds one device's value to a list; throws where the device has another value already.
void put_device(Resources& resources, const std::string& key, DeviceValue value, const std::string& flag);
/// "PATH:VALUE" or "PATH VALUE" with the path resolved to its disk; `parse` turns the value's words into a
/// number.
DeviceValue parse_device_value(const std::string& text, const HostFacts& host, const std::string& flag,
                               uint64_t (*parse)(std::string_view text, std::string_view what));
/// Bytes, or a percentage of the memory that there is, in whole pages.
uint64_t parse_memory(const std::string& text, const HostFacts& host, const std::string& flag);
/// A number, or a percentage of the tasks that there can be, as systemd's TasksMax has it.
uint64_t parse_tasks(const std::string& text, const HostFacts& host, const std::string& flag);
/// A decimal number, nothing else.
uint64_t parse_count(std::string_view text, std::string_view flag);
/// yes, no, true, false, on, off, 1, 0; an empty text (a switch) is true.
bool parse_switch(std::string_view text, std::string_view flag);

// Building translations.

/// The first word of a control file's name, which is its controller; "" for the core's own
/// ("cgroup.max.depth").
std::string controller_of(const std::string& file);
Translation property(std::string name, PropertyValue value);
Translation write(const std::string& file, std::string value);
Translation refuse(std::string reason, std::string remedy = {});
Translation operator+(Translation a, const Translation& b);
/// "MAJOR:MINOR".
std::string number_of(const DeviceValue& device);
/// "max" (v2) for kUnlimited, else the number.
std::string or_max(uint64_t value);
/// "-1" (v1) for kUnlimited, else the number.
std::string or_minus_one(uint64_t value);

using Convert = Translation (*)(const Resources&, const Target&);
/// What the raw back end of this cgroup version would write: the payload's own files, beside the scope's
/// property.
Translation payload(const Resources& resources, const Target& target, Convert v2, Convert v1);
/// The property for the scope and the payload's own files. Where this cgroup version has no such limit, its
/// refusal; where systemd is older than `since`, the payload's files alone.
Translation scope_and_payload(const Resources& resources, const Target& target, int since, Translation scope,
                              Convert v2, Convert v1);
/// The conversion of what only systemd does, for the raw back ends.
Translation needs_systemd(const Resources& resources, const Target& target);

}  // namespace sdcont
