// What every ObjectStore must do, as test cases that any of them can be run against: each store's
// unit test and the tests against real services take them from here.
#ifndef LAMINAR_STORAGE_OBJECT_STORE_CONTRACT_FOR_TEST_H_
#define LAMINAR_STORAGE_OBJECT_STORE_CONTRACT_FOR_TEST_H_

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "storage/object_store.h"

namespace laminar::storage {

struct ContractCase {
  std::string name;  // a sentence in PascalCase
  /// Expects an empty store, and leaves objects in it. `folder`: an empty one for local files.
  void (*run)(ObjectStore& store, const std::string& folder);
};

const std::vector<ContractCase>& ObjectStoreContract();

/// For INSTANTIATE_TEST_SUITE_P and messages.
std::ostream& operator<<(std::ostream& out, const ContractCase& contract_case);

/// All bytes of a pattern that has no period of a part's size.
std::string PatternBytes(size_t size, uint64_t seed = 1);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_OBJECT_STORE_CONTRACT_FOR_TEST_H_
