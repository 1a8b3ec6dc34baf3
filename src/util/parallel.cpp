#include "util/parallel.h"

#include <sys/sysinfo.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace sdcont {

void in_parts(size_t count, const std::function<void(size_t)>& body) {
  constexpr size_t kWorthAThread = 64, kMostThreads = 4;
  const size_t parts =
      std::clamp<size_t>(count / kWorthAThread, 1, std::min<size_t>(kMostThreads, get_nprocs()));
  std::exception_ptr failure;
  std::mutex one_at_a_time;
  const auto do_part = [&](size_t part) noexcept {
    try {
      for (size_t i = part; i < count; i += parts) body(i);
    } catch (...) {
      const std::lock_guard<std::mutex> guard(one_at_a_time);
      failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (size_t part = 1; part < parts; ++part) {
      try {
        others.emplace_back(do_part, part);
      } catch (const std::system_error&) {
        do_part(part);  // a limit of tasks
      }
    }
    do_part(0);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace sdcont
