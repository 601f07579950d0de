// For sources whose columns are always the same: a table may declare some of them, in any order,
// but no others.
#ifndef LAMINAR_CONNECTORS_API_FIXED_COLUMNS_H_
#define LAMINAR_CONNECTORS_API_FIXED_COLUMNS_H_

#include <string_view>

#include "base/status.h"
#include "data/schema.h"

namespace laminar::connectors {

/// InvalidArgument naming the first column of `declared` that `fixed` lacks or has with another
/// type.
absl::Status CheckFixedColumns(std::string_view connector,
                               const data::Schema& fixed,
                               const data::Schema& declared);

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_FIXED_COLUMNS_H_
