#include <fcntl.h>

#include <set>

#include "cli/command.h"
#include "cli/image_use.h"
#include "cli/listing.h"
#include "cli/parser.h"
#include "container/cleanup.h"
#include "state/volumes.h"
#include "util/disk_use.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// What of a kind there is, and what of it is used.
struct Use {
  size_t total = 0, active = 0;
  uint64_t size = 0, reclaimable = 0;  ///< bytes
};

std::map<std::string, std::string> row_of(const char* kind, const Use& use) {
  const uint64_t percent = use.size == 0 ? 0 : use.reclaimable * 100 / use.size;
  return {{"Type", kind},
          {"TotalCount", std::to_string(use.total)},
          {"Active", std::to_string(use.active)},
          {"Size", format_size(use.size)},
          {"Reclaimable", format_size(use.reclaimable) + " (" + std::to_string(percent) + "%)"}};
}

/// A layer counts once, however many images have it.
Use images_use(const ImageStore& store, const StorePaths& paths) {
  Use use;
  std::set<std::string> all, needed;
  for (const Image& image : store.list()) {
    const bool active = !containers_of(image, paths).empty();
    ++use.total;
    use.active += active ? 1 : 0;
    if (!image.damage.empty()) continue;
    for (const std::string& diff_id : store.config(image).diff_ids) {
      all.insert(diff_id);
      if (active) needed.insert(diff_id);
    }
  }
  for (const std::string& diff_id : all) {
    use.size += store.layer_size(diff_id);
    if (!needed.contains(diff_id)) use.reclaimable += store.layer_size(diff_id);
  }
  return use;
}

Use containers_use(const Store& store) {
  Use use;
  for (const Record& record : store.list()) {
    const uint64_t size = disk_use(AT_FDCWD, record.layer);
    ++use.total;
    use.size += size;
    use.active += record.exit ? 0 : 1;
    use.reclaimable += record.exit ? size : 0;
  }
  return use;
}

Use volumes_use(const Store& store) {
  Use use;
  const VolumeStore volumes(store);
  for (const Volume& volume : volumes.list()) {
    const uint64_t size = volumes.size(volume.name);
    const bool active = !volumes.users(volume.name).empty();
    ++use.total;
    use.size += size;
    use.active += active ? 1 : 0;
    use.reclaimable += active ? 0 : size;
  }
  return use;
}

}  // namespace

int system_df_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  std::string format = "table";
  Parser parser("sdcont system df", "[OPTIONS]");
  parser.option("--format", format, "table|json|TEMPLATE", "how to print");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (!parsed.rest.empty()) throw Error("sdcont system df takes no arguments");
  Store store(global.paths);
  heal(store, print_warning);
  const ImageStore images(global.paths.root);
  Listing listing;
  listing.columns = {{"TYPE", "Type"},
                     {"TOTAL", "TotalCount"},
                     {"ACTIVE", "Active"},
                     {"SIZE", "Size"},
                     {"RECLAIMABLE", "Reclaimable"}};
  listing.rows = {row_of("Images", images_use(images, global.paths)),
                  row_of("Containers", containers_use(store)), row_of("Local Volumes", volumes_use(store))};
  listing.print(format);
  return 0;
}

}  // namespace sdcont
