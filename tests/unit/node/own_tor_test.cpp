#include "node/own_tor.h"

#include <boost/asio/io_context.hpp>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/results.h"
#include "support/run_real.h"
#include "support/temp_dir.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
  struct stat entry{};
  if (::stat(path.c_str(), &entry) != 0)
    throw std::runtime_error("no such file: " + path.string());
  return entry.st_mode & 0777;
}

class OwnTorTest : public testing::Test {
 protected:
  // A program that is no tor, but is started as one.
  TorSettings program(const std::string& script) {
    const fs::path path = folder_ / "program";
    std::ofstream(path) << "#!/bin/sh\n"
                           "if [ \"$1\" = --version ]; then echo \"Tor version $VERSION.\"; "
                           "exit; fi\n"
                        << script << "\n";
    fs::permissions(path, fs::perms::owner_all);
    TorSettings settings;
    settings.program = path;
    return settings;
  }
  Result<std::unique_ptr<OwnTor>> start(const TorSettings& settings,
                                        const fs::path& directory) {
    return finish(io_, OwnTor::start(io_.get_executor(), directory, settings));
  }
  void until_ended(const OwnTor& tor) {
    const auto end = std::chrono::steady_clock::now() + patience;
    io_.restart();
    while (!tor.ended() && io_.run_one_until(end) > 0) {
    }
  }

  TempDir folder_;
  boost::asio::io_context io_;
};

TEST_F(OwnTorTest, HasADirectoryThatNobodyElseReads) {
  ::setenv("VERSION", "0.4.9.11", 1);
  const fs::path directory = folder_ / "tor";
  fs::create_directory(directory);
  fs::permissions(directory, fs::perms::owner_all | fs::perms::others_all);
  const auto tor = must(start(program("exec sleep 60"), directory));
  EXPECT_EQ(mode_of(directory), 0700u);
  EXPECT_EQ(mode_of(directory / "data"), 0700u);
  EXPECT_EQ(mode_of(directory / "torrc"), 0600u);
  EXPECT_EQ(tor->control(), directory / "control");
  EXPECT_EQ(tor->socks(), directory / "socks");
  EXPECT_FALSE(tor->ended());
  must(finish(io_, tor->stop(std::chrono::steady_clock::now() + patience)));
}

TEST_F(OwnTorTest, HasItsSocketsElsewhereWhereThePathIsTooLong) {
  const fs::path directory = folder_ / std::string(90, 'x');
  fs::path sockets;
  {
    const auto tor = must(start(program("exec sleep 60"), directory));
    sockets = tor->control().parent_path();
    EXPECT_NE(sockets, directory);
    EXPECT_LE(tor->control().string().size(), 107u);
    EXPECT_EQ(mode_of(sockets), 0700u);
  }
  EXPECT_FALSE(fs::exists(sockets));
}

TEST_F(OwnTorTest, SaysWhatTorHasSaidLast) {
  ::setenv("VERSION", "0.4.9.11", 1);
  const auto tor =
      must(start(program("echo '[err] Unknown option Foo'; exit 1"), folder_ / "t"));
  until_ended(*tor);
  ASSERT_TRUE(tor->ended());
  EXPECT_EQ(tor->ended()->name(), "tor.failed");
  EXPECT_TRUE(tor->ended()->text().contains("Unknown option Foo")) << tor->ended()->text();
}

TEST_F(OwnTorTest, SaysThatTorIsTooOld) {
  ::setenv("VERSION", "0.4.5.16", 1);
  const auto tor = must(start(program("exit 1"), folder_ / "t"));
  until_ended(*tor);
  ASSERT_TRUE(tor->ended());
  EXPECT_TRUE(tor->ended()->text().contains("0.4.5.16 is too old")) << tor->ended()->text();
}

TEST_F(OwnTorTest, ADirectoryThatIsNoneIsAnError) {
  std::ofstream(folder_ / "file") << "";
  EXPECT_EQ(error_of(start(program("exit 1"), folder_ / "file")), "tor.failed");
  EXPECT_EQ(error_of(start(program("exit 1"), folder_ / "a" / "b")), "tor.failed");
}

TEST_F(OwnTorTest, ALogThatHasGrownIsBegunAnew) {
  const fs::path directory = folder_ / "tor";
  fs::create_directory(directory);
  std::ofstream(directory / "log") << std::string((1 << 20) + 1, 'x');
  const auto tor = must(start(program("exec sleep 60"), directory));
  EXPECT_FALSE(fs::exists(directory / "log"));
}

TEST(IsNewEnough, ComparesNumbers) {
  for (const char* version :
       {"0.4.6.1", "0.4.6.10", "0.4.9.11", "0.5.0.1-alpha", "1.0.0.0", "0.4.8.10-rc", ""}) {
    EXPECT_TRUE(is_new_enough(version)) << version;
  }
  for (const char* version : {"0.4.6.0", "0.4.5.16", "0.3.5.8", "0.4", "tor"}) {
    EXPECT_FALSE(is_new_enough(version)) << version;
  }
}

}  // namespace
}  // namespace sotto::node
