#include "cli/complete.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

using Names = FlagSpec::Names;
using Paths = Completion::Paths;
using Words = std::vector<std::string>;

Words offered(const Words& words) {
  Words out;
  for (const Candidate& candidate : complete(words).candidates) out.push_back(candidate.word);
  return out;
}

bool offers(const Words& words, const std::string& word) {
  return std::ranges::count(offered(words), word) == 1;
}

TEST(Complete, BeginsWithTheCommands) {
  EXPECT_EQ(offered({""}).size(), all_commands().size());
  EXPECT_EQ(offered({"se"}), (Words{"send"}));
  EXPECT_EQ(complete(Words{"hos"}).candidates[0].about, "Host a room and talk in it");
  EXPECT_EQ(offered({"--json", "--home", "x", "ho"}), (Words{"host"}));
  EXPECT_EQ(offered({"help", "ho"}), (Words{"host"}));
  EXPECT_TRUE(offered({"nonsense", ""}).empty());
}

TEST(Complete, KnowsFlagsOfTheCommandAndOfAll) {
  EXPECT_TRUE(offers({"send", "lobby", "--"}, "--wait"));
  EXPECT_TRUE(offers({"send", "lobby", "--"}, "--home"));
  EXPECT_FALSE(offers({"send", "lobby", "--"}, "--version"));
  EXPECT_TRUE(offers({"--ver"}, "--version"));
  EXPECT_EQ(offered({"send", "--wa"}), (Words{"--wait"}));
  EXPECT_EQ(offered({"id", "--wa"}), Words());
  // Where nothing else can stand.
  EXPECT_TRUE(offers({"id", ""}, "--qr"));
}

TEST(Complete, OffersAFlagOnceUnlessItMayBeRepeated) {
  EXPECT_FALSE(offers({"send", "x", "--queue", "--q"}, "--queue"));
  EXPECT_FALSE(offers({"send", "x", "--wait=read", "--w"}, "--wait"));
  EXPECT_TRUE(offers({"export", "x", "--for", "a", "--f"}, "--for"));
  EXPECT_FALSE(offers({"export", "x", "-o", "f", "--o"}, "--output"));
}

TEST(Complete, OffersFixedValues) {
  EXPECT_EQ(offered({"--color", ""}), (Words{"auto", "always", "never"}));
  EXPECT_EQ(offered({"--color=n"}), (Words{"--color=never"}));
  EXPECT_EQ(offered({"send", "x", "--wait", "re"}), (Words{"relayed", "read"}));
  EXPECT_EQ(offered({"rooms", ""}), (Words{"list", "show", "close", "remove", "kick"}));
  EXPECT_EQ(offered({"completion", "z"}), (Words{"zsh"}));
  EXPECT_EQ(offered({"send", "--json=x"}), Words());
}

TEST(Complete, AsksForFilesAndFolders) {
  EXPECT_EQ(complete(Words{"import", ""}).paths, Paths::files);
  EXPECT_EQ(complete(Words{"export", "x", "-o", ""}).paths, Paths::files);
  EXPECT_EQ(complete(Words{"--home", ""}).paths, Paths::folders);
  const Completion joined = complete(Words{"export", "x", "--output=dir/f"});
  EXPECT_EQ(joined.paths, Paths::files);
  EXPECT_EQ(joined.before, "--output=");
  EXPECT_EQ(joined.typed, "dir/f");
  EXPECT_EQ(complete(Words{"id", ""}).paths, Paths::none);
  EXPECT_EQ(complete(Words{"send", "x", "--id", ""}).paths, Paths::none);
}

TEST(Complete, AsksForNames) {
  EXPECT_EQ(complete(Words{"host", ""}).whose, Names::own_rooms);
  const Completion join = complete(Words{"join", ""});
  EXPECT_EQ(join.whose, Names::rooms);
  EXPECT_EQ(join.paths, Paths::files);
  EXPECT_EQ(complete(Words{"verify", "an"}).whose, Names::contacts);
  EXPECT_EQ(complete(Words{"history", ""}).whose, Names::contacts_and_rooms);
  EXPECT_EQ(complete(Words{"rooms", "show", ""}).whose, Names::rooms);
  EXPECT_EQ(complete(Words{"rooms", "kick", "lobby", ""}).whose, Names::contacts);
  EXPECT_EQ(complete(Words{"rooms", "list", ""}).whose, Names::none);
  EXPECT_EQ(complete(Words{"rooms", "show", "lobby", ""}).whose, Names::none);
  EXPECT_EQ(complete(Words{"send", "lobby", "see"}).whose, Names::none);
}

TEST(Complete, FlagsDoNotCountAsWords) {
  EXPECT_EQ(complete(Words{"rooms", "--json", "kick", "-v", "lobby", "--home", "h", ""}).whose,
            Names::contacts);
}

TEST(Complete, AfterTwoDashesNothingIsAFlag) {
  EXPECT_TRUE(offered({"history", "--", "--s"}).empty());
  EXPECT_EQ(complete(Words{"history", "--", "--s"}).whose, Names::contacts_and_rooms);
}

TEST(Complete, RemembersWhichProfile) {
  const Completion given = complete(Words{"--home", "a b", "--config=c", "rooms", "show", ""});
  EXPECT_EQ(given.home, "a b");
  EXPECT_EQ(given.config, "c");
  EXPECT_FALSE(complete(Words{"rooms", ""}).home);
}

TEST(AddNames, AddsThoseThatFit) {
  Completion completion = complete(Words{"verify", "an"});
  const std::vector<Candidate> names{{"anna", "verified"}, {"bob", ""}, {"an $x", ""}};
  add_names(completion, names);
  ASSERT_EQ(completion.candidates.size(), 2U);
  EXPECT_EQ(completion.candidates[0].word, "anna");
  EXPECT_EQ(completion.candidates[1].word, "an $x");
}

}  // namespace
}  // namespace sotto::cli
