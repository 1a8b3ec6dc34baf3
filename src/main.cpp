#include <cstdlib>

#include "cli/command.h"
#include "cli/program.h"

int main(int argc, char** argv) { exit(sdcont::run_program(argc, argv, sdcont::run_cli)); }
