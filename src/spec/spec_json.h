#pragma once

#include <string>

#include "spec/container_spec.h"
#include "spec/slice_spec.h"

namespace sdcont {

/// The whole of a spec, as it is kept for the next start: what is read back is what was written, to the byte,
/// also where that is no UTF-8. (to_oci_json is for others to read.)
std::string spec_to_json(const ContainerSpec& spec);
/// Throws Error for what is no spec.
ContainerSpec spec_from_json(const std::string& text);

/// The same of a slice's.
std::string slice_to_json(const SliceSpec& slice);
SliceSpec slice_from_json(const std::string& text);

}  // namespace sdcont
