#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cgroup/rates.h"
#include "state/store.h"

namespace sdcont {

/// One container whose usage is followed.
struct FollowedContainer {
  std::string id, name;
  ProcessId init;
  CgroupRecord cgroup;
  std::optional<Sampler> sampler;  ///< none: it does not run
  Sample last;
  bool sampled = false;  ///< `last` is one
  bool own_network = false;
  uint64_t memory_limit = 0;
  unsigned age = 0;  ///< samples since the limit was read
  Usage usage;
  std::deque<float> cpu_history, memory_history;  ///< percent, the newest last
};

/// Which containers are followed.
struct FollowedChoice {
  std::vector<std::string> words;  ///< names or ids; empty: those that run
  bool all = false;                ///< without words: those that do not run, too
};

/// Follows what containers use, at little cost for many: what they are is read again only when one begins or
/// ends.
class Usages {
 public:
  /// Throws Error where one that was named is not there.
  Usages(Store& store, FollowedChoice choice);

  /// Takes a sample of each; the second and later ones give rates.
  void sample();
  [[nodiscard]] const std::vector<FollowedContainer>& containers() const { return containers_; }

 private:
  void look();
  [[nodiscard]] std::vector<Record> chosen() const;
  [[nodiscard]] bool has_changed();
  void sample_one(FollowedContainer& container) const;

  Store& store_;
  FollowedChoice choice_;
  std::vector<FollowedContainer> containers_;
  uint64_t looked_at_ = 0;  ///< the directory of those that run, as it was then
  bool restless_ = false;   ///< one is between two states
  uint64_t machine_memory_;
  std::string own_network_;
};

constexpr size_t kUsageHistory = 30;

}  // namespace sdcont
