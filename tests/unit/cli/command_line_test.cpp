#include "cli/command_line.h"

#include "unit/cli/parsing.h"

namespace sotto::cli {
namespace {

using namespace std::chrono_literals;
TEST(GlobalFlags, StandBeforeAndAfterTheCommand) {
  const std::vector<Typed> commands{{"init"},
                                    {"id"},
                                    {"host"},
                                    {"join", "x"},
                                    {"send", "x", "hi"},
                                    {"export", "x", "-o", "f"},
                                    {"import", "f"},
                                    {"history", "x"},
                                    {"contacts"},
                                    {"verify", "x"},
                                    {"rooms"},
                                    {"invites"}};
  const std::vector<std::pair<Typed, bool (*)(const Globals&)>> flags{
      {{"--home", "/h"}, [](const Globals& g) { return g.home == "/h"; }},
      {{"--home=/h"}, [](const Globals& g) { return g.home == "/h"; }},
      {{"--json"}, [](const Globals& g) { return g.json; }},
      {{"--no-input"}, [](const Globals& g) { return g.no_input; }},
      {{"--passphrase-file", "p"}, [](const Globals& g) { return g.passphrase_file == "p"; }},
      {{"--passphrase-fd", "3"}, [](const Globals& g) { return g.passphrase_fd == 3; }},
      {{"--sandbox", "strict"},
       [](const Globals& g) { return g.sandbox.level == node::SandboxLevel::strict; }},
      {{"--sandbox=off"},
       [](const Globals& g) { return g.sandbox.level == node::SandboxLevel::off; }},
      {{"--writable", "/tmp", "--writable", "/"},
       [](const Globals& g) { return g.sandbox.writable.size() == 2; }},
      {{"-v"}, [](const Globals& g) { return g.verbosity == 1; }},
      {{"-vv"}, [](const Globals& g) { return g.verbosity == 2; }},
      {{"-q"}, [](const Globals& g) { return g.verbosity == -1; }},
      {{"--color", "always"}, [](const Globals& g) { return g.color == ColorChoice::always; }},
      {{"--color", "never"}, [](const Globals& g) { return g.color == ColorChoice::never; }},
      {{"--color", "auto"}, [](const Globals& g) { return g.color == ColorChoice::automatic; }},
  };
  for (const Typed& words : commands) {
    for (const auto& [flag, holds] : flags) {
      Typed before = flag;
      before.insert(before.end(), words.begin(), words.end());
      EXPECT_TRUE(holds(parsed(before).globals)) << flag[0] << " before " << words[0];
      Typed after = words;
      after.insert(after.end(), flag.begin(), flag.end());
      EXPECT_TRUE(holds(parsed(after).globals)) << flag[0] << " after " << words[0];
      EXPECT_EQ(parsed(before).command.index(), parsed(after).command.index());
    }
  }
}

TEST(GlobalFlags, HaveQuietDefaults) {
  const Globals globals = parsed({"id"}).globals;
  EXPECT_FALSE(globals.home);
  EXPECT_FALSE(globals.json);
  EXPECT_FALSE(globals.no_input);
  EXPECT_FALSE(globals.passphrase_file);
  EXPECT_FALSE(globals.passphrase_fd);
  EXPECT_EQ(globals.verbosity, 0);
  EXPECT_EQ(globals.color, ColorChoice::automatic);
}

TEST(GlobalFlags, ErrorsSayWhatToWrite) {
  EXPECT_EQ(refusal({"--color", "pink", "id"}),
            "--color takes auto, always or never, not 'pink'.");
  EXPECT_EQ(refusal({"id", "--passphrase-fd", "x"}),
            "--passphrase-fd takes a whole number from 0 to 1000000, not 'x'.");
  EXPECT_NE(refusal({"id", "--passphrase-fd", "1"}).find("reads"), std::string::npos);
  EXPECT_EQ(refusal({"id", "--passphrase-fd", "3", "--passphrase-file", "p"}),
            "Give --passphrase-file or --passphrase-fd, not both.");
  EXPECT_EQ(refusal({"-v", "-q", "id"}), "Give -v or -q, not both.");
  EXPECT_EQ(refusal({"--home", "", "id"}), "--home takes a folder.");
  EXPECT_EQ(refusal({"--home=", "id"}), "--home takes a folder.");
  EXPECT_EQ(refusal({"id", "--home"}), "--home needs a value: see `sotto id --help`.");
}

TEST(CommandLine, NamesWhatWasMeant) {
  EXPECT_EQ(refusal({}), "Which command?  `sotto help` lists them all.");
  EXPECT_EQ(refusal({"hots"}), "There is no command 'hots': did you mean 'host'?");
  EXPECT_EQ(refusal({"frobnicate"}),
            "There is no command 'frobnicate'.  `sotto help` lists them all.");
  EXPECT_EQ(refusal({"host", "--prot", "5000"}),
            "sotto host has no flag --prot: did you mean --port?");
  EXPECT_EQ(refusal({"id", "--frobnicate"}),
            "sotto id has no flag --frobnicate: see `sotto id --help`.");
  EXPECT_EQ(refusal({"id", "extra"}),
            "sotto id does not know what to do with 'extra': see `sotto id --help`.");
  EXPECT_EQ(refusal({"join", "a", "b"}),
            "sotto join does not know what to do with 'b': see `sotto join --help`.");
}

TEST(CommandLine, NeitherObeysNorRepeatsForeignText) {
  EXPECT_EQ(refusal({"\x1b[2J"}).find('\x1b'), std::string::npos);
  EXPECT_EQ(refusal({"id", "--x\x1b[2J"}).find('\x1b'), std::string::npos);
  // A secret typed where none belongs is not printed.
  EXPECT_EQ(refusal({"init", "--passphrase=hunter2"}).find("hunter2"), std::string::npos);
}

TEST(CommandLine, SaysWhichCommandHasAFlag) {
  EXPECT_EQ(refusal({"id", "--port", "5000"}),
            "sotto id has no flag --port: it belongs to sotto host and sotto listen.");
  EXPECT_EQ(refusal({"join", "x", "--queue"}),
            "sotto join has no flag --queue: it belongs to sotto send.");
}

// Each word of a few has the same help: what there is, and what was meant.
TEST(CommandLine, NamesTheChoiceThatWasMeant) {
  const std::vector<std::pair<Typed, std::string>> cases{
      {{"rooms", "lst"}, "list"},
      {{"contacts", "renmae", "a", "b"}, "rename"},
      {{"invites", "revke", "a"}, "revoke"},
      {{"outbox", "flsh"}, "flush"},
      {{"agent", "sotp"}, "stop"},
      {{"config", "chekc"}, "check"},
      {{"completion", "bahs"}, "bash"},
      {{"help", "hots"}, "host"},
      {{"--color", "alwyas", "id"}, "always"},
      {{"send", "x", "hi", "--wait", "deliverd"}, "delivered"},
      {{"export", "x", "-o", "f", "--allow", "caht"}, "chat"},
  };
  for (const auto& [words, meant] : cases) {
    const std::string text = refusal(words);
    EXPECT_NE(text.find("did you mean '" + meant + "'?"), std::string::npos) << text;
  }
  EXPECT_EQ(refusal({"rooms", "burn"}),
            "sotto rooms takes list, show, close, remove or kick, not 'burn'.");
}

TEST(CommandLine, ShowsHelpAndVersion) {
  EXPECT_TRUE(command<ShowCommand>({"--version"}).text.starts_with("sotto "));
  EXPECT_EQ(command<HelpCommand>({"--help"}).command, "");
  EXPECT_EQ(command<HelpCommand>({"help"}).command, "");
  EXPECT_EQ(command<HelpCommand>({"help", "send"}).command, "send");
  for (const CommandSpec& spec : all_commands()) {
    EXPECT_EQ(command<HelpCommand>({spec.name, "--help"}).command, spec.name);
    EXPECT_EQ(command<HelpCommand>({spec.name, "-h"}).command, spec.name);
  }
  EXPECT_EQ(parsed({"--color", "always", "--help"}).globals.color, ColorChoice::always);
  EXPECT_EQ(parsed({"send", "--color=never", "-h"}).globals.color, ColorChoice::never);
  // Text in argv can be seen in `ps`, so the first example pipes it in.
  const std::string send = find_command("send")->examples;
  EXPECT_LT(send.find("| sotto send"), send.find("sotto send lobby see"));
}

TEST(Completion, TakesAShellOrWords) {
  EXPECT_EQ(command<CompletionCommand>({"completion", "zsh"}).shell, "zsh");
  const auto words =
      command<CompletionCommand>({"completion", "words", "--", "--json", "rooms", ""});
  EXPECT_EQ(words.shell, "");
  EXPECT_EQ(words.words, (Typed{"--json", "rooms", ""}));
  EXPECT_EQ(command<CompletionCommand>({"completion", "words", "--line", "sotto ro"}).line,
            "sotto ro");
  EXPECT_EQ(refusal({"completion"}),
            "sotto completion needs a WHAT: see `sotto completion --help`.");
  EXPECT_NE(refusal({"completion", "bash", "x"}).find("no words"), std::string::npos);
  EXPECT_NE(refusal({"completion", "words", "--line", "a", "--", "b"}).find("not both"),
            std::string::npos);
}

TEST(Init, TakesAName) {
  EXPECT_EQ(command<InitCommand>({"init"}).name, "");
  EXPECT_EQ(command<InitCommand>({"init", "--name", "anna"}).name, "anna");
}

TEST(Host, TakesItsFlags) {
  const auto plain = command<HostCommand>({"host"});
  EXPECT_EQ(plain.room, "main");
  EXPECT_FALSE(plain.bind || plain.port || plain.port_range || plain.max_members);
  EXPECT_FALSE(plain.once);
  EXPECT_FALSE(plain.export_file);

  const auto full = command<HostCommand>({"host",
                                          "lobby",
                                          "--direct",
                                          "--bind",
                                          "::1",
                                          "--port",
                                          "4711",
                                          "--max-members",
                                          "8",
                                          "--once",
                                          "--export",
                                          "inv",
                                          "--uses",
                                          "3",
                                          "--expires",
                                          "24h",
                                          "--armor",
                                          "--force",
                                          "--invite-passphrase-file",
                                          "p"});
  EXPECT_TRUE(plain.expose.empty());
  EXPECT_EQ(command<HostCommand>(
                {"host", "--expose", "web=127.0.0.1:80", "--expose", "x=unix:/run/x"})
                .expose,
            (std::vector<std::string>{"web=127.0.0.1:80", "x=unix:/run/x"}));
  EXPECT_NE(refusal({"host", "--expose", "web"}).find("web=127.0.0.1:8080"), std::string::npos);
  EXPECT_NE(refusal({"listen", "--expose", "web=127.0.0.1:80"}).find("one room"),
            std::string::npos);
  EXPECT_EQ(full.room, "lobby");
  EXPECT_EQ(full.bind, "::1");
  EXPECT_EQ(full.port, 4711);
  EXPECT_EQ(full.max_members, 8U);
  EXPECT_TRUE(full.once);
  ASSERT_TRUE(full.export_file);
  EXPECT_EQ(full.export_file->file, "inv");
  EXPECT_EQ(full.export_file->uses, 3U);
  EXPECT_EQ(full.export_file->expires_in, 24h);
  EXPECT_TRUE(full.export_file->armor);
  EXPECT_TRUE(full.export_file->force);
  EXPECT_EQ(full.export_file->protection.passphrase_file, "p");

  const auto range = command<HostCommand>({"host", "--port-range", "4000-4100"});
  EXPECT_EQ(range.port_range->first, 4000);
}

TEST(Host, RefusesWhatCannotBe) {
  EXPECT_NE(refusal({"host", "--port", "80"}).find("privileged"), std::string::npos);
  EXPECT_NE(refusal({"host", "--port-range", "80-4000"}).find("privileged"), std::string::npos);
  EXPECT_EQ(refusal({"host", "--port", "4000", "--port-range", "4000-4100"}),
            "Give --port or --port-range, not both.");
  EXPECT_NE(refusal({"host", "--max-members", "0"}).find("--max-members"), std::string::npos);
  EXPECT_NE(refusal({"host", "--export", "-", "--unsealed"}).find("--export"),
            std::string::npos);
  EXPECT_NE(refusal({"host", "--export", ""}).find("--export"), std::string::npos);
  const std::vector<Typed> of_export{{"--uses", "2"},
                                     {"--expires", "1h"},
                                     {"--armor"},
                                     {"--force"},
                                     {"--invite-passphrase-file", "p"},
                                     {"--for", "sotto-card:x"},
                                     {"--unsealed"}};
  for (const Typed& flag : of_export) {
    Typed words{"host"};
    words.insert(words.end(), flag.begin(), flag.end());
    EXPECT_EQ(refusal(words), flag[0] + " belongs to --export FILE, which is not given.");
  }
}

TEST(Join, TakesItsFlags) {
  const auto plain = command<JoinCommand>({"join", "lobby"});
  EXPECT_EQ(plain.target, "lobby");
  EXPECT_EQ(plain.timeout, 60s);
  const auto full = command<JoinCommand>({"join", "./inv", "--fingerprint", "abcd", "--timeout",
                                          "5s", "--invite-passphrase-file", "p"});
  EXPECT_EQ(full.target, "./inv");
  EXPECT_EQ(full.fingerprint, "abcd");
  EXPECT_EQ(full.timeout, 5s);
  EXPECT_EQ(full.invite_passphrase_file, "p");
  EXPECT_TRUE(plain.forward.empty());
  EXPECT_EQ(command<JoinCommand>(
                {"join", "lobby", "--forward", "8080:web", "--forward", "0.0.0.0:0:ssh"})
                .forward,
            (std::vector<std::string>{"8080:web", "0.0.0.0:0:ssh"}));
  EXPECT_NE(refusal({"join", "lobby", "--forward", "web"}).find("8080:web"), std::string::npos);
  EXPECT_EQ(refusal({"join"}), "sotto join needs a TARGET: see `sotto join --help`.");
  EXPECT_EQ(refusal({"join", ""}), "sotto join needs a TARGET: see `sotto join --help`.");
  EXPECT_NE(refusal({"join", "x", "--timeout", "60"}).find("90s"), std::string::npos);
}

TEST(OpenRooms, AreOpenedByAFlagOrAPassword) {
  EXPECT_FALSE(command<HostCommand>({"host"}).open);
  EXPECT_TRUE(command<HostCommand>({"host", "--open"}).open);
  const auto locked = command<HostCommand>({"host", "--password-file", "words"});
  EXPECT_TRUE(locked.open);
  EXPECT_EQ(locked.password_file, "words");
  EXPECT_TRUE(parsed({"host", "--password-file", "-"}).reads_standard_input);
}

TEST(OpenRooms, AreJoinedAndSentToWithTheSameFlags) {
  const auto join =
      command<JoinCommand>({"join", "[::1]:4711", "--trust-new", "--password-file", "words"});
  EXPECT_EQ(join.target, "[::1]:4711");
  EXPECT_TRUE(join.open.trust_new);
  EXPECT_EQ(join.open.password_file, "words");
  const auto send = command<SendCommand>(
      {"send", "127.0.0.1:4711", "hi", "--trust-new", "--password-file", "words"});
  EXPECT_EQ(send.target, "127.0.0.1:4711");
  EXPECT_TRUE(send.open.trust_new);
  EXPECT_EQ(send.open.password_file, "words");
  EXPECT_FALSE(command<JoinCommand>({"join", "lobby"}).open.trust_new);
  // The message and the password cannot both come from there.
  EXPECT_NE(refusal({"send", "127.0.0.1:4711", "--password-file", "-"}).find("Standard input"),
            std::string::npos);
}

TEST(CommandLine, KnowsWhereFilesComeFromAndGo) {
  EXPECT_FALSE(command<HostCommand>({"host"}).files.folder);
  const auto host = command<HostCommand>({"host", "--accept", "/in/./box", "--max-size", "2G"});
  EXPECT_EQ(host.files.folder, "/in/box");
  EXPECT_EQ(host.files.max_size, 2'000'000'000U);
  const auto join = command<JoinCommand>({"join", "lobby", "--accept", "box"});
  EXPECT_TRUE(join.files.folder->ends_with("/box"));
  EXPECT_TRUE(join.files.folder->starts_with("/"));
  EXPECT_EQ(join.files.max_size, 10'000'000'000U);
  EXPECT_EQ(command<ListenCommand>({"listen", "--accept", "/in"}).host.files.folder, "/in");
  EXPECT_NE(refusal({"host", "--max-size", "2G"}).find("--accept"), std::string::npos);
  EXPECT_NE(refusal({"host", "--accept", ""}).find("folder"), std::string::npos);

  const auto send = command<SendCommand>({"send", "lobby", "--file", "a", "--file", "b"});
  EXPECT_EQ(send.files, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(send.text);
  EXPECT_NE(refusal({"send", "lobby", "--file", "a", "--queue"}).find("goes on where"),
            std::string::npos);
  EXPECT_NE(refusal({"send", "lobby", "--file", "-"}).find("read twice"), std::string::npos);
  for (const char* stage : {"queued", "read"}) {
    EXPECT_NE(refusal({"send", "lobby", "--file", "a", "--wait", stage}).find("delivered"),
              std::string::npos);
  }
}

TEST(Send, TakesTextFromWordsFlagOrInput) {
  EXPECT_EQ(command<SendCommand>({"send", "lobby", "see", "you"}).text, "see you");
  EXPECT_EQ(command<SendCommand>({"send", "lobby", "-m", "see you"}).text, "see you");
  EXPECT_EQ(command<SendCommand>({"send", "lobby", "--message", "-x"}).text, "-x");
  EXPECT_FALSE(command<SendCommand>({"send", "lobby"}).text);
  EXPECT_TRUE(parsed({"send", "lobby"}).reads_standard_input);
  EXPECT_FALSE(parsed({"send", "lobby", "hi"}).reads_standard_input);
}

// Each of these the parser underneath would have changed or lost.
TEST(Send, LeavesTheTextAlone) {
  const auto text = [](Typed words) {
    words.insert(words.begin(), {"send", "lobby"});
    return command<SendCommand>(words).text.value_or("(none)");
  };
  EXPECT_EQ(text({"[a,b]"}), "[a,b]");
  EXPECT_EQ(text({"++"}), "++");
  EXPECT_EQ(text({""}), "");
  EXPECT_EQ(text({"", "a", ""}), " a ");
  EXPECT_EQ(text({"\x01x"}), "\x01x");
  EXPECT_EQ(text({"send", "history", "id"}), "send history id");
  EXPECT_EQ(text({"--", "-x", "--json"}), "-x --json");
  EXPECT_EQ(text({"a", "--", "-x", "--"}), "a -x --");
  EXPECT_EQ(text({"a", "-"}), "a -");
  EXPECT_EQ(text({"'quoted'", "\"quoted\""}), "'quoted' \"quoted\"");
  EXPECT_EQ(text({"-m", "[a,b]"}), "[a,b]");
  EXPECT_EQ(text({"-m", ""}), "");
  EXPECT_EQ(command<SendCommand>({"send", "[room]", "x"}).target, "[room]");
}

TEST(Send, TakesItsFlags) {
  const auto full = command<SendCommand>(
      {"send", "lobby", "--id", "backup-7", "--wait", "queued", "--timeout", "2m", "--queue",
       "--fingerprint", "abcd", "--invite-passphrase-file", "p"});
  EXPECT_EQ(full.id, "backup-7");
  EXPECT_EQ(full.wait, node::WaitFor::queued);
  EXPECT_EQ(full.timeout, 2min);
  EXPECT_TRUE(full.queue);
  EXPECT_EQ(full.fingerprint, "abcd");
  EXPECT_EQ(full.invite_passphrase_file, "p");
  EXPECT_EQ(command<SendCommand>({"send", "lobby", "--wait", "delivered"}).wait,
            node::WaitFor::delivered);
  EXPECT_EQ(command<SendCommand>({"send", "lobby", "--wait", "read"}).wait,
            node::WaitFor::read);
  EXPECT_EQ(command<SendCommand>({"send", "lobby"}).wait, node::WaitFor::delivered);
  EXPECT_TRUE(command<SendCommand>({"send", "lobby", "--lines"}).lines);
}

TEST(Send, RefusesContradictions) {
  EXPECT_EQ(refusal({"send"}), "sotto send needs a TARGET: see `sotto send --help`.");
  EXPECT_EQ(refusal({"send", "x", "hi", "-m", "hi"}),
            "Give the text as words or with -m, not both.");
  EXPECT_NE(refusal({"send", "x", "hi", "--lines"}).find("--lines"), std::string::npos);
  EXPECT_NE(refusal({"send", "x", "--id", "7", "--lines"}).find("--id"), std::string::npos);
  EXPECT_NE(refusal({"send", "x", "--id", ""}).find("--id"), std::string::npos);
  EXPECT_EQ(refusal({"send", "x", "--wait", "seen"}),
            "--wait takes queued, relayed, delivered or read, not 'seen'.");
}

TEST(Outbox, KnowsItsThreeActions) {
  using Action = OutboxCommand::Action;
  EXPECT_EQ(command<OutboxCommand>({"outbox"}).action, Action::list);
  EXPECT_EQ(command<OutboxCommand>({"outbox", "list"}).action, Action::list);
  const auto flush = command<OutboxCommand>({"outbox", "flush", "--timeout", "5s"});
  EXPECT_EQ(flush.action, Action::flush);
  EXPECT_EQ(flush.timeout, seconds(5));
  const auto cancel = command<OutboxCommand>({"outbox", "cancel", "backup-7"});
  EXPECT_EQ(cancel.action, Action::cancel);
  EXPECT_EQ(cancel.id, "backup-7");
  EXPECT_EQ(refusal({"outbox", "empty"}),
            "sotto outbox takes list, flush or cancel, not 'empty'.");
  EXPECT_EQ(refusal({"outbox", "cancel"}),
            "sotto outbox cancel needs the ID of a message: `sotto outbox` shows them.");
  EXPECT_EQ(refusal({"outbox", "list", "7"}), "sotto outbox list takes no '7'.");
  EXPECT_EQ(refusal({"outbox", "--timeout", "5s"}),
            "--timeout belongs to `sotto outbox flush`.");
}

TEST(Export, TakesItsFlags) {
  const auto plain = command<ExportCommand>({"export", "lobby", "-o", "f"});
  EXPECT_EQ(plain.room, "lobby");
  EXPECT_EQ(plain.flags.file, "f");
  EXPECT_EQ(plain.flags.uses, 1U);
  EXPECT_FALSE(plain.flags.expires_in);
  EXPECT_FALSE(plain.flags.force || plain.flags.armor || plain.flags.protection.unsealed);
  const auto cards =
      command<ExportCommand>({"export", "--for", "a", "lobby", "--output", "f", "--for", "b"});
  EXPECT_EQ(cards.room, "lobby");
  EXPECT_EQ(cards.flags.protection.for_cards, (Typed{"a", "b"}));
  EXPECT_TRUE(command<ExportCommand>({"export", "x", "-o", "-", "--unsealed"})
                  .flags.protection.unsealed);
}

TEST(Export, RefusesContradictions) {
  EXPECT_NE(refusal({"export"}).find("ROOM"), std::string::npos);
  EXPECT_NE(refusal({"export", "lobby"}).find("-o FILE"), std::string::npos);
  EXPECT_NE(refusal({"export", "lobby", "-o", "-", "--json"}).find("--json"),
            std::string::npos);
  EXPECT_NE(refusal({"export", "lobby", "-o", "f", "--uses", "0"}).find("--uses"),
            std::string::npos);
  EXPECT_NE(refusal({"export", "lobby", "-o", "f", "--uses", "1000001"}).find("--uses"),
            std::string::npos);
  EXPECT_NE(refusal({"export", "lobby", "-o", "f", "--expires", "soon"}).find("--expires"),
            std::string::npos);
  const std::vector<Typed> ways{
      {"--unsealed"}, {"--for", "a"}, {"--invite-passphrase-file", "p"}};
  for (const Typed& one : ways) {
    for (const Typed& other : ways) {
      if (one == other) continue;
      Typed words{"export", "lobby", "-o", "f"};
      words.insert(words.end(), one.begin(), one.end());
      words.insert(words.end(), other.begin(), other.end());
      EXPECT_NE(refusal(words).find("in one way"), std::string::npos);
    }
  }
}

TEST(Import, TakesItsFlags) {
  const auto full =
      command<ImportCommand>({"import", "f", "--as", "club", "--invite-passphrase-file", "p"});
  EXPECT_EQ(full.file, "f");
  EXPECT_EQ(full.as_name, "club");
  EXPECT_EQ(full.invite_passphrase_file, "p");
  EXPECT_EQ(refusal({"import"}), "sotto import needs a FILE: see `sotto import --help`.");
}

TEST(History, TakesItsFlags) {
  const auto full =
      command<HistoryCommand>({"history", "lobby", "--since", "24h", "--limit", "9"});
  EXPECT_EQ(full.who, "lobby");
  EXPECT_EQ(std::get<milliseconds>(*full.since), 24h);
  EXPECT_EQ(full.limit, 9U);
  EXPECT_NE(refusal({"history", "lobby", "--limit", "0"}).find("--limit"), std::string::npos);
  EXPECT_NE(refusal({"history", "lobby", "--since", "now"}).find("--since"), std::string::npos);
  EXPECT_EQ(refusal({"history"}), "sotto history needs a WHO: see `sotto history --help`.");
}

TEST(StandardInput, IsReadForOneThingOnly) {
  EXPECT_TRUE(parsed({"import", "-"}).reads_standard_input);
  EXPECT_TRUE(parsed({"join", "-"}).reads_standard_input);
  EXPECT_TRUE(parsed({"join", "x", "--invite-passphrase-file", "-"}).reads_standard_input);
  EXPECT_TRUE(parsed({"id", "--passphrase-file", "-"}).reads_standard_input);
  EXPECT_TRUE(parsed({"id", "--passphrase-fd", "0"}).reads_standard_input);
  EXPECT_FALSE(parsed({"join", "x"}).reads_standard_input);
  const std::vector<Typed> twice{{"import", "-", "--invite-passphrase-file", "-"},
                                 {"send", "-"},
                                 {"send", "x", "--passphrase-fd", "0"},
                                 {"join", "-", "--passphrase-file", "-"}};
  for (const Typed& words : twice) {
    EXPECT_TRUE(refusal(words).starts_with("Standard input can be read for one thing only"));
  }
}

TEST(AsksForJson, LooksAtFlagsOnly) {
  const auto asks = [](std::vector<const char*> argv) {
    argv.insert(argv.begin(), "sotto");
    return asks_for_json(static_cast<int>(argv.size()), argv.data());
  };
  EXPECT_TRUE(asks({"--json", "nonsense"}));
  EXPECT_TRUE(asks({"id", "--json"}));
  EXPECT_FALSE(asks({"id"}));
  EXPECT_FALSE(asks({"send", "x", "--", "--json"}));
}

}  // namespace
}  // namespace sotto::cli
