#include "cli/template.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void refuse_template(const std::string& format, const std::string& why) {
  throw Error("--format: '" + printable(format) + "' cannot be understood: " + why)
      .remedy("text with {{.Field}} or {{json .Field}} in it");
}

std::string unescape(std::string text) {
  for (const auto& [from, to] : {std::pair{"\\t", "\t"}, {"\\n", "\n"}}) {
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; ++at) text.replace(at, 2, to);
  }
  return text;
}

const Json& look_up(const std::string& format, const std::string& expression, const Json& values) {
  if (!expression.starts_with('.')) refuse_template(format, "'" + printable(expression) + "' is not a field");
  const Json* value = &values;
  for (const std::string& name : split(expression.substr(1), '.')) {
    if (name.empty() && expression == ".") break;
    if (!value->is_object() || !value->contains(name)) {
      std::vector<std::string> names;
      if (value->is_object()) {
        for (const auto& [known, ignored] : value->items()) names.push_back("." + known);
      }
      refuse_template(format, "there is no field " + printable(expression) +
                                  (names.empty() ? "" : ", but " + join(names, ", ")));
    }
    value = &value->at(name);
  }
  return *value;
}

std::string go_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "<nil>";
  if (!value.is_structured()) return value.dump();
  std::vector<std::string> parts;
  for (const auto& [key, part] : value.items())
    parts.push_back((value.is_object() ? key + ":" : "") + go_text(part));
  return (value.is_object() ? "map[" : "[") + join(parts, " ") + "]";
}

}  // namespace

std::string fill_template(const std::string& format, const Json& values) {
  const std::string plain = unescape(format);
  std::string text;
  for (size_t at = 0;;) {
    const size_t open = plain.find("{{", at);
    text += plain.substr(at, open - at);
    if (open == std::string::npos) return text;
    const size_t close = plain.find("}}", open);
    if (close == std::string::npos) refuse_template(format, "a {{ is not closed");
    std::string expression(trim(plain.substr(open + 2, close - open - 2)));
    const bool json = expression.starts_with("json ");
    if (json) expression = trim(expression.substr(5));
    const Json& value = look_up(format, expression, values);
    text += json ? value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) : go_text(value);
    at = close + 2;
  }
}

}  // namespace sdcont
