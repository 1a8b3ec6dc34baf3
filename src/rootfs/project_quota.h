#pragma once

#include <cstdint>

namespace sdcont {

/// Whether project quotas are enforced on the file system of an open directory that is in no project yet.
bool has_project_quotas(int dir);

/// An id that no quota of that file system is kept for, other than 0.
uint32_t unused_project(int dir);

/// Makes an empty directory, and what will be made in it, a project that holds `size` bytes at most.
void limit_project(int dir, uint32_t project, uint64_t size);

/// Takes the limit of a project away; `dir`: on its file system.
void unlimit_project(int dir, uint32_t project);

}  // namespace sdcont
