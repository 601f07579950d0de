// Which columns of a table come from its records: all but the metadata columns, which the connector
// fills in.
#ifndef LAMINAR_FORMATS_RECORD_FIELDS_H_
#define LAMINAR_FORMATS_RECORD_FIELDS_H_

#include <string>
#include <vector>

#include "data/connector_table.h"
#include "data/schema.h"

namespace laminar::formats {

bool IsMetadataColumn(const data::ConnectorTable& table, const std::string& column);

struct RecordFields {
  std::vector<data::Field> fields;  // of the records, in order
  std::vector<size_t> wanted;       // positions in `fields`
};
/// `columns` are positions in table.schema, none of them a metadata column.
RecordFields RecordFieldsOf(const data::ConnectorTable& table, const std::vector<size_t>& columns);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_RECORD_FIELDS_H_
