#include "container/usage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "cgroup/effective.h"
#include "container/cleanup.h"
#include "container/state.h"
#include "util/file.h"
#include "util/time.h"

namespace sdcont {
namespace {

constexpr unsigned kLimitAge = 10;  // samples: limits change seldom, and lie in many files

uint64_t machine_memory() {
  struct sysinfo info {};
  sysinfo(&info);
  return static_cast<uint64_t>(info.totalram) * info.mem_unit;
}

uint64_t modified(const std::string& path) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) return 0;
  return static_cast<uint64_t>(st.st_mtim.tv_sec) * kNsPerSecond + static_cast<uint64_t>(st.st_mtim.tv_nsec);
}

// Not held open: that would keep a network alive after its container.
NetworkBytes network_of(const ProcessId& init) {
  std::array<char, 8192> text{};
  const Fd file(open(("/proc/" + std::to_string(init.pid) + "/net/dev").c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t n = file ? read(file.get(), text.data(), text.size()) : 0;
  return n <= 0 ? NetworkBytes() : parse_net_dev({text.data(), static_cast<size_t>(n)});
}

void remember(std::deque<float>& history, double value) {
  history.push_back(static_cast<float>(value));
  if (history.size() > kUsageHistory) history.pop_front();
}

}  // namespace

Usages::Usages(Store& store, FollowedChoice choice)
    : store_(store),
      choice_(std::move(choice)),
      machine_memory_(machine_memory()),
      own_network_(read_link("/proc/self/ns/net")) {
  for (const std::string& word : choice_.words) static_cast<void>(find_container(store_, word));
  look();
}

std::vector<Record> Usages::chosen() const {
  std::vector<Record> records;
  if (choice_.words.empty()) {
    records = heal(store_, [](const std::string&) {});
    if (!choice_.all) std::erase_if(records, [](const Record& record) { return !is_alive(record); });
    return records;
  }
  for (const std::string& word : choice_.words) {
    try {
      records.push_back(find_container(store_, word));
    } catch (const Error&) {
      continue;  // removed meanwhile
    }
  }
  return records;
}

bool Usages::has_changed() { return restless_ || modified(store_.paths().run + "/containers") != looked_at_; }

void Usages::look() {
  looked_at_ = modified(store_.paths().run + "/containers");
  restless_ = !store_.launching().empty();
  auto old = std::move(containers_);
  containers_.clear();
  const auto records = chosen();
  allow_samplers(records.size());
  for (const Record& record : records) {
    const bool alive = is_alive(record) && record.cgroup;
    const auto known = std::find_if(old.begin(), old.end(), [&](const FollowedContainer& container) {
      return container.id == record.id && container.init == record.init && container.sampler && alive;
    });
    if (known != old.end()) {
      containers_.push_back(std::move(*known));
      containers_.back().name = record.name;
      continue;
    }
    FollowedContainer container;
    container.id = record.id;
    container.name = record.name;
    if (alive) {
      container.init = record.init;
      container.cgroup = *record.cgroup;
      container.sampler.emplace(container.cgroup);
      const std::string network = read_link("/proc/" + std::to_string(record.init.pid) + "/ns/net");
      container.own_network = network != own_network_;
    }
    containers_.push_back(std::move(container));
  }
}

void Usages::sample_one(FollowedContainer& container) const {
  if (container.age++ % kLimitAge == 0) {
    const auto limit = read_kernel_limit(container.cgroup, bound_files(container.cgroup.mode).memory);
    container.memory_limit = std::min(limit ? limit->bound : machine_memory_, machine_memory_);
  }
  Sample now;
  if (!container.sampler->read(now)) {
    container.sampler.reset();
    container.usage = {};
    return;
  }
  container.usage = usage_between(container.sampled ? container.last : now, now, container.memory_limit);
  if (container.own_network) container.usage.network = network_of(container.init);
  if (container.sampled) {
    remember(container.cpu_history, container.usage.cpu_percent);
    remember(container.memory_history, container.usage.memory_percent);
  }
  container.last = now;
  container.sampled = true;
}

void Usages::sample() {
  if (has_changed()) look();
  for (FollowedContainer& container : containers_) {
    if (container.sampler) sample_one(container);
    if (!container.sampler && container.init.pid != 0) restless_ = true;  // it has ended: look again
  }
}

}  // namespace sdcont
