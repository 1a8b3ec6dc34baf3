#include "process/report.h"

#include <unistd.h>

#include "util/error.h"

namespace sdcont {

void run_reporting(const Channel& channel, const char* doing, const std::function<void()>& body) noexcept {
  Failure failure;
  failure.doing = doing;
  try {
    body();
  } catch (const Error& error) {
    failure = error.failure();
  } catch (const std::exception& error) {
    failure.doing = error.what();
  }
  try {
    channel.send(failure);
  } catch (const std::exception&) {
    // nobody is left to tell
  }
  _exit(failure.exit_status);
}

}  // namespace sdcont
