#include <sys/stat.h>

#include <cerrno>

#include "cgroup/controllers.h"
#include "cgroup/maker.h"
#include "cgroup/membership.h"
#include "cgroup/readback.h"
#include "cgroup/scope_properties.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kSystemd = "name=systemd";
constexpr const char* kPayload = "payload";

/// Moves every process of a v2 cgroup into another, so that it can give controllers to those below it. The
/// supervisor goes first: from then on, whatever it forks is born there.
void move_processes(const std::string& from, const std::string& to, pid_t first) {
  const std::string file = to + "/cgroup.procs";
  write_control(file, std::to_string(first));
  for (const std::string& pid : words(read_file(from + "/cgroup.procs"))) {
    if (pid == "0") continue;  // unknown to our pid namespace; written, it would mean ourselves
    const int error = try_write_control(file, pid);
    if (error != 0 && error != ESRCH)
      throw Error("cannot move all of the scope's processes by " + file, error);
  }
}

/// A transient scope that systemd makes around the supervisor, with the container in `payload` inside it.
class ScopeCgroup final : public CgroupMaker {
 public:
  ScopeCgroup(const CgroupHost& host, CgroupRequest request, SystemdManager& systemd)
      : CgroupMaker(host, std::move(request), CgroupManager::systemd), systemd_(systemd) {}

  std::optional<Fd> prepare() override { return std::nullopt; }

  void begin(pid_t supervisor, pid_t init) override {
    std::vector<pid_t> pids = {supervisor};
    if (init != 0) pids.push_back(init);
    start(pids);
    locate(supervisor);
    if (host().unified()) {
      fill_unified(supervisor);
    } else {
      fill_v1();
    }
    for (Refusal& refusal : verify_properties(properties_, scope_)) {
      refusal.limit = limit_behind(refusal.limit, request().limits);
      request().refused(refusal);
    }
  }

 private:
  /// One refused property fails the whole call, so those that can be spared are taken out one by one.
  void start(const std::vector<pid_t>& pids) {
    properties_ = scope_properties(request());
    mutable_record().unit = request().unit;
    announce();
    for (;;) {
      try {
        ScopeRequest scope;
        scope.unit = request().unit;
        scope.properties = properties_;
        scope.pids = pids;
        systemd_.start_scope(scope);
        return;
      } catch (const UnknownProperty& unknown) {
        if (const std::string text = drop_property(properties_, unknown, request().limits); !text.empty()) {
          request().warn(text);
        }
      }
    }
  }

  /// Where systemd put the supervisor is read, never computed: slices nest, and the whole tree may be a part
  /// of one.
  void locate(pid_t supervisor) {
    membership_ = read_membership(host(), supervisor);
    const bool named = !host().unified() && host().v1.contains(kSystemd);
    const std::string controller = named ? kSystemd : "";
    scope_path_ = membership_[controller];
    const Hierarchy& hierarchy = named ? host().v1.at(kSystemd) : host().v2;
    const std::string directory = hierarchy.directory(scope_path_);
    if (!scope_path_.ends_with("/" + request().unit) || directory.empty() || !exists(directory)) {
      throw Error("systemd says that it started " + request().unit + ", but process " +
                  std::to_string(supervisor) + " is in the cgroup " + scope_path_ +
                  ": nothing is run, since its limits would not hold");
    }
    if (directory == hierarchy.own_directory()) {
      throw Error("the caller itself is in " + request().unit)
          .remedy("choose another name with --name or --unit");
    }
    mutable_record().scope = directory;
    scope_.mode = host().mode;
    scope_.payload[controller] = directory;
  }

  void fill_unified(pid_t supervisor) {
    const std::string& scope = record().scope;
    const std::string leaf = scope + "/supervisor";
    if (mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST) throw_errno("cannot make the cgroup " + leaf);
    move_processes(scope, leaf, supervisor);
    const auto available = words(read_file(scope + "/cgroup.controllers"));
    const ControllerNeeds needs =
        controller_needs(request().limits, std::set<std::string>(available.begin(), available.end()));
    enable_controllers(scope, needs);
    make_payload({{scope, {kPayload}, {""}}});
  }

  /// v1 has no rule against processes beside cgroups, so the supervisor stays where systemd put it.
  /// Hierarchies that systemd does not know (freezer, cpuset, a cpuacct mounted apart) get the scope's path
  /// from us.
  void fill_v1() {
    std::vector<Hierarchy> hierarchies = v1_hierarchies(host(), request().limits);
    if (host().v1.contains(kSystemd)) hierarchies.push_back(host().v1.at(kSystemd));
    if (host().v2.mounted()) hierarchies.push_back(host().v2);
    std::vector<CgroupChain> chains;
    for (const Hierarchy& hierarchy : hierarchies) {
      const std::string directory = hierarchy.directory(scope_path_);
      if (directory.empty())
        throw Error("the mount " + hierarchy.mount_point + " does not show " + scope_path_);
      if (membership_[hierarchy.controllers.front()] == scope_path_) {
        for (const std::string& controller : hierarchy.controllers) scope_.payload[controller] = directory;
        chains.push_back(v1_chain(hierarchy, directory, {kPayload}));
      } else {
        chains.push_back(missing_chain(hierarchy, directory));
      }
    }
    make_payload(chains);
  }

  /// systemd makes a slice in some hierarchies without the scope in it (devices); what is there stays its
  /// own.
  CgroupChain missing_chain(const Hierarchy& hierarchy, const std::string& scope) {
    const std::string own = hierarchy.directory(membership_[hierarchy.controllers.front()]);
    std::string base = hierarchy.mount_point;
    std::vector<std::string> names = split(scope.substr(base.size() + 1), '/');
    while (!names.empty() && (own + "/").starts_with(base + "/" + names.front() + "/")) {
      base += "/" + names.front();
      names.erase(names.begin());
    }
    names.emplace_back(kPayload);
    return v1_chain(hierarchy, std::move(base), std::move(names));
  }

  SystemdManager& systemd_;
  std::vector<Property> properties_;               ///< as systemd took them
  std::map<std::string, std::string> membership_;  ///< the supervisor's
  std::string scope_path_;
  CgroupRecord scope_;  ///< the scope's own directories, where systemd wrote the limits
};

}  // namespace

std::unique_ptr<Cgroup> make_scope_cgroup(const CgroupHost& host, CgroupRequest request,
                                          SystemdManager& systemd) {
  return std::make_unique<ScopeCgroup>(host, std::move(request), systemd);
}

}  // namespace sdcont
