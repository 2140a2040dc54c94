#include "node/connection_files.h"

#include <algorithm>
#include <sys/stat.h>

#include "node/errors.h"
#include "support/standard_input.h"
#include "unit/node/testing.h"

namespace sotto::node {
namespace {

class ConnectionFilesTest : public NodeTest {
 protected:
  static ExportOptions options(FileProtection protection, bool armor = false) {
    ExportOptions out;
    out.protection = std::move(protection);
    out.armor = armor;
    return out;
  }
  static FileProtection for_cards(std::vector<std::string> cards) {
    FileProtection protection;
    protection.for_cards = std::move(cards);
    return protection;
  }

  // The path of a file that holds `content`, sealed as the options say.
  std::string seal(const ExportOptions& how) {
    const std::string path = dir_ / "sealed";
    must(write_file(path, must(seal_connection_file(content_, how))));
    return path;
  }
  std::string write(const std::string& bytes) {
    const std::string path = dir_ / "written";
    must(write_file(path, as_bytes(bytes)));
    return path;
  }
  static bool is_content(const Secret& opened, const Secret& expected) {
    return std::ranges::equal(opened.view(), expected.view());
  }

  static mode_t mode_of(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }
  std::size_t files_here() const {
    const std::filesystem::directory_iterator files(dir_.path());
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }

  Secret content_{as_bytes("what a bearer may do")};
};

TEST_F(ConnectionFilesTest, APassphraseOpensWhatItLocked) {
  const std::string path = seal(options(locked_by("correct horse")));
  const auto read = must(read_connection_file(path, passphrase_is("correct horse")));
  EXPECT_EQ(read.lock, crypto::LockKind::passphrase);
  ASSERT_TRUE(read.content);
  EXPECT_TRUE(is_content(*read.content, content_));
  EXPECT_EQ(content_of(path).find("bearer"), std::string::npos);

  EXPECT_EQ(error_of(read_connection_file(path, passphrase_is("battery staple"))),
            "file.wrong_passphrase");
  const FileKeys mute{
      []() -> Result<Secret> { return fail(Errc::file_io, "Nobody answers."); }};
  EXPECT_EQ(error_of(read_connection_file(path, mute)), "file.io");
}

TEST_F(ConnectionFilesTest, AnUnsealedFileIsOpenToAll) {
  for (const bool armor : {false, true}) {
    const std::string path = seal(options(unsealed(), armor));
    const auto read = must(read_connection_file(path, no_passphrase()));
    EXPECT_EQ(read.lock, crypto::LockKind::anyone);
    ASSERT_TRUE(read.content);
    EXPECT_TRUE(is_content(*read.content, content_));
    EXPECT_EQ(content_of(path).starts_with("-----BEGIN"), armor);
  }
}

TEST_F(ConnectionFilesTest, AFileForCardsWaitsForTheirOwners) {
  const Profile anna = profile("anna");
  const Profile bob = profile("bob");
  const Profile eve = profile("eve");
  const std::string path =
      seal(options(for_cards({card_text(anna.card()), card_text(bob.card())})));
  const auto read = must(read_connection_file(path, no_passphrase()));
  EXPECT_EQ(read.lock, crypto::LockKind::recipients);
  EXPECT_FALSE(read.content);
  for (const Profile* owner : {&anna, &bob}) {
    EXPECT_TRUE(is_content(must(open_for_us(*owner, read.sealed)), content_));
  }
  EXPECT_EQ(error_of(open_for_us(eve, read.sealed)), "file.not_for_us");
}

TEST_F(ConnectionFilesTest, SealingForWhatIsNoCardFails) {
  const Profile anna = profile("anna");
  for (const std::string& card : {std::string("anna"), std::string(""),
                                  card_text(anna.card()) + "A", std::string("sotto-card:")}) {
    EXPECT_EQ(error_of(seal_connection_file(content_, options(for_cards({card})))),
              "card.invalid")
        << card;
  }
}

TEST_F(ConnectionFilesTest, CardsGoThroughText) {
  const Profile anna = profile("anna");
  const std::string text = card_text(anna.card());
  EXPECT_TRUE(text.starts_with("sotto-card:"));
  EXPECT_EQ(must(parse_card_text(text)), anna.card());
  EXPECT_EQ(text, own_card(anna).card);
}

TEST_F(ConnectionFilesTest, StandardInputIsAFileToo) {
  Pipe pipe;
  pipe.write(content_of(seal(options(unsealed(), true))));
  pipe.end();
  const StandardInput replaced(pipe.reader());
  EXPECT_TRUE(is_content(*must(read_connection_file("-", no_passphrase())).content, content_));
}

TEST_F(ConnectionFilesTest, OtherFilesAreToldApart) {
  const auto why = [&](const std::string& path) {
    return error_of(read_connection_file(path, no_passphrase()));
  };
  EXPECT_EQ(why(dir_ / "missing"), "file.io");
  EXPECT_EQ(why(dir_.path()), "file.io");
  EXPECT_EQ(why(write("")), "file.not_sotto");
  EXPECT_EQ(why(write("a letter to a friend")), "file.not_sotto");
  EXPECT_EQ(why(write(std::string(3 << 20, 'x'))), "file.not_sotto");
  profile("anna");
  const auto other_kind =
      read_connection_file(dir_ / "anna" / "profile.sotto", no_passphrase());
  EXPECT_EQ(error_of(other_kind), "file.not_sotto");
  EXPECT_NE(other_kind.error().text().find("no connection file"), std::string::npos);

  std::string damaged = content_of(seal(options(unsealed())));
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  EXPECT_EQ(why(write(damaged)), "file.damaged");
  std::string armored = content_of(seal(options(unsealed(), true)));
  EXPECT_EQ(why(write(armored.substr(0, armored.size() / 2))), "armor.syntax");
}

TEST_F(ConnectionFilesTest, NothingIsReplacedUnasked) {
  const std::filesystem::path path = dir_ / "there";
  EXPECT_TRUE(check_writable(path, false));
  must(write_file(path, as_bytes("old")));
  const auto refused = check_writable(path, false);
  EXPECT_EQ(error_of(refused), "file.exists");
  EXPECT_EQ(refused.error().kind(), Kind::usage);
  EXPECT_TRUE(check_writable(path, true));
  EXPECT_TRUE(check_writable("-", false));
}

TEST_F(ConnectionFilesTest, WritingIsPrivateAndLeavesNothingElse) {
  const mode_t before = ::umask(0);
  const std::string path = dir_ / "file";
  must(write_file(path, as_bytes("first")));
  must(write_file(path, as_bytes("second")));
  ::umask(before);
  EXPECT_EQ(content_of(path), "second");
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(files_here(), 1U);
}

TEST_F(ConnectionFilesTest, AWriteThatFailsLeavesWhatWasThere) {
  EXPECT_EQ(error_of(write_file(dir_ / "missing" / "file", as_bytes("x"))), "file.io");
  std::filesystem::create_directory(dir_ / "folder");
  EXPECT_EQ(error_of(write_file(dir_ / "folder", as_bytes("x"))), "file.io");
  EXPECT_TRUE(std::filesystem::is_directory(dir_ / "folder"));
  EXPECT_EQ(files_here(), 1U);
}

TEST_F(ConnectionFilesTest, StandardOutputIsAFileToo) {
  testing::internal::CaptureStdout();
  const auto written = write_file("-", as_bytes("to be piped"));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "to be piped");
  EXPECT_TRUE(written);
}

}  // namespace
}  // namespace sotto::node
