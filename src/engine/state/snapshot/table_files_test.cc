#include "engine/state/snapshot/table_files.h"

#include <set>

#include "gtest/gtest.h"

#include "base/file.h"
#include "storage/memory_store_for_test.h"

namespace laminar::engine {
namespace {

using data::LogicalType;

constexpr KeyGroupRange kAllGroups = {0, 16, 16};

class TableFilesTest : public testing::Test {
 protected:
  TableFilesTest()
      : folder_(*base::MakeTemporaryFolder("table-files")),
        files_(store_, data::Generation{1}, folder_) {
    schema_.fields = {{"n", LogicalType::BIGINT}};
    rpc::OperatorState op;
    op.tables.emplace_back().name = "rows";
    tables_ = std::make_unique<TableFiles>(files_, 0, kAllGroups, std::vector{op});
  }
  ~TableFilesTest() override { base::RemoveAll(folder_).IgnoreError(); }

  void Write(int64_t epoch, int64_t num_rows, bool complete = false) {
    ASSERT_TRUE(tables_->Begin(0, 0, schema_, data::Epoch{epoch}).ok());
    data::Chunk rows = data::Chunk::Allocate({LogicalType::BIGINT});
    for (int64_t i = 0; i < num_rows; ++i) {
      rows.column(0).SetValue(static_cast<data::idx_t>(i), data::Value::BIGINT(next_++));
    }
    rows.set_num_rows(static_cast<data::idx_t>(num_rows));
    ASSERT_TRUE(tables_->Add(rows).ok());
    ASSERT_TRUE(tables_->Finish(complete).ok());
    for (const rpc::StateFile& file : Files()) {
      named_.insert(file.object.key);
    }
  }

  const std::vector<rpc::StateFile>& Files() const {
    return tables_->operators()[0].tables[0].files;
  }

  // Of all files, in their order.
  std::vector<int64_t> Rows() {
    std::vector<int64_t> found;
    for (const rpc::StateFile& file : Files()) {
      const std::string path = files_.NewSpoolPath();
      EXPECT_TRUE(files_.Fetch(file.object, path).ok());
      auto reader = StateFileReader::Open(path, file.object.key, schema_, 1);
      EXPECT_TRUE(reader.ok()) << reader.status();
      const size_t before = found.size();
      while (std::optional<data::Chunk> rows = *(*reader)->Next()) {
        for (data::idx_t i = 0; i < rows->num_rows(); ++i) {
          found.push_back(rows->column(0).GetValue(i).GetValue<int64_t>());
        }
      }
      EXPECT_EQ(static_cast<int64_t>(found.size() - before), file.num_rows);
    }
    return found;
  }

  const std::string folder_;
  storage::MemoryStore store_;
  CheckpointFiles files_;
  data::Schema schema_;
  std::unique_ptr<TableFiles> tables_;
  std::set<std::string> named_;  // by any of the checkpoints
  int64_t next_ = 0;
};

TEST_F(TableFilesTest, FilesAreFewAndHoldAllRowsInOrder) {
  for (int64_t epoch = 1; epoch <= 60; ++epoch) {
    Write(epoch, 1 + epoch % 5);
    EXPECT_LE(Files().size(), 8);
  }
  const std::vector<int64_t> rows = Rows();
  ASSERT_EQ(static_cast<int64_t>(rows.size()), next_);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i], static_cast<int64_t>(i));
  }
}

TEST_F(TableFilesTest, NothingIsStoredThatNoCheckpointNames) {
  for (int64_t epoch = 1; epoch <= 40; ++epoch) {
    Write(epoch, 1 + epoch % 3);
  }
  const std::vector<storage::ObjectInfo> stored = *store_.List("data/");
  EXPECT_FALSE(stored.empty());
  for (const storage::ObjectInfo& object : stored) {
    EXPECT_TRUE(named_.contains(object.key)) << object.key;
  }
}

TEST_F(TableFilesTest, NothingStaysInTheSpoolFolder) {
  for (int64_t epoch = 1; epoch <= 20; ++epoch) {
    Write(epoch, 2);
  }
  EXPECT_TRUE(base::ListFolder(folder_)->empty());
}

TEST_F(TableFilesTest, NothingStaysOfFilesThatCannotBeJoined) {
  for (int64_t epoch = 1; epoch <= 8; ++epoch) {
    Write(epoch, 2);
  }
  ASSERT_EQ(Files().size(), 8);
  // The first of those that are joined is there, the last is damaged.
  const std::string key = Files().back().object.key;
  store_.Damage(key, std::string(static_cast<size_t>(store_.Head(key)->bytes), 'x'));
  ASSERT_TRUE(tables_->Begin(0, 0, schema_, data::Epoch{9}).ok());
  data::Chunk rows = data::Chunk::Allocate({LogicalType::BIGINT});
  rows.column(0).SetValue(0, data::Value::BIGINT(next_));
  rows.set_num_rows(1);
  ASSERT_TRUE(tables_->Add(rows).ok());
  const absl::Status joined = tables_->Finish(/*complete=*/false);
  EXPECT_EQ(joined.code(), absl::StatusCode::kDataLoss) << joined;
  tables_->Discard();
  EXPECT_TRUE(base::ListFolder(folder_)->empty());
}

TEST_F(TableFilesTest, AFolderThatTakesNoFilesIsNamedWithTheRemedy) {
  ASSERT_TRUE(base::RemoveAll(folder_).ok());
  const absl::Status begun = tables_->Begin(0, 0, schema_, data::Epoch{1});
  EXPECT_FALSE(begun.ok());
  const std::string message(base::FromAbsl(begun.message()));
  EXPECT_NE(message.find(folder_), std::string::npos) << message;
  EXPECT_NE(message.find("worker.spill-dir"), std::string::npos) << message;
}

TEST_F(TableFilesTest, AWholeTableTakesThePlaceOfAllFiles) {
  for (int64_t epoch = 1; epoch <= 5; ++epoch) {
    Write(epoch, 3);
  }
  Write(6, 2, /*complete=*/true);
  ASSERT_EQ(Files().size(), 1);
  EXPECT_EQ(Rows(), (std::vector<int64_t>{15, 16}));
}

}  // namespace
}  // namespace laminar::engine
