#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace sdcont {

/// Fills in a template as docker's --format has it: {{.Field}}, {{.Field.Below}} and {{json .Field}}, with \t
/// and \n. Lists and maps are shown as Go shows them. Throws Error, naming what is not understood, or not
/// there.
std::string fill_template(const std::string& format, const nlohmann::ordered_json& values);

}  // namespace sdcont
