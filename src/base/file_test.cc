#include "base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/thread.h"

namespace laminar::base {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::string> folder = MakeTemporaryFolder("laminar-file");
    ASSERT_TRUE(folder.ok()) << folder.status();
    folder_ = *folder;
  }
  void TearDown() override { EXPECT_TRUE(RemoveAll(folder_).ok()); }

  std::string Path(std::string_view name) const { return JoinPath(folder_, name); }
  std::string Put(std::string_view name, std::string_view bytes) const {
    const std::string path = Path(name);
    EXPECT_TRUE(MakeFolders(std::string(FolderName(path))).ok());
    EXPECT_TRUE(WriteWholeFile(path, bytes).ok());
    return path;
  }

  std::string folder_;
};

std::string Message(const absl::Status& status) { return std::string(FromAbsl(status.message())); }

TEST_F(FileTest, WritesAndReadsWholeFiles) {
  const std::string path = Put("a", "one\ntwo");
  const absl::StatusOr<std::string> bytes = ReadWholeFile(path);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(*bytes, "one\ntwo");
  ASSERT_TRUE(WriteWholeFile(path, "new").ok());
  EXPECT_EQ(*ReadWholeFile(path), "new");
  EXPECT_THAT(*ListFolder(folder_), ElementsAre("a"));
}

TEST_F(FileTest, ReadsFilesOfUnknownSize) {
  const absl::StatusOr<std::string> bytes = ReadWholeFile("/proc/self/status");
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_THAT(*bytes, HasSubstr("Pid:"));
}

TEST_F(FileTest, RefusesToReadMoreThanAsked) {
  const absl::StatusOr<std::string> bytes = ReadWholeFile(Put("a", "12345"), 4);
  EXPECT_EQ(bytes.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(FileTest, RefusesAFileLargerThanMemoryWithoutRoomForAllOfIt) {
  const std::string path = Put("sparse", "");
  ASSERT_EQ(truncate(path.c_str(), off_t{1} << 43), 0);
  const absl::StatusOr<std::string> bytes = ReadWholeFile(path, 1000);
  EXPECT_EQ(bytes.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(FileTest, ErrorsNameThePathAndTheReason) {
  const absl::StatusOr<InputFile> missing = InputFile::Open(Path("missing"));
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Message(missing.status()),
            "cannot open: " + Path("missing") + ": No such file or directory");

  const absl::StatusOr<InputFile> folder = InputFile::Open(folder_);
  EXPECT_EQ(folder.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(folder.status()), HasSubstr("Is a directory"));

  const absl::StatusOr<OutputFile> below_file = OutputFile::Create(Put("file", "") + "/below");
  EXPECT_EQ(below_file.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RemoveFile(Path("missing")).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ListFolder(Path("missing")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(GetFileInfo(Path("missing")).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(FileTest, RefusesWhatItMayNotRead) {
  const std::string path = Put("secret", "x");
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  const absl::StatusOr<InputFile> file = InputFile::Open(path);
  if (geteuid() == 0) {
    // Nothing is denied to root; another kind of refusal: the kernel's folder takes no new files.
    const absl::StatusOr<OutputFile> kernel = OutputFile::Create("/proc/laminar-test");
    EXPECT_FALSE(kernel.ok());
    EXPECT_THAT(Message(kernel.status()), HasSubstr("/proc/laminar-test"));
    return;
  }
  EXPECT_EQ(file.status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(FileTest, TellsThatADiskIsFull) {
  absl::StatusOr<OutputFile> file = OutputFile::Create("/dev/full");
  ASSERT_TRUE(file.ok()) << file.status();
  const absl::Status written = file->Write("bytes");
  EXPECT_EQ(written.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Message(written), "cannot write: /dev/full: No space left on device");
  EXPECT_FALSE(IsClosedPipe(written));
}

TEST_F(FileTest, TellsThatAPipeIsClosed) {
  const std::string path = Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  absl::StatusOr<InputFile> reader = InputFile::Open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  absl::StatusOr<OutputFile> writer = OutputFile::Append(path);
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE(writer->Write("line\n").ok());
  char buffer[16];
  EXPECT_EQ(*reader->Read(buffer, sizeof(buffer)), 5);
  {
    const InputFile gone = *std::move(reader);
  }
  const absl::Status written = writer->Write("more\n");
  EXPECT_TRUE(IsClosedPipe(written)) << written;
}

TEST_F(FileTest, ReadsAPipeAsItsBytesCome) {
  const std::string path = Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  absl::StatusOr<InputFile> reader = InputFile::Open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(reader->info().kind, FileKind::kStream);
  char buffer[16];
  EXPECT_EQ(reader->ReadFor(buffer, sizeof(buffer), 1).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  {
    absl::StatusOr<OutputFile> writer = OutputFile::Create(path);
    ASSERT_TRUE(writer->Write("abc").ok());
    EXPECT_EQ(*reader->Read(buffer, sizeof(buffer)), 3);
  }
  EXPECT_EQ(*reader->Read(buffer, sizeof(buffer)), 0);
}

TEST_F(FileTest, EndsAWaitingReadWhenStopped) {
  const std::string path = Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  absl::StatusOr<InputFile> reader = InputFile::Open(path);
  StopEvent stop;
  absl::Status outcome;
  Thread thread("reader", [&] {
    char buffer[16];
    outcome = reader->Read(buffer, sizeof(buffer), &stop).status();
  });
  SleepNanos(5'000'000);
  stop.Set();
  thread.Join();
  EXPECT_EQ(outcome.code(), absl::StatusCode::kCancelled);
}

TEST_F(FileTest, EndsAWaitingWriteWhenStopped) {
  const std::string path = Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  absl::StatusOr<InputFile> reader = InputFile::Open(path);
  StopEvent stop;
  absl::Status outcome;
  Thread thread("writer", [&] {
    absl::StatusOr<OutputFile> writer = OutputFile::Create(path, &stop);
    // More than a pipe holds.
    outcome = writer->Write(std::string(1 << 20, 'x'), &stop);
  });
  SleepNanos(5'000'000);
  stop.Set();
  thread.Join();
  EXPECT_EQ(outcome.code(), absl::StatusCode::kCancelled);
  EXPECT_FALSE(IsClosedPipe(outcome));
}

TEST_F(FileTest, EndsWaitingForAReaderWhenStopped) {
  const std::string path = Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  StopEvent stop;
  absl::Status outcome;
  Thread thread("writer", [&] { outcome = OutputFile::Create(path, &stop).status(); });
  SleepNanos(5'000'000);
  stop.Set();
  thread.Join();
  EXPECT_EQ(outcome.code(), absl::StatusCode::kCancelled);
}

TEST_F(FileTest, ReadsAtAnOffset) {
  absl::StatusOr<InputFile> file = InputFile::Open(Put("a", "0123456789"));
  char buffer[4];
  EXPECT_EQ(*file->ReadAt(3, buffer, 4), 4);
  EXPECT_EQ(std::string_view(buffer, 4), "3456");
  EXPECT_EQ(*file->ReadAt(8, buffer, 4), 2);
  EXPECT_EQ(*file->ReadAt(20, buffer, 4), 0);
}

TEST_F(FileTest, WritesInTheMiddleOfWhatIsThere) {
  const std::string path = JoinPath(folder_, "file");
  EXPECT_EQ(OutputFile::Edit(path).status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(WriteWholeFile(path, "abcdef").ok());
  absl::StatusOr<OutputFile> file = OutputFile::Edit(path);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(file->WriteAt(2, "CD").ok());
  ASSERT_TRUE(file->WriteAt(5, "FGH").ok());
  EXPECT_EQ(file->bytes_written(), 5);
  EXPECT_EQ(*ReadWholeFile(path), "abCDeFGH");
}

TEST_F(FileTest, RemovesAFolderOnlyWhenItIsEmpty) {
  const std::string folder = JoinPath(folder_, "folder");
  EXPECT_EQ(RemoveEmptyFolder(folder).code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(MakeFolders(folder).ok());
  ASSERT_TRUE(WriteWholeFile(JoinPath(folder, "file"), "").ok());
  EXPECT_EQ(RemoveEmptyFolder(folder).code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(RemoveFile(JoinPath(folder, "file")).ok());
  EXPECT_TRUE(RemoveEmptyFolder(folder).ok());
  EXPECT_FALSE(FileExists(folder));
}

TEST_F(FileTest, AppendsAndRefusesToReplace) {
  const std::string path = Put("a", "one\n");
  {
    absl::StatusOr<OutputFile> file = OutputFile::Append(path);
    ASSERT_TRUE(file->Write("two\n").ok());
    ASSERT_TRUE(file->Sync().ok());
    ASSERT_TRUE(file->Close().ok());
    EXPECT_EQ(file->bytes_written(), 4);
  }
  EXPECT_EQ(*ReadWholeFile(path), "one\ntwo\n");
  EXPECT_EQ(OutputFile::CreateNew(path).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(FileTest, RenamesWithAndWithoutReplacing) {
  const std::string a = Put("a", "a");
  const std::string b = Put("b", "b");
  EXPECT_EQ(RenameFileNew(a, b).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(*ReadWholeFile(b), "b");
  EXPECT_TRUE(RenameFileNew(a, Path("c")).ok());
  EXPECT_TRUE(RenameFile(Path("c"), b).ok());
  EXPECT_EQ(*ReadWholeFile(b), "a");
  EXPECT_FALSE(FileExists(a));
}

TEST_F(FileTest, MakesFoldersOnceAndRefusesWhereAFileIs) {
  EXPECT_TRUE(MakeFolders(Path("x/y/z")).ok());
  EXPECT_TRUE(MakeFolders(Path("x/y/z")).ok());
  EXPECT_TRUE(IsFolder(Path("x/y")));
  Put("file", "");
  EXPECT_FALSE(MakeFolders(Path("file")).ok());
  EXPECT_FALSE(MakeFolders(Path("file/below")).ok());
}

TEST_F(FileTest, TellsRealPaths) {
  const std::string file = RealPath(Put("x/file", ""));
  ASSERT_EQ(symlink(Path("x").c_str(), Path("link").c_str()), 0);
  EXPECT_EQ(RealPath(Path("link/./../x/file")), file);
  EXPECT_EQ(RealPath(Path("link/new/file")), RealPath(Path("x")) + "/new/file");
  EXPECT_EQ(RealPath("nothing/../here"), RealPath(".") + "/here");
}

TEST_F(FileTest, SyncsFoldersAndTellsWhereThereIsNone) {
  EXPECT_TRUE(SyncFolder(folder_).ok());
  EXPECT_EQ(SyncFolder(Path("none")).code(), absl::StatusCode::kNotFound);
}

TEST_F(FileTest, ListsFilesBelowWithoutHiddenOnes) {
  Put("b.json", "");
  Put("a/2.json", "");
  Put("a/1.json", "");
  Put("a/.hidden.tmp", "");
  Put("a/_skipped.json", "");
  Put("_temporary/3.json", "");
  Put("_day=1/4.json", "");
  EXPECT_THAT(*ListFilesBelow(folder_), ElementsAre(Path("_day=1/4.json"), Path("a/1.json"),
                                                    Path("a/2.json"), Path("b.json")));
}

TEST_F(FileTest, GlobsMatchNamesAndFolders) {
  Put("a/1.json", "");
  Put("a/2.csv", "");
  Put("a/.3.json", "");
  Put("b/c/4.json", "");
  Put("5.json", "");
  EXPECT_THAT(*Glob(Path("*.json")), ElementsAre(Path("5.json")));
  EXPECT_THAT(*Glob(Path("a/*")), ElementsAre(Path("a/1.json"), Path("a/2.csv")));
  EXPECT_THAT(*Glob(Path("*/[0-9].json")), ElementsAre(Path("a/1.json")));
  EXPECT_THAT(*Glob(Path("**/*.json")),
              ElementsAre(Path("5.json"), Path("a/1.json"), Path("b/c/4.json")));
  EXPECT_THAT(*Glob(Path("a/?.c*v")), ElementsAre(Path("a/2.csv")));
  EXPECT_THAT(*Glob(Path("a/[!1].*")), ElementsAre(Path("a/2.csv")));
  EXPECT_THAT(*Glob(Path("missing/*")), IsEmpty());
  EXPECT_THAT(*Glob(Path("*.xml")), IsEmpty());
}

TEST_F(FileTest, GlobsMatchHiddenNamesOnlyWhereTheySaySo) {
  Put("a/1.json", "");
  Put("a/_skipped.json", "");
  Put("a/.2.json.tmp", "");
  Put("_temporary/3.json", "");
  Put("_day=1/4.json", "");
  EXPECT_THAT(*Glob(Path("a/*")), ElementsAre(Path("a/1.json")));
  EXPECT_THAT(*Glob(Path("*/*.json")), ElementsAre(Path("_day=1/4.json"), Path("a/1.json")));
  EXPECT_THAT(*Glob(Path("**/*.json")), ElementsAre(Path("_day=1/4.json"), Path("a/1.json")));
  EXPECT_THAT(*Glob(Path("a/_*")), ElementsAre(Path("a/_skipped.json")));
  EXPECT_THAT(*Glob(Path("a/.*")), ElementsAre(Path("a/.2.json.tmp")));
  EXPECT_THAT(*Glob(Path("_temporary/*")), ElementsAre(Path("_temporary/3.json")));
}

TEST_F(FileTest, TakesPathsApartAndTogether) {
  EXPECT_EQ(JoinPath("a", "b"), "a/b");
  EXPECT_EQ(JoinPath("a/", "b"), "a/b");
  EXPECT_EQ(JoinPath("", "b"), "b");
  EXPECT_EQ(FileName("/a/b.c"), "b.c");
  EXPECT_EQ(FileName("b"), "b");
  EXPECT_EQ(FolderName("/a/b"), "/a");
  EXPECT_EQ(FolderName("/a"), "/");
  EXPECT_EQ(FolderName("a"), ".");
  EXPECT_TRUE(HasGlobCharacters("a*"));
  EXPECT_FALSE(HasGlobCharacters("a.b"));
}

}  // namespace
}  // namespace laminar::base
