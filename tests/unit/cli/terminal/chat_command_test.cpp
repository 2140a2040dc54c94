#include "cli/terminal/chat_command.h"

#include <fstream>
#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace sotto::cli {
namespace {

using Texts = std::vector<std::string>;

template <class T>
T understood(std::string_view line) {
  auto command = understand_chat(line);
  EXPECT_TRUE(std::holds_alternative<T>(command)) << line;
  return std::holds_alternative<T>(command) ? std::get<T>(command) : T{};
}

TEST(ChatCommand, WordsAreSaidAsTheyAre) {
  EXPECT_EQ(understood<SayIt>("hello").text, "hello");
  EXPECT_EQ(understood<SayIt>(" /who").text, " /who");
  EXPECT_EQ(understood<SayIt>("a/b\n/quit").text, "a/b\n/quit");
}

TEST(ChatCommand, TwoSlashesSayOne) {
  EXPECT_EQ(understood<SayIt>("//etc/passwd").text, "/etc/passwd");
  EXPECT_EQ(understood<SayIt>("///").text, "//");
}

TEST(ChatCommand, CommandsAreKnown) {
  understood<ShowHelp>("/help");
  understood<ShowWho>("/who ");
  understood<ShowRoute>("/route");
  understood<Quit>("/quit");
  EXPECT_EQ(understood<VerifyWho>("/verify").name, std::nullopt);
  EXPECT_EQ(understood<VerifyWho>("/verify  anna b ").name, "anna b");
  EXPECT_EQ(understood<SendFile>("/file ~/a b.pdf").path, "~/a b.pdf");
}

TEST(ChatCommand, AMistypedOneIsHelpedAndNeverSaid) {
  EXPECT_NE(understood<NotUnderstood>("/hlep").why.find("Did you mean /help?"),
            std::string::npos);
  EXPECT_EQ(understood<NotUnderstood>("/xyzzy").why.find("Did you mean"), std::string::npos);
  EXPECT_NE(understood<NotUnderstood>("/file").why.find("path"), std::string::npos);
  EXPECT_NE(understood<NotUnderstood>("/quit now").why.find("alone"), std::string::npos);
  EXPECT_EQ(understood<NotUnderstood>("/\x1b[2J").why.find('\x1b'), std::string::npos);
}

TEST(ChatCommand, TheHelpNamesEveryCommand) {
  const std::string help = chat_help();
  for (const char* word : {"/help", "/who", "/verify", "/route", "/file", "/quit", "//"}) {
    EXPECT_NE(help.find(word), std::string::npos) << word;
  }
}

TEST(ChatCommand, TabCompletesCommands) {
  const Texts names = {"anna"};
  EXPECT_EQ(complete_chat("/w", names).choices, Texts{"/who"});
  EXPECT_EQ(complete_chat("/v", names).choices, Texts{"/verify "});
  EXPECT_EQ(complete_chat("/", names).choices.size(), 6u);
  EXPECT_TRUE(complete_chat("/x", names).choices.empty());
}

TEST(ChatCommand, TabCompletesNames) {
  const Texts names = {"Anna", "annika", "bob", "Anna"};
  EXPECT_EQ(complete_chat("an", names).choices, (Texts{"Anna: ", "annika: "}));
  const Completion later = complete_chat("hello b", names);
  EXPECT_EQ(later.from, 6u);
  EXPECT_EQ(later.choices, Texts{"bob "});
  const Completion verify = complete_chat("/verify ", names);
  EXPECT_EQ(verify.from, 8u);
  EXPECT_EQ(verify.choices, (Texts{"Anna", "annika", "bob"}));
  EXPECT_TRUE(complete_chat("", names).choices.empty());
  EXPECT_TRUE(complete_chat("hello ", names).choices.empty());
  EXPECT_TRUE(complete_chat("/quit a", names).choices.empty());
}

TEST(ChatCommand, TabCompletesPathsBehindFile) {
  const TempDir folder;
  std::ofstream(folder.path() / "report.pdf") << "x";
  std::filesystem::create_directory(folder.path() / "reports");
  std::ofstream(folder.path() / ".hidden") << "x";
  const std::string head = "/file " + folder.path().string() + "/";
  const auto all = complete_path(head);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->from, head.size());
  EXPECT_EQ(all->choices, (Texts{"report.pdf", "reports/"}));
  EXPECT_EQ(complete_path(head + ".h")->choices, Texts{".hidden"});
  EXPECT_TRUE(complete_path("/file /no/such/folder/x")->choices.empty());
  EXPECT_FALSE(complete_path("file "));
}

TEST(ChatCommand, WhatChoicesShareIsPutIn) {
  EXPECT_EQ(common_beginning(Texts{"report.pdf", "reports/"}), "report");
  EXPECT_EQ(common_beginning(Texts{"üb", "üa"}), "ü");
  EXPECT_EQ(common_beginning({}), "");
}

}  // namespace
}  // namespace sotto::cli
