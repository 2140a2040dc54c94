#include "node/inspect.h"

#include "unit/node/testing.h"

namespace sotto::node {
namespace {

class InspectTest : public NodeTest {
 protected:
  std::string write(const std::string& name, FileProtection protection, bool armor = false,
                    bool uri = false) {
    ExportOptions options;
    options.room = "kitchen";
    options.file = dir_ / name;
    options.protection = std::move(protection);
    options.armor = armor;
    options.uri = uri;
    must(write_invite(
        must(make_invite(anna_, {"kitchen", 3, milliseconds(60'000), {"chat", "forward:web"}})),
        options));
    return options.file.string();
  }

  Profile anna_ = profile("anna");
  store::RoomRow kitchen_ = add_room(anna_, "kitchen", 4711);
};

TEST_F(InspectTest, AnUnsealedFileTellsAllButItsSecrets) {
  for (const auto& [form, armor, uri] :
       {std::tuple{"binary", false, false}, {"armor", true, false}, {"uri", false, true}}) {
    const std::string path = write(form, unsealed(), armor, uri);
    const auto file = must(inspect(path, nullptr));
    EXPECT_EQ(file.kind, "connection");
    EXPECT_EQ(file.form, form);
    EXPECT_EQ(file.size, content_of(path).size());
    EXPECT_EQ(file.lock, "none");
    ASSERT_TRUE(file.invite);
    EXPECT_EQ(file.invite->host, "anna");
    EXPECT_EQ(file.invite->fingerprint, own_card(anna_).fingerprint);
    EXPECT_EQ(file.invite->room, "kitchen");
    EXPECT_EQ(file.invite->room_id, to_hex(kitchen_.id.view()));
    EXPECT_EQ(file.invite->addresses, Names{"127.0.0.1:4711"});
    EXPECT_EQ(file.invite->uses, 3U);
    EXPECT_TRUE(file.invite->expires);
    EXPECT_EQ(file.invite->allow, (Names{"chat", "forward:web"}));
  }
}

TEST_F(InspectTest, ALockedFileTellsItsLockAndMoreWithThePassphrase) {
  const std::string path = write("locked", locked_by("tea"));
  const auto outside = must(inspect(path, nullptr));
  EXPECT_EQ(outside.lock, "passphrase");
  EXPECT_EQ(outside.kdf_passes, 3U);
  EXPECT_EQ(outside.kdf_memory_kib, 256U * 1024);
  EXPECT_FALSE(outside.invite);
  const auto inside =
      must(inspect(path, [] { return Result<Secret>(Secret(as_bytes("tea"))); }));
  EXPECT_EQ(inside.invite->room, "kitchen");
  EXPECT_EQ(error_of(inspect(path, [] { return Result<Secret>(Secret(as_bytes("milk"))); })),
            "file.wrong_passphrase");
}

TEST_F(InspectTest, AFileForCardsTellsHowMany) {
  FileProtection protection;
  protection.for_cards = {own_card(anna_).card, own_card(profile("bob")).card};
  const auto file = must(inspect(write("cards", std::move(protection)), nullptr));
  EXPECT_EQ(file.lock, "recipients");
  EXPECT_EQ(file.recipients, 2U);
  EXPECT_FALSE(file.invite);
}

TEST_F(InspectTest, WhatIsNoFileOfOursIsRefused) {
  std::ofstream(dir_ / "other") << "hello";
  EXPECT_EQ(error_of(inspect(dir_ / "other", nullptr)), "file.not_sotto");
  EXPECT_EQ(error_of(inspect(dir_ / "missing", nullptr)), "file.io");
  std::ofstream(dir_ / "uri") << "sotto:abc";
  EXPECT_EQ(error_of(inspect(dir_ / "uri", nullptr)), "uri.syntax");
}

}  // namespace
}  // namespace sotto::node
