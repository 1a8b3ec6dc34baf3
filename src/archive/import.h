#pragma once

#include <optional>
#include <string>
#include <vector>

#include "archive/load.h"

namespace sdcont {

struct ImportOptions {
  std::string source;  ///< a directory, a tar (compressed or not), or "-" for the standard input
  std::string name;    ///< or empty
  std::string message;
  std::vector<std::string> changes;  ///< "ENV A=b": apply_change()
  Platform platform;
};

/// An image of one layer, of a root file system; it is in the store when it returns.
TakenImage import_image(const ImageStore& store, const ImportOptions& options, const Reports& reports);

/// A line of a Dockerfile that changes a configuration: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL,
/// USER, VOLUME, WORKDIR. Throws Error, naming it, for what is none.
void apply_change(const std::string& line, ImageConfig& config);

/// SOURCE_DATE_EPOCH (reproducible-builds.org), where it is set; throws Error where it is no number of
/// seconds.
std::optional<int64_t> source_date_epoch();
/// The time that is written into what is made: SOURCE_DATE_EPOCH where it is set, else now.
uint64_t creation_time_ns();

}  // namespace sdcont
