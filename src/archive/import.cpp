#include "archive/import.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "archive/pack.h"
#include "archive/scan.h"
#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

uint64_t size_of(int fd) {
  struct stat st {};
  check(fstat(fd, &st), "cannot look at what is imported");
  return static_cast<uint64_t>(st.st_size);
}

bool is_directory(const std::string& path) {
  struct stat st {};
  return path != "-" && stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

InputFile pack_directory(const std::string& path, Staging& staging) {
  const Fd dir = open_file(path, O_RDONLY | O_DIRECTORY);
  InputFile file;
  file.copy = staging.new_path();
  file.fd = open_file(file.copy, O_RDWR | O_CREAT | O_EXCL, 0600);
  pack_tree(
      dir.get(), {source_date_epoch(), false},
      [&](std::span<const char> piece) { write_all(file.fd.get(), std::string(piece.begin(), piece.end())); },
      printable(path));
  return file;
}

}  // namespace

std::optional<int64_t> source_date_epoch() {
  const char* text = std::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr) return std::nullopt;
  const auto seconds = parse_signed(text);
  if (!seconds || *seconds < 0)
    throw Error("SOURCE_DATE_EPOCH: '" + printable(text) + "' is not a number of seconds");
  return seconds;
}

uint64_t creation_time_ns() {
  const auto seconds = source_date_epoch();
  return seconds ? static_cast<uint64_t>(*seconds) * kNsPerSecond : now_realtime_ns();
}

TakenImage import_image(const ImageStore& store, const ImportOptions& options, const Reports& reports) {
  ConfigFile config;
  config.platform = options.platform;
  config.created = format_time(creation_time_ns());
  for (const std::string& line : options.changes) apply_change(line, config.config);
  config.history.push_back(
      {config.created, "", options.message.empty() ? "Imported from " + options.source : options.message});

  Staging staging(store);
  const InputFile file = is_directory(options.source) ? pack_directory(options.source, staging)
                                                      : open_input(options.source, staging);
  LayerSource source;
  source.fd = file.fd.get();
  source.size = size_of(source.fd);
  source.name = options.source == "-" ? "the standard input" : printable(options.source);
  source.path = file.copy;
  source.convert = true;
  if (source.size == 0) throw Error(source.name + " is empty");
  reports.begin({{base_name(source.name), source.size}});
  const std::vector<Layer> layers = take_layers(staging, {source}, reports.progress, reports.warn);

  config.diff_ids = {layers[0].diff_id};
  Manifest manifest;
  manifest.media_type = kOciManifest;
  manifest.config = staging.add_document(to_json(config).dump(), kOciConfig);
  manifest.layers = {layers[0].blob};
  Descriptor added = staging.add_document(to_json(manifest).dump(), kOciManifest);
  added.platform = config.platform;
  staging.publish();
  store.add(added, options.name);
  return {added, manifest.config.digest, {options.name}};
}

}  // namespace sdcont
