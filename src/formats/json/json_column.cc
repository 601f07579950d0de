#include "formats/json/json_column.h"

#include <algorithm>

namespace laminar::formats {
namespace {

using data::idx_t;
using data::LogicalTypeId;

// Places beyond this and longer names are looked up every time; no input can make the memory grow.
constexpr size_t kGuessesMax = 4096;
constexpr size_t kGuessedNameBytesMax = 128;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return lower;
}

JsonColumn::Shape ShapeOf(const data::LogicalType& type) {
  if (type.IsJSONType()) {
    return JsonColumn::Shape::kJson;
  }
  switch (type.id()) {
    case LogicalTypeId::STRUCT:
      return JsonColumn::Shape::kStruct;
    case LogicalTypeId::LIST:
      return JsonColumn::Shape::kList;
    case LogicalTypeId::ARRAY:
      return JsonColumn::Shape::kArray;
    case LogicalTypeId::MAP:
      return JsonColumn::Shape::kMap;
    default:
      return JsonColumn::Shape::kScalar;
  }
}

}  // namespace

void JsonFields::Add(JsonColumn& column) {
  columns_.push_back(&column);
  by_name_.emplace(column.name, &column);
  by_lower_name_.emplace(Lower(column.name), &column);
}

JsonFields::Match JsonFields::Search(size_t ordinal, std::string_view name) {
  Match match;
  if (const auto exact = by_name_.find(std::string(name)); exact != by_name_.end()) {
    match.column = exact->second;
  } else if (const auto similar = by_lower_name_.find(Lower(name));
             similar != by_lower_name_.end()) {
    match = {similar->second, /*exact=*/false};
  }
  if (ordinal < kGuessesMax && name.size() <= kGuessedNameBytesMax) {
    if (ordinal >= guesses_.size()) {
      guesses_.resize(ordinal + 1);
    }
    guesses_[ordinal] = {std::string(name), match};
  }
  return match;
}

JsonColumn::JsonColumn(std::string column_name,
                       const data::LogicalType& type,
                       bool may_be_null,
                       const CellFormat& format)
    : name(std::move(column_name)),
      nullable(may_be_null),
      shape(ShapeOf(type)),
      cell(type, format) {
  const auto add_child = [&](const std::string& child_name, const data::LogicalType& child_type,
                             bool child_nullable) {
    children.push_back(
        std::make_unique<JsonColumn>(child_name, child_type, child_nullable, format));
  };
  switch (shape) {
    case Shape::kStruct:
      for (const auto& [child_name, child_type] : duckdb::StructType::GetChildTypes(type)) {
        add_child(child_name, child_type, /*child_nullable=*/true);
        fields.Add(*children.back());
      }
      break;
    case Shape::kList:
      add_child("[]", duckdb::ListType::GetChildType(type), /*child_nullable=*/true);
      break;
    case Shape::kArray:
      add_child("[]", duckdb::ArrayType::GetChildType(type), /*child_nullable=*/true);
      array_size = duckdb::ArrayType::GetSize(type);
      break;
    case Shape::kMap:
      add_child("key", duckdb::MapType::KeyType(type), /*child_nullable=*/false);
      add_child("value", duckdb::MapType::ValueType(type), /*child_nullable=*/true);
      break;
    case Shape::kScalar:
    case Shape::kJson:
      break;
  }
}

void JsonColumn::Attach(data::Vector& target, size_t expected_bytes) {
  vector = &target;
  validity = &duckdb::FlatVector::Validity(target);
  switch (shape) {
    case Shape::kScalar:
    case Shape::kJson:
      cell.Attach(target, expected_bytes);
      break;
    case Shape::kStruct: {
      auto& fields_of_vector = duckdb::StructVector::GetEntries(target);
      for (size_t i = 0; i < children.size(); ++i) {
        children[i]->Attach(*fields_of_vector[i], expected_bytes);
      }
      break;
    }
    case Shape::kArray:
      children[0]->Attach(duckdb::ArrayVector::GetEntry(target), expected_bytes);
      break;
    case Shape::kList:
    case Shape::kMap: {
      entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(target);
      num_elements = duckdb::ListVector::GetListSize(target);
      num_elements_before = num_elements;
      element_capacity = duckdb::ListVector::GetListCapacity(target);
      auto& elements = duckdb::ListVector::GetEntry(target);
      if (shape == Shape::kList) {
        children[0]->Attach(elements, expected_bytes);
        break;
      }
      auto& pairs = duckdb::StructVector::GetEntries(elements);
      children[0]->Attach(*pairs[0], expected_bytes);
      children[1]->Attach(*pairs[1], expected_bytes);
      break;
    }
  }
}

// As Attach, when buffers have moved but their contents stay.
void JsonColumn::AttachAgain(data::Vector& target) {
  vector = &target;
  validity = &duckdb::FlatVector::Validity(target);
  switch (shape) {
    case Shape::kScalar:
    case Shape::kJson:
      cell.AttachAgain(target);
      break;
    case Shape::kStruct: {
      auto& fields_of_vector = duckdb::StructVector::GetEntries(target);
      for (size_t i = 0; i < children.size(); ++i) {
        children[i]->AttachAgain(*fields_of_vector[i]);
      }
      break;
    }
    case Shape::kArray:
      children[0]->AttachAgain(duckdb::ArrayVector::GetEntry(target));
      break;
    case Shape::kList:
    case Shape::kMap:
      // Its own elements have not moved.
      entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(target);
      break;
  }
}

void JsonColumn::GrowElements() {
  duckdb::ListVector::Reserve(*vector, std::max<idx_t>(element_capacity * 2, 64));
  element_capacity = duckdb::ListVector::GetListCapacity(*vector);
  auto& elements = duckdb::ListVector::GetEntry(*vector);
  if (shape == Shape::kList) {
    children[0]->AttachAgain(elements);
    return;
  }
  auto& pairs = duckdb::StructVector::GetEntries(elements);
  children[0]->AttachAgain(*pairs[0]);
  children[1]->AttachAgain(*pairs[1]);
}

void JsonColumn::SetNull(idx_t row) {
  validity->SetInvalid(row);
  switch (shape) {
    case Shape::kStruct:
      for (const auto& child : children) {
        child->SetNull(row);
      }
      break;
    case Shape::kArray:
      for (idx_t i = 0; i < array_size; ++i) {
        children[0]->SetNull(row * array_size + i);
      }
      break;
    case Shape::kList:
    case Shape::kMap:
      entries[row] = {num_elements, 0};
      break;
    case Shape::kScalar:
    case Shape::kJson:
      break;
  }
}

void JsonColumn::ResetValidity(idx_t begin, idx_t end) {
  if (!validity->AllValid()) {
    for (idx_t row = begin; row < end; ++row) {
      validity->SetValid(row);
    }
  }
  if (shape == Shape::kStruct) {
    for (const auto& child : children) {
      child->ResetValidity(begin, end);
    }
  } else if (shape == Shape::kArray) {
    children[0]->ResetValidity(begin * array_size, end * array_size);
  }
}

void JsonColumn::StoreListSizes() {
  if (shape == Shape::kList || shape == Shape::kMap) {
    duckdb::ListVector::SetListSize(*vector, num_elements);
  }
}

void JsonColumn::CollectLists(std::vector<JsonColumn*>& lists) {
  if (shape == Shape::kList || shape == Shape::kMap) {
    lists.push_back(this);
  }
  for (const auto& child : children) {
    child->CollectLists(lists);
  }
}

}  // namespace laminar::formats
