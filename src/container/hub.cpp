#include "container/hub.h"

#include <sys/socket.h>

#include <algorithm>
#include <csignal>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {

void Hub::follow(Channel client, std::function<void()> gone) {
  followers_.push_back({std::move(client), std::move(gone), !streams_.is_passthrough(), true});
}

void Hub::wait_for(PollSet& events) {
  forget_gone();
  if (has_room()) streams_.wait_to_read(events, take_);
  streams_.wait_to_write(events);
  if (log_) events.add(log_->blocked_on(), POLLOUT, [this](short) { log_->resume(); });
  events.add(listener_.get(), POLLIN, [this](short) { accept_follower(); });
  for (Follower& follower : followers_) {
    const bool waits = follower.types && streams_.is_full();
    const auto wanted = static_cast<short>((waits ? 0 : POLLIN) | (follower.owed.empty() ? 0 : POLLOUT));
    events.add(follower.channel.get(), wanted, [this, &follower](short happened) {
      if ((happened & POLLOUT) != 0) pay(follower);
      if ((happened & ~POLLOUT) != 0 && follower.channel) hear(follower);
    });
  }
}

bool Hub::has_room() const {
  return (!log_ || log_->blocked_on() < 0) &&
         std::all_of(followers_.begin(), followers_.end(), [](const Follower& f) { return f.owed.empty(); });
}

void Hub::take(Stream stream, std::string_view data) {
  if (log_) log_->write(stream, data);
  const Message type = stream == Stream::output ? Message::output : Message::error_output;
  for (Follower& follower : followers_) {
    if (!follower.reads) continue;
    follower.owed.emplace_back(type, data);
    pay(follower);
  }
}

void Hub::pay(Follower& follower) {
  try {
    while (!follower.owed.empty()) {
      const auto& [type, body] = follower.owed.front();
      if (!follower.channel.offer(type, body)) return;
      follower.owed.pop_front();
    }
  } catch (const Error&) {
    follower.owed.clear();
    follower.channel.close();
  }
}

bool Hub::accept_follower() {
  Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) return false;
  followers_.push_back({Channel(std::move(fd)), [] {}});
  return true;
}

void Hub::hear(Follower& follower) {
  try {
    const auto packet = follower.channel.receive();
    if (packet) return answer(follower, *packet);
  } catch (const std::exception&) {
    // it speaks another language, or is gone
  }
  follower.owed.clear();
  follower.channel.close();
}

void Hub::answer(Follower& follower, const Packet& packet) {
  switch (packet.type) {
    case Message::attach:
      return attach(follower, packet);
    case Message::detach:
      follower.gone = [] {};
      follower.types = false;  // the standard input stays open for whoever comes next
      return follower.channel.close();
    case Message::hang_up:
      return streams_.hang_up();
    case Message::resize:
      return streams_.resize(packet.fields);
    case Message::last_run:
      requests_.last_run();
      return follower.channel.send(Message::last_run);
    case Message::stop:
      return requests_.stop(static_cast<int>(parse_unsigned(packet.fields.at(0)).value_or(SIGTERM)),
                            parse_unsigned(packet.fields.at(1)).value_or(0));
    case Message::input:
      if (!packet.data.empty()) return streams_.type(packet.data);
      if (stdin_once_) streams_.end_input();
      return;
    default:
      return;  // of a later version
  }
}

void Hub::attach(Follower& follower, const Packet& packet) {
  if (streams_.is_passthrough() && packet.fields.at(0) != "end") {
    return follower.channel.send(Failure{.doing = "what it reads and writes are the descriptors of whoever "
                                                  "started it: there is nothing to attach to"});
  }
  follower.reads = packet.fields.at(0) != "end";
  follower.types = packet.fields.at(0) == "input";
  follower.channel.send(Message::attach);
}

void Hub::forget_gone() {
  for (auto follower = followers_.begin(); follower != followers_.end();) {
    if (follower->channel) {
      ++follower;
      continue;
    }
    if (follower->types && stdin_once_) streams_.end_input();
    follower->gone();
    follower = followers_.erase(follower);
  }
}

void Hub::drain() { streams_.drain(take_); }

void Hub::end(Message message, const std::vector<std::string>& fields, const Fd& stop) noexcept {
  try {
    while (accept_follower()) {  // who has come just now hears of it, too
    }
    listener_.reset();
    if (log_) log_->finish();
    for (Follower& follower : followers_) {
      follower.owed.emplace_back(message, Channel::encode(fields));
      pay(follower);
    }
    while (settle(stop)) {
    }
  } catch (const std::exception&) {
    // the record tells it, too
  }
}

// Waits for one who is owed something; false where nobody is.
bool Hub::settle(const Fd& stop) {
  PollSet events;
  bool waiting = false;
  bool stopped = false;
  events.add(stop.get(), POLLIN, [&stopped](short) { stopped = true; });
  for (Follower& follower : followers_) {
    if (follower.owed.empty()) continue;
    waiting = true;
    events.add(follower.channel.get(), POLLOUT, [&follower](short) { pay(follower); });
  }
  if (waiting) events.wait();
  return waiting && !stopped;
}

}  // namespace sdcont
