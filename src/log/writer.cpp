#include "log/writer.h"

#include "log/journal_log.h"
#include "log/json_file.h"

namespace sdcont {

std::unique_ptr<LogWriter> make_log_writer(const Logging& logging, const LogIdentity& identity) {
  if (logging.driver == "json-file") return std::make_unique<JsonFileWriter>(logging, identity);
  if (logging.driver == "journald") return std::make_unique<JournalWriter>(logging, identity);
  return nullptr;
}

}  // namespace sdcont
