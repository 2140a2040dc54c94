#include "node/target.h"

#include <sys/stat.h>
#include <unistd.h>

#include "node/connection_files.h"
#include "node/errors.h"
#include "room/people.h"
#include "support/standard_input.h"
#include "unit/node/testing.h"

namespace sotto::node {
namespace {

class TargetTest : public NodeTest {
 protected:
  TargetTest() {
    // Files are named as they are in the working folder.
    std::filesystem::create_directory(dir_ / "here");
    if (::chdir((dir_ / "here").c_str()) != 0) throw std::runtime_error("chdir");
    add_room(anna_, "kitchen");
  }
  ~TargetTest() override { [[maybe_unused]] const int back = ::chdir("/"); }

  // A file in the working folder.
  std::string export_here(Profile& host, const std::string& room, const std::string& file,
                          FileProtection protection = unsealed(),
                          std::optional<milliseconds> expires_in = std::nullopt) {
    export_to(host, room, "here/" + file, std::move(protection), 1, expires_in);
    return file;
  }

  Result<TargetRequest> prepare(const std::string& name,
                                const FileKeys& keys = no_passphrase()) {
    const auto known = [this](const NameRequest& asked) { return known_name(bob_, asked); };
    return prepare_target(known, name, keys);
  }
  // Both steps.
  Result<Target> resolve(const std::string& name,
                         const std::optional<std::string>& fingerprint = std::nullopt,
                         const FileKeys& keys = no_passphrase()) {
    auto request = prepare(name, keys);
    if (!request) return pass(request);
    request->fingerprint = fingerprint;
    return resolve_target(bob_, *request);
  }
  std::string resolved(const std::string& name) {
    const auto target = resolve(name);
    if (!target) return error_of(target);
    return target->joined ? target->joined->room.name : "own " + target->room.name;
  }

  static std::string fingerprint_of(const Profile& profile) {
    return crypto::to_string(crypto::fingerprint(profile.card()));
  }
  void expect_nothing_kept() {
    EXPECT_TRUE(room_names(bob_).empty());
    EXPECT_TRUE(contact_names(bob_).empty());
  }

  Profile anna_ = profile("anna");
  Profile bob_ = profile("bob");
};

TEST_F(TargetTest, AFileLeadsToItsRoom) {
  export_here(anna_, "kitchen", "invitation");
  const Target target = must(resolve("invitation"));
  ASSERT_TRUE(target.joined);
  EXPECT_EQ(target.joined->room.name, "kitchen");
  EXPECT_EQ(target.joined->host, anna_.card());
  EXPECT_FALSE(target.joined->host_verified);
  EXPECT_FALSE(target.introduced);
  EXPECT_FALSE(target.expires);
  EXPECT_EQ(room_names(bob_), Names{"kitchen"});
  EXPECT_EQ(contact_names(bob_), Names{"anna"});
}

TEST_F(TargetTest, ARoomIsKnownByItsNameOrItsHosts) {
  export_here(anna_, "kitchen", "invitation");
  must(resolve("invitation"));
  EXPECT_EQ(resolved("kitchen"), "kitchen");
  EXPECT_EQ(resolved("anna"), "kitchen");
  EXPECT_EQ(resolved("Kitchen"), "target.unknown");
  EXPECT_TRUE(must(resolve("kitchen")).introduced);  // nothing new to warn of
}

TEST_F(TargetTest, AFileNeverTakesTheNameOfARoom) {
  must(resolve(export_here(anna_, "kitchen", "invitation")));
  Profile eve = profile("eve");
  add_room(eve, "trap");
  export_here(eve, "trap", "kitchen");
  export_here(eve, "trap", "anna");
  EXPECT_EQ(resolved("kitchen"), "kitchen");
  EXPECT_EQ(resolved("anna"), "kitchen");
  EXPECT_EQ(room_names(bob_), Names{"kitchen"});
  EXPECT_EQ(resolved("./kitchen"), "trap");  // who says so means the file
}

TEST_F(TargetTest, ARoomComesBeforeAContact) {
  must(resolve(export_here(anna_, "kitchen", "invitation")));
  Profile carol = profile("carol");
  add_room(carol, "anna");
  auto request = must(prepare(export_here(carol, "anna", "of carol")));
  request.as_name = "anna";
  must(resolve_target(bob_, request));
  EXPECT_EQ(must(resolve("anna")).joined->host, carol.card());
}

TEST_F(TargetTest, AContactWithoutARoomIsNoTarget) {
  must(room::meet(bob_.database(), anna_.card(), wall_now()));
  EXPECT_EQ(resolved("anna"), "target.unknown");
  export_here(anna_, "kitchen", "anna");
  EXPECT_EQ(resolved("anna"), "kitchen");  // the file
}

TEST_F(TargetTest, WhatIsNothingIsSaidToBeUnknown) {
  std::filesystem::create_directory("folder");
  for (const std::string& name :
       {std::string("nothing"), std::string("./nothing"), std::string("folder"),
        std::string("./folder"), std::string("/no/such/file"), std::string("")}) {
    const auto unknown = resolve(name);
    EXPECT_EQ(error_of(unknown), "target.unknown") << name;
    EXPECT_EQ(unknown.error().kind(), Kind::input);
  }
  // A request without any target at all is not a person's mistake.
  EXPECT_EQ(error_of(resolve_target(bob_, TargetRequest())), "rpc.params");
}

TEST_F(TargetTest, APassphraseIntroducesTheHost) {
  export_here(anna_, "kitchen", "locked", locked_by("correct horse"));
  EXPECT_TRUE(must(resolve("locked", std::nullopt, passphrase_is("correct horse"))).introduced);
  EXPECT_EQ(error_of(resolve("locked", std::nullopt, passphrase_is("wrong"))),
            "file.wrong_passphrase");
}

TEST_F(TargetTest, AFileForOurCardIsOpenedByTheOwner) {
  FileProtection protection;
  protection.for_cards = {card_text(bob_.card())};
  export_here(anna_, "kitchen", "for bob", std::move(protection));
  const auto request = must(prepare("for bob"));
  EXPECT_TRUE(request.file);
  EXPECT_FALSE(request.content);
  EXPECT_EQ(resolved("for bob"), "kitchen");
  EXPECT_FALSE(must(resolve("for bob")).introduced);  // anyone may seal for a card

  Profile eve = profile("eve");
  EXPECT_EQ(error_of(resolve_target(eve, request)), "file.not_for_us");
}

TEST_F(TargetTest, AWrongFingerprintLeavesNoTrace) {
  export_here(anna_, "kitchen", "invitation");
  const auto wrong = resolve("invitation", fingerprint_of(bob_));
  EXPECT_EQ(error_of(wrong), "identity.fingerprint");
  EXPECT_EQ(wrong.error().kind(), Kind::identity);
  EXPECT_NE(wrong.error().text().find(fingerprint_of(anna_)), std::string::npos);
  expect_nothing_kept();
  EXPECT_EQ(error_of(resolve("invitation", "no fingerprint")), "fingerprint.syntax");
  expect_nothing_kept();
  EXPECT_TRUE(resolve("invitation", fingerprint_of(anna_)));
  // A known room is checked no less.
  EXPECT_EQ(error_of(resolve("kitchen", fingerprint_of(bob_))), "identity.fingerprint");
  EXPECT_TRUE(resolve("kitchen", fingerprint_of(anna_)));
}

TEST_F(TargetTest, AnExpiredFileLeavesNoTrace) {
  export_here(anna_, "kitchen", "expired", unsealed(), milliseconds(0));
  EXPECT_EQ(resolved("expired"), "invite.expired");
  expect_nothing_kept();
  export_here(anna_, "kitchen", "in time", unsealed(), std::chrono::hours(1));
  EXPECT_GT(must(resolve("in time")).expires, wall_now());
}

TEST_F(TargetTest, AnOwnRoomIsNotJoined) {
  add_room(bob_, "cellar");
  EXPECT_EQ(resolved("cellar"), "own cellar");
  const auto own_file = resolve(export_here(bob_, "cellar", "of bob"));
  EXPECT_EQ(error_of(own_file), "room.own");
  EXPECT_EQ(own_file.error().kind(), Kind::usage);
  EXPECT_TRUE(contact_names(bob_).empty());
}

TEST_F(TargetTest, StandardInputIsNeverAName) {
  Pipe pipe;
  pipe.write(content_of(export_here(anna_, "kitchen", "invitation")));
  pipe.end();
  const StandardInput replaced(pipe.reader());
  EXPECT_EQ(resolved("-"), "kitchen");
}

TEST_F(TargetTest, TheForeignNameOfARoomTakesNoneOfOurs) {
  add_room(bob_, "kitchen");
  EXPECT_EQ(resolved(export_here(anna_, "kitchen", "invitation")), "kitchen-2");
  EXPECT_EQ(resolved("kitchen"), "own kitchen");
}

}  // namespace
}  // namespace sotto::node
