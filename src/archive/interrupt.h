#pragma once

namespace sdcont {

/// From here on SIGINT, SIGTERM and SIGHUP end what is being done by an Error, so that it can be undone.
void watch_interrupts();
/// Throws Error with the status 128 + signal once one of them has come.
void check_interrupted();

}  // namespace sdcont
