#pragma once

#include <string>

#include "systemd/bus.h"
#include "util/error.h"

namespace sdcont {

/// The call may or may not have been carried out: its answer, or the connection, was lost.
bool is_lost(const BusReply& reply);
/// The call was not carried out, and may be in a moment: systemd is executing itself anew, or a limit of the
/// bus is used up.
bool is_transient(const BusReply& reply);
bool is_unit_exists(const BusReply& reply);
bool is_no_such_unit(const BusReply& reply);

/// Name of the property that systemd does not know, or empty where the error is another one.
std::string unknown_property(const BusReply& reply);

/// A failed call as an error: `doing` is "cannot start web.scope". UnknownProperty where it is that.
[[noreturn]] void throw_bus_failure(const std::string& doing, const BusReply& reply);
/// The same for the connection itself.
[[noreturn]] void throw_connect_failure(const BusReply& reply);
/// A job that ended otherwise than with "done".
[[noreturn]] void throw_job_failure(const std::string& doing, const std::string& unit,
                                    const std::string& result);

}  // namespace sdcont
