// The words of contacts, verify, rooms and invites.
#include "unit/cli/parsing.h"

namespace sotto::cli {
namespace {

TEST(Contacts, TakesAnActionAndItsWords) {
  using Action = ContactsCommand::Action;
  EXPECT_EQ(command<ContactsCommand>({"contacts"}).action, Action::list);
  const auto renamed = command<ContactsCommand>({"contacts", "rename", "bob", "rob"});
  EXPECT_EQ(renamed.action, Action::rename);
  EXPECT_EQ(renamed.who, "bob");
  EXPECT_EQ(renamed.name, "rob");
  const std::pair<const char*, Action> actions[] = {{"show", Action::show},
                                                    {"block", Action::block},
                                                    {"unblock", Action::unblock},
                                                    {"remove", Action::remove}};
  for (const auto& [word, action] : actions) {
    EXPECT_EQ(command<ContactsCommand>({"contacts", word, "bob"}).action, action);
    EXPECT_NE(refusal({"contacts", word}).find("needs a WHO"), std::string::npos);
    EXPECT_NE(refusal({"contacts", word, "bob", "x"}).find("'x'"), std::string::npos);
  }
  EXPECT_NE(refusal({"contacts", "blok", "bob"}).find("did you mean 'block'?"),
            std::string::npos);
  EXPECT_NE(refusal({"contacts", "list", "bob"}).find("'bob'"), std::string::npos);
}

TEST(Verify, SaysYesToAFingerprintOnly) {
  EXPECT_EQ(command<VerifyCommand>({"verify", "bob"}).who, "bob");
  EXPECT_EQ(
      command<VerifyCommand>({"verify", "bob", "--yes", "--fingerprint", "f"}).fingerprint,
      "f");
  EXPECT_NE(refusal({"verify", "bob", "--yes"}).find("--fingerprint"), std::string::npos);
}

TEST(Rooms, TakesAnActionAndItsWords) {
  using Action = RoomsCommand::Action;
  EXPECT_EQ(command<RoomsCommand>({"rooms"}).action, Action::list);
  const auto kick = command<RoomsCommand>({"rooms", "kick", "lobby", "bob"});
  EXPECT_EQ(kick.action, Action::kick);
  EXPECT_EQ(kick.room, "lobby");
  EXPECT_EQ(kick.who, "bob");
  EXPECT_TRUE(command<RoomsCommand>({"rooms", "remove", "lobby", "--yes"}).yes);
  EXPECT_EQ(command<RoomsCommand>({"rooms", "close", "lobby"}).action, Action::close);
  EXPECT_NE(refusal({"rooms", "kick", "lobby"}).find("needs a WHO"), std::string::npos);
  EXPECT_NE(refusal({"rooms", "show", "lobby", "bob"}).find("'bob'"), std::string::npos);
  EXPECT_NE(refusal({"rooms", "delete", "lobby"}).find("takes list"), std::string::npos);
}

TEST(Invites, ListsOneRoomOrAllAndRevokesOne) {
  EXPECT_FALSE(command<InvitesCommand>({"invites"}).room);
  EXPECT_EQ(command<InvitesCommand>({"invites", "list", "lobby"}).room, "lobby");
  EXPECT_EQ(command<InvitesCommand>({"invites", "revoke", "5f"}).id, "5f");
  EXPECT_NE(refusal({"invites", "revoke"}).find("needs an ID"), std::string::npos);
}

TEST(Export, TakesWhatItsBearerMayDo) {
  const auto allow = [](const std::string& list) {
    return command<ExportCommand>({"export", "x", "-o", "f", "--unsealed", "--allow", list})
        .flags.allow;
  };
  EXPECT_EQ(allow("chat,files,forward:web,chat"), (Typed{"chat", "files", "forward:web"}));
  EXPECT_EQ(allow("files"), Typed{"files"});
  for (const char* wrong : {"", "talk", "chat,", "forward:", "chat files"}) {
    EXPECT_NE(refusal({"export", "x", "-o", "f", "--allow", wrong}).find("--allow takes"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace sotto::cli
