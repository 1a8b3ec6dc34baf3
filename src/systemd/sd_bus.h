#pragma once

#include <systemd/sd-bus.h>

namespace sdcont {

// Every function of sd-bus(3) that we use.
#define SDCONT_SD_BUS_FUNCTIONS(each)                                                                      \
  each(sd_bus_new) each(sd_bus_set_address) each(sd_bus_start) each(sd_bus_open_system)                    \
      each(sd_bus_close_unref) each(sd_bus_unref) each(sd_bus_process) each(sd_bus_wait) each(sd_bus_call) \
          each(sd_bus_add_match_async) each(sd_bus_error_free) each(sd_bus_error_set_errno)                \
              each(sd_bus_message_new_method_call) each(sd_bus_message_unref) each(sd_bus_message_append)  \
                  each(sd_bus_message_append_basic) each(sd_bus_message_append_array)                      \
                      each(sd_bus_message_open_container) each(sd_bus_message_close_container)             \
                          each(sd_bus_message_read)

/// libsystemd's functions under their own names. It is no dependency of the program: most of its libraries
/// (for journals) are of no use here, and a launch without systemd, and the supervisor, do without it.
struct SdBus {
#define SDCONT_DECLARE(name) decltype(&::name) name;  // NOLINT(bugprone-macro-parentheses)
  SDCONT_SD_BUS_FUNCTIONS(SDCONT_DECLARE)
#undef SDCONT_DECLARE
};

/// Loaded at the first call, and never unloaded (libsystemd is linked with -z nodelete). Throws Error with
/// the remedy where it is missing.
const SdBus& sd_bus_library();

}  // namespace sdcont
