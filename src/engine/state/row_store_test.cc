#include "engine/state/row_store.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/file.h"

namespace laminar::engine {
namespace {

class RowStoreTest : public testing::Test {
 protected:
  RowStoreTest() : folder_(*base::MakeTemporaryFolder("rows")) {}
  ~RowStoreTest() override { base::RemoveAll(folder_).IgnoreError(); }

  std::unique_ptr<RowStore> Open(int64_t disk_bytes_max = 0) {
    auto store = RowStore::Open(
        {.folder = folder_, .memory_bytes = 4 << 20, .disk_bytes_max = disk_bytes_max});
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  static absl::Status Put(RowStore& store, const std::string& key, const std::string& value) {
    RowStore::Batch batch;
    batch.Put(key, value);
    return store.Apply(batch);
  }
  static std::optional<std::string> Get(RowStore& store,
                                        const std::string& key,
                                        const RowStore::Snapshot* snapshot = nullptr) {
    RowStore::Values values;
    EXPECT_TRUE(store.Get({key}, snapshot, values).ok());
    return values.found(0) ? std::optional(std::string(values.value(0))) : std::nullopt;
  }
  // Puts rows of keys that are numbers until it is refused.
  static absl::Status FillUp(RowStore& store) {
    absl::Status status;
    for (int i = 0; status.ok() && i < 20'000; ++i) {
      std::string value(1000, 'x');
      for (size_t j = 0; j < value.size(); ++j) {
        value[j] = static_cast<char>((i * 7919 + static_cast<int>(j) * 104'729) >> 3);
      }
      status = Put(store, std::to_string(i), value);
    }
    return status;
  }
  std::vector<std::string> Names() const {
    auto names = base::ListFolder(folder_);
    EXPECT_TRUE(names.ok());
    return *names;
  }

  const std::string folder_;
};

TEST_F(RowStoreTest, GivesBackWhatWasPutAndNotWhatWasRemoved) {
  const std::unique_ptr<RowStore> store = Open();
  EXPECT_TRUE(Put(*store, "a", "1").ok());
  EXPECT_TRUE(Put(*store, "b", "2").ok());
  EXPECT_TRUE(Put(*store, "c", "3").ok());
  RowStore::Batch batch;
  batch.Remove("b");
  EXPECT_EQ(batch.num_changes(), 1U);
  EXPECT_TRUE(store->Apply(batch).ok());
  EXPECT_EQ(batch.num_changes(), 0U);
  EXPECT_EQ(Get(*store, "a"), "1");
  EXPECT_EQ(Get(*store, "b"), std::nullopt);
  EXPECT_TRUE(store->RemoveRange("a", "b").ok());
  EXPECT_EQ(Get(*store, "a"), std::nullopt);
  EXPECT_EQ(Get(*store, "c"), "3");
}

TEST_F(RowStoreTest, ASnapshotStaysAsItIs) {
  const std::unique_ptr<RowStore> store = Open();
  EXPECT_TRUE(Put(*store, "a", "1").ok());
  const RowStore::Snapshot snapshot(*store);
  EXPECT_TRUE(Put(*store, "a", "2").ok());
  EXPECT_TRUE(Put(*store, "b", "3").ok());
  EXPECT_EQ(Get(*store, "a", &snapshot), "1");
  EXPECT_EQ(Get(*store, "a"), "2");
  std::string keys;
  for (RowStore::Scan scan(*store, "a", "z", &snapshot); !scan.AtEnd(); scan.Next()) {
    keys += scan.key();
  }
  EXPECT_EQ(keys, "a");
}

TEST_F(RowStoreTest, RemovesItsFolderAndThoseOfProcessesThatWereKilled) {
  ASSERT_TRUE(base::MakeFolders(folder_ + "/laminar-rows-0123/rows").ok());
  ASSERT_TRUE(base::MakeFolders(folder_ + "/somebody-else").ok());
  {
    const std::unique_ptr<RowStore> first = Open();
    EXPECT_EQ(Names().size(), 2U);
    const std::unique_ptr<RowStore> second = Open();
    EXPECT_EQ(Names().size(), 3U) << "the first is in use";
  }
  EXPECT_EQ(Names(), std::vector<std::string>{"somebody-else"});
}

TEST_F(RowStoreTest, RefusesMoreThanItsPartOfTheDiskAndNamesTheRemedy) {
  const std::unique_ptr<RowStore> store = Open(/*disk_bytes_max=*/1 << 20);
  const absl::Status status = FillUp(*store);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_NE(status.message().find("worker.spill-limit"), absl::string_view::npos);
  EXPECT_NE(status.message().find(folder_.c_str()), absl::string_view::npos);
}

TEST_F(RowStoreTest, TakesRowsAgainOnceTheTablesThatFilledItAreGone) {
  const std::unique_ptr<RowStore> store = Open(/*disk_bytes_max=*/1 << 20);
  store->AddTable();
  ASSERT_FALSE(FillUp(*store).ok());
  store->AddTable();
  EXPECT_FALSE(Put(*store, "b", "1").ok()) << "the first is still there";
  store->RemoveTable();
  store->RemoveTable();
  store->AddTable();
  EXPECT_EQ(Get(*store, "0"), std::nullopt);
  const absl::Status status = Put(*store, "b", "1");
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Get(*store, "b"), "1");
  store->RemoveTable();
}

TEST_F(RowStoreTest, NamesAFolderThatIsNotThere) {
  const auto store = RowStore::Open({.folder = "/dev/null/rows", .memory_bytes = 4 << 20});
  ASSERT_FALSE(store.ok());
  EXPECT_NE(store.status().message().find("/dev/null/rows"), absl::string_view::npos);
}

}  // namespace
}  // namespace laminar::engine
