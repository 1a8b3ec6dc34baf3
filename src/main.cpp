#include <cstdlib>
#include <string_view>

#include "cli/command.h"
#include "cli/generator.h"
#include "cli/program.h"

int main(int argc, char** argv) {
  const bool generator = argc > 0 && std::string_view(argv[0]).ends_with("sdcont-generator");
  exit(sdcont::run_program(argc, argv, generator ? sdcont::run_generator : sdcont::run_cli));
}
