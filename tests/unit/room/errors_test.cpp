#include "room/errors.h"

#include <gtest/gtest.h>
#include <set>

#include "support/results.h"

namespace sotto::room {
namespace {

std::string name_of(wire::RefusedReason reason) {
  return error_of(Result<void>(std::unexpected(refusal(reason))));
}

TEST(RoomErrors, EachRefusalHasItsNameAndASentence) {
  using wire::RefusedReason;
  EXPECT_EQ(name_of(RefusedReason::invite_burnt), "invite.burnt");
  EXPECT_EQ(name_of(RefusedReason::invite_expired), "invite.expired");
  EXPECT_EQ(name_of(RefusedReason::invite_revoked), "invite.revoked");
  EXPECT_EQ(name_of(RefusedReason::not_a_member), "room.not_a_member");
  EXPECT_EQ(name_of(RefusedReason::key_changed), "contact.key_changed");
  EXPECT_EQ(name_of(RefusedReason::room_full), "room.full");
  EXPECT_EQ(name_of(RefusedReason::room_closed), "room.closed");
  EXPECT_EQ(name_of(RefusedReason::busy), "room.busy");
}

TEST(RoomErrors, OnlyBusyIsWorthAnotherTry) {
  using wire::RefusedReason;
  EXPECT_EQ(refusal(RefusedReason::busy).kind(), Kind::unreached);
  EXPECT_EQ(refusal(RefusedReason::key_changed).kind(), Kind::identity);
  for (const auto reason : {RefusedReason::invite_burnt, RefusedReason::invite_expired,
                            RefusedReason::invite_revoked, RefusedReason::not_a_member,
                            RefusedReason::room_full, RefusedReason::room_closed}) {
    EXPECT_EQ(refusal(reason).kind(), Kind::refused);
  }
}

TEST(RoomErrors, TheTableIsWhatTheCodesSay) {
  std::set<std::string_view> names;
  for (const ErrorEntry& entry : error_table()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_EQ(make_error_code(static_cast<Errc>(entry.value)).message(), entry.name);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Errc::mailbox_missing));
}

}  // namespace
}  // namespace sotto::room
