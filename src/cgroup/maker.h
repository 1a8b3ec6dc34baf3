#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cgroup/cgroup.h"
#include "cgroup/directories.h"

namespace sdcont {

/// What the three makers share.
class CgroupMaker : public Cgroup {
 public:
  CgroupMaker(const CgroupHost& host, CgroupRequest request, CgroupManager manager);

  void attach(pid_t init) override;
  [[nodiscard]] const CgroupRecord& record() const override { return record_; }
  [[nodiscard]] const std::vector<Fd>& entrances() const override { return entrances_; }

 protected:
  [[nodiscard]] const CgroupHost& host() const { return host_; }
  [[nodiscard]] const CgroupRequest& request() const { return request_; }
  [[nodiscard]] CgroupRecord& mutable_record() { return record_; }

  /// The record goes to whoever keeps it, to be on disk before what it names exists.
  void announce() const { request_.recorded(record_); }
  /// Announces the payload's directories, makes them, and writes the limits into them (on v2, device rules as
  /// well).
  void make_payload(const std::vector<CgroupChain>& chains);
  void open_entrances() { entrances_ = sdcont::open_entrances(record_, Hierarchies::v1); }

 private:
  const CgroupHost& host_;
  CgroupRequest request_;
  CgroupRecord record_;
  std::vector<Fd> entrances_;
};

/// The v1 hierarchies that a container has a cgroup in, each once: those with what is limited, counted and
/// frozen by default, and those that a write needs. Throws Error where a write's controller is not mounted.
std::vector<Hierarchy> v1_hierarchies(const CgroupHost& host, const LimitPlan& limits);

/// The directories of a payload in one v1 hierarchy, or in hybrid mode's v2.
CgroupChain v1_chain(const Hierarchy& hierarchy, std::string base, std::vector<std::string> names);

std::unique_ptr<Cgroup> make_unified_cgroup(const CgroupHost& host, CgroupRequest request);
std::unique_ptr<Cgroup> make_legacy_cgroup(const CgroupHost& host, CgroupRequest request);
std::unique_ptr<Cgroup> make_scope_cgroup(const CgroupHost& host, CgroupRequest request,
                                          SystemdManager& systemd);

}  // namespace sdcont
