#pragma once

#include "cgroup/cgroup.h"
#include "spec/container_spec.h"
#include "state/record.h"

namespace sdcont {

/// Throws Error where this machine's cgroups cannot be those of a systemd inside (--systemd).
void check_systemd_inside(const ContainerSpec& spec, const CgroupHost& host);

/// Throws Error where machined could not know the container by a unit of its own (--register).
void check_registration(const ContainerSpec& spec, CgroupManager manager);
/// Makes it known to machined; nothing without --register.
void register_container(const ContainerSpec& spec, const ProcessId& init);
void unregister_container(const ContainerSpec& spec) noexcept;

/// The same from a supervisor, in a process of their own each: it holds no bus, nor a library for one. At a
/// new run of the command, and at the end.
void register_again(const ContainerSpec& spec, const ProcessId& init) noexcept;
void unregister_at_end(const ContainerSpec& spec) noexcept;

}  // namespace sdcont
