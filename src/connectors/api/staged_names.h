// Hidden names of output that is not published yet: which pipeline, sink and generation it is of,
// so that an attempt clears up behind earlier ones and never touches what is not its own. Any
// thread.
#ifndef LAMINAR_CONNECTORS_API_STAGED_NAMES_H_
#define LAMINAR_CONNECTORS_API_STAGED_NAMES_H_

#include <optional>
#include <string>
#include <string_view>

#include "connectors/api/sink_writer.h"

namespace laminar::connectors {

/// `.PREFIX.PIPELINE.SINK.gGENERATION.`, without PREFIX and its dot where it is empty: what the
/// names of the identity's files begin with.
std::string StagedPrefix(std::string_view prefix, const SinkIdentity& identity);

/// The generation in a name that this or another attempt of the sink has made; nullopt: it is not
/// of this sink.
std::optional<data::Generation> StagedGeneration(std::string_view name,
                                                 std::string_view prefix,
                                                 const SinkIdentity& identity);

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_STAGED_NAMES_H_
