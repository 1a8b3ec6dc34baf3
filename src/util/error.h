#pragma once

#include <cerrno>
#include <exception>
#include <string>

namespace sdcont {

/// Exit statuses of our own, as docker and podman have them.
inline constexpr int kExitOwnFailure = 125;
inline constexpr int kExitNotExecutable = 126;
inline constexpr int kExitNotFound = 127;

/// What went wrong, as plain data, so that it can cross from the container's init to the client.
struct Failure {
  std::string doing;   ///< "cannot mount an overlay on /x", without a full stop
  int error = 0;       ///< errno, or 0 where the text says everything
  std::string remedy;  ///< what the user can do about it, or empty
  int exit_status = kExitOwnFailure;

  /// The whole as one line: "doing: errno's text; remedy".
  [[nodiscard]] std::string text() const;
};

/// The one exception type of sdcont. Caught in main, and in the top frame of the cloned init.
class Error : public std::exception {
 public:
  explicit Error(std::string doing, int error = 0)
      : Error(Failure{std::move(doing), error, {}, kExitOwnFailure}) {}
  explicit Error(Failure failure) : failure_(std::move(failure)), text_(failure_.text()) {}

  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
  [[nodiscard]] const Failure& failure() const noexcept { return failure_; }
  [[nodiscard]] int error() const noexcept { return failure_.error; }

  /// The same error with what the user can do about it: throw Error("…", errno).remedy("…").
  [[nodiscard]] Error remedy(std::string text) const;
  /// The same error with another exit status than 125.
  [[nodiscard]] Error status(int exit_status) const;

 private:
  Failure failure_;
  std::string text_;
};

/// errno as an Error: throw_errno("cannot open " + path).
[[noreturn]] void throw_errno(std::string doing);

/// result, or throw_errno where it is -1.
template <typename T>
T check(T result, const char* doing) {
  if (result == static_cast<T>(-1)) throw_errno(doing);
  return result;
}

/// Whether a call that failed so is worth making again: nothing was there (EAGAIN), or a signal came (EINTR).
inline bool is_passing(int error) { return error == EINTR || error == EAGAIN; }

}  // namespace sdcont
