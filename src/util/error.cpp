#include "util/error.h"

#include <cerrno>
#include <cstring>

namespace sdcont {

std::string Failure::text() const {
  std::string line = doing;
  if (error != 0) line.append(": ").append(strerror(error));
  if (!remedy.empty()) {
    line.append("; ").append(remedy);
  } else if (error == EMFILE || error == ENFILE) {
    line.append("; raise the limit of open files (ulimit -n)");
  }
  return line;
}

Error Error::remedy(std::string text) const {
  Failure failure = failure_;
  failure.remedy = std::move(text);
  return Error(std::move(failure));
}

Error Error::status(int exit_status) const {
  Failure failure = failure_;
  failure.exit_status = exit_status;
  return Error(std::move(failure));
}

void throw_errno(std::string doing) {
  const int error = errno;
  throw Error(std::move(doing), error);
}

}  // namespace sdcont
