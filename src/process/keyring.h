#pragma once

namespace sdcont {

/// A session keyring of its own for this process and its children. Keyrings are not namespaced: without this
/// a container holds the caller's.
void join_session_keyring();

}  // namespace sdcont
