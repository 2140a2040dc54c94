#include "node/file_source.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "room/files.h"
#include "support/results.h"
#include "support/temp_dir.h"

namespace sotto::node {
namespace {

class FileSourceTest : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& content) {
    const auto path = folder_.path() / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  static std::string all(const FileSource& source, std::uint64_t offset = 0) {
    std::string out;
    while (offset + out.size() < source.size()) {
      for (const Bytes& message : must(source.read_messages(offset + out.size()))) {
        EXPECT_LE(message.size(), room::file_message_bytes);
        EXPECT_EQ(message[0], wire::file_data_kind);
        out += as_text(ByteView(message).subspan(wire::file_data_header));
      }
    }
    return out;
  }
  static bool fails_with(Errc code, const auto& result) {
    return !result && result.error().is(code);
  }

  TempDir folder_;
};

TEST_F(FileSourceTest, HashAndMessagesHaveAllOfTheFile) {
  std::string content(700'001, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7);
  const auto source = must(FileSource::open(file("large", content)));
  EXPECT_EQ(source->size(), content.size());
  int pieces = 1;
  while (!must(source->hash_more())) ++pieces;
  EXPECT_EQ(pieces, 3);
  EXPECT_EQ(source->finish_hash(), crypto::blake2b_256({as_bytes(content)}));
  EXPECT_EQ(all(*source), content);
  EXPECT_EQ(all(*source, 699'999), content.substr(699'999));
}

TEST_F(FileSourceTest, AnEmptyFileHasAHashAndNoMessages) {
  const auto source = must(FileSource::open(file("empty", "")));
  EXPECT_TRUE(must(source->hash_more()));
  EXPECT_EQ(source->finish_hash(), crypto::blake2b_256({}));
  EXPECT_TRUE(must(source->read_messages(0)).empty());
}

TEST_F(FileSourceTest, WhatIsNoRegularFileIsSaidWithoutWaiting) {
  const std::string pipe = (folder_.path() / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_TRUE(fails_with(Errc::file_not_regular, FileSource::open(pipe)));
  EXPECT_TRUE(fails_with(Errc::file_not_regular, FileSource::open(folder_.path().string())));
  EXPECT_TRUE(fails_with(Errc::file_not_regular, FileSource::open("/dev/null")));
  EXPECT_TRUE(fails_with(Errc::file_io, FileSource::open(pipe + "-not")));
}

TEST_F(FileSourceTest, AChangeIsFound) {
  const std::string path = file("growing", "hello");
  const auto longer = must(FileSource::open(path));
  std::ofstream(path, std::ios::app) << " world";
  EXPECT_TRUE(fails_with(Errc::file_changed, longer->hash_more()));
  EXPECT_TRUE(fails_with(Errc::file_changed, longer->read_messages(0)));
  const auto shorter = must(FileSource::open(path));
  std::filesystem::resize_file(path, 3);
  EXPECT_TRUE(fails_with(Errc::file_changed, shorter->read_messages(0)));
  const auto touched = must(FileSource::open(path));
  std::filesystem::last_write_time(
      path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  EXPECT_TRUE(fails_with(Errc::file_changed, touched->read_messages(0)));
}

}  // namespace
}  // namespace sotto::node
