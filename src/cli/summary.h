#pragma once

#include <string>

#include "state/record.h"

namespace sdcont {

/// How a container ended and what it used: for people, in at most a dozen lines, or as one JSON object.
std::string summary_text(const Record& record, const ExitRecord& exit);
std::string summary_json(const Record& record, const ExitRecord& exit);

}  // namespace sdcont
