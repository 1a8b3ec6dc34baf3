#include "log/lines.h"

namespace sdcont {

void Lines::add(std::string_view data, const Take& take) {
  while (!data.empty()) {
    const std::string_view piece = data.substr(0, kLongestLine - begun_.size());
    const size_t end = piece.find('\n');
    const bool whole = end != piece.npos;
    const size_t taken = whole ? end : piece.size();
    data.remove_prefix(whole ? end + 1 : taken);
    if (!whole && begun_.size() + taken < kLongestLine) {
      begun_.append(piece);
    } else if (begun_.empty()) {
      take(piece.substr(0, taken), whole);
    } else {
      take(begun_.append(piece.substr(0, taken)), whole);
      begun_.clear();
    }
  }
}

void Lines::finish(const Take& take) {
  if (!begun_.empty()) take(begun_, false);
  begun_ = std::string();
}

}  // namespace sdcont
