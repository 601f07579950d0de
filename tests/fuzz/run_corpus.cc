// Runs a fuzz target without a fuzzer: over every file of a folder, whole and
// cut off at some places. So that every test run takes the inputs that once
// were found, with any compiler.
#include <cstdint>
#include <cstdio>
#include <string>

#include "base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  const auto paths = laminar::base::ListFilesBelow(argv[1]);
  if (!paths.ok() || paths->empty()) {
    std::fprintf(stderr, "no inputs in %s\n", argv[1]);
    return 1;
  }
  constexpr size_t kCuts = 24;
  for (const std::string& path : *paths) {
    const auto bytes = laminar::base::ReadWholeFile(path);
    if (!bytes.ok()) {
      std::fprintf(stderr, "%s\n", bytes.status().ToString().c_str());
      return 1;
    }
    for (size_t cut = 0; cut <= kCuts; ++cut) {
      // A copy of its own length, so that a sanitizer sees reads behind it.
      const std::string input = bytes->substr(0, bytes->size() * cut / kCuts);
      LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
    }
  }
  std::printf("%zu inputs, each cut off at %zu places\n", paths->size(), kCuts);
  return 0;
}
