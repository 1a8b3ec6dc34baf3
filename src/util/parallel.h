#pragma once

#include <cstddef>
#include <functional>

namespace sdcont {

/// body(0) … body(count - 1), by as many threads as are worth their start: most of the time of a list of many
/// goes into reading what the kernel and the records say of each. Throws what one of them has thrown.
void in_parts(size_t count, const std::function<void(size_t)>& body);

}  // namespace sdcont
