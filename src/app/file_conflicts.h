// Finds files that a program would spoil for itself: a sink that writes over what is read, two
// tables that write one file. Checked when a program is compiled, since a sink empties its file
// while its source may not have been read yet.
#ifndef LAMINAR_APP_FILE_CONFLICTS_H_
#define LAMINAR_APP_FILE_CONFLICTS_H_

#include <vector>

#include "base/diagnostic.h"
#include "plan/job_graph.h"
#include "sql/binder/program.h"

namespace laminar::app {

/// One error per table that writes a file which another table of `graph` reads or writes, placed at
/// its name in the program. Real paths are compared; pipes and devices are no conflict. BLOCKS:
/// looks at files, and lists folders when a sink writes a file.
std::vector<base::Diagnostic> FindFileConflicts(const sql::BoundProgram& program,
                                                const plan::JobGraph& graph);

}  // namespace laminar::app

#endif  // LAMINAR_APP_FILE_CONFLICTS_H_
