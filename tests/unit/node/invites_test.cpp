#include "node/invites.h"

#include "base/encoding.h"
#include "node/connection_files.h"
#include "room/admission.h"
#include "store/invites.h"
#include "unit/node/testing.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

class InvitesTest : public NodeTest {
 protected:
  Access access(const std::string& name) {
    return must(Access::open(profile_options(dir_ / name, name)));
  }
  static std::size_t invites(Profile& of, const store::RoomRow& room) {
    return must(store::Invites(of.database()).of(room.id)).size();
  }
  ExportOptions options(const std::string& file) {
    ExportOptions out;
    out.room = "kitchen";
    out.file = dir_ / file;
    out.protection = unsealed();
    return out;
  }
};

TEST_F(InvitesTest, AnOwnRoomIsMadeOrFound) {
  Profile anna = profile("anna");
  const auto made = must(open_own_room(anna, "kitchen"));
  EXPECT_TRUE(made.hosted);
  EXPECT_EQ(made.name, "kitchen");
  EXPECT_EQ(made.host, anna.card().identity_pk);
  EXPECT_TRUE(room_names(anna).empty());  // not stored yet
  const auto stored = add_room(anna, "kitchen");
  EXPECT_EQ(must(open_own_room(anna, "kitchen")).id, stored.id);
  EXPECT_EQ(error_of(open_own_room(anna, "")), "name.invalid");
  EXPECT_EQ(error_of(open_own_room(anna, "kit\nchen")), "name.invalid");
}

TEST_F(InvitesTest, ARoomOfSomebodyElseIsNotHosted) {
  Profile anna = profile("anna");
  add_room(anna, "kitchen");
  auto bob = access("bob");
  must(import_file(bob, export_to(anna, "kitchen", "file"), no_passphrase(), std::nullopt));
  EXPECT_EQ(error_of(open_own_room(*bob.profile(), "kitchen")), "store.name_taken");
}

TEST_F(InvitesTest, AnInviteIsKeptAndHandedOut) {
  Profile anna = profile("anna");
  const auto room = add_room(anna, "kitchen");
  const auto invite = must(make_invite(anna, {"kitchen", 3, milliseconds(60'000)}));
  EXPECT_EQ(invite.room, "kitchen");
  EXPECT_EQ(invite.uses, 3U);
  EXPECT_GT(invite.expires, wall_now());
  const auto file = must(wire::decode_connection_file(invite.content.view()));
  EXPECT_EQ(to_hex(file.invite_id.view()), invite.invite);
  EXPECT_EQ(file.room_id, room.id);
  EXPECT_TRUE(room::psk_of(anna.database(), file.invite_id));
}

TEST_F(InvitesTest, OnlyRoomsOfOurOwnHaveInvites) {
  Profile anna = profile("anna");
  EXPECT_EQ(error_of(make_invite(anna, {"kitchen", 1, std::nullopt})), "room.unknown");
  add_room(anna, "kitchen");
  EXPECT_EQ(error_of(make_invite(anna, {"kitchen", 0, std::nullopt})), "rpc.params");
  EXPECT_EQ(error_of(make_invite(anna, {"kitchen", wire::uses_limit + 1, std::nullopt})),
            "rpc.params");
}

TEST_F(InvitesTest, ARevokedInviteStaysRevoked) {
  Profile anna = profile("anna");
  add_room(anna, "kitchen");
  const auto invite = must(make_invite(anna, {"kitchen", 1, std::nullopt}));
  EXPECT_EQ(must(revoke_invite(anna, {invite.invite})).invite, invite.invite);
  const auto id = *InviteId::from(*from_hex(invite.invite));
  EXPECT_TRUE(must(store::Invites(anna.database()).find(id))->revoked);
  EXPECT_TRUE(revoke_invite(anna, {invite.invite}));
  EXPECT_EQ(error_of(revoke_invite(anna, {std::string(32, '0')})), "invite.unknown");
  EXPECT_EQ(error_of(revoke_invite(anna, {"0"})), "rpc.params");
}

TEST_F(InvitesTest, ExportWritesAFileThatImportTakes) {
  auto anna = access("anna");
  add_room(*anna.profile(), "kitchen");
  ExportOptions how = options("file");
  how.uses = 2;
  how.expires_in = std::chrono::hours(1);
  how.protection = locked_by("correct horse");
  const auto exported = must(export_invite(anna, how));
  EXPECT_EQ(exported.room, "kitchen");
  EXPECT_EQ(exported.uses, 2U);

  auto bob = access("bob");
  const auto imported = must(
      import_file(bob, how.file.string(), passphrase_is("correct horse"), "annas kitchen"));
  EXPECT_EQ(imported.room, "annas kitchen");
  EXPECT_EQ(imported.host_name, "anna");
  EXPECT_EQ(imported.host_fingerprint, must(own_card(anna)).fingerprint);
  EXPECT_TRUE(imported.introduced);
  EXPECT_FALSE(imported.verified);
  EXPECT_EQ(imported.expires, exported.expires);
  EXPECT_EQ(room_names(*bob.profile()), Names{"annas kitchen"});
}

TEST_F(InvitesTest, ABadNameImportsNothing) {
  Profile anna = profile("anna");
  add_room(anna, "kitchen");
  auto bob = access("bob");
  const std::string file = export_to(anna, "kitchen", "file");
  EXPECT_EQ(error_of(import_file(bob, file, no_passphrase(), " kitchen")), "name.invalid");
  EXPECT_TRUE(room_names(*bob.profile()).empty());
}

TEST_F(InvitesTest, AnInviteWithoutItsFileIsHonouredForNobody) {
  auto anna = access("anna");
  const auto room = add_room(*anna.profile(), "kitchen");
  must(export_invite(anna, options("file")));
  EXPECT_EQ(error_of(export_invite(anna, options("file"))), "file.exists");
  EXPECT_EQ(invites(*anna.profile(), room), 1U);  // asked before anything was made
  EXPECT_EQ(error_of(export_invite(anna, options("missing/file"))), "file.io");
  for (const auto& row : must(store::Invites(anna.profile()->database()).of(room.id))) {
    const auto first = must(wire::decode_connection_file(
        must(read_connection_file(dir_ / "file", no_passphrase())).content->view()));
    EXPECT_EQ(row.revoked, row.id != first.invite_id);
  }
}

}  // namespace
}  // namespace sotto::node
