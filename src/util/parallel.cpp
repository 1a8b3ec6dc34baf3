#include "util/parallel.h"

#include <sys/sysinfo.h>

#include <algorithm>
#include <atomic>
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
  std::atomic<size_t> next = 0;  // no part is waited for because its CPU has other work
  const auto do_part = [&]() noexcept {
    try {
      for (size_t i = next++; i < count; i = next++) body(i);
    } catch (...) {
      const std::lock_guard<std::mutex> guard(one_at_a_time);
      failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (size_t part = 1; part < parts; ++part) {
      try {
        others.emplace_back(do_part);
      } catch (const std::system_error&) {
        break;  // a limit of tasks
      }
    }
    do_part();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace sdcont
