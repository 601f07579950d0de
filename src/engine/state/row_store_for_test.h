// A memory budget that is always short, with a row store in a folder of its own: rows leave memory
// whenever they may. Any thread.
#ifndef LAMINAR_ENGINE_STATE_ROW_STORE_FOR_TEST_H_
#define LAMINAR_ENGINE_STATE_ROW_STORE_FOR_TEST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "engine/state/memory_for_test.h"
#include "engine/state/row_store.h"

namespace laminar::engine {

class RowStoreForTest final : public MemoryBudget {
 public:
  explicit RowStoreForTest(int64_t disk_bytes_max = 0)
      : folder_(*base::MakeTemporaryFolder("rows")),
        store_(*RowStore::Open(
            {.folder = folder_, .memory_bytes = kStoreBytes, .disk_bytes_max = disk_bytes_max})) {}
  ~RowStoreForTest() override {
    store_.reset();
    base::RemoveAll(folder_).IgnoreError();
  }

  absl::Status Charge(const char* what, int64_t bytes) override {
    return memory_.Charge(what, bytes);
  }
  int64_t used_bytes() const override { return memory_.used_bytes(); }
  int64_t limit_bytes() const override { return 1; }
  RowStore* RowStoreFor() override { return is_short_ ? store_.get() : nullptr; }

  RowStore& store() { return *store_; }
  const std::string& folder() const { return folder_; }
  void set_short(bool is_short) { is_short_ = is_short; }
  /// What lies in files cannot be read from now on. Of rows beyond kStoreBytes some do.
  void BreakFiles() {
    const std::vector<std::string> paths = *base::ListFilesBelow(store_->folder());
    for (const std::string& path : paths) {
      if (path.ends_with(".sst") || path.ends_with(".blob")) {
        base::OutputFile::Create(path)->Close().IgnoreError();
      }
    }
  }

  static constexpr int64_t kStoreBytes = 4 << 20;

 private:
  MemoryForTest memory_;
  const std::string folder_;
  std::unique_ptr<RowStore> store_;
  bool is_short_ = true;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_ROW_STORE_FOR_TEST_H_
