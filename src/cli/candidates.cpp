#include <algorithm>
#include <cctype>
#include <csignal>
#include <map>

#include "cli/candidate_units.h"
#include "cli/complete.h"
#include "container/state.h"
#include "image/store.h"
#include "limits/property.h"
#include "process/capabilities.h"
#include "process/rlimits.h"
#include "state/volumes.h"
#include "util/error.h"
#include "util/file.h"
#include "util/signals.h"
#include "util/text.h"

namespace sdcont {
namespace {

struct Question {
  const Wanted& wanted;
  const std::string& command;
  const StorePaths& paths;
};

/// Commands that only some containers are of use to, by what these are doing.
const std::map<std::string, std::vector<std::string>>& states_of_use() {
  static const std::map<std::string, std::vector<std::string>> states = {
      {"sdcont attach", {"running", "paused", "restarting"}},
      {"sdcont exec", {"running"}},
      {"sdcont kill", {"running", "paused", "restarting"}},
      {"sdcont pause", {"running"}},
      {"sdcont start", {"created", "exited"}},
      {"sdcont stop", {"running", "paused", "restarting"}},
      {"sdcont top", {"running", "paused"}},
      {"sdcont unpause", {"paused"}},
  };
  return states;
}

void add_containers(const Question& question, Candidates& found, const std::string& behind = "") {
  if (!exists(question.paths.root + "/containers")) return;
  const auto use = states_of_use().find(question.command);
  for (const Record& record : Store(question.paths).list()) {
    const std::string state = state_name(record);
    if (use != states_of_use().end() &&
        std::find(use->second.begin(), use->second.end(), state) == use->second.end())
      continue;
    found.list.push_back({record.name + behind, state + ", " + printable(record.image)});
  }
}

void add_images(const Question& question, Candidates& found) {
  if (!exists(question.paths.root + "/images/index.json")) return;
  for (const Image& image : ImageStore(question.paths.root).list()) {
    for (const std::string& name : image.names) found.list.push_back({name, short_image_id(image.id)});
  }
}

void add_volumes(const Question& question, Candidates& found, const std::string& behind = "") {
  if (!exists(question.paths.root + "/volumes")) return;
  const Store containers(question.paths);
  for (const Volume& volume : VolumeStore(containers).list())
    found.list.push_back({volume.name + behind, volume.anonymous ? "an anonymous volume" : "a volume"});
}

void add_signals(Candidates& found) {
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    const std::string name = signal_name(signal);
    if (!parse_unsigned(name)) found.list.push_back({name, std::to_string(signal)});
  }
  for (const int signal : {SIGRTMIN, SIGRTMIN + 3}) found.list.push_back({signal_name(signal), ""});
}

void add_capabilities(Candidates& found) {
  found.list.push_back({"ALL", "every capability"});
  for (const std::string& name : all_capabilities()) found.list.push_back({name, ""});
}

void add_properties(Candidates& found) {
  for (const PropertyRow& row : property_table())
    found.list.push_back({std::string(row.words) + "=", "systemd " + std::to_string(row.since)});
}

void add_control_files(Candidates& found) {
  for (const Limit& limit : limit_table()) {
    const std::string key = limit.key;
    if (key.starts_with("unified/") && !key.ends_with('*'))
      found.list.push_back({key.substr(key.find('/') + 1) + "=", limit.title});
  }
  found.list.push_back({"misc.max=", "a resource of the misc controller"});
}

void add_rlimits(Candidates& found) {
  for (const std::string& name : rlimit_names()) found.list.push_back({name + "=", ""});
}

/// Words of the help that stand as they are: "missing|always|never"; of "no|on-failure[:N]" the beginning, of
/// "size=BYTES" what stands before the value.
void add_literals(const std::string& value, Candidates& found) {
  for (const std::string& part : split(value, '|')) {
    const size_t end = part.find_first_not_of("abcdefghijklmnopqrstuvwxyz-");
    const std::string word = part.substr(0, end);
    if (word.empty() || word == "-") continue;
    const bool goes_on = end != std::string::npos && part[end] == '=';
    if (goes_on || end == std::string::npos || part[end] == '[')
      found.list.push_back({word + (goes_on ? "=" : ""), ""});
    if (goes_on) return;  // what follows is said of the value
  }
}

/// The keys that the help of --filter names: "status=, name=PART, label=KEY[=VALUE]".
void add_keys(const std::string& help, Candidates& found) {
  for (std::string word : words(help)) {
    const size_t equals = word.find('=');
    const auto is_key = [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; };
    if (equals == std::string::npos || equals == 0) continue;
    word.resize(equals);
    if (std::all_of(word.begin(), word.end(), is_key)) found.list.push_back({word + "=", ""});
  }
}

using Add = void (*)(const Question& question, Candidates& found);
struct Source {
  const char* what;  ///< as the help calls a value, or the usage an argument
  Add add;
};

constexpr Add kAnyFile = [](const Question&, Candidates& found) { found.files = true; };
constexpr Add kContainers = [](const Question& question, Candidates& found) {
  add_containers(question, found);
};
constexpr Add kImages = add_images;

constexpr Source kSources[] = {
    {"CONTAINER", kContainers},
    {"CONTAINER:SRC_PATH",
     [](const Question& question, Candidates& found) {
       add_containers(question, found, ":");
       found.files = true;
     }},
    {"DEST_PATH|-",
     [](const Question& question, Candidates& found) {
       add_containers(question, found, ":");
       found.files = true;
     }},
    {"NAME|ID",
     [](const Question& question, Candidates& found) {
       add_containers(question, found);
       add_images(question, found);
     }},
    {"IMAGE",
     [](const Question& question, Candidates& found) {
       const bool runs = question.command == "sdcont run" || question.command == "sdcont create";
       if (runs) found.list.push_back({"host", "a throw-away view of this machine"});
       add_images(question, found);
       found.files = runs;
     }},
    {"REPOSITORY[:TAG]", kImages},
    {"REPOSITORY:TAG", kImages},
    {"NAME:TAG", kImages},
    {"NAME:TAG|@DIGEST", kImages},
    {"VOLUME", [](const Question& question, Candidates& found) { add_volumes(question, found); }},
    {"SRC:DST:ro",
     [](const Question& question, Candidates& found) {
       add_volumes(question, found, ":");
       found.files = true;
     }},
    {"SIGNAL", [](const Question&, Candidates& found) { add_signals(found); }},
    {"CAP", [](const Question&, Candidates& found) { add_capabilities(found); }},
    {"SLICE", [](const Question&, Candidates& found) { add_units(".slice", found); }},
    {"PROPERTY=VALUE", [](const Question&, Candidates& found) { add_properties(found); }},
    {"NAME=SOFT:HARD", [](const Question&, Candidates& found) { add_rlimits(found); }},
    {"FILE=VALUE", [](const Question&, Candidates& found) { add_control_files(found); }},
    {"FILTER",
     [](const Question& question, Candidates& found) { add_keys(question.wanted.option.help, found); }},
    {"OPTION",
     [](const Question&, Candidates& found) {
       found.list.push_back({"no-new-privileges", ""});
     }},
    {"FILE", kAnyFile},
    {"DIR", kAnyFile},
    {"FILE|DIRECTORY|-", kAnyFile},
    {"DEV:PATH:rwm", kAnyFile},
    {"COMMAND", kAnyFile},
    {"ARG", kAnyFile},
};

std::string without_brackets(std::string text) {
  std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
  return text;
}

}  // namespace

Candidates candidates_for(const Wanted& wanted, const std::string& command, const StorePaths& paths) {
  Candidates found;
  const std::string& value = wanted.option.value;
  const bool is_property = std::find(wanted.option.names.begin(), wanted.option.names.end(), "--property") !=
                           wanted.option.names.end();
  const std::string what = is_property ? "PROPERTY=VALUE" : without_brackets(value + wanted.what);
  try {
    for (const Source& source : kSources) {
      if (what == source.what) source.add({wanted, command, paths}, found);
    }
    if (value.starts_with("PATH:")) found.files = true;  // of a disk
  } catch (const Error&) {
    // whoever may not read the store is offered what needs none
  }
  if (!value.empty()) add_literals(value, found);
  return found;
}

}  // namespace sdcont
