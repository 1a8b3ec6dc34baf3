#include "process/channel.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "rootfs/resolve.h"
#include "util/file.h"
#include "util/text.h"
#include "util/unix_socket.h"

namespace sdcont {
namespace {

constexpr size_t kMostDescriptors = 253;  // SCM_MAX_FD
using ControlBuffer = std::array<char, CMSG_SPACE(sizeof(int) * kMostDescriptors)>;

std::vector<Fd> received_descriptors(msghdr& header) {
  std::vector<Fd> fds;
  const cmsghdr* control = CMSG_FIRSTHDR(&header);
  if (control == nullptr || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) return fds;
  for (size_t at = 0; at + sizeof(int) <= control->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
    int fd = -1;
    memcpy(&fd, CMSG_DATA(control) + at, sizeof fd);
    fds.emplace_back(fd);
  }
  return fds;
}

// 0 at the end. Where the other side has closed with a packet of ours unread, the kernel says so once, before
// what is still there to be read.
size_t receive_message(int fd, msghdr& header, int flags) {
  ssize_t n = 0;
  while ((n = recvmsg(fd, &header, flags)) < 0) {
    if (errno != EINTR && errno != ECONNRESET) throw_errno("cannot receive a message of the launch");
  }
  return static_cast<size_t>(n);
}

bool is_data(Message type) {
  return type == Message::output || type == Message::error_output || type == Message::input;
}

}  // namespace

std::optional<Channel> Channel::connect_to(const std::string& path) {
  const Fd directory(open(parent_path(path).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return std::nullopt;  // gone with who listened
  Fd fd = connect_unix(socket_path(directory, base_name(path)), SOCK_SEQPACKET);
  return fd ? std::optional(Channel(std::move(fd))) : std::nullopt;
}

Fd Channel::listen_at(const std::string& path) {
  const Fd directory = open_file(parent_path(path), O_PATH | O_DIRECTORY);
  const auto address = unix_address(socket_path(directory, base_name(path)));
  Fd fd(check(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "cannot make a socket"));
  unlink(path.c_str());  // of a run that could not be concluded
  check(bind(fd.get(), address.value().get(), address->size), "cannot make the container's socket");
  check(listen(fd.get(), SOMAXCONN), "cannot listen at the container's socket");
  return fd;
}

std::pair<Channel, Channel> Channel::make_pair() {
  std::array<int, 2> fds{};
  check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()), "cannot make a socket pair");
  return {Channel(Fd(fds[0])), Channel(Fd(fds[1]))};
}

void Channel::send(Message type, const std::vector<std::string>& fields,
                   const std::vector<int>& descriptors) const {
  std::string body = static_cast<char>(type) + encode(fields);
  iovec part{body.data(), body.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) ControlBuffer control{};
  if (!descriptors.empty()) {
    const size_t size = sizeof(int) * std::min(descriptors.size(), kMostDescriptors);
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(size);
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(rights), descriptors.data(), size);
  }
  while (sendmsg(fd_.get(), &header, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) throw_errno("cannot send a message of the launch");
  }
}

std::string Channel::encode(const std::vector<std::string>& fields) {
  std::string body;
  for (const std::string& field : fields) body.append(field).push_back('\0');
  return body;
}

bool Channel::offer(Message type, std::string_view data) const {
  char kind = static_cast<char>(type);
  std::array<iovec, 2> parts{{{&kind, 1}, {const_cast<char*>(data.data()), data.size()}}};
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  while (sendmsg(fd_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (errno == EAGAIN) return false;
    if (errno != EINTR) throw_errno("cannot send what a container wrote");
  }
  return true;
}

void Channel::send(const Failure& failure) const { send(Message::failure, fields_of(failure)); }

std::vector<std::string> Channel::fields_of(const Failure& failure) {
  constexpr size_t kMost = 4000;  // it may name what the user wrote, and a packet is limited
  return {failure.doing.substr(0, kMost), std::to_string(failure.error), failure.remedy,
          std::to_string(failure.exit_status)};
}

std::optional<Packet> Channel::receive() const {
  msghdr header{};
  // its size first: a supervisor that made room for the largest would keep that for as long as it lives
  const size_t size = receive_message(fd_.get(), header, MSG_PEEK | MSG_TRUNC);
  if (size == 0) return std::nullopt;
  std::string body(size, '\0');
  iovec part{body.data(), body.size()};
  alignas(cmsghdr) ControlBuffer control{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  const size_t n = receive_message(fd_.get(), header, MSG_CMSG_CLOEXEC);
  if (n == 0) return std::nullopt;
  Packet packet{static_cast<Message>(body[0]), {}, {}, received_descriptors(header)};
  if (is_data(packet.type)) {
    packet.data = body.substr(1, n - 1);
  } else if (n > 1) {
    packet.fields = split(std::string_view(body).substr(1, n - 2), '\0');
  }
  return packet;
}

Packet Channel::expect(Message type, const char* other_side) const {
  auto packet = receive();
  if (!packet) throw Error(std::string(other_side) + " ended before the command could be started");
  if (packet->type == Message::failure) throw Error(failure_of(*packet));
  if (packet->type != type) throw Error(std::string(other_side) + " sent something unexpected");
  return std::move(*packet);
}

Failure failure_of(const Packet& packet) {
  if (packet.fields.size() != 4) return {.doing = "the launch failed"};
  const auto number = [&](size_t i) {
    return static_cast<int>(parse_unsigned(packet.fields[i]).value_or(0));
  };
  return {packet.fields[0], number(1), packet.fields[2], number(3)};
}

}  // namespace sdcont
