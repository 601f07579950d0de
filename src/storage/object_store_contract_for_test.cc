#include "storage/object_store_contract_for_test.h"

#include <deque>
#include <ostream>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "base/thread.h"

namespace laminar::storage {
namespace {

using State = base::Outcome::State;

std::vector<std::string> Keys(const absl::StatusOr<std::vector<ObjectInfo>>& listed) {
  std::vector<std::string> keys;
  EXPECT_TRUE(listed.ok()) << listed.status();
  if (listed.ok()) {
    for (const ObjectInfo& info : *listed) {
      keys.push_back(info.key);
    }
  }
  return keys;
}

void ExpectApplied(const base::Outcome& outcome) {
  EXPECT_TRUE(outcome.applied()) << outcome.status();
}

void ExpectExists(const base::Outcome& outcome) {
  EXPECT_EQ(outcome.state(), State::kNotApplied) << outcome.status();
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kAlreadyExists) << outcome.status();
}

void GivesBackWhatWasPut(ObjectStore& store, const std::string&) {
  ExpectApplied(store.Put("data/g1/e1/counts-0-1.parquet", "bytes"));
  EXPECT_EQ(store.Get("data/g1/e1/counts-0-1.parquet").value_or("?"), "bytes");
  const auto head = store.Head("data/g1/e1/counts-0-1.parquet");
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(*head, (ObjectInfo{"data/g1/e1/counts-0-1.parquet", 5}));
}

void KeepsEveryByteAndSize(ObjectStore& store, const std::string&) {
  std::string every;
  for (int i = 0; i < 256; ++i) {
    every.push_back(static_cast<char>(i));
  }
  for (const std::string& bytes : {std::string(), std::string("\0", 1), std::string("\r\n\r\n"),
                                   every, PatternBytes(300'001)}) {
    const std::string key = "size/" + std::to_string(bytes.size());
    ExpectApplied(store.Put(key, bytes));
    const auto back = store.Get(key);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_TRUE(*back == bytes) << key;
  }
}

void ReplacesAsAWhole(ObjectStore& store, const std::string&) {
  ExpectApplied(store.Put("a", "a long first text"));
  ExpectApplied(store.Put("a", "second"));
  EXPECT_EQ(store.Get("a").value_or("?"), "second");
}

void CreatesOnce(ObjectStore& store, const std::string&) {
  ExpectApplied(store.PutIfAbsent("log/000000000001.json", "one"));
  ExpectExists(store.PutIfAbsent("log/000000000001.json", "two"));
  ExpectExists(store.PutIfAbsent("log/000000000001.json", ""));
  EXPECT_EQ(store.Get("log/000000000001.json").value_or("?"), "one");
  ExpectApplied(store.Put("other", "x"));
  ExpectExists(store.PutIfAbsent("other", "y"));
}

void RefusesACreatorWithTheSameBytes(ObjectStore& store, const std::string&) {
  ExpectApplied(store.PutIfAbsent("laminar.json", "same"));
  ExpectExists(store.PutIfAbsent("laminar.json", "same"));
}

void CreatesAgainAfterADeletion(ObjectStore& store, const std::string&) {
  ExpectApplied(store.PutIfAbsent("a/b", "one"));
  ExpectApplied(store.Delete("a/b"));
  ExpectApplied(store.PutIfAbsent("a/b", "two"));
  EXPECT_EQ(store.Get("a/b").value_or("?"), "two");
}

void LetsOneOfManyCreatorsWin(ObjectStore& store, const std::string&) {
  constexpr int kCreators = 8;
  constexpr int kNames = 5;
  for (int name = 0; name < kNames; ++name) {
    const std::string key = "race/" + std::to_string(name);
    std::vector<int> won(kCreators, 0);
    {
      std::deque<base::Thread> threads;
      for (int creator = 0; creator < kCreators; ++creator) {
        threads.emplace_back("creator", [&, creator] {
          const base::Outcome outcome = store.PutIfAbsent(key, std::to_string(creator));
          won[creator] = outcome.applied() ? 1 : 0;
          EXPECT_NE(outcome.state(), State::kUnknown) << outcome.status();
          if (!outcome.applied()) {
            EXPECT_EQ(outcome.status().code(), absl::StatusCode::kAlreadyExists)
                << outcome.status();
          }
        });
      }
    }
    int winners = 0;
    for (int creator = 0; creator < kCreators; ++creator) {
      if (won[creator] != 0) {
        ++winners;
        EXPECT_EQ(store.Get(key).value_or("?"), std::to_string(creator));
      }
    }
    EXPECT_EQ(winners, 1) << key;
  }
}

void DeletesAlsoWhatIsNotThere(ObjectStore& store, const std::string&) {
  ExpectApplied(store.Put("a/b/c", "x"));
  ExpectApplied(store.Put("a/d", "y"));
  ExpectApplied(store.Delete("a/b/c"));
  ExpectApplied(store.Delete("a/b/c"));
  ExpectApplied(store.Delete("never/there"));
  EXPECT_EQ(store.Get("a/b/c").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Keys(store.List("")), std::vector<std::string>{"a/d"});
}

void SaysWhatIsNotThere(ObjectStore& store, const std::string& folder) {
  ExpectApplied(store.Put("there/too", "x"));
  for (const std::string key : {"missing", "there", "there/too2", "deep/missing/object"}) {
    EXPECT_EQ(store.Get(key).status().code(), absl::StatusCode::kNotFound) << key;
    EXPECT_EQ(store.GetRange(key, 0, 10).status().code(), absl::StatusCode::kNotFound) << key;
    EXPECT_EQ(store.Head(key).status().code(), absl::StatusCode::kNotFound) << key;
    EXPECT_EQ(store.GetFile(key, base::JoinPath(folder, "file")).code(),
              absl::StatusCode::kNotFound)
        << key;
    EXPECT_NE(std::string(base::FromAbsl(store.Get(key).status().message())).find(key),
              std::string::npos)
        << "the message names the object";
  }
  EXPECT_FALSE(base::FileExists(base::JoinPath(folder, "file")));
}

void ReadsRanges(ObjectStore& store, const std::string&) {
  ExpectApplied(store.Put("range", "0123456789"));
  EXPECT_EQ(store.GetRange("range", 0, 10).value_or("?"), "0123456789");
  EXPECT_EQ(store.GetRange("range", 0, 1).value_or("?"), "0");
  EXPECT_EQ(store.GetRange("range", 3, 4).value_or("?"), "3456");
  EXPECT_EQ(store.GetRange("range", 8, 100).value_or("?"), "89");
  EXPECT_EQ(store.GetRange("range", 10, 5).value_or("?"), "");
  EXPECT_EQ(store.GetRange("range", 50, 5).value_or("?"), "");
  EXPECT_EQ(store.GetRange("range", 2, 0).value_or("?"), "");
  EXPECT_EQ(store.GetRange("range", -1, 5).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store.GetRange("range", 0, -5).status().code(), absl::StatusCode::kInvalidArgument);
  ExpectApplied(store.Put("empty", ""));
  EXPECT_EQ(store.GetRange("empty", 0, 5).value_or("?"), "");
}

void ListsByPrefixSorted(ObjectStore& store, const std::string&) {
  for (const std::string key : {"log/000000000010.json", "log/000000000002.json", "log/sub/x",
                                "log-old", "lo", "manifests/g1-e1.json", "b=1/c", "b/c", "b.c"}) {
    ExpectApplied(store.Put(key, key));
  }
  const std::vector<std::string> all = {"b.c",
                                        "b/c",
                                        "b=1/c",
                                        "lo",
                                        "log-old",
                                        "log/000000000002.json",
                                        "log/000000000010.json",
                                        "log/sub/x",
                                        "manifests/g1-e1.json"};
  EXPECT_EQ(Keys(store.List("")), all);
  EXPECT_EQ(
      Keys(store.List("log/")),
      (std::vector<std::string>{"log/000000000002.json", "log/000000000010.json", "log/sub/x"}));
  EXPECT_EQ(Keys(store.List("log/0000000000")),
            (std::vector<std::string>{"log/000000000002.json", "log/000000000010.json"}));
  EXPECT_EQ(Keys(store.List("lo")),
            (std::vector<std::string>{"lo", "log-old", "log/000000000002.json",
                                      "log/000000000010.json", "log/sub/x"}));
  EXPECT_EQ(Keys(store.List("log/sub/x")), std::vector<std::string>{"log/sub/x"});
  EXPECT_EQ(Keys(store.List("nothing/here")), std::vector<std::string>{});
  EXPECT_EQ(Keys(store.List("log/sub/x/")), std::vector<std::string>{});
  const auto listed = store.List("log/sub");
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().bytes, 9);
}

void ListsNothingOfAnEmptyStore(ObjectStore& store, const std::string&) {
  EXPECT_EQ(Keys(store.List("")), std::vector<std::string>{});
  EXPECT_EQ(Keys(store.List("log/")), std::vector<std::string>{});
}

void TakesFilesOfAnySize(ObjectStore& store, const std::string& folder) {
  // Beyond the size of two parts, and not a multiple of it.
  for (const size_t size : {size_t{0}, size_t{1}, size_t{70'000}, (size_t{11} << 20) + 12'345}) {
    const std::string key = "files/" + std::to_string(size);
    const std::string from = base::JoinPath(folder, "from");
    const std::string to = base::JoinPath(folder, "to");
    const std::string bytes = PatternBytes(size, size);
    ASSERT_TRUE(base::WriteWholeFile(from, bytes).ok());
    ASSERT_TRUE(base::WriteWholeFile(to, "what was there before").ok());
    ExpectApplied(store.PutFile(key, from));
    EXPECT_EQ(store.Head(key).value_or(ObjectInfo{}),
              (ObjectInfo{key, static_cast<int64_t>(size)}));
    const absl::Status got = store.GetFile(key, to);
    EXPECT_TRUE(got.ok()) << got;
    EXPECT_TRUE(base::ReadWholeFile(to).value_or("?") == bytes) << key;
    if (size > 100) {
      EXPECT_TRUE(store.GetRange(key, static_cast<int64_t>(size) - 50, 100).value_or("?") ==
                  bytes.substr(size - 50));
    }
  }
  EXPECT_EQ(base::ListFolder(folder).value().size(), 2U) << "nothing is left beside the files";
}

void RefusesAFileThatIsMissing(ObjectStore& store, const std::string& folder) {
  const base::Outcome outcome = store.PutFile("a", base::JoinPath(folder, "missing"));
  EXPECT_EQ(outcome.state(), State::kNotApplied);
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store.Head("a").status().code(), absl::StatusCode::kNotFound);
}

void SaysThatTheFolderOfAFileIsMissing(ObjectStore& store, const std::string& folder) {
  ExpectApplied(store.Put("a", "x"));
  EXPECT_EQ(store.GetFile("a", base::JoinPath(folder, "missing/file")).code(),
            absl::StatusCode::kInvalidArgument);
}

void RemovesNothingThatIsFinished(ObjectStore& store, const std::string&) {
  ExpectApplied(store.Put("a/b", "x"));
  const absl::Status removed = store.RemoveUnfinished("a/");
  EXPECT_TRUE(removed.ok()) << removed;
  EXPECT_EQ(store.Get("a/b").value_or("?"), "x");
}

void RefusesWhatIsNoKey(ObjectStore& store, const std::string& folder) {
  for (const std::string key : {"", "/a", "a/", "a//b", "../a", "a b", "a?b"}) {
    for (const base::Outcome& outcome :
         {store.Put(key, "x"), store.PutIfAbsent(key, "x"), store.Delete(key)}) {
      EXPECT_EQ(outcome.state(), State::kNotApplied) << key;
      EXPECT_EQ(outcome.status().code(), absl::StatusCode::kInvalidArgument) << key;
    }
    EXPECT_EQ(store.Get(key).status().code(), absl::StatusCode::kInvalidArgument) << key;
    EXPECT_EQ(store.Head(key).status().code(), absl::StatusCode::kInvalidArgument) << key;
  }
  EXPECT_EQ(store.List("../").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store.GetFile("../a", base::JoinPath(folder, "f")).code(),
            absl::StatusCode::kInvalidArgument);
}

void ServesManyThreads(ObjectStore& store, const std::string&) {
  constexpr int kThreads = 4;
  constexpr int kObjects = 8;
  {
    std::deque<base::Thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back("writer", [&, thread] {
        for (int object = 0; object < kObjects; ++object) {
          const std::string key = "t" + std::to_string(thread) + "/" + std::to_string(object);
          ExpectApplied(store.Put(key, key));
          EXPECT_EQ(store.Get(key).value_or("?"), key);
          if (object % 2 == 0) {
            ExpectApplied(store.Delete(key));
          }
        }
      });
    }
  }
  EXPECT_EQ(Keys(store.List("t")).size(), static_cast<size_t>(kThreads * kObjects / 2));
}

}  // namespace

std::string PatternBytes(size_t size, uint64_t seed) {
  base::Random random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(random.Next());
  }
  return bytes;
}

const std::vector<ContractCase>& ObjectStoreContract() {
  static const std::vector<ContractCase> cases = {
      {"GivesBackWhatWasPut", GivesBackWhatWasPut},
      {"KeepsEveryByteAndSize", KeepsEveryByteAndSize},
      {"ReplacesAsAWhole", ReplacesAsAWhole},
      {"CreatesOnce", CreatesOnce},
      {"RefusesACreatorWithTheSameBytes", RefusesACreatorWithTheSameBytes},
      {"CreatesAgainAfterADeletion", CreatesAgainAfterADeletion},
      {"LetsOneOfManyCreatorsWin", LetsOneOfManyCreatorsWin},
      {"DeletesAlsoWhatIsNotThere", DeletesAlsoWhatIsNotThere},
      {"SaysWhatIsNotThere", SaysWhatIsNotThere},
      {"ReadsRanges", ReadsRanges},
      {"ListsByPrefixSorted", ListsByPrefixSorted},
      {"ListsNothingOfAnEmptyStore", ListsNothingOfAnEmptyStore},
      {"TakesFilesOfAnySize", TakesFilesOfAnySize},
      {"RefusesAFileThatIsMissing", RefusesAFileThatIsMissing},
      {"SaysThatTheFolderOfAFileIsMissing", SaysThatTheFolderOfAFileIsMissing},
      {"RemovesNothingThatIsFinished", RemovesNothingThatIsFinished},
      {"RefusesWhatIsNoKey", RefusesWhatIsNoKey},
      {"ServesManyThreads", ServesManyThreads},
  };
  return cases;
}

std::ostream& operator<<(std::ostream& out, const ContractCase& contract_case) {
  return out << contract_case.name;
}

}  // namespace laminar::storage
