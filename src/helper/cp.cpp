#include <fcntl.h>
#include <unistd.h>

#include "archive/layer_writer.h"
#include "archive/pack.h"
#include "archive/reader.h"
#include "cli/copy_words.h"
#include "container/cleanup.h"
#include "container/root_view.h"
#include "helper/commands.h"
#include "helper/output_file.h"
#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kArchive = "the archive";

void pack_source(const CopySource& source, const ByteSink& sink, const std::string& name) {
  Packer packer({}, sink, name);
  if (!source.directory) {
    packer.add(source.dir.get(), source.name, source.base);
  } else {
    const Fd directory = open_at(source.dir.get(), source.name.empty() ? "." : source.name,
                                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    packer.add_tree(directory.get(), ".", source.contents ? "./" : source.base);
  }
  packer.close();
}

void check_directory(int root, const std::string& path) {
  if (try_open_in_root(root, path, O_PATH | O_DIRECTORY)) return;
  if (errno == ENOTDIR) throw Error("the directory " + printable(path) + " in the container is none");
  if (errno == ENOENT) throw Error("the directory " + printable(path) + " in the container does not exist");
  throw_errno("cannot use the directory " + printable(path) + " in the container");
}

/// All of the standard input, in a file without a name.
Fd take_input(const std::string& directory) {
  PipeStream input(STDIN_FILENO, kArchive);
  Fd file = open_file(directory, O_RDWR | O_TMPFILE, 0600);
  for (auto piece = input.next(); !piece.empty(); piece = input.next())
    write_all(file.get(), std::string(piece.begin(), piece.end()));
  check(lseek(file.get(), 0, SEEK_SET), "cannot read what was copied");
  return file;
}

void unpack_into(int root, const std::string& path, int archive) {
  const std::string name = kArchive;
  PipeStream input(archive, name);
  Decompressed plain(input, name);
  ArchiveReader reader(plain, ArchiveReader::Kind::tar, name);
  LayerWriter writer(root, path, name);
  while (archive_entry* entry = reader.next()) writer.write(entry, reader);
  writer.finish();
  for (auto rest = plain.next(); !rest.empty();) rest = plain.next();  // who writes it gets no SIGPIPE
  if (!writer.left_out().empty()) {
    print_warning("the file system at " + printable(path) + " in the container cannot keep " +
                  join({writer.left_out().begin(), writer.left_out().end()}, ", ") +
                  ", so they were left out");
  }
}

}  // namespace

int cp_archive_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  const auto words = parse_copy_words(args);
  if (!words) return 0;
  const auto& [from, to, rules] = *words;
  const bool out = to.path == "-";
  if (isatty(out ? STDOUT_FILENO : STDIN_FILENO) != 0) {
    throw Error(std::string("the standard ") + (out ? "output" : "input") + " is a terminal")
        .remedy(std::string(out ? "send the archive into" : "take the archive from") + " a file or a pipe");
  }
  Store store(global.paths);
  heal(store, print_warning);
  const Record found = store.find(out ? from.container : to.container);
  // What another sdcont cp sends from the same container must not wait for us. The root of one that runs
  // stays without the lock, too; for one that has ended all of it is taken before.
  const Fd taken = !out && found.status != Status::running ? take_input(global.paths.root) : Fd();
  Fd lock = store.lock(found.id);
  const Record record = store.find(found.id);
  const Fd root = open_container_root(record);
  if (record.status == Status::running) lock.reset();
  if (!out) {
    check_directory(root.get(), to.path);
    unpack_into(root.get(), to.path, taken ? taken.get() : STDIN_FILENO);
    return 0;
  }
  const CopySource source = find_copy_source({root.get(), from.path}, rules.follow_link);
  OutputFile file("");
  pack_source(source, file.sink(), from.container + ":" + printable(from.path));
  file.finish();
  return 0;
}

}  // namespace sdcont
