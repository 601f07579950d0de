// The description of a table in the JSON envelope of Kafka Connect ("schema" beside "payload").
#ifndef LAMINAR_FORMATS_JSON_CONNECT_SCHEMA_H_
#define LAMINAR_FORMATS_JSON_CONNECT_SCHEMA_H_

#include <string>

#include "data/schema.h"
#include "formats/text/cell_writer.h"

namespace laminar::formats {

/// JSON of the struct of the schema's visible columns.
std::string ConnectSchema(const data::Schema& schema, const CellFormat& format);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_JSON_CONNECT_SCHEMA_H_
