// The `laminar` program: registers what the process knows and hands over to the command line.
#include "app/register_connectors.h"
#include "app/register_formats.h"
#include "base/environment.h"
#include "base/signals.h"
#include "cli/command_line.h"

int main(int argc, char** argv) {
  laminar::base::EndProcessOnStopSignals();
  laminar::base::ReserveStandardDescriptors();
  laminar::base::IgnoreBrokenPipes();
  laminar::app::RegisterFormats();
  laminar::app::RegisterConnectors();
  return laminar::cli::RunCommandLine(argc, argv);
}
