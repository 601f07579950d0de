// The formats that the process knows. Filled once at start by app/register_formats.cc, then read by
// any thread.
#ifndef LAMINAR_FORMATS_FORMAT_REGISTRY_H_
#define LAMINAR_FORMATS_FORMAT_REGISTRY_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/connector_table.h"
#include "formats/decoder.h"
#include "formats/encoder.h"

namespace laminar::formats {

class FormatFactory {
 public:
  virtual ~FormatFactory() = default;
  virtual std::string name() const = 0;         // "json"
  virtual std::string description() const = 0;  // a sentence
  /// Options in WITH, by full name such as "json.unstructured".
  virtual std::vector<data::OptionSpec> options() const = 0;
  /// Checks the table's columns and format options; InvalidArgument in the user's words.
  virtual absl::Status Validate(const data::ConnectorTable& table) const {
    return absl::OkStatus();
  }
  /// `handler` outlives the decoder. `columns` are the positions in table.schema that are wanted,
  /// in the order of the chunk's columns; metadata columns are not among them.
  virtual absl::StatusOr<std::unique_ptr<Decoder>> MakeDecoder(const data::ConnectorTable& table,
                                                               const std::vector<size_t>& columns,
                                                               BadRecordHandler& handler) const = 0;
  /// The encoder takes chunks of table.schema's columns (visible ones first; trailing hidden ones
  /// are ignored).
  virtual absl::StatusOr<std::unique_ptr<Encoder>> MakeEncoder(
      const data::ConnectorTable& table) const = 0;
  /// Guesses columns from a sample of the input's beginning, for stdin(format => 'json') and the
  /// like.
  virtual absl::StatusOr<data::Schema> InferSchema(std::string_view sample,
                                                   bool at_end,
                                                   const data::Options& options) const;
  /// Parquet needs random access and has no byte decoder; connectors ask before they choose a
  /// reader.
  virtual bool needs_random_access() const { return false; }
};

class FormatRegistry {
 public:
  static FormatRegistry& Global();
  void Register(std::unique_ptr<FormatFactory> factory);
  /// Null when unknown.
  const FormatFactory* Find(std::string_view name) const;
  std::vector<std::string> Names() const;

 private:
  std::vector<std::unique_ptr<FormatFactory>> factories_;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_FORMAT_REGISTRY_H_
