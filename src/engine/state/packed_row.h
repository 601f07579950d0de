// How a row of a keyed table is written outside the table's memory: as it lies there, with the text
// that it refers to behind it. Read by the process that wrote it and nobody else: the format is as
// fleeting as RowLayout. Any thread.
#ifndef LAMINAR_ENGINE_STATE_PACKED_ROW_H_
#define LAMINAR_ENGINE_STATE_PACKED_ROW_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/state/row_layout.h"
#include "expression/aggregate_state.h"

namespace laminar::engine {

/// Appends the hash and the keys of a row: the same bytes for keys that GROUP BY calls equal, and
/// for no others.
void AppendPackedKey(const RowLayout& layout, const uint8_t* row, std::string& bytes);
void AppendPackedRow(const RowLayout& layout, const uint8_t* row, std::string& bytes);
/// Writes the row of AppendPackedRow to `row`; its text refers to `bytes`.
void LoadPackedRow(const RowLayout& layout, std::string_view bytes, uint8_t* row);
/// Gives the text of a loaded row to `strings`.
void OwnLoadedText(const RowLayout& layout, uint8_t* row, expression::StateStrings& strings);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_PACKED_ROW_H_
