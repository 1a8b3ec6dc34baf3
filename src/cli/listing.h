#pragma once

#include <map>
#include <string>
#include <vector>

namespace sdcont {

/// A list that a command prints, in the ways that docker has.
struct Listing {
  struct Column {
    const char* head;   ///< "IMAGE ID"
    const char* field;  ///< of the rows: "ID"
  };
  std::vector<Column> columns;                           ///< of the table
  std::vector<std::map<std::string, std::string>> rows;  ///< field: text

  /// `format`: "table"; "json", an object a line; or a template of Go's with fields alone, {{.ID}}, after
  /// "table " with heads. Throws Error, naming it, for others and for fields that there are not.
  void print(const std::string& format) const;

 private:
  [[nodiscard]] std::string whole_table() const;
};

}  // namespace sdcont
