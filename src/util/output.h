#pragma once

#include <string>

namespace sdcont {

/// Opens /dev/null for each of the descriptors 0 to 2 that the caller has closed: a file of ours there would
/// be taken for the standard input or output.
void open_standard_files();

/// To the standard error. What cannot be written there is nobody's concern: it never fails what is being
/// done.
void write_error(const std::string& text) noexcept;

}  // namespace sdcont
