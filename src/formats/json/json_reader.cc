#include "formats/json/json_reader.h"

#include <cmath>
#include <unordered_set>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/limits.h"
#include "formats/text/json_string.h"

namespace laminar::formats {
namespace {

using data::idx_t;

// Copies text to `out` (room for size + 16 bytes; as much readable behind the text is not needed)
// and tells whether it holds a backslash.
bool CopyAndFindEscape(const char* text, size_t size, char* out) {
  size_t i = 0;
#if defined(__SSE2__)
  const __m128i backslash = _mm_set1_epi8('\\');
  __m128i found = _mm_setzero_si128();
  for (; i + 16 <= size; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + i));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), bytes);
    found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, backslash));
  }
  if (size >= 16) {
    // The last 16 bytes once more, overlapping.
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + size - 16));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + size - 16), bytes);
    found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, backslash));
    return _mm_movemask_epi8(found) != 0;
  }
#endif
  bool escaped = false;
  for (; i < size; ++i) {
    out[i] = text[i];
    escaped |= text[i] == '\\';
  }
  return escaped;
}

// As above for up to 16 bytes. REQUIRES: 16 bytes can be read.
bool CopySixteenAndFindEscape(const char* text, size_t size, char* out) {
#if defined(__SSE2__)
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes);
  const auto found =
      static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
  return (found & ((uint32_t{1} << size) - 1)) != 0;
#else
  return CopyAndFindEscape(text, size, out);
#endif
}

bool HasEscape(std::string_view text) {
  return std::memchr(text.data(), '\\', text.size()) != nullptr;
}

std::string_view DescribeCharacter(char c) {
  switch (c) {
    case '{':
      return "an object";
    case '[':
      return "an array";
    case '"':
      return "a string";
    case 't':
    case 'f':
      return "a boolean";
    case 'n':
      return "null";
    default:
      return "a number";
  }
}

}  // namespace

std::string JsonReader::reason() const {
  if (path_.empty()) {
    return reason_;
  }
  std::string text = "field '";
  for (auto name = path_.rbegin(); name != path_.rend(); ++name) {
    if (name != path_.rbegin() && *name != "[]") {
      text += '.';
    }
    text += *name;
  }
  return text + "': " + reason_;
}

bool JsonReader::Fail(std::string reason) {
  reason_ = std::move(reason);
  return false;
}

bool JsonReader::FailSyntax(std::string_view expected) {
  std::string reason = "not JSON: expected " + std::string(expected);
  if (next_ >= size_) {
    return Fail(reason + ", but the record ends");
  }
  return Fail(reason + ", found " + QuoteForMessage({Pointer(), 1}) + " at byte " +
              std::to_string(offsets_[next_] - offsets_[record_]) + " of the record");
}

// A brace at the start of a line begins a record, never a value inside of one: so that a record
// that was cut off cannot swallow those behind it.
bool JsonReader::BeginsRecord() const {
  return next_ != record_ && Character() == '{' && text_[offsets_[next_] - 1] == '\n';
}

bool JsonReader::FailAtNextRecord() {
  return Fail("not JSON: the record is not closed before the next one begins");
}

bool JsonReader::FailIn(std::string_view name) {
  path_.emplace_back(name);
  return false;
}

bool JsonReader::FailType(const JsonColumn& column) {
  if (next_ >= size_) {
    return FailSyntax("a value");
  }
  return Fail("expected " + column.cell.type().ToString() + ", found " +
              std::string(DescribeCharacter(Character())));
}

// Whether a scalar that ends before `p` ends there indeed.
inline bool JsonReader::IsDone(const char* p) const {
  return *p == ',' || *p == '}' || *p == ']' || IsBlank(*p);
}

inline bool JsonReader::TakeName(std::string_view& name) {
  if (Character() != '"') [[unlikely]] {
    return FailSyntax("a field's name");
  }
  if (text_[offsets_[next_ + 1]] != ':') [[unlikely]] {
    ++next_;
    return FailSyntax("':'");
  }
  const char* const begin = Pointer() + 1;
  const char* end = text_ + offsets_[next_ + 1] - 1;
  while (*end != '"') {
    --end;
  }
  name = {begin, static_cast<size_t>(end - begin)};
  next_ += 2;
  return true;
}

// Finds the column of a field. False when its name is written with a wrong escape.
inline bool JsonReader::FindField(JsonColumn& object,
                                  size_t ordinal,
                                  std::string_view name,
                                  JsonFields::Match& match) {
  match = object.fields.Find(ordinal, name);
  if (match.column != nullptr || !HasEscape(name)) [[likely]] {
    return true;
  }
  if (!Unescape(name)) {
    return false;
  }
  match = object.fields.Find(ordinal, name);
  return true;
}

// The values that most columns have most of the time, without a call: whole numbers, texts without
// escapes, timestamps. False for all others, with nothing done.
[[gnu::always_inline]] inline bool JsonReader::ReadUsualScalar(JsonColumn& column, idx_t row) {
  const char* const begin = Pointer();
  const CellKind kind = column.cell.kind();
  if (column.shape != JsonColumn::Shape::kScalar) {
    return false;
  }
  if (kind == CellKind::kInt64) {
    const char* p = begin;
    WholeNumber number;
    const ParseResult result = TakeWholeNumber(p, text_ + offsets_[size_], number);
    const char* const first = begin + (number.negative ? 1 : 0);
    if (result != ParseResult::kOk || !IsDone(p) || (*first == '0' && p - first > 1) ||
        !column.cell.WriteInteger(row, number)) {
      return false;
    }
    ++next_;
    return true;
  }
  const char* const end = text_ + offsets_[next_ + 1] - 1;
  if (*begin != '"' || *end != '"' || end == begin) {
    return false;
  }
  const std::string_view text(begin + 1, static_cast<size_t>(end - begin - 1));
  if (kind == CellKind::kText) {
    char* const out = column.cell.slab().Reserve(text.size() + 16);
    const bool escaped = text.size() <= 16 && text.data() + 16 <= text_ + offsets_[size_]
                             ? CopySixteenAndFindEscape(text.data(), text.size(), out)
                             : CopyAndFindEscape(text.data(), text.size(), out);
    if (escaped) {
      return false;
    }
    column.cell.CommitString(row, text.size());
    ++next_;
    return true;
  }
  if (kind == CellKind::kTimestamp && column.cell.WriteRfc3339(row, text)) {
    ++next_;
    return true;
  }
  return false;
}

bool JsonReader::ReadRecord(idx_t row) {
  record_ = next_;
  path_.clear();
  switch (form_) {
    case RecordForm::kObject:
      if (Character() != '{') [[unlikely]] {
        return FailSyntax("an object");
      }
      return ReadObject(row_, row);
    case RecordForm::kEnvelope:
      return ReadEnvelope(row);
    case RecordForm::kObjectText:
      if (Character() != '{') {
        return FailSyntax("an object");
      }
      return ReadRaw(*row_.children[0], row);
    case RecordForm::kValue:
      return row_.children.empty() ? CheckValue() : ReadRaw(*row_.children[0], row);
  }
  return false;
}

bool JsonReader::ReadEnvelope(idx_t row) {
  if (Character() != '{') {
    return FailSyntax("an object");
  }
  ++next_;
  bool found = false;
  if (Character() == '}') {
    ++next_;
    return Fail("field 'payload' is missing (json.include_schema is set)");
  }
  while (true) {
    std::string_view name;
    if (!TakeName(name)) {
      return false;
    }
    if (name == "payload" && !found) {
      if (Character() != '{') {
        return Fail("field 'payload': expected an object, found " +
                    std::string(DescribeCharacter(Character())));
      }
      found = true;
      if (!ReadObject(row_, row)) {
        return false;
      }
    } else if (!SkipValue()) {
      return false;
    }
    const char c = Character();
    if (c != ',' && c != '}') {
      return FailSyntax("',' or '}'");
    }
    ++next_;
    if (c == '}') {
      return found || Fail("field 'payload' is missing (json.include_schema is set)");
    }
  }
}

bool JsonReader::ReadObject(JsonColumn& object, idx_t row) {
  if (BeginsRecord()) [[unlikely]] {
    return FailAtNextRecord();
  }
  ++next_;
  const uint64_t this_object = ++object.num_objects;
  size_t num_seen = 0;
  if (Character() == '}') {
    ++next_;
    return FinishObject(object, row);
  }
  for (size_t ordinal = 0;; ++ordinal) {
    std::string_view name;
    if (!TakeName(name)) [[unlikely]] {
      return false;
    }
    JsonFields::Match match;
    if (!FindField(object, ordinal, name, match)) {
      return false;
    }
    if (match.column == nullptr) {
      if (!SkipValue()) {
        return false;
      }
    } else if (match.column->seen_in != this_object) [[likely]] {
      JsonColumn& column = *match.column;
      column.seen_in = this_object;
      column.seen_exact = match.exact;
      ++num_seen;
      if (!ReadUsualScalar(column, row) && !ReadValue(column, row)) [[unlikely]] {
        return FailIn(column.name);
      }
    } else if (!ReadFieldAgain(match, row)) {
      return false;
    }
    const char c = Character();
    if (c == ',') [[likely]] {
      ++next_;
      continue;
    }
    if (c != '}') [[unlikely]] {
      return FailSyntax("',' or '}'");
    }
    ++next_;
    return num_seen == object.fields.size() || FinishObject(object, row);
  }
}

// The same field twice in an object: the last one counts, but a name in other letters never wins
// over the exact one.
bool JsonReader::ReadFieldAgain(const JsonFields::Match& match, idx_t row) {
  JsonColumn& column = *match.column;
  if (column.seen_exact && !match.exact) {
    return SkipValue();
  }
  column.seen_exact = match.exact;
  column.ResetValidity(row, row + 1);
  return ReadValue(column, row) || FailIn(column.name);
}

// Makes the fields NULL that the object did not have.
bool JsonReader::FinishObject(JsonColumn& object, idx_t row) {
  for (size_t i = 0; i < object.fields.size(); ++i) {
    JsonColumn& field = object.fields.at(i);
    if (field.seen_in == object.num_objects) {
      continue;
    }
    if (!field.nullable) {
      Fail("missing, but NOT NULL");
      return FailIn(field.name);
    }
    field.SetNull(row);
  }
  return true;
}

bool JsonReader::ReadValue(JsonColumn& column, idx_t row) {
  const char c = Character();
  if (c == 'n') [[unlikely]] {
    return ReadNull(column, row);
  }
  switch (column.shape) {
    case JsonColumn::Shape::kScalar:
      return ReadScalar(column, row);
    case JsonColumn::Shape::kJson:
      return ReadRaw(column, row);
    case JsonColumn::Shape::kStruct:
      return c == '{' ? ReadObject(column, row) : FailType(column);
    case JsonColumn::Shape::kList:
      return c == '[' ? ReadList(column, row) : FailType(column);
    case JsonColumn::Shape::kArray:
      return c == '[' ? ReadArray(column, row) : FailType(column);
    case JsonColumn::Shape::kMap:
      return c == '{' ? ReadMap(column, row) : FailType(column);
  }
  return false;
}

bool JsonReader::ReadNull(JsonColumn& column, idx_t row) {
  if (ScalarText() != "null") {
    return FailSyntax("a value");
  }
  if (!column.nullable) {
    return Fail("null, but NOT NULL");
  }
  ++next_;
  column.SetNull(row);
  return true;
}

bool JsonReader::ReadScalar(JsonColumn& column, idx_t row) {
  const char c = Character();
  if (IsDigit(c) || c == '-') {
    return ReadNumber(column, row);
  }
  switch (c) {
    case '"':
      return ReadString(column, row);
    case 't':
    case 'f':
      return ReadBoolean(column, row);
    case '{':
    case '[':
      return column.cell.kind() == CellKind::kText ? ReadRaw(column, row) : FailType(column);
    default:
      return FailSyntax("a value");
  }
}

// The number or word at the next structure.
std::string_view JsonReader::ScalarText() const {
  const char* const begin = Pointer();
  const char* end = begin;
  while (!IsDone(end)) {
    ++end;
  }
  return {begin, static_cast<size_t>(end - begin)};
}

bool JsonReader::ReadNumber(JsonColumn& column, idx_t row) {
  const char* const begin = Pointer();
  const char* p = begin;
  // A number ends before the text's last line feed at the latest.
  const char* const end = text_ + offsets_[size_];
  const CellKind kind = column.cell.kind();
  if (kind >= CellKind::kInt8 && kind <= CellKind::kUint64) [[likely]] {
    WholeNumber number;
    const ParseResult result = TakeWholeNumber(p, end, number);
    const char* const first = begin + (number.negative ? 1 : 0);
    if (result == ParseResult::kOk && IsDone(p) && (*first != '0' || p - first == 1) &&
        column.cell.WriteInteger(row, number)) [[likely]] {
      ++next_;
      return true;
    }
  } else if (kind == CellKind::kDouble || kind == CellKind::kFloat) {
    double value = 0;
    const char* const first = begin + (*begin == '-' ? 1 : 0);
    if (TakeDouble(p, end, value) == ParseResult::kOk && IsDone(p) &&
        (first[0] != '0' || !IsDigit(first[1])) && column.cell.WriteDouble(row, value)) [[likely]] {
      ++next_;
      return true;
    }
  }
  const std::string_view text = ScalarText();
  return CheckNumber(text) && ReadNumberText(column, row, text);
}

// The long way, for all types. REQUIRES: `text` is a number.
bool JsonReader::ReadNumberText(JsonColumn& column, idx_t row, std::string_view text) {
  const CellKind kind = column.cell.kind();
  bool stored = false;
  if (kind == CellKind::kTimestamp) {
    const int64_t units = UnitsPerSecond(column.cell.format().timestamp);
    if (units == 0) {
      return Fail("expected " + column.cell.type().ToString() +
                  " as text (RFC 3339), found a number; json.timestamp_format = 'unix_millis' and "
                  "the like read numbers");
    }
    Instant instant;
    stored = ParseUnixTime(text, units, instant) == ParseResult::kOk &&
             column.cell.WriteInstant(row, instant);
    if (!stored) {
      return Fail("out of range for " + column.cell.type().ToString() + ": " + std::string(text));
    }
  } else if (kind >= CellKind::kInt8 && kind <= CellKind::kUint64 &&
             text.find_first_of(".eE") != std::string_view::npos) {
    // 1e3 and 1.0 are whole numbers too; 1.5 is not.
    constexpr double kExactMax = 9007199254740992.0;
    double value = 0;
    const char* p = text.data();
    const bool whole = TakeDouble(p, p + text.size(), value) == ParseResult::kOk &&
                       std::abs(value) <= kExactMax && value == std::trunc(value);
    const WholeNumber number{whole ? static_cast<uint64_t>(std::abs(value)) : 0, value < 0};
    if (!whole || !column.cell.WriteInteger(row, number)) {
      return Fail((whole ? "out of range for " : "not a whole number for ") +
                  column.cell.type().ToString() + ": " + std::string(text));
    }
    stored = true;
  } else if (kind == CellKind::kDecimal) {
    stored = column.cell.WriteDecimalText(row, text, reason_);
  } else if (kind == CellKind::kBlob || kind == CellKind::kEnum) {
    return FailType(column);
  } else {
    stored = column.cell.WriteText(row, text, reason_);
  }
  next_ += stored ? 1 : 0;
  return stored;
}

bool JsonReader::ReadBoolean(JsonColumn& column, idx_t row) {
  const std::string_view text = ScalarText();
  if (text != "true" && text != "false") {
    return FailSyntax("a value");
  }
  if (column.cell.kind() == CellKind::kBoolean) {
    column.cell.WriteBoolean(row, text.size() == 4);
  } else if (column.cell.kind() == CellKind::kText) {
    column.cell.WriteString(row, text);
  } else {
    return FailType(column);
  }
  ++next_;
  return true;
}

// The text between the quotes, still escaped. The closing quote is the last character before the
// next structure that is no blank.
bool JsonReader::TakeString(std::string_view& text) {
  const char* const begin = Pointer() + 1;
  const char* end = text_ + offsets_[next_ + 1] - 1;
  while (IsBlank(*end)) {
    --end;
  }
  if (end < begin || *end != '"') {
    return FailSyntax("a string");
  }
  text = {begin, static_cast<size_t>(end - begin)};
  ++next_;
  return true;
}

bool JsonReader::Unescape(std::string_view& text) {
  scratch_.resize(text.size());
  const size_t size = UnescapeJsonString(text, scratch_.data());
  if (size == kBadEscape) {
    return Fail("not JSON: a string has a wrong escape: " + QuoteForMessage(text));
  }
  text = std::string_view(scratch_).substr(0, size);
  return true;
}

bool JsonReader::ReadString(JsonColumn& column, idx_t row) {
  std::string_view text;
  if (!TakeString(text)) {
    return false;
  }
  if (column.cell.kind() == CellKind::kText) [[likely]] {
    char* const out = column.cell.slab().Reserve(text.size() + 16);
    size_t size = text.size();
    if (CopyAndFindEscape(text.data(), text.size(), out)) [[unlikely]] {
      size = UnescapeJsonString(text, out);
      if (size == kBadEscape) {
        return Fail("not JSON: a string has a wrong escape: " + QuoteForMessage(text));
      }
    }
    column.cell.CommitString(row, size);
    return true;
  }
  if (HasEscape(text) && !Unescape(text)) {
    return false;
  }
  return column.cell.WriteText(row, text, reason_);
}

bool JsonReader::ReadList(JsonColumn& column, idx_t row) {
  ++next_;
  JsonColumn& element = *column.children[0];
  const idx_t offset = column.num_elements;
  if (Character() == ']') {
    ++next_;
    column.entries[row] = {offset, 0};
    return true;
  }
  while (true) {
    if (!ReadValue(element, column.AddElement())) {
      return FailIn(element.name);
    }
    const char c = Character();
    if (c != ',' && c != ']') {
      return FailSyntax("',' or ']'");
    }
    ++next_;
    if (c == ']') {
      column.entries[row] = {offset, column.num_elements - offset};
      return true;
    }
  }
}

bool JsonReader::ReadArray(JsonColumn& column, idx_t row) {
  ++next_;
  JsonColumn& element = *column.children[0];
  for (idx_t i = 0; i < column.array_size; ++i) {
    if (Character() == ']') {
      return Fail("expected " + column.cell.type().ToString() + ", found an array of " +
                  std::to_string(i));
    }
    if (!ReadValue(element, row * column.array_size + i)) {
      return FailIn(element.name);
    }
    const char c = Character();
    const bool last = i + 1 == column.array_size;
    if (c == ',' && last) {
      return Fail("expected " + column.cell.type().ToString() + ", found a longer array");
    }
    if (c != ',' && c != ']') {
      return FailSyntax("',' or ']'");
    }
    next_ += c == ',' || last ? 1 : 0;
  }
  return true;
}

bool JsonReader::ReadMap(JsonColumn& column, idx_t row) {
  if (BeginsRecord()) {
    return FailAtNextRecord();
  }
  ++next_;
  const idx_t offset = column.num_elements;
  if (Character() == '}') {
    ++next_;
    column.entries[row] = {offset, 0};
    return true;
  }
  std::unordered_set<std::string_view> keys;
  while (true) {
    std::string_view name;
    if (!TakeName(name)) {
      return false;
    }
    if (!keys.insert(name).second) {
      return Fail("the key " + QuoteForMessage(name) + " appears twice in a map");
    }
    const idx_t element = column.AddElement();
    if ((HasEscape(name) && !Unescape(name)) ||
        !column.children[0]->cell.WriteText(element, name, reason_) ||
        !ReadValue(*column.children[1], element)) {
      return FailIn(name);
    }
    const char c = Character();
    if (c != ',' && c != '}') {
      return FailSyntax("',' or '}'");
    }
    ++next_;
    if (c == '}') {
      column.entries[row] = {offset, column.num_elements - offset};
      return true;
    }
  }
}

bool JsonReader::ReadRaw(JsonColumn& column, idx_t row) {
  const char* const begin = Pointer();
  if (!CheckValue()) {
    return false;
  }
  // A scalar's end is not in the index: it ends before the next structure, but for blanks.
  const char* end = text_ + offsets_[next_] - 1;
  while (IsBlank(*end)) {
    --end;
  }
  column.cell.WriteString(row, {begin, static_cast<size_t>(end + 1 - begin)});
  return true;
}

bool JsonReader::SkipValue() {
  int64_t depth = 0;
  do {
    const char c = Character();
    if (next_ >= size_) {
      return FailSyntax("a value");
    }
    if (c == '{' && BeginsRecord()) [[unlikely]] {
      return FailAtNextRecord();
    }
    depth += c == '{' || c == '[' ? 1 : 0;
    depth -= c == '}' || c == ']' ? 1 : 0;
    if (depth > base::kJsonDepthMax) {
      return Fail("nested deeper than " + std::to_string(base::kJsonDepthMax) + " levels");
    }
    if (depth < 0 || (depth == 0 && (c == ',' || c == ':'))) {
      return FailSyntax("a value");
    }
    ++next_;
  } while (depth > 0);
  return true;
}

bool JsonReader::CheckNumber(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  double value = 0;
  const char* const first = p + (p < end && *p == '-' ? 1 : 0);
  const bool leading_zero = end - first >= 2 && first[0] == '0' && IsDigit(first[1]);
  // Only the form counts here: beyond the range of a double is a number all the same.
  if (TakeDouble(p, end, value) == ParseResult::kMalformed || p != end || leading_zero) {
    return Fail("not JSON: expected a number, found " + QuoteForMessage(text));
  }
  return true;
}

bool JsonReader::CheckScalar() {
  const char c = Character();
  if (c == '"') {
    std::string_view text;
    if (!TakeString(text)) {
      return false;
    }
    return !HasEscape(text) || Unescape(text);
  }
  const std::string_view text = ScalarText();
  if (IsDigit(c) || c == '-') {
    if (!CheckNumber(text)) {
      return false;
    }
  } else if (text != "true" && text != "false" && text != "null") {
    return FailSyntax("a value");
  }
  ++next_;
  return true;
}

bool JsonReader::CheckValue() {
  open_.clear();
  bool value_is_next = true;
  while (value_is_next || !open_.empty()) {
    const char c = Character();
    if (value_is_next) {
      value_is_next = false;
      if (c != '{' && c != '[') {
        if (!CheckScalar()) {
          return false;
        }
        continue;
      }
      if (BeginsRecord()) {
        return FailAtNextRecord();
      }
      ++next_;
      if (Character() == (c == '{' ? '}' : ']')) {
        ++next_;
        continue;
      }
      open_.push_back(c);
      if (open_.size() > static_cast<size_t>(base::kJsonDepthMax)) {
        return Fail("nested deeper than " + std::to_string(base::kJsonDepthMax) + " levels");
      }
    } else if (c == (open_.back() == '{' ? '}' : ']')) {
      open_.pop_back();
      ++next_;
      continue;
    } else if (c == ',') {
      ++next_;
    } else {
      return FailSyntax(open_.back() == '{' ? "',' or '}'" : "',' or ']'");
    }
    if (open_.back() == '{') {
      std::string_view name;
      if (!TakeName(name) || (HasEscape(name) && !Unescape(name))) {
        return false;
      }
    }
    value_is_next = true;
  }
  return true;
}

}  // namespace laminar::formats
