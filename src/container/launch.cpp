#include "container/launch.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "cgroup/hasten.h"
#include "container/attach.h"
#include "container/await.h"
#include "container/cleanup.h"
#include "container/credentials.h"
#include "container/evidence.h"
#include "container/inside.h"
#include "container/launch_plan.h"
#include "container/slice.h"
#include "container/storage.h"
#include "container/supervisor.h"
#include "rootfs/project_quota.h"
#include "spec/names.h"
#include "state/events.h"
#include "state/volumes.h"
#include "systemd/manager.h"
#include "systemd/version.h"
#include "util/error.h"
#include "util/file.h"
#include "util/libexec.h"
#include "util/signals.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

const std::string kSplitManager = "cgroupfs";  // writes what the unit had delegated to it

Record first_record(const ContainerSpec& spec, const Store& store) {
  Record record;
  record.id = spec.id;
  record.name = spec.name;
  record.image = spec.image;
  record.command = spec.process.args;
  record.labels = spec.labels;
  record.config = spec.config;
  record.created_ns = now_realtime_ns();
  record.remove = spec.remove;
  if (spec.root.kind != Root::Kind::none) record.layer = layer_directory(store.paths(), spec.id);
  record.root = spec.root;
  record.mounts = spec.mounts;
  record.image_id = spec.image_id;
  record.client = identify(getpid());
  return record;
}

// A copy in memory that nobody can change: what /proc/1/exe of a container with --init leads to.
Fd sealed_copy(const std::string& path) {
  const std::string program = read_file(path);
  Fd fd(memfd_create("sdcont-init", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) throw_errno("cannot make a copy of sdcont-init");
  write_all(fd.get(), program);
  check(fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
        "cannot seal the copy of sdcont-init");
  return fd;
}

// Signals that would end the client are kept for attach() to pass on.
void hold_signals() {
  const sigset_t set = forwarded_signals();
  sigprocmask(SIG_BLOCK, &set, nullptr);
}

class Launch {
 public:
  /// Of a new container.
  Launch(const ContainerSpec& spec, Store& store, const LaunchOptions& options)
      : spec_(spec), store_(store), options_(options), record_(first_record(spec, store)) {}
  /// Of one that is there, and locked.
  Launch(const ContainerSpec& spec, Record record, Fd lock, Store& store, const LaunchOptions& options)
      : spec_(spec), store_(store), options_(options), record_(std::move(record)), lock_(std::move(lock)) {}

  Record create() {
    const Choice choice = choose_manager(options_.host, choice_facts());
    const auto systemd =
        choice.manager == CgroupManager::systemd ? connect_systemd() : std::unique_ptr<SystemdManager>();
    static_cast<void>(settle_for(choice.manager, systemd.get()));
    check_registration(spec_, choice.manager);
    static_cast<void>(plan_root(spec_, options_.host, store_.paths()));
    choose_layer_limit();
    launch_ = store_.create(record_);
    try {
      store_.save_spec(spec_, SpecPlace::lasting);
      store_.save_credentials(spec_.id, options_.credentials);
      make_volume_sources();
      record_.status = Status::created;
      store_.finish(record_);
      note_event(store_.paths(), event_of(record_, "create"));
    } catch (const Error& error) {
      give_up(error);
    }
    return std::move(record_);
  }

  Launched run() {
    const Choice choice = choose_manager(options_.host, choice_facts());
    check_registration(spec_, choice.manager);
    if (choice.manager == CgroupManager::systemd) {
      mover_ = hasten_moves(options_.host);
      systemd_ = connect_systemd();  // it lets us in meanwhile
    }
    const MountPlan plan =
        plan_root(spec_, options_.host, store_.paths(),
                  notify_task().is_relayed() ? store_.notify_socket(spec_.id) : "",
                  gather_credentials(spec_, lock_ ? store_.load_credentials(spec_) : options_.credentials));
    if (lock_) {
      launch_ = store_.begin(record_);
    } else {
      choose_layer_limit();
      launch_ = store_.create(record_);
    }
    try {
      if (!lock_) store_.save_spec(spec_);
      // with --rm there is no other start: they are nowhere but in memory
      if (!lock_ && !spec_.remove) store_.save_credentials(spec_.id, options_.credentials);
      storage_ = make_storage(record_);
      if (choice.manager == CgroupManager::cgroupfs) make_cgroup_for(choice.manager, nullptr);
      make_volume_sources();
      start_supervisor(plan);
      if (systemd_) make_cgroup_for(choice.manager, systemd_.get());
      place();
      go();
    } catch (const Error& error) {
      give_up(error);
    } catch (const std::exception& error) {
      give_up(Error(error.what()));
    }
    return {std::move(record_), std::move(supervisor_), std::move(init_)};
  }

 private:
  // In the record before there is anything to undo.
  void choose_layer_limit() {
    if (!spec_.layer_size) return;
    const StorageChoice choice = choose_storage(store_.paths());
    record_.layer_limit = LayerLimit{choice.kind, *spec_.layer_size, 0};
    if (choice.kind == LayerLimitKind::quota) {
      const Fd directory = open_file(store_.paths().root + "/containers", O_RDONLY | O_DIRECTORY);
      record_.layer_limit->project = unused_project(directory.get());
    }
    if (choice.kind == LayerLimitKind::memory && !spec_.remove) {
      options_.hint("what the container writes is kept in memory and gone when it ends: " + choice.because);
    }
  }

  NotifyTask notify_task() const {
    return {options_.activation, options_.notify.value_or(spec_.notify), options_.detached};
  }

  ChoiceFacts choice_facts() const {
    const std::string& manager = spec_.split ? kSplitManager : spec_.cgroup_manager;
    return {.requested = manager, .systemd_booted = systemd_booted(), .is_root = geteuid() == 0};
  }

  CgroupRequest settle_for(CgroupManager manager, SystemdManager* systemd) {
    const int version = systemd == nullptr ? 0 : remembered_systemd_version(*systemd, store_.paths().run);
    const Target target = make_target(options_.host, manager, version);
    CgroupRequest request =
        cgroup_request(spec_, settle_limits(spec_, target, options_), target.systemd_version, store_.paths());
    request.slices = slices_around(spec_, target, store_.paths());
    return request;
  }

  void make_cgroup_for(CgroupManager manager, SystemdManager* systemd) {
    Fd slices;  // nobody changes their limits while we put them into what we make
    if (manager == CgroupManager::cgroupfs)
      slices = SliceStore(store_.paths()).lock(SliceStore::Lock::shared);
    CgroupRequest request = settle_for(manager, systemd);
    // on disk before the first directory is made: whoever finds the record can undo what it says
    request.recorded = [this](const CgroupRecord& cgroup) {
      record_.cgroup = cgroup;
      store_.update(record_);
    };
    request.warn = options_.hint;
    request.refused = [this](const Refusal& refusal) { settle_refusal(refusal, spec_, options_.warn); };
    cgroup_ = make_cgroup(options_.host, std::move(request), systemd);
    born_in_ = cgroup_->prepare();
  }

  void start_supervisor(const MountPlan& plan) {
    if (spec_.init) reaper_ = sealed_copy(libexec_file("sdcont-init"));
    auto [ours, theirs] = Channel::make_pair();
    const bool in_project = record_.layer_limit && record_.layer_limit->kind == LayerLimitKind::quota;
    const pid_t pid = fork();
    if (pid < 0) {
      throw Error("cannot fork the supervisor", errno)
          .remedy("the limit of processes of this user or cgroup is reached");
    }
    if (pid == 0) {
      ours.close();
      const bool fresh = !lock_;
      lock_.reset();
      systemd_.reset();
      supervise({spec_, plan, options_.host, store_, std::move(theirs), born_in_ ? born_in_->get() : -1,
                 entrances(), reaper_.get(), fresh, in_project, storage_.get(), notify_task(), record_.client,
                 std::move(launch_)});
    }
    places_itself_ = born_in_ || !entrances().empty();
    supervisor_ = std::move(ours);
    supervisor_pid_ = pid;
    born_in_.reset();
    reaper_.reset();
    storage_.reset();
    record_.supervisor = identify(pid);
  }

  // Known early, where the cgroup is made before the supervisor.
  std::vector<int> entrances() const {
    std::vector<int> files;
    if (cgroup_) {
      for (const Fd& file : cgroup_->entrances()) files.push_back(file.get());
    }
    return files;
  }

  void make_volume_sources() {
    for (const Mount& mount : spec_.mounts) {
      if (!mount.volume.empty()) {
        VolumeStore(store_).create({.name = mount.volume, .anonymous = mount.anonymous});
      }
      if (!mount.make_source || exists(mount.source)) continue;
      for (std::string& made : make_directories(mount.source, 0755)) made_sources_.push_back(std::move(made));
    }
  }

  // The supervisor and init into their cgroups while init makes its mounts.
  void place() {
    Packet started = supervisor_.expect(Message::init_started, "the supervisor");
    record_.init.pid = static_cast<pid_t>(parse_unsigned(started.fields.at(0)).value_or(0));
    record_.init.start_time = parse_unsigned(started.fields.at(1)).value_or(0);
    init_ = started.take_descriptor();
    cgroup_->begin(supervisor_pid_, record_.init.pid);
    if (places_itself_) return;
    cgroup_->attach(record_.init.pid);
    supervisor_.send(Message::placed);
  }

  // Waits for an init that is ready, once all is done that can be done meanwhile. One that enters its cgroups
  // by itself has done so then.
  void go() {
    record_.cgroup = cgroup_->record();
    record_.status = Status::running;
    record_.started_ns = now_realtime_ns();
    store_.update(record_);
    const auto fields = fields_of(count_before_first_run(*record_.cgroup));
    static_cast<void>(supervisor_.expect(Message::ready, "the supervisor"));
    if (places_itself_) cgroup_->attach(record_.init.pid);
    if (mover_ > 0) waitpid(mover_, nullptr, 0);
    register_container(spec_, record_.init);
    is_registered_ = true;
    winsize size{};
    if (spec_.process.terminal && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
      supervisor_.send(Message::resize, {std::to_string(size.ws_row), std::to_string(size.ws_col)});
    hold_signals();
    supervisor_.send(Message::go, fields);
    try {
      static_cast<void>(supervisor_.expect(Message::running, "the supervisor"));
    } catch (const Error&) {
      if (!has_launched()) throw;  // else it ran, and its supervisor was killed before it could say so
    }
  }

  // The supervisor removes the note of the launch once the command runs: others may do with it what they
  // want.
  bool has_launched() const {
    struct stat st {};
    return fstat(launch_.get(), &st) == 0 && st.st_nlink == 0;
  }

  // The first cause wins: what the container's own side has to say, where it has; then everything is undone.
  [[noreturn]] void give_up(Error cause) {
    if (supervisor_) cause = first_cause(cause);
    if (is_registered_) unregister_container(spec_);  // else the name may be another's there
    if (cgroup_) record_.cgroup = cgroup_->record();
    release_descriptors();
    while (!made_sources_.empty()) {
      rmdir(made_sources_.back().c_str());
      made_sources_.pop_back();
    }
    try {
      undo_launch(record_, store_);
    } catch (const Error& undo) {
      options_.warn(std::string("the launch failed, and so did undoing it: ") + undo.what());
    }
    if (mover_ > 0) waitpid(mover_, nullptr, 0);
    throw Error(cause);
  }

  // The caller's limit of descriptors may be what failed us, and undoing needs some.
  void release_descriptors() {
    cgroup_.reset();
    systemd_.reset();
    born_in_.reset();
    for (Fd* fd : {&reaper_, &storage_, &init_}) fd->reset();
  }

  // What init said of its own end. Ours may follow from it in many forms: one that ends is in no cgroup any
  // more, before it can be seen to have ended. Told that nothing follows, the supervisor hands on what init
  // has sent, and ends too.
  Error first_cause(const Error& cause) {
    shutdown(supervisor_.get(), SHUT_WR);
    std::optional<Failure> failure;
    while (const auto packet = supervisor_.receive()) {
      if (packet->type == Message::failure && !failure) failure = failure_of(*packet);
    }
    supervisor_.close();
    int status = 0;
    waitpid(supervisor_pid_, &status, 0);
    if (failure) return Error(*failure);
    if (!WIFSIGNALED(status)) return cause;
    return Error("the supervisor was killed by " + signal_name(WTERMSIG(status)) + " before the command ran");
  }

  const ContainerSpec& spec_;
  Store& store_;
  const LaunchOptions& options_;
  Record record_;
  std::unique_ptr<SystemdManager> systemd_;
  std::unique_ptr<Cgroup> cgroup_;
  std::optional<Fd> born_in_;
  bool is_registered_ = false;
  bool places_itself_ = false;  // init is in its cgroup from its birth, or enters it
  Fd reaper_;
  Fd storage_;  // a mount for the layers
  Channel supervisor_;
  pid_t supervisor_pid_ = 0;
  pid_t mover_ = -1;
  std::vector<std::string> made_sources_;
  Fd init_;
  Fd lock_;    // of a container that was there before
  Fd launch_;  // held by all who launch it
};

Record to_be_started(Record record) {
  record.client = identify(getpid());
  record.supervisor = record.init = {};
  record.status = Status::launching;
  record.restarts = 0;
  record.cgroup.reset();
  record.exit.reset();
  return record;
}

}  // namespace

Launched launch(const ContainerSpec& spec, Store& store, const LaunchOptions& options) {
  return Launch(spec, store, options).run();
}

Record create(const ContainerSpec& spec, Store& store, const LaunchOptions& options) {
  return Launch(spec, store, options).create();
}

std::optional<Launched> start(const Record& record, Store& store, const LaunchOptions& options) {
  auto [lock, present] = hold(record, store);  // as it is now that nobody else changes it
  if (!lock || !present) throw Error("container " + record.name + " is gone");
  if (present->status == Status::dead)
    throw Error("the record of container " + record.name + " is damaged")
        .remedy("it can only be removed: sdcont rm " + short_id(record.id));
  if (present->status != Status::created && present->status != Status::exited) return std::nullopt;
  await_supervisor(*present, store);
  const ContainerSpec spec = store.load_spec(record.id);
  return Launch(spec, to_be_started(std::move(*present)), std::move(lock), store, options).run();
}

}  // namespace sdcont
