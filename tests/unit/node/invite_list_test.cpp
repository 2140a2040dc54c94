#include "node/invite_list.h"

#include <algorithm>

#include "unit/node/testing.h"

namespace sotto::node {
namespace {

class InviteListTest : public NodeTest {
 protected:
  std::string invite(const std::string& room, std::vector<std::string> allow = {"chat"}) {
    return must(make_invite(anna_, {room, 1, std::nullopt, std::move(allow)})).invite;
  }
  std::vector<InviteInfo> all(std::optional<std::string> room = std::nullopt) {
    return must(list_invites(anna_, {std::move(room)})).invites;
  }

  Profile anna_ = profile("anna");
  store::RoomRow kitchen_ = add_room(anna_, "kitchen");
  store::RoomRow cellar_ = add_room(anna_, "cellar");
};

TEST_F(InviteListTest, ListsOneRoomOrAll) {
  EXPECT_TRUE(all().empty());
  const auto first = invite("kitchen", {"files", "forward:web"});
  const auto second = invite("cellar");
  ASSERT_EQ(all().size(), 2U);
  const auto kitchen = all("kitchen");
  ASSERT_EQ(kitchen.size(), 1U);
  EXPECT_EQ(kitchen[0].id, first);
  EXPECT_EQ(kitchen[0].room, "kitchen");
  EXPECT_EQ(kitchen[0].status, "open");
  EXPECT_EQ(kitchen[0].allow, (Names{"files", "forward:web"}));
  EXPECT_EQ(all("cellar").at(0).id, second);
  EXPECT_EQ(error_of(list_invites(anna_, {"attic"})), "room.unknown");
}

TEST_F(InviteListTest, RevokesByABeginningThatIsUnique) {
  std::vector<std::string> ids;
  for (int i = 0; i < 17; ++i) ids.push_back(invite("kitchen"));
  EXPECT_EQ(must(revoke(anna_, {ids[3]})).status, "revoked");
  EXPECT_EQ(must(revoke(anna_, {ids[3]})).status, "revoked");
  EXPECT_EQ(must(revoke(anna_, {ids[5].substr(0, 31)})).id, ids[5]);
  std::string ambiguous;  // 17 ids share 16 first letters
  for (const auto& id : ids) {
    if (std::ranges::count_if(ids, [&](const auto& other) { return other[0] == id[0]; }) > 1) {
      ambiguous = id.substr(0, 1);
    }
  }
  EXPECT_EQ(error_of(revoke(anna_, {ambiguous})), "invite.ambiguous");
  EXPECT_EQ(error_of(revoke(anna_, {""})), "invite.missing");
  EXPECT_EQ(error_of(revoke(anna_, {ids[3] + "0"})), "invite.missing");
  const auto invites = all();
  EXPECT_EQ(std::ranges::count(invites, true, &InviteInfo::revoked), 2);
}

TEST(Permissions, AreWordsAndBack) {
  for (const auto& words : {std::vector<std::string>{},
                            {"chat"},
                            {"files"},
                            {"chat", "files", "forward:web", "forward:my db"}}) {
    EXPECT_EQ(to_words(must(permissions_from(words))), words);
  }
  for (const char* wrong : {"", "Chat", "forward", "forward:", "forward: x", "forward:a\nb"}) {
    EXPECT_EQ(error_of(permissions_from({wrong})), "rpc.params") << wrong;
  }
  std::vector<std::string> many;
  for (int i = 0; i < 17; ++i) many.push_back("forward:" + std::to_string(i));
  EXPECT_EQ(error_of(permissions_from(many)), "rpc.params");
}

}  // namespace
}  // namespace sotto::node
