#include "node/file_part.h"

#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sys/stat.h>

#include "support/results.h"
#include "support/temp_dir.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;

wire::FileOffer offer_of(std::string_view content, std::string name = "report.pdf") {
  wire::FileOffer offer;
  offer.name = std::move(name);
  offer.size = content.size();
  offer.hash = crypto::blake2b_256({as_bytes(content)});
  return offer;
}

class FilePartTest : public testing::Test {
 protected:
  std::shared_ptr<FilePart> open(const wire::FileOffer& offer) {
    return must(FilePart::open(folder_.path(), sender_, offer));
  }
  // All of it, as one transfer; where it is then.
  fs::path take(std::string_view content, std::string name = "report.pdf") {
    const auto part = open(offer_of(content, std::move(name)));
    EXPECT_TRUE(part->add(as_bytes(content)));
    EXPECT_TRUE(part->finish());
    part->settle();
    return *part->final_path();
  }
  std::string content(const fs::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& name, std::string_view text) {
    std::ofstream(folder_.path() / name) << text;
  }
  std::set<std::string> names() {
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      out.insert(entry.path().filename());
    }
    return out;
  }

  TempDir folder_;
  crypto::Ed25519PublicKey sender_;
};

using Names = std::set<std::string>;

TEST_F(FilePartTest, AFileGetsItsNameOnceItIsWhole) {
  const auto part = open(offer_of("hello"));
  EXPECT_TRUE(part->add(as_bytes("hel")));
  EXPECT_FALSE(names().contains("report.pdf"));
  EXPECT_TRUE(part->add(as_bytes("lo")));
  ASSERT_TRUE(part->finish());
  EXPECT_EQ(*part->final_path(), (folder_.path() / "report.pdf").string());
  part->settle();
  EXPECT_EQ(names(), Names{"report.pdf"});
  EXPECT_EQ(content(*part->final_path()), "hello");
  struct stat file{};
  ASSERT_EQ(::stat(part->final_path()->c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
}

TEST_F(FilePartTest, NothingThatIsThereIsReplaced) {
  write("report.pdf", "mine");
  fs::create_symlink("/dev/null", folder_.path() / "report (2).pdf");
  EXPECT_EQ(take("hello").filename(), "report (3).pdf");
  EXPECT_EQ(content(folder_.path() / "report.pdf"), "mine");
}

TEST_F(FilePartTest, WhatCameBeforeIsLookedAtAndGoneOnFrom) {
  const wire::FileOffer offer = offer_of("hello");
  EXPECT_TRUE(open(offer)->add(as_bytes("hel")));
  const auto part = open(offer);
  EXPECT_EQ(part->found(), 3U);
  EXPECT_EQ(part->size(), 0U);
  EXPECT_TRUE(part->look_more());
  EXPECT_EQ(part->size(), 3U);
  EXPECT_TRUE(part->add(as_bytes("lo")));
  EXPECT_TRUE(part->finish());
  EXPECT_EQ(content(*part->final_path()), "hello");
}

TEST_F(FilePartTest, AnotherFileOrSenderHasAPartOfItsOwn) {
  const wire::FileOffer offer = offer_of("hello");
  EXPECT_TRUE(open(offer)->add(as_bytes("hel")));
  wire::FileOffer other_name = offer;
  other_name.name = "other.pdf";
  EXPECT_EQ(open(other_name)->found(), 0U);
  EXPECT_EQ(open(offer_of("hallo"))->found(), 0U);
  wire::FileOffer other_id = offer;
  other_id.id = *wire::FileId::from(as_bytes("sixteen bytes id"));
  EXPECT_EQ(open(other_id)->found(), 3U);
  sender_ = *crypto::Ed25519PublicKey::from(Bytes(32, std::byte{9}));
  EXPECT_EQ(open(offer)->found(), 0U);
}

TEST_F(FilePartTest, WhatHasAnotherHashIsNotKept) {
  const auto part = open(offer_of("hello"));
  EXPECT_TRUE(part->add(as_bytes("hallo")));
  const auto done = part->finish();
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().is(Errc::file_mismatch));
  EXPECT_EQ(names(), Names{});
}

TEST_F(FilePartTest, TwoTransfersOfTheSameDoNotMix) {
  const wire::FileOffer offer = offer_of("hello");
  auto first = open(offer);
  const auto second = FilePart::open(folder_.path(), sender_, offer);
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().is(Errc::file_busy));
  first.reset();
  open(offer);
}

TEST_F(FilePartTest, WhatWasNamedBeforeTheSenderHeardOfItIsNotTakenTwice) {
  const wire::FileOffer offer = offer_of("hello");
  {
    const auto part = open(offer);
    EXPECT_TRUE(part->add(as_bytes("hello")));
    EXPECT_TRUE(part->finish());
  }
  const auto again = open(offer);
  ASSERT_TRUE(again->final_path());
  EXPECT_EQ(*again->final_path(), (folder_.path() / "report.pdf").string());
  EXPECT_EQ(again->size(), 5U);
  again->settle();
  EXPECT_EQ(names(), Names{"report.pdf"});
  // From now on it is another file of that name.
  EXPECT_EQ(take("hello").filename(), "report (2).pdf");
}

TEST_F(FilePartTest, AMarkWithoutItsFileIsNoWord) {
  const wire::FileOffer offer = offer_of("hello");
  {
    const auto part = open(offer);
    EXPECT_TRUE(part->add(as_bytes("hello")));
    EXPECT_TRUE(part->finish());
  }
  fs::remove(folder_.path() / "report.pdf");
  EXPECT_FALSE(open(offer)->final_path());
}

TEST_F(FilePartTest, WhatLeadsElsewhereIsNotFollowed) {
  const wire::FileOffer offer = offer_of("hello");
  open(offer);
  const std::string part = *names().begin();
  fs::remove(folder_.path() / part);
  write("precious", "mine");
  fs::create_symlink(folder_.path() / "precious", folder_.path() / part);
  const auto opened = FilePart::open(folder_.path(), sender_, offer);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(Errc::accept_folder));
  EXPECT_EQ(content(folder_.path() / "precious"), "mine");
}

TEST_F(FilePartTest, AFileThatNoDiskHoldsIsRefusedBeforeItComes) {
  wire::FileOffer offer = offer_of("hello");
  offer.size = wire::file_size_limit;
  const auto opened = FilePart::open(folder_.path(), sender_, offer);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(Errc::file_no_space));
  EXPECT_EQ(names(), Names{});
}

TEST_F(FilePartTest, AnEmptyPartGoesWhenItIsLeft) {
  const wire::FileOffer offer = offer_of("hello");
  const auto empty = open(offer);
  EXPECT_EQ(names().size(), 1U);
  empty->leave();
  EXPECT_EQ(names(), Names{});
  // It has no business with who began after it.
  const auto next = open(offer);
  empty->leave();
  EXPECT_EQ(names().size(), 1U);
  EXPECT_TRUE(next->add(as_bytes("hel")));
  next->leave();
  EXPECT_EQ(names().size(), 1U);
}

TEST_F(FilePartTest, WhatWasNamedStaysWhenItsPartIsLeft) {
  const auto part = open(offer_of("", "empty"));
  EXPECT_TRUE(part->finish());
  part->settle();
  part->leave();
  EXPECT_EQ(names(), Names{"empty"});
}

TEST_F(FilePartTest, BeyondTheLimitTheOldestThatNobodyWritesToMakesRoom) {
  const wire::FileOffer used = offer_of("used");
  const auto in_use = open(used);
  const std::string used_name = *names().begin();
  const auto now = fs::file_time_type::clock::now();
  fs::last_write_time(folder_.path() / used_name, now - std::chrono::hours(3));
  for (std::size_t i = 1; i < leftovers_limit; ++i) {
    write(".sotto-" + std::to_string(i) + (i % 2 == 0 ? ".part" : ".kept"), "x");
  }
  fs::last_write_time(folder_.path() / ".sotto-7.kept", now - std::chrono::hours(2));
  write("mine", "x");
  ASSERT_EQ(names().size(), leftovers_limit + 1);
  const auto another = open(offer_of("another"));
  EXPECT_EQ(names().size(), leftovers_limit + 1);
  EXPECT_FALSE(names().contains(".sotto-7.kept"));
  EXPECT_TRUE(names().contains(used_name));
  EXPECT_TRUE(names().contains("mine"));
}

TEST_F(FilePartTest, AFolderThatIsNoneIsSaid) {
  for (const fs::path& folder : {folder_.path() / "none", fs::path("/dev/null")}) {
    const auto opened = FilePart::open(folder, sender_, offer_of("hello"));
    ASSERT_FALSE(opened);
    EXPECT_TRUE(opened.error().is(Errc::accept_folder));
    const auto prepared = prepare_folder(folder);
    ASSERT_FALSE(prepared);
    EXPECT_TRUE(prepared.error().is(Errc::accept_folder));
  }
}

TEST_F(FilePartTest, OnlyWhatWasForgottenLongAgoIsTidiedAway) {
  for (const char* name :
       {".sotto-old.part", ".sotto-old.kept", ".sotto-new.part", "old.part"}) {
    write(name, "x");
  }
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::days(15);
  for (const char* name : {".sotto-old.part", ".sotto-old.kept", "old.part"}) {
    fs::last_write_time(folder_.path() / name, long_ago);
  }
  EXPECT_TRUE(prepare_folder(folder_.path()));
  EXPECT_EQ(names(), (Names{".sotto-new.part", "old.part"}));
}

}  // namespace
}  // namespace sotto::node
