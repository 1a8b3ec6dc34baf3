#include "state/exec_record.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "state/process_json.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

using nlohmann::json;

constexpr const char* kSuffix = ".json";
constexpr size_t kMostEnded = 32;

std::string directory_of(const StorePaths& paths, const std::string& container) {
  return paths.run + "/containers/" + container + "/exec";
}

void drop_oldest(const StorePaths& paths, const std::string& container, int directory) {
  std::vector<ExecRecord> records = list_exec_records(paths, container);
  std::erase_if(records, [](const ExecRecord& record) { return record.finished_ns == 0; });
  std::sort(records.begin(), records.end(),
            [](const ExecRecord& a, const ExecRecord& b) { return a.finished_ns > b.finished_ns; });
  for (size_t i = kMostEnded / 2; i < records.size(); ++i) {
    unlinkat(directory, (records[i].id + kSuffix).c_str(), 0);
  }
}

}  // namespace

std::string exec_record_to_json(const ExecRecord& record) {
  json object = {{"id", record.id},
                 {"command", record.command},
                 {"user", record.user},
                 {"terminal", record.terminal},
                 {"detached", record.detached},
                 {"process", process_to_json(record.process)},
                 {"monitor", process_to_json(record.monitor)},
                 {"startedNs", record.started_ns},
                 {"finishedNs", record.finished_ns}};
  if (record.status) object["status"] = *record.status;
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

ExecRecord exec_record_from_json(const std::string& text) {
  try {
    const json object = json::parse(text);
    ExecRecord record;
    object.at("id").get_to(record.id);
    object.at("command").get_to(record.command);
    object.at("user").get_to(record.user);
    object.at("terminal").get_to(record.terminal);
    object.at("detached").get_to(record.detached);
    record.process = process_from_json(object.at("process"));
    record.monitor = process_from_json(object.at("monitor"));
    object.at("startedNs").get_to(record.started_ns);
    object.at("finishedNs").get_to(record.finished_ns);
    if (object.contains("status")) record.status = object.at("status").get<int>();
    return record;
  } catch (const json::exception& error) {
    throw Error(std::string("not a record of an exec: ") + error.what());
  }
}

Fd open_exec_records(const StorePaths& paths, const std::string& container) {
  const std::string path = directory_of(paths, container);
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw_errno("cannot make " + path);
  Fd directory = open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (list_directory(path).size() > kMostEnded) drop_oldest(paths, container, directory.get());
  return directory;
}

void write_exec_record(int directory, const ExecRecord& record) {
  try {
    write_atomic(directory, record.id + kSuffix, exec_record_to_json(record), Durability::visible);
  } catch (const Error& error) {
    if (error.error() != ENOENT) throw;
  }
}

std::vector<ExecRecord> list_exec_records(const StorePaths& paths, const std::string& container) {
  std::vector<ExecRecord> records;
  const std::string path = directory_of(paths, container);
  for (const std::string& name : list_directory(path)) {
    if (!name.ends_with(kSuffix)) continue;
    const auto text = read_file_if(path + "/" + name);
    if (!text) continue;
    try {
      records.push_back(exec_record_from_json(*text));
    } catch (const Error&) {
      continue;
    }
  }
  std::sort(records.begin(), records.end(),
            [](const ExecRecord& a, const ExecRecord& b) { return a.started_ns < b.started_ns; });
  return records;
}

}  // namespace sdcont
