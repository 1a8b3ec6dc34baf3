#include "cgroup/sampler.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>

#include "util/file.h"
#include "util/time.h"

namespace sdcont {
namespace {

// one for all: samples are taken one after the other
std::array<char, 65536> text_buffer;

uint64_t number_at(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string file_in(const CgroupRecord& record, const char* controller, const char* file) {
  const std::string directory = record.directory(controller);
  return directory.empty() ? std::string() : directory + "/" + file;
}

std::string blkio_file(const CgroupRecord& record) {
  const std::string recursive = file_in(record, "io", "blkio.throttle.io_service_bytes_recursive");
  return !recursive.empty() && exists(recursive) ? recursive
                                                 : file_in(record, "io", "blkio.throttle.io_service_bytes");
}

uint64_t total_of(std::string_view text, std::string_view kind) {
  const size_t line = text.find(kind);
  const size_t total = line == text.npos ? line : text.find("total=", line);
  return total == text.npos ? 0 : number_at(text.substr(total + 6));
}

}  // namespace

uint64_t counter_of(std::string_view text, std::string_view key) {
  for (size_t at = 0; (at = text.find(key, at)) != text.npos; at += key.size()) {
    const size_t end = at + key.size();
    if ((at == 0 || text[at - 1] == '\n') && end < text.size() && text[end] == ' ')
      return number_at(text.substr(end + 1));
  }
  return 0;
}

uint64_t sum_of(std::string_view text, std::string_view mark) {
  uint64_t sum = 0;
  for (size_t at = 0; (at = text.find(mark, at)) != text.npos; at += mark.size())
    sum += number_at(text.substr(at + mark.size()));
  return sum;
}

CounterFile::CounterFile(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  file_.reset(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file_ && errno != EMFILE && errno != ENFILE) path_.clear();
}

std::string_view CounterFile::read() {
  if (path_.empty()) return {};
  const Fd once(file_ ? -1 : open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  const int fd = file_ ? file_.get() : once.get();
  const ssize_t n = fd < 0 ? -1 : pread(fd, text_buffer.data(), text_buffer.size(), 0);
  return n <= 0 ? std::string_view() : std::string_view(text_buffer.data(), static_cast<size_t>(n));
}

Sampler::Sampler(const CgroupRecord& record) : unified_(record.mode == CgroupMode::unified) {
  const auto file = [&](const char* controller, const char* name) {
    return CounterFile(file_in(record, controller, name));
  };
  if (unified_) {
    cpu_stat_ = file("", "cpu.stat");
    memory_ = file("", "memory.current");
    memory_stat_ = file("", "memory.stat");
    io_ = file("", "io.stat");
    tasks_ = file("", "pids.current");
  } else {
    cpu_usage_ = file("cpuacct", "cpuacct.usage");
    cpu_stat_ = file("cpu", "cpu.stat");
    memory_ = file("memory", "memory.usage_in_bytes");
    memory_stat_ = file("memory", "memory.stat");
    io_ = CounterFile(blkio_file(record));
    tasks_ = file("pids", "pids.current");
  }
  pressure_ = {file("", "cpu.pressure"), file("", "memory.pressure"), file("", "io.pressure")};
}

void Sampler::read_cpu(Sample& sample) {
  constexpr uint64_t kNanoseconds = 1000;
  if (!unified_) sample.cpu_usec = number_at(cpu_usage_.read()) / kNanoseconds;
  const std::string_view stat = cpu_stat_.read();
  if (unified_) sample.cpu_usec = counter_of(stat, "usage_usec");
  sample.periods = counter_of(stat, "nr_periods");
  sample.throttled_periods = counter_of(stat, "nr_throttled");
}

bool Sampler::read_memory(Sample& sample) {
  const std::string_view usage = memory_.read();
  if (usage.empty()) return !memory_.is_there() && cpu_stat_.is_there();
  sample.memory = number_at(usage);
  const uint64_t cache = counter_of(memory_stat_.read(), unified_ ? "inactive_file" : "total_inactive_file");
  if (cache < sample.memory) sample.memory -= cache;
  return true;
}

void Sampler::read_io(Sample& sample) {
  const std::string_view io = io_.read();
  sample.read_bytes = sum_of(io, unified_ ? "rbytes=" : " Read ");
  sample.write_bytes = sum_of(io, unified_ ? "wbytes=" : " Write ");
}

bool Sampler::read(Sample& sample) {
  sample.time_ns = now_boottime_ns();
  if (!read_memory(sample)) return false;
  read_cpu(sample);
  read_io(sample);
  sample.tasks = number_at(tasks_.read());
  sample.has_pressure = false;
  for (size_t i = 0; i < pressure_.size(); ++i) {
    const std::string_view text = pressure_[i].read();
    if (text.empty()) continue;
    sample.has_pressure = true;
    sample.pressure[i] = {total_of(text, "some"), total_of(text, "full")};
  }
  return true;
}

void allow_samplers(size_t count) {
  constexpr size_t kFiles = 9, kOthers = 64;
  const rlim_t wanted = count * kFiles + kOthers;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  const rlimit more{wanted, std::max(limit.rlim_max, wanted)};
  if (setrlimit(RLIMIT_NOFILE, &more) == 0) return;
  limit.rlim_cur = limit.rlim_max;  // the rest are opened each time
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace sdcont
