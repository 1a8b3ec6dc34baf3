#include "cli/listing.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/table.h"
#include "cli/template.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Row = std::map<std::string, std::string>;

[[noreturn]] void refuse(const std::string& format, const std::string& why) {
  throw Error("--format: '" + printable(format) + "' cannot be understood: " + why)
      .remedy("it is table, json, or text with {{.Field}} in it");
}

std::vector<std::vector<std::string>> table_of(const std::string& format, const Row& heads,
                                               const std::vector<Row>& rows) {
  std::vector<std::vector<std::string>> lines = {split(fill_template(format, heads), '\t')};
  for (const Row& row : rows) lines.push_back(split(fill_template(format, row), '\t'));
  return lines;
}

}  // namespace

std::string Listing::whole_table() const {
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : columns) lines[0].emplace_back(column.head);
  for (const Row& row : rows) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const Column& column : columns) line.push_back(row.at(column.field));
  }
  return format_table(lines);
}

void Listing::print(const std::string& format) const {
  if (format == "table") {  // not as a template: lists may be long
    fmt::print("{}", whole_table());
    return;
  }
  Row heads;
  for (const auto& row : rows) {
    for (const auto& [field, text] : row) {  // a field without a column is called by its name
      std::string head = field;
      std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return toupper(c); });
      heads.emplace(field, head);
    }
  }
  for (const Column& column : columns) heads[column.field] = column.head;
  if (format == "json") {
    for (const Row& row : rows) fmt::print("{}\n", fill_template("{{json .}}", row));
  } else if (format.starts_with("table ")) {
    fmt::print("{}", format_table(table_of(format.substr(6), heads, rows)));
  } else if (format.find("{{") == std::string::npos) {
    refuse(format, "it names no field");
  } else {
    for (const Row& row : rows) fmt::print("{}\n", fill_template(format, row));
  }
}

}  // namespace sdcont
