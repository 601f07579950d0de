// Numbers that nobody can foresee and no other process draws, from the operating system: what ids
// and nonces are made of that must differ from all others ever made. Everything that is to be
// repeatable takes its randomness by constructor instead; only what begins (a role, a writer of
// files) calls this.
#ifndef LAMINAR_BASE_ENTROPY_H_
#define LAMINAR_BASE_ENTROPY_H_

#include <cstdint>

namespace laminar::base {

/// Any thread. BLOCKS: only while the machine boots.
uint64_t SystemEntropy();

}  // namespace laminar::base

#endif  // LAMINAR_BASE_ENTROPY_H_
