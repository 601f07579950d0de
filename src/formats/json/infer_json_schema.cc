#include "formats/json/infer_json_schema.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <simdjson.h>

#include "base/limits.h"
#include "formats/json/json_decoder.h"
#include "formats/text/time_text.h"

namespace laminar::formats {
namespace {

using data::LogicalType;

// Objects with more different fields than this are maps in disguise.
constexpr size_t kFieldsMax = 4096;
constexpr int kDepthMax = 32;

// What has been seen of one value over all records.
struct Guess {
  enum class Kind {
    kNull,
    kBoolean,
    kInteger,
    kHugeInteger,
    kDouble,
    kDate,
    kTimestamp,
    kText,
    kStruct,
    kList,
    kMixed,
  };
  Kind kind = Kind::kNull;
  std::vector<std::string> names;  // of kStruct, in order
  std::vector<Guess> fields;
  std::unique_ptr<Guess> element;  // of kList
};
using Kind = Guess::Kind;

// A simpler order than that of types: each kind holds the values of those that merge into it.
Kind Merge(Kind a, Kind b) {
  if (a == b || b == Kind::kNull) {
    return a;
  }
  if (a == Kind::kNull) {
    return b;
  }
  if (a > b) {
    std::swap(a, b);
  }
  const bool a_is_number = a >= Kind::kInteger && a <= Kind::kDouble;
  const bool b_is_number = b >= Kind::kInteger && b <= Kind::kDouble;
  if (a_is_number && b_is_number) {
    return b;
  }
  if (a == Kind::kDate && b == Kind::kTimestamp) {
    return b;
  }
  // Scalars are text at last; with objects or arrays among them, JSON.
  return b <= Kind::kText ? Kind::kText : Kind::kMixed;
}

Kind KindOfText(std::string_view text) {
  int64_t days = 0;
  Instant instant;
  if (ParseDate(text, days)) {
    return Kind::kDate;
  }
  return ParseRfc3339(text, instant) ? Kind::kTimestamp : Kind::kText;
}

// Names of columns do not differ by case alone.
bool SameName(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

Guess& FieldOf(Guess& guess, std::string_view name) {
  for (size_t i = 0; i < guess.names.size(); ++i) {
    if (SameName(guess.names[i], name)) {
      return guess.fields[i];
    }
  }
  guess.names.emplace_back(name);
  return guess.fields.emplace_back();
}

void Learn(Guess& guess, const simdjson::dom::element& value, int depth);

void LearnObject(Guess& guess, const simdjson::dom::object& object, int depth) {
  guess.kind = Merge(guess.kind, Kind::kStruct);
  if (guess.kind != Kind::kStruct) {
    return;
  }
  for (const auto& [name, value] : object) {
    Learn(FieldOf(guess, name), value, depth + 1);
  }
  if (guess.names.size() > kFieldsMax) {
    guess.kind = Kind::kMixed;
  }
}

void LearnArray(Guess& guess, const simdjson::dom::array& array, int depth) {
  guess.kind = Merge(guess.kind, Kind::kList);
  if (guess.kind != Kind::kList) {
    return;
  }
  if (guess.element == nullptr) {
    guess.element = std::make_unique<Guess>();
  }
  for (const simdjson::dom::element& value : array) {
    Learn(*guess.element, value, depth + 1);
  }
}

void Learn(Guess& guess, const simdjson::dom::element& value, int depth) {
  if (depth > kDepthMax) {
    guess.kind = Kind::kMixed;
    return;
  }
  switch (value.type()) {
    case simdjson::dom::element_type::OBJECT:
      return LearnObject(guess, value.get_object().value_unsafe(), depth);
    case simdjson::dom::element_type::ARRAY:
      return LearnArray(guess, value.get_array().value_unsafe(), depth);
    case simdjson::dom::element_type::INT64:
      guess.kind = Merge(guess.kind, Kind::kInteger);
      return;
    case simdjson::dom::element_type::UINT64:
      guess.kind = Merge(guess.kind, Kind::kHugeInteger);
      return;
    case simdjson::dom::element_type::DOUBLE:
      guess.kind = Merge(guess.kind, Kind::kDouble);
      return;
    case simdjson::dom::element_type::BOOL:
      guess.kind = Merge(guess.kind, Kind::kBoolean);
      return;
    case simdjson::dom::element_type::STRING:
      guess.kind = Merge(guess.kind, KindOfText(value.get_string().value_unsafe()));
      return;
    case simdjson::dom::element_type::NULL_VALUE:
      return;
  }
}

LogicalType TypeOf(const Guess& guess) {
  switch (guess.kind) {
    case Kind::kBoolean:
      return LogicalType::BOOLEAN;
    case Kind::kInteger:
      return LogicalType::BIGINT;
    case Kind::kHugeInteger:
      return LogicalType::HUGEINT;
    case Kind::kDouble:
      return LogicalType::DOUBLE;
    case Kind::kDate:
      return LogicalType::DATE;
    case Kind::kTimestamp:
      return LogicalType::TIMESTAMP;
    case Kind::kNull:
    case Kind::kText:
      return LogicalType::VARCHAR;
    case Kind::kList:
      return LogicalType::LIST(TypeOf(*guess.element));
    case Kind::kStruct: {
      duckdb::child_list_t<LogicalType> fields;
      for (size_t i = 0; i < guess.names.size(); ++i) {
        if (!guess.names[i].empty()) {
          fields.emplace_back(guess.names[i], TypeOf(guess.fields[i]));
        }
      }
      return fields.empty() ? LogicalType::JSON() : LogicalType::STRUCT(std::move(fields));
    }
    case Kind::kMixed:
      return LogicalType::JSON();
  }
  return LogicalType::VARCHAR;
}

// Remembers the first error; sampling goes on.
class FirstError final : public BadRecordHandler {
 public:
  absl::Status Handle(const BadRecord& record) override {
    if (text_.empty()) {
      text_ = "; the first one: " + std::string(record.error);
    }
    return absl::OkStatus();
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

absl::StatusOr<data::Schema> InferJsonSchema(std::string_view sample,
                                             bool at_end,
                                             const JsonOptions& options) {
  data::Schema schema;
  if (options.unstructured) {
    schema.fields.push_back({"value", LogicalType::JSON()});
    return schema;
  }
  FirstError bad_records;
  JsonDecoder splitter({{"record", LogicalType::JSON()}},
                       {.form = JsonReader::RecordForm::kObjectText}, bad_records);
  simdjson::dom::parser parser(base::kRecordBytesMax);
  Guess all;
  size_t used = 0;
  while (true) {
    data::Chunk chunk = data::Chunk::Allocate({LogicalType::JSON()});
    LAMINAR_ASSIGN_OR_RETURN(
        const size_t part,
        splitter.Decode(sample.substr(used), static_cast<int64_t>(used), at_end, chunk));
    used += part;
    const auto* const records = duckdb::FlatVector::GetData<duckdb::string_t>(chunk.column(0));
    for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
      simdjson::dom::element record;
      if (parser.parse(records[row].GetData(), records[row].GetSize()).get(record) !=
          simdjson::SUCCESS) {
        continue;
      }
      simdjson::dom::element payload;
      if (options.include_schema && record["payload"].get(payload) == simdjson::SUCCESS) {
        record = payload;
      }
      Learn(all, record, 0);
    }
    if (part == 0) {
      break;
    }
  }
  if (all.kind != Kind::kStruct && used == 0 && !at_end) {
    return base::InvalidArgument("columns cannot be guessed: the first record is longer than the " +
                                 std::to_string(sample.size()) + " bytes that are looked at");
  }
  if (all.kind != Kind::kStruct) {
    return base::InvalidArgument(
        "columns cannot be guessed: no JSON object among the first records of the input" +
        bad_records.text());
  }
  for (size_t i = 0; i < all.names.size(); ++i) {
    if (!all.names[i].empty()) {
      schema.fields.push_back({all.names[i], TypeOf(all.fields[i])});
    }
  }
  if (schema.fields.empty()) {
    return base::InvalidArgument("columns cannot be guessed: the first records have no fields");
  }
  return schema;
}

}  // namespace laminar::formats
