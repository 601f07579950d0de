// Who this process is, for messages that tell people which one to look at.
#ifndef LAMINAR_BASE_PROCESS_IDENTITY_H_
#define LAMINAR_BASE_PROCESS_IDENTITY_H_

#include <cstdint>
#include <string>

namespace laminar::base {

int64_t ProcessId();
/// "unknown" when the machine does not say.
std::string HostName();

}  // namespace laminar::base

#endif  // LAMINAR_BASE_PROCESS_IDENTITY_H_
