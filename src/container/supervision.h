#pragma once

#include <termios.h>

#include <optional>

#include "container/evidence.h"
#include "container/hub.h"
#include "container/init_run.h"
#include "container/restart.h"
#include "container/supervisor.h"
#include "util/time.h"
#include "util/timer.h"

namespace sdcont {

/// The supervisor at work. Its parts are in files of their own: supervisor.cpp launches, supervisor_life.cpp
/// waits and stops, supervisor_again.cpp runs the command again.
class Supervisor {
 public:
  explicit Supervisor(SupervisorTask task) : task_(std::move(task)) {}

  /// From the launch to the record of the end.
  void run() noexcept;

 private:
  // supervisor.cpp
  bool launch() noexcept;
  void prepare();
  void start_init();
  void leave_callers_descriptors() const;
  bool await_go();
  void hear_client(bool& go, bool& over);
  void hand_on_placed();
  void hear_init();
  void keep_record();
  void tell_running();
  void tell_client(const Failure& failure) noexcept;
  [[noreturn]] void give_up() noexcept;

  // supervisor_life.cpp
  void wait_for_end();
  void read_signal();
  void read_timer();
  bool systemds_time_is_up();
  void await_systemds_signal();
  void begin_stop(Reason cause, int signal, uint64_t grace_usec);
  void note_end();
  void note(const char* action, const std::map<std::string, std::string>& attributes = {});
  void finish();

  // supervisor_again.cpp
  bool is_wanted_again();
  bool runs_again();
  bool pause_for(uint64_t usec);
  void run_again();
  void write(Record record);

  SupervisorTask task_;
  const ContainerSpec& spec_ = task_.spec;
  Streams streams_{spec_};
  Hub hub_{streams_,
           spec_.process.stdin_once,
           {.stop = [this](int signal, uint64_t grace) { begin_stop(Reason::stopped, signal, grace); },
            .last_run = [this] { is_last_run_ = true; }}};
  Notifier notifier_{task_.notify, task_.client_process};
  std::optional<InitRun> init_;
  Fd signals_, terminal_;
  std::optional<Timer> timer_;
  std::optional<termios> terminal_mode_;  // of the client's terminal, before it is raw
  CountedBefore before_;
  std::optional<Reason> stopping_;
  const char* ran_out_ = "--timeout";
  uint64_t born_ns_ = now_boottime_ns();
  Record ended_;  // the container's, once its command has ended
  RestartDelay delay_;
  bool is_last_run_ = false;
};

}  // namespace sdcont
