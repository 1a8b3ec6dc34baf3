#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "limits/translation.h"

// The border between sdcont and sdcont-bus.so, which alone knows sdbus-c++. sdcont carries its own C++
// runtime and the module uses the shared one: an exception or a type_info of one is a stranger to the other,
// so every function here is noexcept, and nothing that one side allocates is freed by the other. Both are
// built from one tree by one compiler, hence agree on the layout of what is only read through a reference.

namespace sdcont {

/// Raised with every change of this file or of Property: a module of another release is refused.
inline constexpr uint32_t kBusBorder = 1;
static_assert(std::variant_size_v<PropertyValue> == 11, "the border has changed: raise kBusBorder");

/// What a call over the bus came to.
struct BusReply {
  char error_name[256] = {};  ///< "org.freedesktop.DBus.Error.NoReply"; empty on success
  char error_text[768] = {};  ///< the message that came with it
  char value[512] = {};       ///< the answer, where the call has one

  [[nodiscard]] bool ok() const noexcept { return error_name[0] == '\0'; }

  void fail(std::string_view name, std::string_view text) noexcept {
    copy(name, error_name);
    copy(text, error_text);
  }
  void answer(std::string_view text) noexcept { copy(text, value); }

 private:
  template <size_t Size>
  static void copy(std::string_view text, char (&field)[Size]) noexcept {
    const size_t length = text.size() < Size ? text.size() : Size - 1;
    memcpy(field, text.data(), length);
    field[length] = '\0';
  }
};

/// The error name of a call, or of a wait, that had no answer in its time.
inline constexpr const char* kBusTimeout = "org.freedesktop.DBus.Error.Timeout";

/// A connection to the system bus, speaking with systemd's manager. Timeouts are in microseconds.
class BusConnection {
 public:
  /// Disconnects and frees the connection; it takes the place of a destructor.
  virtual void close() noexcept = 0;

  /// Ends of jobs are kept from here on. Belongs before the call that makes the job, because the signal may
  /// arrive before the call's answer.
  virtual BusReply watch_jobs() noexcept = 0;
  /// Waits for the end of a job (an object path); the answer is its result: "done", "failed", ….
  virtual BusReply wait_job(const char* job, uint64_t timeout) noexcept = 0;

  /// In mode "fail"; the answer is the job's object path.
  virtual BusReply start_transient_unit(const std::string& unit, const std::vector<Property>& properties,
                                        const std::vector<pid_t>& pids, uint64_t timeout) noexcept = 0;
  /// In mode "replace"; the answer is the job's object path.
  virtual BusReply stop_unit(const std::string& unit, uint64_t timeout) noexcept = 0;
  virtual BusReply reset_failed_unit(const std::string& unit, uint64_t timeout) noexcept = 0;
  /// For the running system only, nothing is written to /etc.
  virtual BusReply set_unit_properties(const std::string& unit, const std::vector<Property>& properties,
                                       uint64_t timeout) noexcept = 0;

  /// The object path of a unit that is loaded; error NoSuchUnit otherwise.
  virtual BusReply unit_path(const std::string& unit, uint64_t timeout) noexcept = 0;
  /// The object path of the unit that a process belongs to.
  virtual BusReply unit_path_of(pid_t pid, uint64_t timeout) noexcept = 0;
  /// ActiveState of the unit at an object path.
  virtual BusReply active_state(const char* path, uint64_t timeout) noexcept = 0;
  /// The object path of the job that waits or runs for the unit at an object path; "/" where there is none.
  virtual BusReply pending_job(const char* path, uint64_t timeout) noexcept = 0;
  /// The manager's property Version, "252.38-1~deb12u1".
  virtual BusReply version(uint64_t timeout) noexcept = 0;

 protected:
  ~BusConnection() = default;
};

/// What the module exports, under the name sdcont_bus_module.
struct BusModule {
  uint32_t border;  ///< kBusBorder
  /// Connects to the system bus; fills `connection` on success.
  BusReply (*open)(BusConnection** connection) noexcept;
};

}  // namespace sdcont
