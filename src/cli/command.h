#pragma once

#include <span>
#include <string>
#include <vector>

#include "rootfs/changes.h"
#include "state/store.h"

namespace sdcont {

/// What stands before the command: sdcont [OPTIONS] COMMAND.
struct GlobalOptions {
  StorePaths paths;
  std::string cgroup_manager = "auto";  ///< --cgroup-manager
};

/// A command: one file, and one row of the table.
struct Command {
  const char* name;     ///< one word, or two: "image inspect"
  const char* usage;    ///< "[OPTIONS] IMAGE [COMMAND] [ARG...]"
  const char* summary;  ///< one line
  /// The exit status; null for one of the helper executable's (src/helper/), which sdcont becomes then.
  int (*run)(const GlobalOptions& global, const std::vector<std::string>& args);
};

std::span<const Command> command_table();

int run_command(const GlobalOptions& global, const std::vector<std::string>& args);
int ps_command(const GlobalOptions& global, const std::vector<std::string>& args);
int rm_command(const GlobalOptions& global, const std::vector<std::string>& args);
int diff_command(const GlobalOptions& global, const std::vector<std::string>& args);
int apply_command(const GlobalOptions& global, const std::vector<std::string>& args);
int cp_command(const GlobalOptions& global, const std::vector<std::string>& args);
int volume_command(const GlobalOptions& global, const std::vector<std::string>& args);
int info_command(const GlobalOptions& global, const std::vector<std::string>& args);
int images_command(const GlobalOptions& global, const std::vector<std::string>& args);
int image_inspect_command(const GlobalOptions& global, const std::vector<std::string>& args);
int history_command(const GlobalOptions& global, const std::vector<std::string>& args);
int tag_command(const GlobalOptions& global, const std::vector<std::string>& args);
int rmi_command(const GlobalOptions& global, const std::vector<std::string>& args);
int system_df_command(const GlobalOptions& global, const std::vector<std::string>& args);
int image_prune_command(const GlobalOptions& global, const std::vector<std::string>& args);

/// The command line of the helper executable for one of its commands.
std::vector<std::string> helper_words(const GlobalOptions& global, const std::string& command,
                                      const std::vector<std::string>& args);

/// A line on standard error for what the user should know, and that stops nothing.
void print_warning(const std::string& text);

/// A line of `sdcont diff`.
void print_change(const Change& change);

/// The whole of the program after argv[0]: global options, then the command. Throws Error.
int run_cli(const std::vector<std::string>& args);

}  // namespace sdcont
