#include "sql/catalog/program_catalog.h"

#include <algorithm>

#include "duckdb/main/client_context.hpp"
#include "duckdb/main/client_context_state.hpp"

namespace laminar::sql {
namespace {

struct CatalogState final : public duckdb::ClientContextState {
  ProgramCatalog catalog;
};

}  // namespace

ProgramCatalog& ProgramCatalog::Of(duckdb::ClientContext& context) {
  return context.registered_state->GetOrCreate<CatalogState>("laminar_program")->catalog;
}

void ProgramCatalog::Add(std::shared_ptr<SourceTable> source) {
  sources_.push_back(std::move(source));
}

void ProgramCatalog::Remove(std::string_view name) {
  std::erase_if(sources_, [&](const auto& source) { return source->name == name; });
}

std::shared_ptr<SourceTable> ProgramCatalog::Find(std::string_view name) const {
  for (const auto& source : sources_) {
    if (source->name == name) {
      return source;
    }
  }
  return nullptr;
}

}  // namespace laminar::sql
