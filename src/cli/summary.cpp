#include "cli/summary.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "container/storage.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

constexpr double kMicrosecond = 1e-6;
constexpr double kWallForShare = 0.1;  ///< seconds

std::string seconds(uint64_t usec) { return format_seconds(static_cast<double>(usec) * kMicrosecond); }

std::string bytes_and_operations(const std::optional<uint64_t>& bytes,
                                 const std::optional<uint64_t>& operations) {
  std::string text = format_bytes(bytes.value_or(0));
  if (operations) text += fmt::format(" ({} operations)", *operations);
  return text;
}

std::string cpu_line(const Statistics& usage, double wall) {
  std::string text = seconds(*usage.cpu_usec);
  if (usage.cpu_user_usec && usage.cpu_system_usec) {
    text +=
        fmt::format(" (user {}, system {})", seconds(*usage.cpu_user_usec), seconds(*usage.cpu_system_usec));
  }
  // CPU counts from before the command began: of a short run that is most
  if (wall >= kWallForShare)
    text += fmt::format(", {:.1f}% of one CPU", static_cast<double>(*usage.cpu_usec) * 1e-4 / wall);
  return text;
}

std::string memory_line(const Statistics& usage) {
  std::string text = "peak " + format_bytes(*usage.memory_peak);
  if (usage.memory_limit && *usage.memory_limit != kUnlimited)
    text += " of " + format_bytes(*usage.memory_limit);
  if (usage.swap_peak) text += ", swap peak " + format_bytes(*usage.swap_peak);
  return text;
}

std::string pressure_line(const Statistics& usage) {
  std::vector<std::string> parts;
  for (const auto& [resource, pressure] : usage.pressure) {
    parts.push_back(fmt::format("{} {}", resource, seconds(pressure.some_usec)));
  }
  return join(parts, ", ");
}

}  // namespace

std::string summary_text(const Record& record, const ExitRecord& exit) {
  const Statistics& usage = exit.usage;
  const double wall = static_cast<double>(exit.wall_ns) * 1e-9;
  std::string text;
  const auto line = [&text](const char* name, const std::string& value) {
    text += fmt::format("{:<10} {}\n", name, value);
  };
  line("Container", record.name);
  line("Result", fmt::format("status {}: {}", exit.status, exit.explanation));
  line("Wall time", format_seconds(wall));
  if (usage.cpu_usec) line("CPU", cpu_line(usage, wall));
  if (usage.throttled_usec) {
    line("Throttled", fmt::format("{} in {} of {} periods", seconds(*usage.throttled_usec),
                                  usage.throttled_periods.value_or(0), usage.periods.value_or(0)));
  }
  if (usage.memory_peak) line("Memory", memory_line(usage));
  if (usage.io_read_bytes || usage.io_write_bytes) {
    line("IO", fmt::format("read {}, written {}",
                           bytes_and_operations(usage.io_read_bytes, usage.io_read_operations),
                           bytes_and_operations(usage.io_write_bytes, usage.io_write_operations)));
  }
  if (usage.tasks_peak) {
    line("Tasks",
         fmt::format("peak {}", *usage.tasks_peak) + (usage.tasks_limit && *usage.tasks_limit != kUnlimited
                                                          ? fmt::format(" of {}", *usage.tasks_limit)
                                                          : ""));
  }
  if (record.layer_limit) line("Storage", layer_limit_text(*record.layer_limit));
  if (!usage.pressure.empty()) line("Pressure", "waited for " + pressure_line(usage));
  return text;
}

std::string summary_json(const Record& record, const ExitRecord& exit) {
  auto json = nlohmann::ordered_json::parse(exit_to_json(exit));
  json["id"] = record.id;
  json["name"] = record.name;
  if (record.layer_limit) {
    json["storage"] = {{"size", record.layer_limit->size},
                       {"by", layer_limit_name(record.layer_limit->kind)}};
  }
  json["finishedAt"] = format_time(exit.finished_ns);
  return json.dump() + "\n";
}

}  // namespace sdcont
