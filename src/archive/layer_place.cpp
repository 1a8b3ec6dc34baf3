// Where the entries of an archive go: the part of LayerWriter that follows names.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "archive/layer_writer.h"
#include "archive/overlay_marks.h"
#include "archive/xattrs.h"
#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr int kMaxLinks = 40;  // the kernel's MAXSYMLINKS

/// An archive's name as an absolute path without "." and empty parts.
std::string clean_name(const char* name, const std::string& archive) {
  if (name == nullptr) throw Error(archive + " has an entry whose name cannot be read");
  std::string path;
  for (const std::string& part : split(name, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") throw Error(archive + " has an entry '" + printable(name) + "', which leads out of it");
    path += "/" + part;
  }
  return path.empty() ? "/" : path;
}

}  // namespace

std::string LayerWriter::path_of(const char* name) const { return below_ + clean_name(name, name_); }

LayerWriter::Place LayerWriter::place(const std::string& path) {
  const std::string parent = parent_path(path);
  // most entries are in the directory of the one before
  if (!parent_ || parent != parent_path_) {
    parent_ = open_parent(parent);
    parent_path_ = parent;
  }
  return {path, parent_.get(), base_name(path)};
}

// One that the archive has no entry for is made; links lead where they would in the container.
Fd LayerWriter::open_parent(const std::string& path) {
  Fd parent = try_open_in_root(tree_, path, O_PATH | O_DIRECTORY);
  if (!parent && errno == ENOTDIR && is_layer_) {
    replace_whiteouts(path);
    parent = try_open_in_root(tree_, path, O_PATH | O_DIRECTORY);
  }
  if (!parent && errno == ENOENT) {
    if (is_layer_) note_implicit(path);
    try {
      make_directory_in_root(tree_, path);
    } catch (const Error& error) {
      fail(path, error.error() == 0 ? ELOOP : error.error());
    }
    parent = try_open_in_root(tree_, path, O_PATH | O_DIRECTORY);
  }
  if (!parent) fail(path, errno);
  return parent;
}

/// Of a directory of the tree, without links on the way; empty where it is longer than the kernel tells.
std::string LayerWriter::real_path(int dir) const {
  const std::string path = read_link(descriptor_path(dir));
  const size_t above = read_link(descriptor_path(tree_)).size();
  return path.size() < above ? "" : path.substr(above);
}

void LayerWriter::note_implicit(const std::string& path, int links) {
  if (links > kMaxLinks) return;  // whoever makes the directories says so
  std::string missing;
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (!missing.empty()) {
      missing += "/" + base_name(part);
    } else if (!try_open_in_root(tree_, part, O_PATH)) {
      const Fd parent = try_open_in_root(tree_, parent_path(part), O_PATH | O_DIRECTORY);
      if (!parent) return;
      if (const std::string text = read_link_at(parent.get(), base_name(part)); !text.empty()) {
        // what it leads to is what will be made
        const auto target = (std::filesystem::path(parent_path(part)) / text).lexically_normal();
        return note_implicit(target.string() + (end == std::string::npos ? "" : path.substr(end)), links + 1);
      }
      missing = real_path(parent.get()) + "/" + base_name(part);
    }
    if (!missing.empty()) implicit_.insert(missing);
    if (end == std::string::npos) return;
  }
}

// A directory that the lower layers have is hidden, and another put in its place.
void LayerWriter::replace_whiteouts(const std::string& path) const {
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    const Fd dir = try_open_in_root(tree_, parent_path(part), O_PATH | O_DIRECTORY);
    if (!dir) return;
    const std::string base = base_name(part);
    if (is_overlay_whiteout(dir.get(), base)) {
      unlinkat(dir.get(), base.c_str(), 0);
      if (mkdirat(dir.get(), base.c_str(), 0755) != 0) fail(part, errno);
      set_opaque(descriptor_path(dir.get()) + "/" + base);
    }
    if (end == std::string::npos) return;
  }
}

}  // namespace sdcont
