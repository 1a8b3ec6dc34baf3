#include "log/reader.h"

#include "log/json_file_reader.h"
#include "util/error.h"

namespace sdcont {

std::unique_ptr<LogReader> make_log_reader(const Logging& logging, const LogIdentity& identity) {
  if (logging.driver == "json-file") return std::make_unique<JsonFileReader>(identity);
  const Error nothing("container " + identity.name + " has no log: what it writes " +
                      (logging.driver == "none" ? "is not kept (--log-driver none)"
                                                : "goes to whoever started it in the foreground"));
  throw nothing.remedy("with -d, or --log-driver json-file or journald, it is kept");
}

}  // namespace sdcont
