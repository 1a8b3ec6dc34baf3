#include "journal/entries.h"

#include <poll.h>
#include <sys/socket.h>
#include <systemd/sd-journal.h>

#include <array>
#include <cstring>
#include <string>

#include "util/error.h"
#include "util/fd.h"
#include "util/unix_socket.h"

namespace sdcont {
namespace {

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
  synchronize();
  check_result(sd_journal_open(&journal_, SD_JOURNAL_LOCAL_ONLY), "cannot open the journal");
  sd_journal_set_data_threshold(journal_, 0);  // whole values
  check_result(sd_journal_add_match(journal_, match.data(), match.size()), "cannot search the journal");
  check_result(
      since_usec == 0 ? sd_journal_seek_head(journal_) : sd_journal_seek_realtime_usec(journal_, since_usec),
      "cannot search the journal");
  sd_journal_get_fd(journal_);  // from here on what is added is told
}

JournalEntries::~JournalEntries() { sd_journal_close(journal_); }

bool JournalEntries::next() {
  const int found = sd_journal_next(journal_);
  check_result(found, "cannot read the journal");
  return found > 0;
}

std::string JournalEntries::field(const char* name) const {
  const void* data = nullptr;
  size_t size = 0;
  if (sd_journal_get_data(journal_, name, &data, &size) < 0) return {};
  const size_t prefix = strlen(name) + 1;  // "NAME="
  return size <= prefix ? std::string() : std::string(static_cast<const char*>(data) + prefix, size - prefix);
}

uint64_t JournalEntries::time_usec() const {
  uint64_t usec = 0;
  sd_journal_get_realtime_usec(journal_, &usec);
  return usec;
}

int JournalEntries::descriptor() const { return sd_journal_get_fd(journal_); }

void JournalEntries::process() { sd_journal_process(journal_); }

}  // namespace sdcont
