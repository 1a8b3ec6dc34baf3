#include "container/notify.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "rootfs/passwd.h"
#include "rootfs/plan.h"
#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"
#include "util/unix_socket.h"

namespace sdcont {
namespace {

constexpr size_t kMostBytes = 4096;  // systemd takes no more (NOTIFY_BUFFER_MAX)

constexpr std::array<std::string_view, 11> kAllowed = {
    "READY=1",        "RELOADING=1",     "STOPPING=1",          "STATUS=",
    "ERRNO=",         "BUSERROR=",       "EXIT_STATUS=",        "WATCHDOG=",
    "WATCHDOG_USEC=", "MONOTONIC_USEC=", "EXTEND_TIMEOUT_USEC="};

// Of sd_notify(3): nothing of what is neither a path nor, with an @, an abstract name.
std::optional<UnixAddress> parse_address(std::string text) {
  if (text.size() < 2 || (text[0] != '/' && text[0] != '@')) return std::nullopt;
  if (text[0] == '@') text[0] = '\0';
  return unix_address(text);
}

using ControlBuffer =
    std::array<char, CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(sizeof(int) * 253)>;  // SCM_MAX_FD

// Descriptors are closed at once: of FDSTORE there is none, and for BARRIER=1 that is the answer.
std::optional<ucred> take_control(msghdr& header) {
  std::optional<ucred> sender;
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level != SOL_SOCKET) continue;
    if (control->cmsg_type == SCM_CREDENTIALS) {
      sender.emplace();
      memcpy(&*sender, CMSG_DATA(control), sizeof *sender);
    } else if (control->cmsg_type == SCM_RIGHTS) {
      for (size_t at = 0; at + sizeof(int) <= control->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
        int fd = -1;
        memcpy(&fd, CMSG_DATA(control) + at, sizeof fd);
        close(fd);
      }
    }
  }
  return sender;
}

}  // namespace

std::string allowed_notification(std::string_view text) {
  std::string allowed;
  for (const std::string& line : split(text, '\n')) {
    const bool known = std::any_of(kAllowed.begin(), kAllowed.end(), [&](std::string_view name) {
      return name.ends_with('=') ? line.starts_with(name) : line == name;
    });
    if (known) allowed += line + "\n";
  }
  return allowed;
}

void Notifier::open(const std::string& path, const ContainerSpec& spec) {
  if (!task_.is_relayed()) return;
  const bool own_root = spec.root.kind != Root::Kind::none;
  socket_.reset(check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "cannot make a socket"));
  const int on = 1;
  check(setsockopt(socket_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on), "cannot ask who notifies");
  address_ = own_root ? kNotifySocket : "@sdcont/" + spec.id + "/notify";
  std::string where = address_;
  Fd directory;
  if (own_root) {  // by a descriptor: an address holds 107 characters
    directory = open_file(parent_path(path), O_PATH | O_DIRECTORY);
    where = socket_path(directory, base_name(path));
    unlink(path.c_str());
  } else {
    user_ = look_up_user(-1, spec.process.user).uid;
  }
  const auto address = parse_address(where);
  check(bind(socket_.get(), address.value().get(), address->size),
        "cannot make the container's notification socket");
  if (own_root) check(chmod(path.c_str(), 0666), "cannot open the notification socket to the container");
}

void Notifier::started() {
  if (!task_.is_wanted()) return;
  // in one order, from one sender: what is said as the main process comes after who that is
  if (task_.detached) send("MAINPID=" + std::to_string(getpid()) + "\n", client_.pid);
  if (task_.by == Notify::supervisor) send("READY=1\n", speaker());
}

void Notifier::wait_for(PollSet& events) {
  events.add(socket_.get(), POLLIN, [this](short) { relay_one(); });
}

void Notifier::drain() {
  while (socket_ && relay_one()) {
  }
}

// False where there is nothing.
bool Notifier::relay_one() {
  std::array<char, kMostBytes> buffer{};
  alignas(cmsghdr) ControlBuffer control{};
  iovec data{buffer.data(), buffer.size()};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  const ssize_t n = recvmsg(socket_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n < 0) return errno == EINTR;
  const auto sender = take_control(header);
  if ((header.msg_flags & MSG_TRUNC) != 0 || !sender) return true;
  if (user_ && sender->uid != 0 && sender->uid != *user_) return true;
  const std::string text = allowed_notification({buffer.data(), static_cast<size_t>(n)});
  if (!text.empty()) send(text, speaker());
  return true;
}

pid_t Notifier::speaker() const { return !task_.detached && is_running(client_) ? client_.pid : getpid(); }

// Nobody waits for an answer, and one who does not listen is told nothing (sd_notify(3)).
void Notifier::send(const std::string& text, pid_t as) const noexcept {
  try {
    const auto address = parse_address(task_.activation.notify_socket);
    if (!address) return;
    const Fd out(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!out) return;
    const ucred sender{as, getuid(), getgid()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof sender)> control{};
    iovec data{const_cast<char*>(text.data()), text.size()};
    msghdr header{};
    header.msg_name = const_cast<sockaddr_un*>(&address->name);
    header.msg_namelen = address->size;
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* const first = CMSG_FIRSTHDR(&header);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_CREDENTIALS;
    first->cmsg_len = CMSG_LEN(sizeof sender);
    memcpy(CMSG_DATA(first), &sender, sizeof sender);
    if (sendmsg(out.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno != EPERM) return;
    header.msg_control = nullptr;  // without the right to speak for another
    header.msg_controllen = 0;
    sendmsg(out.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  } catch (const std::exception&) {
    // no memory: it is not told
  }
}

}  // namespace sdcont
