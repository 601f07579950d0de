// Runs a fuzz target without a fuzzer: over every file of some folders, whole and
// cut off at some places. So that every test run takes the inputs that once
// were found, with any compiler.
#include <cstdint>
#include <cstdio>
#include <string>

#include "base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kCuts = 24;

// Returns how many inputs the folder has; 0 when it cannot be read.
size_t RunFolder(const std::string& folder) {
  const auto paths = laminar::base::ListFilesBelow(folder);
  if (!paths.ok()) {
    std::fprintf(stderr, "%s\n", paths.status().ToString().c_str());
    return 0;
  }
  for (const std::string& path : *paths) {
    const auto bytes = laminar::base::ReadWholeFile(path);
    if (!bytes.ok()) {
      std::fprintf(stderr, "%s\n", bytes.status().ToString().c_str());
      return 0;
    }
    for (size_t cut = 0; cut <= kCuts; ++cut) {
      // A copy of its own length, so that a sanitizer sees reads behind it.
      const std::string input = bytes->substr(0, bytes->size() * cut / kCuts);
      LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
    }
  }
  return paths->size();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER ...\n", argv[0]);
    return 2;
  }
  for (int i = 1; i < argc; ++i) {
    const size_t num_inputs = RunFolder(argv[i]);
    if (num_inputs == 0) {
      std::fprintf(stderr, "no inputs in %s\n", argv[i]);
      return 1;
    }
    std::printf("%s: %zu inputs, each cut off at %zu places\n", argv[i], num_inputs, kCuts);
  }
  return 0;
}
