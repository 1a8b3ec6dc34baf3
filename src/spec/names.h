#pragma once

#include <string>
#include <vector>

namespace sdcont {

/// 64 hexadecimal digits from the kernel's random numbers.
std::string random_id();
/// "brave_lovelace": for a container that was given no name.
std::string random_name();
/// The first twelve digits, as they are shown.
std::string short_id(const std::string& id);
/// The first half of an id as a UUID has it: what a systemd inside takes its machine's id from.
std::string container_uuid(const std::string& id);
/// True for a whole id: 64 hexadecimal digits in lower case.
bool is_id(const std::string& text);

/// Throws Error unless it is [a-zA-Z0-9][a-zA-Z0-9_.-]*, of at most 128 characters: names reach paths and
/// units.
void check_name(const std::string& name, const std::string& flag);
/// Throws Error unless it is a host name: letters, digits, '-' and '.', at most 64 characters (the kernel's
/// limit).
void check_hostname(const std::string& name);
/// Throws Error unless it is a valid slice: "a.slice", "a-b.slice", without "//", "--" or a leading '-'.
void check_slice(const std::string& slice);
/// The slices that a slice lies in, and itself, outermost first: "a.slice", "a-b.slice" of "a-b.slice"; none
/// of
/// "-.slice", which is everything.
std::vector<std::string> slice_levels(const std::string& slice);
/// "sdcont-NAME.scope"; or `unit` itself, with ".scope" where it has no suffix; throws Error for other
/// suffixes and for characters that systemd does not take in a unit's name.
std::string unit_name(const std::string& name, const std::string& unit);

}  // namespace sdcont
