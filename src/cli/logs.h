#pragma once

#include <functional>
#include <memory>

#include "cli/command.h"
#include "log/reader.h"

namespace sdcont {

/// Entries before `since_ns` (realtime) may be left out.
using MakeJournalReader =
    std::function<std::unique_ptr<LogReader>(const LogIdentity& identity, uint64_t since_ns)>;

/// `sdcont logs`, of whichever program can read what went to the journal.
int show_logs(const GlobalOptions& global, const std::vector<std::string>& args,
              const MakeJournalReader& read_journal);

}  // namespace sdcont
