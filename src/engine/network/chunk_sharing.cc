#include "engine/network/chunk_sharing.h"

#include <memory>
#include <vector>

namespace laminar::engine {
namespace {

using data::idx_t;
using data::Vector;
using duckdb::PhysicalType;
using duckdb::VectorType;

// Selections of less than this part of a chunk are copied.
constexpr idx_t kShareDivisor = 4;

bool IsNested(const Vector& vector) {
  switch (vector.GetType().InternalType()) {
    case PhysicalType::STRUCT:
    case PhysicalType::LIST:
    case PhysicalType::ARRAY:
      return true;
    default:
      return false;
  }
}

// Whether the vector and all below it are flat, so that no reader has a reason to rewrite them.
bool IsFlatThroughout(Vector& vector) {
  std::vector<Vector*> open = {&vector};
  while (!open.empty()) {
    Vector& each = *open.back();
    open.pop_back();
    if (each.GetVectorType() != VectorType::FLAT_VECTOR) {
      return false;
    }
    switch (each.GetType().InternalType()) {
      case PhysicalType::STRUCT:
        for (const auto& child : duckdb::StructVector::GetEntries(each)) {
          open.push_back(child.get());
        }
        break;
      case PhysicalType::LIST:
        open.push_back(&duckdb::ListVector::GetEntry(each));
        break;
      case PhysicalType::ARRAY:
        open.push_back(&duckdb::ArrayVector::GetEntry(each));
        break;
      default:
        break;
    }
  }
  return true;
}

// A constant struct of constants, such as a window, is read in place by all; its children are
// detached per task.
bool IsConstantStruct(Vector& vector) {
  if (vector.GetVectorType() != VectorType::CONSTANT_VECTOR ||
      vector.GetType().InternalType() != PhysicalType::STRUCT) {
    return false;
  }
  for (const auto& child : duckdb::StructVector::GetEntries(vector)) {
    if (IsNested(*child) || child->GetVectorType() != VectorType::CONSTANT_VECTOR) {
      return false;
    }
  }
  return true;
}

// Gives the struct child vectors of its own, over the same buffers.
void DetachStruct(Vector& vector) {
  Vector own(vector.GetType(), /*capacity=*/1);
  auto& children = duckdb::StructVector::GetEntries(own);
  const auto& shared = duckdb::StructVector::GetEntries(vector);
  for (idx_t i = 0; i < children.size(); ++i) {
    children[i]->Reference(*shared[i]);
    if (children[i]->GetType().InternalType() == PhysicalType::STRUCT) {
      DetachStruct(*children[i]);
    }
  }
  if (vector.GetVectorType() == VectorType::CONSTANT_VECTOR) {
    const bool is_null = duckdb::ConstantVector::IsNull(vector);
    own.SetVectorType(VectorType::CONSTANT_VECTOR);
    if (is_null) {
      // Its own bit alone: SetNull would write into the fields, which others read.
      duckdb::ConstantVector::Validity(own).SetInvalid(0);
    }
  } else {
    duckdb::FlatVector::SetValidity(own, duckdb::FlatVector::Validity(vector));
  }
  vector.Reference(own);
}

void PrepareVector(Vector& vector, idx_t num_rows) {
  if (IsNested(vector)) {
    if (!IsFlatThroughout(vector) && !IsConstantStruct(vector)) {
      vector.Flatten(num_rows);
    }
    return;
  }
  switch (vector.GetVectorType()) {
    case VectorType::FLAT_VECTOR:
    case VectorType::CONSTANT_VECTOR:
      return;
    case VectorType::DICTIONARY_VECTOR:
      if (duckdb::DictionaryVector::Child(vector).GetVectorType() != VectorType::FLAT_VECTOR) {
        vector.Flatten(num_rows);
      } else if (duckdb::DictionaryVector::CanCacheHashes(vector)) {
        duckdb::DictionaryVector::GetCachedHashes(vector);
      }
      return;
    default:
      vector.Flatten(num_rows);
      return;
  }
}

data::Chunk CopySelected(const data::Chunk& chunk,
                         const data::SelectionVector& selection,
                         idx_t num_rows) {
  data::Chunk copy = data::Chunk::Shell(chunk.columns().GetTypes());
  for (idx_t i = 0; i < chunk.num_columns(); ++i) {
    const Vector& column = chunk.column(i);
    if (column.GetVectorType() == VectorType::CONSTANT_VECTOR) {
      copy.column(i).Reference(column);
      continue;
    }
    Vector rows(column.GetType(), num_rows);
    duckdb::VectorOperations::Copy(column, rows, selection, num_rows, 0, 0);
    copy.column(i).Reference(rows);
  }
  copy.set_num_rows(num_rows);
  if (!chunk.row_kinds().empty()) {
    copy.row_kinds().reserve(num_rows);
    for (idx_t i = 0; i < num_rows; ++i) {
      copy.row_kinds().push_back(chunk.row_kinds()[selection.get_index(i)]);
    }
  }
  copy.set_arrival(chunk.arrival());
  return copy;
}

void DetachStructs(data::Chunk& chunk) {
  for (idx_t i = 0; i < chunk.num_columns(); ++i) {
    Vector& column = chunk.column(i);
    if (column.GetType().InternalType() == PhysicalType::STRUCT &&
        column.GetVectorType() != VectorType::DICTIONARY_VECTOR) {
      DetachStruct(column);
    }
  }
}

}  // namespace

void PrepareForSharing(data::Chunk& chunk) {
  const idx_t num_rows = chunk.num_rows();
  for (idx_t i = 0; i < chunk.num_columns(); ++i) {
    PrepareVector(chunk.column(i), num_rows);
  }
}

data::Chunk ShareWithTask(const data::Chunk& chunk) {
  data::Chunk copy = chunk.Share();
  DetachStructs(copy);
  return copy;
}

data::Chunk SelectForTask(const data::Chunk& chunk,
                          const data::SelectionVector& selection,
                          idx_t num_rows) {
  if (num_rows * kShareDivisor < chunk.num_rows()) {
    return CopySelected(chunk, selection, num_rows);
  }
  data::Chunk slice = chunk.Select(selection, num_rows);
  DetachStructs(slice);
  return slice;
}

}  // namespace laminar::engine
