#include "container/apply.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <map>

#include "container/host_check.h"
#include "rootfs/copy.h"
#include "rootfs/resolve.h"
#include "rootfs/volume.h"
#include "spec/names.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kJournal = "applying";
constexpr size_t kShownConflicts = 10;

/// A directory of the host, from the overlay's lower one: neither through a link nor out of it, nor into what
/// is mounted in it.
Fd open_beneath(int root, const std::string& path) {
  struct open_how how {};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  const std::string relative = path.empty() || path == "/" ? "." : path.substr(1);
  for (;;) {
    Fd fd(static_cast<int>(syscall(SYS_openat2, root, relative.c_str(), &how, sizeof how)));
    if (fd || errno != EAGAIN) return fd;
  }
}

/// Of the directory beside a change's place that it is made in.
std::string temporary_name(const std::string& id) { return ".sdcont-" + short_id(id); }

/// Applies the changes of one overlay.
class Applier {
 public:
  Applier(const OpenOverlay& overlay, const std::string& id, int journal, HostCheck& check)
      : overlay_(overlay), temporary_(temporary_name(id)), journal_(journal), check_(check) {}

  uint64_t run() {
    try {
      find_changes(overlay_.layers(), [this](const Change& change) { apply(change); });
    } catch (const Error&) {
      settle_times("");
      throw;
    }
    settle_times("");
    check_sync();
    return done_;
  }

  [[nodiscard]] uint64_t done() const { return done_; }

 private:
  struct Times {
    std::string path;
    struct stat status;
  };

  void apply(const Change& change) {
    settle_times(change.path);
    const bool later = S_ISDIR(change.lower.st_mode) && check_.is_later(change.lower.st_mtim);
    if (S_ISDIR(change.upper.st_mode) && change.name != "." && !later) {
      times_.push_back({change.path, change.upper});
    }
    if (const std::string conflict = check_.conflict(change, root()); !conflict.empty()) {
      throw Error(printable(conflict) + " on this machine meanwhile");
    }
    if (!change.own) return;
    try {
      carry_over(change);
    } catch (const Error& error) {
      throw Error("cannot apply the change of " + printable(change.path) + ": " + error.failure().doing,
                  error.error());
    }
    ++done_;
  }

  void carry_over(const Change& change) {
    const bool directory = S_ISDIR(change.upper.st_mode);
    if (directory && S_ISDIR(change.lower.st_mode)) {
      return copy_metadata(from(change), change.upper, open_directory(inside(change.path)).get(), {});
    }
    if (change.only_names && first_names_.emplace(inode_of(change), inside(change.path)).second) return;
    const std::string above = parent_path(inside(change.path));
    const Fd parent = open_directory(above);
    note(above);
    const Fd work = make_work(parent.get());
    try {
      if (change.kind == ChangeKind::removed) {
        rename(parent.get(), base_name(change.path), work.get(), "old");
      } else {
        put(change, parent.get(), work.get());
      }
    } catch (const Error&) {
      remove_quietly(parent.get());
      throw;
    }
    remove_tree(parent.get(), temporary_);
  }

  [[nodiscard]] int root() const { return overlay_.lowers.front().get(); }

  [[nodiscard]] Fd open_directory(const std::string& path) const {
    Fd fd = open_beneath(root(), path);
    if (!fd) throw_errno("cannot open its directory");
    return fd;
  }

  /// A directory that nobody else can enter, whoever owns the one it is in: what is made or removed there
  /// cannot be swapped for something else meanwhile.
  [[nodiscard]] Fd make_work(int parent) const {
    if (mkdirat(parent, temporary_.c_str(), 0700) != 0)
      throw_errno("cannot make the directory " + temporary_);
    Fd work = open_at(parent, temporary_, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    struct stat st {};
    if (fstat(work.get(), &st) != 0) throw_errno("cannot look at " + temporary_);
    if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
      throw Error(temporary_ + " was replaced by somebody");
    return work;
  }

  using Inode = std::pair<dev_t, ino_t>;
  static Inode inode_of(const Change& change) { return {change.upper.st_dev, change.upper.st_ino}; }
  static Entry from(const Change& change) { return {change.upper_dir, change.name}; }

  /// Of a path in the container, in this overlay.
  [[nodiscard]] std::string inside(const std::string& path) const {
    const std::string& mount_point = overlay_.notes.mount_point;
    return mount_point == "/" ? path : path.substr(mount_point.size());
  }

  // Where a temporary name may be in use: known before there is one.
  void note(const std::string& parent) const {
    std::string text = overlay_.notes.mount_point;
    text.append(1, '\0').append(parent).append(1, '\0');
    if (pwrite(journal_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
      throw_errno("cannot note what is applied");
    }
  }

  static bool try_rename(int from, const std::string& name, int to, const std::string& new_name,
                         unsigned how) {
    if (renameat2(from, name.c_str(), to, new_name.c_str(), how) == 0) return true;
    if (errno != EINVAL || how == 0) throw_errno("cannot rename it");
    return false;  // a file system that knows no such renaming
  }
  static void rename(int from, const std::string& name, int to, const std::string& new_name) {
    static_cast<void>(try_rename(from, name, to, new_name, 0));
  }

  void put(const Change& change, int parent, int work) {
    const bool directory = S_ISDIR(change.upper.st_mode);
    const std::string name = base_name(change.path);
    make(change, {work, "new"}, directory);
    if (change.kind == ChangeKind::added) {  // what is there by now was not when we looked
      if (!try_rename(work, "new", parent, name, RENAME_NOREPLACE)) rename(work, "new", parent, name);
    } else if (directory == S_ISDIR(change.lower.st_mode)) {
      rename(work, "new", parent, name);
    } else if (!try_rename(work, "new", parent, name, RENAME_EXCHANGE)) {
      rename(parent, name, work, "old");
      rename(work, "new", parent, name);
    }
  }

  void make(const Change& change, const Entry& to, bool directory) {
    if (directory) return copy_directory(from(change), change.upper, to, {});
    const bool linked = change.upper.st_nlink > 1;
    if (const auto first = linked ? first_names_.find(inode_of(change)) : first_names_.end();
        first != first_names_.end()) {
      const Fd other = open_directory(parent_path(first->second));
      if (linkat(other.get(), base_name(first->second).c_str(), to.dir, to.name.c_str(), 0) == 0) return;
      throw_errno("cannot link it to " + printable(first->second));
    }
    copy_file(from(change), change.upper, to, {});
    if (linked) first_names_.emplace(inode_of(change), inside(change.path));
  }

  void remove_quietly(int parent) const {
    try {
      remove_tree(parent, temporary_);
    } catch (const Error&) {
      // the first failure is told; the next apply tries this again
    }
  }

  /// Of the directories that the walk has left, once nothing more is written in them.
  void settle_times(const std::string& next) {
    while (!times_.empty() && (next.empty() || !is_within(next, times_.back().path))) {
      const Times times = times_.back();
      times_.pop_back();
      const Fd fd = open_beneath(root(), inside(times.path));
      if (fd) set_times(fd.get(), times.status);
    }
  }

  void check_sync() const {
    if (done_ > 0 && syncfs(root()) != 0) {
      throw_errno("cannot sync the file system at " + printable(overlay_.notes.mount_point));
    }
  }

  const OpenOverlay& overlay_;
  std::string temporary_;
  int journal_;
  HostCheck& check_;
  uint64_t done_ = 0;
  std::vector<Times> times_;
  std::map<Inode, std::string> first_names_;  ///< of the host's copies of linked files
};

Fd container_directory(const Record& record, const Store& store) {
  return open_file(store.paths().root + "/containers/" + record.id, O_RDONLY | O_DIRECTORY);
}

std::string counted(uint64_t changes) {
  return std::to_string(changes) + (changes == 1 ? " change was applied" : " changes were applied");
}

}  // namespace

void check_applicable(const Record& record) {
  if (record.root.kind != Root::Kind::host) {
    throw Error("container " + record.name + " ran over " + printable(record.image) +
                ", not over this machine's root")
        .remedy("only what was run over 'host' can be applied to it");
  }
  if (record.status != Status::exited) {
    throw Error("container " + record.name + " has not ended").remedy("stop it first");
  }
}

ApplyPlan plan_apply(const Record& record, const std::vector<OpenOverlay>& overlays,
                     const std::function<void(const Change&)>& tell) {
  ApplyPlan plan;
  HostCheck check(record.created_ns);
  for (const OpenOverlay& overlay : overlays) {
    find_changes(overlay.layers(), [&](const Change& change) {
      tell(change);
      if (change.own) ++plan.changes;
      const std::string conflict = check.conflict(change, overlay.lowers.front().get());
      if (conflict.empty()) return;
      ++plan.conflicts;
      if (plan.shown.size() < kShownConflicts) plan.shown.push_back(conflict);
    });
  }
  return plan;
}

void clear_killed_apply(const Record& record, const std::vector<OpenOverlay>& overlays, const Store& store) {
  const auto notes = split(read_at_if(container_directory(record, store).get(), kJournal).value_or(""), '\0');
  if (notes.size() < 3) return;
  for (const OpenOverlay& overlay : overlays) {
    if (overlay.notes.mount_point != notes[0]) continue;
    const Fd parent = open_beneath(overlay.lowers.front().get(), notes[1]);
    if (parent) remove_tree(parent.get(), temporary_name(record.id));
  }
}

uint64_t apply_changes(const Record& record, const std::vector<OpenOverlay>& overlays, const Store& store) {
  const Fd directory = container_directory(record, store);
  const Fd journal = open_at(directory.get(), kJournal, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);
  HostCheck check(record.created_ns);
  uint64_t done = 0;
  for (const OpenOverlay& overlay : overlays) {
    Applier applier(overlay, record.id, journal.get(), check);
    try {
      done += applier.run();
    } catch (const Error& error) {
      done += applier.done();
      throw Error(std::string(error.failure().doing), error.error())
          .remedy(counted(done) + "; what was not is what sdcont diff " + record.name + " shows");
    }
  }
  if (unlinkat(directory.get(), kJournal, 0) != 0) throw_errno("cannot remove the notes of what was applied");
  return done;
}

}  // namespace sdcont
