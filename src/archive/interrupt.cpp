#include "archive/interrupt.h"

#include <atomic>
#include <csignal>

#include "util/error.h"
#include "util/signals.h"

namespace sdcont {
namespace {

std::atomic<int> interrupted = 0;

void note(int signal) { interrupted = signal; }

}  // namespace

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = note;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

void check_interrupted() {
  const int signal = interrupted;
  if (signal != 0)
    throw Interrupted(Failure{.doing = "ended by " + signal_name(signal), .exit_status = 128 + signal});
}

}  // namespace sdcont
