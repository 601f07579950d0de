// Kill points: named places at which a test ends the process as a crash would, and seeded bugs:
// named faults that tests of the tests switch on. Both are compiled only into the program that
// tests/integration/exactly_once builds (LAMINAR_KILL_POINTS); in all others the macros are
// nothing.
//
//   LAMINAR_KILL_POINT=NAME:HIT        the process kills itself when NAME is reached for the HITth
//   LAMINAR_KILL_POINT=NAME:HIT:stop   time, or stops until somebody lets it go on
//   LAMINAR_KILL_POINT_TRACE=FILE      names are appended to FILE when they are first reached
//   LAMINAR_SEEDED_BUG=NAME            the fault of that name is on
//
// Any thread.
#ifndef LAMINAR_BASE_KILL_POINT_H_
#define LAMINAR_BASE_KILL_POINT_H_

#include <optional>
#include <string>
#include <string_view>

#ifdef LAMINAR_KILL_POINTS
#define LAMINAR_KILLPOINT(name) ::laminar::base::ReachKillPoint(name)
#define LAMINAR_SEEDED_BUG(name) ::laminar::base::HasSeededBug(name)
#else
#define LAMINAR_KILLPOINT(name) static_cast<void>(0)
#define LAMINAR_SEEDED_BUG(name) false
#endif

namespace laminar::base {

/// What LAMINAR_KILL_POINT asks for.
struct KillPlan {
  std::string name;
  int hit = 1;
  bool stop = false;  // instead of kill

  /// nullopt for text that is none, which would else be a test that tests nothing.
  static std::optional<KillPlan> Parse(std::string_view text);
};

/// Counts the name's visits, and ends or stops the process when it is the planned one.
void ReachKillPoint(std::string_view name);
bool HasSeededBug(std::string_view name);

}  // namespace laminar::base

#endif  // LAMINAR_BASE_KILL_POINT_H_
