#include "systemd/journal_entries.h"

#include <dlfcn.h>
#include <poll.h>
#include <sys/socket.h>
#include <systemd/sd-journal.h>

#include <array>
#include <cstring>
#include <string>
#include <type_traits>

#include "util/error.h"
#include "util/fd.h"
#include "util/unix_socket.h"

namespace sdcont {
namespace {

#define SDCONT_SD_JOURNAL_FUNCTIONS(each)                                                            \
  each(sd_journal_open) each(sd_journal_close) each(sd_journal_add_match) each(sd_journal_seek_head) \
      each(sd_journal_seek_realtime_usec) each(sd_journal_next) each(sd_journal_get_data)            \
          each(sd_journal_get_realtime_usec) each(sd_journal_get_fd) each(sd_journal_process)        \
              each(sd_journal_set_data_threshold)

struct SdJournal {
#define SDCONT_DECLARE(name) decltype(&::name) name;  // NOLINT(bugprone-macro-parentheses)
  SDCONT_SD_JOURNAL_FUNCTIONS(SDCONT_DECLARE)
#undef SDCONT_DECLARE
};

// Loaded when it is needed, and never unloaded (it is linked with -z nodelete).
SdJournal load_sd_journal() {
  const std::string doing = "cannot read the journal: ";
  void* library = dlopen("libsystemd.so.0", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) throw Error(doing + dlerror()).remedy("install libsystemd (Debian: libsystemd0)");
  const auto find = [&](const char* name, auto& function) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    if (function == nullptr) throw Error(doing + "libsystemd.so.0 has no " + name);
  };
  SdJournal functions{};
#define SDCONT_FIND(name) find(#name, functions.name);
  SDCONT_SD_JOURNAL_FUNCTIONS(SDCONT_FIND)
#undef SDCONT_FIND
  return functions;
}

const SdJournal& library() {
  static const SdJournal functions = load_sd_journal();
  return functions;
}

void check_result(int result, const char* doing) {
  if (result < 0) throw Error(doing, -result);
}

constexpr const char* kVarlinkSocket = "/run/systemd/journal/io.systemd.journal";
constexpr int kPatienceMs = 5000;

/// As `journalctl --sync` (a varlink call: one JSON object and a NUL each way): journald answers once it has
/// taken all that lay in its sockets. Without an answer what is there has to do.
void synchronize() {
  const Fd fd = connect_unix(kVarlinkSocket, SOCK_STREAM);
  if (!fd) return;
  constexpr char kCall[] = R"({"method":"io.systemd.Journal.Synchronize"})";
  if (send(fd.get(), kCall, sizeof kCall, MSG_NOSIGNAL) != sizeof kCall) return;
  std::array<char, 512> answer{};
  pollfd event{fd.get(), POLLIN, 0};
  while (poll(&event, 1, kPatienceMs) > 0) {
    const ssize_t n = read(fd.get(), answer.data(), answer.size());
    if (n <= 0 || memchr(answer.data(), 0, static_cast<size_t>(n)) != nullptr) return;
  }
}

}  // namespace

JournalEntries::JournalEntries(const std::string& match, uint64_t since_usec) {
  const SdJournal& sd = library();
  synchronize();
  check_result(sd.sd_journal_open(&journal_, SD_JOURNAL_LOCAL_ONLY), "cannot open the journal");
  sd.sd_journal_set_data_threshold(journal_, 0);  // whole values
  check_result(sd.sd_journal_add_match(journal_, match.data(), match.size()), "cannot search the journal");
  check_result(since_usec == 0 ? sd.sd_journal_seek_head(journal_)
                               : sd.sd_journal_seek_realtime_usec(journal_, since_usec),
               "cannot search the journal");
  sd.sd_journal_get_fd(journal_);  // from here on what is added is told
}

JournalEntries::~JournalEntries() { library().sd_journal_close(journal_); }

bool JournalEntries::next() {
  const int found = library().sd_journal_next(journal_);
  check_result(found, "cannot read the journal");
  return found > 0;
}

std::string JournalEntries::field(const char* name) const {
  const void* data = nullptr;
  size_t size = 0;
  if (library().sd_journal_get_data(journal_, name, &data, &size) < 0) return {};
  const size_t prefix = strlen(name) + 1;  // "NAME="
  return size <= prefix ? std::string() : std::string(static_cast<const char*>(data) + prefix, size - prefix);
}

uint64_t JournalEntries::time_usec() const {
  uint64_t usec = 0;
  library().sd_journal_get_realtime_usec(journal_, &usec);
  return usec;
}

int JournalEntries::descriptor() const { return library().sd_journal_get_fd(journal_); }

void JournalEntries::process() { library().sd_journal_process(journal_); }

}  // namespace sdcont
