#include "systemd/journal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <exception>
#include <string>

#include "util/unix_socket.h"

namespace sdcont {
namespace {

void append_field(std::string& text, const JournalField& field) {
  text += field.name;
  if (field.value.find('\n') == std::string_view::npos) {
    text += '=';
  } else {  // a value with line breaks: its length as 64 bits, little-endian, goes before it
    text += '\n';
    for (size_t i = 0; i < sizeof(uint64_t); ++i)
      text += static_cast<char>(static_cast<uint64_t>(field.value.size()) >> (8 * i) & 0xff);
  }
  text += field.value;
  text += '\n';
}

/// journald reads a sealed file of memory in place of a datagram that would be too long.
Fd sealed_copy(std::string_view text) noexcept {
  Fd file(memfd_create("sdcont-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return {};
  for (size_t done = 0; done < text.size();) {
    const ssize_t n = write(file.get(), text.data() + done, text.size() - done);
    if (n < 0 && errno != EINTR) return {};
    if (n > 0) done += static_cast<size_t>(n);
  }
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    return {};
  return file;
}

/// One datagram: the text, or none with a descriptor; 0, or errno.
int send_datagram(int socket, std::string_view text, int descriptor) noexcept {
  iovec part{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  if (descriptor >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  } else {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
  }
  while (sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

/// As libsystemd asks for (the kernel gives less): so much may lie there until journald has read it.
constexpr int kSendBuffer = 8 * 1024 * 1024;

}  // namespace

bool Journal::connect() noexcept {
  socket_ = connect_unix(path_, SOCK_DGRAM | SOCK_NONBLOCK);
  if (!socket_) return false;
  setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
  return true;
}

JournalResult Journal::send_text(std::string_view text) noexcept {
  int error = send_datagram(socket_.get(), text, -1);
  if (error == EMSGSIZE || error == ENOBUFS) {
    const Fd copy = sealed_copy(text);
    error = copy ? send_datagram(socket_.get(), {}, copy.get()) : ENOMEM;
  }
  if (error == 0) return JournalResult::sent;
  if (error == EAGAIN) return JournalResult::would_block;
  return error == ECONNREFUSED || error == ENOTCONN || error == ECONNRESET || error == EPIPE
             ? JournalResult::absent
             : JournalResult::refused;
}

JournalResult Journal::send(std::span<const JournalField> fields) noexcept {
  try {
    std::string text;
    for (const JournalField& field : fields) append_field(text, field);
    if (socket_) {
      const JournalResult result = send_text(text);
      if (result != JournalResult::absent) return result;
    }
    return connect() ? send_text(text) : JournalResult::absent;
  } catch (const std::exception&) {
    return JournalResult::refused;
  }
}

bool has_journal() noexcept { return access(Journal::kSocket, F_OK) == 0; }

}  // namespace sdcont
