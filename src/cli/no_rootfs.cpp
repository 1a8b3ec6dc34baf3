#include "cli/no_rootfs.h"

#include <unistd.h>

#include <filesystem>

#include "spec/environment.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kOfAnOwnRoot[] = {"--hostname",
                                        "--pull",
                                        "--platform",
                                        "--network",
                                        "--pid",
                                        "--ipc",
                                        "--uts",
                                        "--volume",
                                        "--mount",
                                        "--tmpfs",
                                        "--device",
                                        "--device-cgroup-rule",
                                        "--init",
                                        "--storage-opt",
                                        "--shm-size",
                                        "--add-host",
                                        "--sysctl",
                                        "--read-only",
                                        "--cap-add",
                                        "--privileged",
                                        "--entrypoint",
                                        "--set-credential",
                                        "--load-credential",
                                        "--systemd",
                                        "--register"};

}  // namespace

void check_no_rootfs(const Parser& parser) {
  for (const char* name : kOfAnOwnRoot) {
    if (!parser.is_given(name)) continue;
    throw Error(std::string(name) +
                ": with --no-rootfs the command has this machine's root, namespaces and rights")
        .remedy("leave it away, or run it over the image 'host'");
  }
}

void inherit_from_caller(const RunOptions& options, const std::vector<std::string>& asked_env,
                         Process& process) {
  process.env.clear();
  for (char** entry = environ; *entry != nullptr; ++entry) process.env.emplace_back(*entry);
  set_env(process.env, asked_env);
  if (options.workdir.empty()) process.cwd = std::filesystem::current_path();
  if (!process.oom_score_adj) {
    const auto own = parse_signed(trim(read_file_if("/proc/self/oom_score_adj").value_or("")));
    if (own) process.oom_score_adj = static_cast<int>(*own);
  }
}

}  // namespace sdcont
