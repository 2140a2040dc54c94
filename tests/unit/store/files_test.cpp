#include "store/files.h"

#include <cerrno>
#include <sys/stat.h>

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class FilesTest : public StoreTest {
 protected:
  std::filesystem::path path_ = dir_ / "small";
};

TEST_F(FilesTest, ComeBackAsTheyWere) {
  EXPECT_FALSE(must(read_small_file(path_, 100)));
  must(write_small_file(path_, as_bytes("content")));
  const auto file = must(read_small_file(path_, 7));
  ASSERT_TRUE(file);
  EXPECT_EQ(as_text(file->content.view()), "content");
  EXPECT_TRUE(file->private_to_owner);
  must(write_small_file(path_, {}));
  EXPECT_TRUE(must(read_small_file(path_, 7))->content.empty());
}

TEST_F(FilesTest, NobodyElseMayReadThemWhateverTheUmask) {
  const mode_t before = ::umask(0);
  const auto written = write_small_file(path_, as_bytes("content"));
  ::umask(before);
  must(written);
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  ASSERT_EQ(::chmod(path_.c_str(), 0640), 0);
  EXPECT_FALSE(must(read_small_file(path_, 100))->private_to_owner);
}

TEST_F(FilesTest, AWriteLeavesNothingBeside) {
  write_file(dir_ / "small.new", as_bytes("left by a crash"));
  must(write_small_file(path_, as_bytes("content")));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "small.new"));
  std::filesystem::create_directory(dir_ / "folder");
  expect_failed(write_small_file(dir_ / "folder", as_bytes("content")), Errc::io);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "folder.new"));
}

TEST_F(FilesTest, OnlyRegularFilesAreRead) {
  std::filesystem::create_symlink("elsewhere", path_);
  expect_failed(read_small_file(path_, 100), Errc::io);
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  expect_failed(read_small_file(path_, 100), Errc::io);
  expect_failed(read_small_file(dir_.path(), 100), Errc::io);
}

TEST_F(FilesTest, AWriteReplacesALinkAndNotWhatItPointsTo) {
  write_file(dir_ / "target", as_bytes("precious"));
  std::filesystem::create_symlink("target", path_);
  must(write_small_file(path_, as_bytes("content")));
  EXPECT_EQ(to_string(read_file(dir_ / "target")), "precious");
  EXPECT_EQ(as_text(must(read_small_file(path_, 100))->content.view()), "content");
}

TEST_F(FilesTest, TooLongOnesAreRefused) {
  write_file(path_, as_bytes("content"));
  expect_failed(read_small_file(path_, 6), Errc::damaged);
}

TEST_F(FilesTest, SystemErrorsHaveTheirCodes) {
  EXPECT_EQ(errc_of(ENOSPC), Errc::full);
  EXPECT_EQ(errc_of(EDQUOT), Errc::full);
  EXPECT_EQ(errc_of(EROFS), Errc::read_only);
  EXPECT_EQ(errc_of(EACCES), Errc::read_only);
  EXPECT_EQ(errc_of(EPERM), Errc::read_only);
  EXPECT_EQ(errc_of(EIO), Errc::io);
  const Result<void> failed = fail_errno(ENOSPC, "write", "/home/\x1b[31m");
  expect_failed(failed, Errc::full);
  EXPECT_EQ(failed.error().text(),
            "Cannot write /home/\\x1b[31m: No space left on device. Free some space and try "
            "again.");
}

TEST_F(FilesTest, AFullDiskLeavesTheOldFile) {
  const SmallFileSystem disk(dir_ / "disk", "size=64k");
  if (!disk.mounted()) GTEST_SKIP() << "mounting takes privileges";
  const auto path = disk.path() / "small";
  must(write_small_file(path, as_bytes("old")));
  expect_failed(write_small_file(path, as_bytes(std::string(100'000, 'x'))), Errc::full);
  EXPECT_EQ(to_string(read_file(path)), "old");
  must(write_small_file(path, as_bytes("new")));
}

}  // namespace
}  // namespace sotto::store
