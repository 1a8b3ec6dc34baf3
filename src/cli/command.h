#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/config.h"
#include "rootfs/changes.h"
#include "state/store.h"

namespace sdcont {

/// What stands before the command: sdcont [OPTIONS] COMMAND.
struct GlobalOptions {
  StorePaths paths;
  std::string cgroup_manager = "auto";  ///< --cgroup-manager
  std::string config = kConfigFile;     ///< --config
  std::vector<OptionLine> defaults;     ///< of sdcont.conf, for containers
};

/// A command: one file, and one row of the table.
struct Command {
  const char* name;     ///< one word, or two: "image inspect"
  const char* usage;    ///< "[OPTIONS] IMAGE [COMMAND] [ARG...]"
  const char* summary;  ///< one line
  /// The exit status; null for one of sdcont-image's (src/helper/), which sdcont becomes then.
  int (*run)(const GlobalOptions& global, const std::vector<std::string>& args);
};

std::span<const Command> command_table();
/// Those of "image": "inspect" and the like, other words for the same among them.
std::vector<std::pair<std::string, const Command*>> commands_of_group(const std::string& group);
/// "image" of "image inspect": the first of two words.
bool is_command_group(const std::string& word);
/// The command that the words begin with, one or two of them; takes these away. Throws Error.
const Command& take_command(std::vector<std::string>& rest);
int run_taken(const Command& command, const GlobalOptions& global, const std::vector<std::string>& args);

int run_command(const GlobalOptions& global, const std::vector<std::string>& args);
int exec_command(const GlobalOptions& global, const std::vector<std::string>& args);
int update_command(const GlobalOptions& global, const std::vector<std::string>& args);
int create_command(const GlobalOptions& global, const std::vector<std::string>& args);
int start_command(const GlobalOptions& global, const std::vector<std::string>& args);
int stop_command(const GlobalOptions& global, const std::vector<std::string>& args);
int restart_command(const GlobalOptions& global, const std::vector<std::string>& args);
int wait_command(const GlobalOptions& global, const std::vector<std::string>& args);
int attach_command(const GlobalOptions& global, const std::vector<std::string>& args);
int logs_command(const GlobalOptions& global, const std::vector<std::string>& args);
int rename_command(const GlobalOptions& global, const std::vector<std::string>& args);
int container_prune_command(const GlobalOptions& global, const std::vector<std::string>& args);
int ps_command(const GlobalOptions& global, const std::vector<std::string>& args);
int rm_command(const GlobalOptions& global, const std::vector<std::string>& args);
int pause_command(const GlobalOptions& global, const std::vector<std::string>& args);
int unpause_command(const GlobalOptions& global, const std::vector<std::string>& args);
int kill_command(const GlobalOptions& global, const std::vector<std::string>& args);
int top_command(const GlobalOptions& global, const std::vector<std::string>& args);
int events_command(const GlobalOptions& global, const std::vector<std::string>& args);
int inspect_command(const GlobalOptions& global, const std::vector<std::string>& args);
int stats_command(const GlobalOptions& global, const std::vector<std::string>& args);
int why_command(const GlobalOptions& global, const std::vector<std::string>& args);
int diff_command(const GlobalOptions& global, const std::vector<std::string>& args);
int apply_command(const GlobalOptions& global, const std::vector<std::string>& args);
int cp_command(const GlobalOptions& global, const std::vector<std::string>& args);
int slice_ls_command(const GlobalOptions& global, const std::vector<std::string>& args);
int slice_rm_command(const GlobalOptions& global, const std::vector<std::string>& args);
int slice_set_command(const GlobalOptions& global, const std::vector<std::string>& args);
int volume_create_command(const GlobalOptions& global, const std::vector<std::string>& args);
int volume_inspect_command(const GlobalOptions& global, const std::vector<std::string>& args);
int volume_ls_command(const GlobalOptions& global, const std::vector<std::string>& args);
int volume_prune_command(const GlobalOptions& global, const std::vector<std::string>& args);
int volume_rm_command(const GlobalOptions& global, const std::vector<std::string>& args);
int info_command(const GlobalOptions& global, const std::vector<std::string>& args);
int completion_command(const GlobalOptions& global, const std::vector<std::string>& args);
int images_command(const GlobalOptions& global, const std::vector<std::string>& args);
int image_inspect_command(const GlobalOptions& global, const std::vector<std::string>& args);
int history_command(const GlobalOptions& global, const std::vector<std::string>& args);
int tag_command(const GlobalOptions& global, const std::vector<std::string>& args);
int rmi_command(const GlobalOptions& global, const std::vector<std::string>& args);
int system_df_command(const GlobalOptions& global, const std::vector<std::string>& args);
int config_check_command(const GlobalOptions& global, const std::vector<std::string>& args);
int generate_unit_command(const GlobalOptions& global, const std::vector<std::string>& args);
int image_prune_command(const GlobalOptions& global, const std::vector<std::string>& args);

/// The helper executables (src/helper/), for what needs libraries.
inline constexpr const char* kImageHelper = "sdcont-image";
inline constexpr const char* kJournalHelper = "sdcont-journal";

/// The command line of a helper executable for one of its commands.
std::vector<std::string> helper_words(const char* helper, const GlobalOptions& global,
                                      const std::string& command, const std::vector<std::string>& args);
/// Ends this program, and goes on as that one.
[[noreturn]] void become_helper(const char* helper, const GlobalOptions& global, const std::string& command,
                                const std::vector<std::string>& args);

/// A line on standard error for what the user should know, and that stops nothing.
void print_warning(const std::string& text);

/// A line of `sdcont diff`.
void print_change(const Change& change);

/// The whole of the program after argv[0]: global options, then the command. Throws Error.
int run_cli(const std::vector<std::string>& args);

}  // namespace sdcont
