#include "node/directories.h"

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "node/errors.h"
#include "support/results.h"
#include "support/run_real.h"
#include "support/seeded_entropy.h"
#include "support/temp_dir.h"
#include "wire/record_blob.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;

class Directories : public testing::Test {
 protected:
  Directories() { std::signal(SIGPIPE, SIG_IGN); }  // as the program does

  // A command that keeps its records in a folder.
  std::string keeper() {
    const auto script = dir_ / "keeper";
    std::ofstream(script) << "cd \"$(dirname \"$0\")\"\n"
                             "case $1 in\n"
                             "put) cat > \"$2\" ;;\n"
                             "get) test -e \"$2\" && cat \"$2\" ;;\n"
                             "remove) rm -f \"$2\" ;;\n"
                             "esac\n";
    return "sh " + script.string();
  }
  Bytes blob() {
    Bytes out = to_bytes(pair_.public_key.view());
    out.resize(wire::record_blob_bytes, std::byte{9});
    return out;
  }
  Result<void> put(rendezvous::Directory& to) { return finish(io_, to.put(blob())); }
  Result<std::optional<Bytes>> get(rendezvous::Directory& from) {
    return finish(io_, from.get(pair_.public_key));
  }
  Result<void> remove(rendezvous::Directory& from) {
    return finish(io_, from.remove({pair_.secret.copy(), pair_.public_key}));
  }
  void expect_a_round(rendezvous::Directory& directory) {
    EXPECT_EQ(must(get(directory)), std::nullopt);
    must(put(directory));
    EXPECT_EQ(must(get(directory)), blob());
    must(remove(directory));
    must(remove(directory));
    EXPECT_EQ(must(get(directory)), std::nullopt);
  }

  TempDir dir_;
  SeededEntropy entropy_{8};
  const crypto::Ed25519KeyPair pair_ = crypto::Ed25519KeyPair::generate(entropy_);
  boost::asio::io_context io_;
  Disk disk_{io_.get_executor()};
};

TEST_F(Directories, AFolderKeepsRecords) {
  const auto directory = folder_directory(disk_, {dir_.path(), RecordFolder::Kind::shared});
  expect_a_round(*directory);
  EXPECT_TRUE(directory->is_near());
  EXPECT_EQ(directory->name(), "the folder " + dir_.path().string());
}

TEST_F(Directories, ACommandKeepsRecords) {
  const auto directory = command_directory(io_.get_executor(), keeper());
  expect_a_round(*directory);
  EXPECT_FALSE(directory->is_near());
}

TEST_F(Directories, ACommandIsCalledWithTheKey) {
  const auto directory = command_directory(
      io_.get_executor(), "f() { echo \"$@\" >> " + (dir_ / "log").string() + "; }; f --x");
  must(put(*directory));
  EXPECT_EQ(must(get(*directory)), std::nullopt);
  must(remove(*directory));
  std::ifstream log(dir_ / "log");
  const std::string key = to_hex(pair_.public_key.view());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(log), {}),
            "--x put " + key + "\n--x get " + key + "\n--x remove " + key + "\n");
}

TEST_F(Directories, ACommandThatFailsSaysWhich) {
  const auto failing = command_directory(io_.get_executor(), "exit 3;");
  for (const auto& error :
       {put(*failing).error(), get(*failing).error(), remove(*failing).error()}) {
    EXPECT_TRUE(error.is(Errc::directory_failed));
    EXPECT_NE(error.text().find("ended with 3"), std::string::npos) << error.text();
  }
  const auto chatty = command_directory(io_.get_executor(), "yes");
  EXPECT_TRUE(get(*chatty).error().is(Errc::directory_failed));
  // Something, and still a failure: half an answer is none.
  const auto half = command_directory(io_.get_executor(), "echo half; exit 1;");
  EXPECT_TRUE(get(*half).error().is(Errc::directory_failed));
}

TEST_F(Directories, WhatPutAndRemovePrintIsThrownAway) {
  const auto chatty = command_directory(io_.get_executor(), "f() { yes | head -c 200000; }; f");
  must(put(*chatty));
  must(remove(*chatty));
  EXPECT_TRUE(get(*chatty).error().is(Errc::directory_failed));
}

TEST_F(Directories, AWordIsAFolderOrACommand) {
  const auto parse = [](const std::string& word) {
    return must(parse_directories({word})).front();
  };
  EXPECT_EQ(parse(dir_.path().string()).folder, dir_.path().string());
  EXPECT_EQ(parse(dir_.path().string() + "/").folder, dir_.path().string() + "/");
  EXPECT_EQ(parse("rclone-records --fast").command, "rclone-records --fast");
  EXPECT_EQ(parse("/bin/sh").command, "/bin/sh");
  EXPECT_EQ(parse("cat").command, "cat");
  EXPECT_EQ(parse("wss://relay.example").relay, "wss://relay.example:443/");
  EXPECT_FALSE(parse_directories({"wss://"}).has_value());
  EXPECT_EQ(parse((dir_ / "later").string() + "/").folder, (dir_ / "later").string() + "/");
  for (const std::string& word :
       {std::string(), (dir_ / "typo").string(), std::string("no/such/program")}) {
    const auto parsed = parse_directories({word});
    ASSERT_FALSE(parsed.has_value()) << word;
    EXPECT_TRUE(parsed.error().is(Errc::directory_unknown));
  }
  EXPECT_TRUE(parse_directories(std::vector<std::string>(9, "cat"))
                  .error()
                  .is(Errc::directory_unknown));
}

TEST_F(Directories, ThisMachinesComesFirstAndCommandsMayBeLeftOut) {
  const std::vector<DirectoryWord> words{{dir_.path().string(), {}, {}}, {{}, "cat", {}}};
  const auto all = directories(io_.get_executor(), disk_, words, true);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all.front()->name(), "this machine's records");
  EXPECT_EQ(directories(io_.get_executor(), disk_, words, false).size(), 2U);
}

}  // namespace
}  // namespace sotto::node
