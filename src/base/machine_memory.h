// How much memory the process may use: the machine's, or less where a control group limits it.
#ifndef LAMINAR_BASE_MACHINE_MEMORY_H_
#define LAMINAR_BASE_MACHINE_MEMORY_H_

#include <cstdint>
#include <string>

namespace laminar::base {

/// Bytes of the machine's memory, or of the process's control group (version 2 or 1) when that is
/// less. BLOCKS: reads small files.
int64_t MachineMemoryBytes();

/// The least limit of a control group and those above it, by the text of /proc/self/cgroup and
/// files below `root` (/sys/fs/cgroup); INT64_MAX when there is none.
int64_t ControlGroupMemoryBytes(const std::string& membership, const std::string& root);

}  // namespace laminar::base

#endif  // LAMINAR_BASE_MACHINE_MEMORY_H_
