// JsonReader: one JSON value after the other, by its index, straight into vectors. It checks what
// it stores (syntax, types, ranges); what the table does not want is skipped by counting braces.
// Owned by a decoder, which tells it where records lie; task thread.
#ifndef LAMINAR_FORMATS_JSON_JSON_READER_H_
#define LAMINAR_FORMATS_JSON_JSON_READER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json/json_column.h"
#include "formats/json/json_index.h"

namespace laminar::formats {

class JsonReader {
 public:
  /// What a record looks like.
  enum class RecordForm {
    kObject,      // its fields are the columns
    kEnvelope,    // {"schema": ..., "payload": {columns}}
    kValue,       // any value, as the text of the only column
    kObjectText,  // an object, as the text of the only column
  };

  JsonReader(JsonColumn& row, RecordForm form) : row_(row), form_(form) {}

  /// Reads `text` (ending with a line feed) by `index` from now on, from its beginning.
  void Start(std::string_view text, const JsonIndex& index) {
    text_ = text.data();
    offsets_ = index.offsets();
    size_ = index.size();
    next_ = 0;
  }

  /// Reads the record that begins at the next structure into `row`. False when it is bad: then
  /// `reason()` says why and the row is in an undefined state.
  bool ReadRecord(data::idx_t row);

  bool at_end() const { return next_ >= size_; }
  /// Where the next record begins, or the text's last line feed.
  uint32_t next_offset() const { return offsets_[next_]; }
  char next_character() const { return text_[offsets_[next_]]; }
  void SkipCharacter() { ++next_; }
  /// Behind the last character of what was read last. REQUIRES: something was read.
  uint32_t end_offset() const { return offsets_[next_ - 1] + 1; }
  /// Whether the bad record is one that its text cuts off.
  bool is_incomplete() const { return next_ >= size_; }
  std::string reason() const;

 private:
  bool ReadObject(JsonColumn& object, data::idx_t row);
  bool FindField(JsonColumn& object,
                 size_t ordinal,
                 std::string_view name,
                 JsonFields::Match& match);
  bool ReadFieldAgain(const JsonFields::Match& match, data::idx_t row);
  bool ReadUsualScalar(JsonColumn& column, data::idx_t row);
  bool FinishObject(JsonColumn& object, data::idx_t row);
  bool ReadEnvelope(data::idx_t row);
  bool ReadValue(JsonColumn& column, data::idx_t row);
  bool ReadNull(JsonColumn& column, data::idx_t row);
  bool ReadScalar(JsonColumn& column, data::idx_t row);
  bool ReadString(JsonColumn& column, data::idx_t row);
  bool ReadNumber(JsonColumn& column, data::idx_t row);
  bool ReadNumberText(JsonColumn& column, data::idx_t row, std::string_view text);
  bool ReadBoolean(JsonColumn& column, data::idx_t row);
  bool ReadList(JsonColumn& column, data::idx_t row);
  bool ReadArray(JsonColumn& column, data::idx_t row);
  bool ReadMap(JsonColumn& column, data::idx_t row);
  bool ReadRaw(JsonColumn& column, data::idx_t row);
  bool TakeName(std::string_view& name);
  bool TakeString(std::string_view& text);
  bool Unescape(std::string_view& text);
  bool SkipValue();
  bool CheckValue();
  bool CheckScalar();
  bool CheckNumber(std::string_view text);
  bool BeginsRecord() const;
  bool FailAtNextRecord();
  std::string_view ScalarText() const;
  bool IsDone(const char* p) const;
  bool Fail(std::string reason);
  bool FailSyntax(std::string_view expected);
  bool FailIn(std::string_view name);
  bool FailType(const JsonColumn& column);

  const char* Pointer() const { return text_ + offsets_[next_]; }
  char Character() const { return text_[offsets_[next_]]; }

  JsonColumn& row_;
  const RecordForm form_;
  const char* text_ = nullptr;
  const uint32_t* offsets_ = nullptr;
  uint32_t size_ = 0;
  uint32_t next_ = 0;
  uint32_t record_ = 0;  // where the record began, among the offsets
  std::string reason_;
  std::vector<std::string> path_;  // of the field that failed, innermost first
  std::string scratch_;
  std::string open_;  // brackets open in CheckValue
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_JSON_JSON_READER_H_
