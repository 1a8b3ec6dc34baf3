#pragma once

#include <map>
#include <string>
#include <vector>

#include "spec/container_spec.h"

namespace sdcont {

// The words of docker's options, turned into parts of the spec. Each throws Error naming the option and the
// words.

/// -v SRC:DST[:ro,rw,z,…]: a bind of an absolute path, with docker's defaults (rbind, rprivate). "./x" is
/// taken from the working directory. A name as SRC is a volume: of the type "volume", with that source. DST
/// alone is a volume without a name.
Mount parse_volume(const std::string& text);
/// What an image's configuration lists under Volumes: an anonymous volume at a path, whatever that looks
/// like.
Mount image_volume(const std::string& path);
/// --mount type=bind|volume|tmpfs,source=…,target=…[,readonly][,tmpfs-size=…][,bind-propagation=…]
Mount parse_mount(const std::string& text);
/// --tmpfs DST[:OPTIONS]
Mount parse_tmpfs(const std::string& text);
/// --device SRC[:DST][:rwm]: a device node of the host, with what it is read from it; a directory means all
/// below it.
std::vector<Device> parse_device(const std::string& text);
/// -e NAME=VALUE, or NAME to take the caller's (nothing where the caller has none).
void parse_env(const std::string& text, std::vector<std::string>& env);
/// --env-file: NAME=VALUE or NAME a line; empty lines and lines that begin with # are skipped.
void read_env_file(const std::string& path, std::vector<std::string>& env);
/// -l NAME=VALUE or NAME
void parse_label(const std::string& text, std::map<std::string, std::string>& labels);
/// --sysctl NAME=VALUE, of those that belong to one of the container's own namespaces.
void parse_sysctl(const std::string& text, const Namespaces& namespaces,
                  std::map<std::string, std::string>& sysctl);
/// --add-host NAME:ADDRESS as a line of /etc/hosts.
std::string parse_extra_host(const std::string& text);

}  // namespace sdcont
