#pragma once

namespace sdcont {

/// Forbids this process and its children, for good, to take a file or directory out of its project, and so
/// out of the project's quota: the kernel lets a file's owner do that who is in no user namespace. With it go
/// the other attributes that chattr(1) sets. To be called with CAP_SYS_ADMIN.
void forbid_project_changes();

}  // namespace sdcont
