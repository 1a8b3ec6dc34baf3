#pragma once

#include "util/error.h"

namespace sdcont {

/// We were asked to end: no failure of what was being done.
class Interrupted : public Error {
 public:
  using Error::Error;
};

/// From here on SIGINT, SIGTERM and SIGHUP end what is being done by an Error, so that it can be undone.
void watch_interrupts();
/// Throws Interrupted with the status 128 + signal once one of them has come.
void check_interrupted();

}  // namespace sdcont
