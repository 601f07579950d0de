// Names of columns as a file has them: those of a program may be the same but for case, which file
// formats and their readers do not tell apart. Pure; any thread.
#ifndef LAMINAR_DATA_DISTINCT_NAMES_H_
#define LAMINAR_DATA_DISTINCT_NAMES_H_

#include <string>
#include <vector>

namespace laminar::data {

/// The same names; a later one that is taken, whatever its case, gets a number: `a`, `A_2`.
/// Distinct names stay as they are.
std::vector<std::string> DistinctNames(const std::vector<std::string>& names);

}  // namespace laminar::data

#endif  // LAMINAR_DATA_DISTINCT_NAMES_H_
