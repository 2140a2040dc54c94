#include "node/doctor_tor.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/own_tor.h"
#include "node/tor_folder.h"
#include "support/temp_dir.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;
using enum Finding::Status;

constexpr WallTime now{milliseconds{1'800'000'000'000}};  // 2027-01-15 08:00
constexpr uid_t nobody = 65'534;

// While it lives, this process may do what others may, also when it is root's.
class AsOther {
 public:
  AsOther() { was_changed_ = ::geteuid() == 0 && ::seteuid(nobody) == 0; }
  ~AsOther() {
    if (was_changed_ && ::seteuid(0) != 0) std::abort();
  }
  AsOther(const AsOther&) = delete;
  AsOther& operator=(const AsOther&) = delete;

 private:
  bool was_changed_ = false;
};

class DoctorTorTest : public testing::Test {
 protected:
  DoctorTorTest() {
    ::chmod(dir_.path().c_str(), 0755);
    fs::create_directory(home_);
    options_.system_control = dir_ / "control";
    options_.system_cookie = dir_ / "cookie";
    options_.program = program("tor", "#!/bin/sh\necho 'Tor version 0.4.9.11.'\n");
  }

  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const fs::path path = dir_ / name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path.string();
  }
  std::string program(const std::string& name, const std::string& text) {
    return write(name, text, 0755);
  }
  void make_socket(const fs::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(made);
  }
  fs::path make_tor_folder() {
    fs::create_directories(home_ / "tor" / "data");
    ::chmod((home_ / "tor").c_str(), 0700);
    ::chmod((home_ / "tor" / "data").c_str(), 0700);
    return home_ / "tor";
  }

  std::vector<Finding> examine() { return examine_tor(home_, options_, now); }
  // Of this check, the first that is not fine, else the last; "none" as its text without one.
  Finding found(const std::string& check) {
    Finding out{check, ok, "none", "", std::nullopt};
    for (const Finding& finding : examine()) {
      EXPECT_EQ(finding.status == ok, finding.cure.empty()) << finding.text;
      EXPECT_EQ(finding.status == fault, finding.error.has_value()) << finding.text;
      if (finding.check == check && out.status == ok) out = finding;
    }
    return out;
  }
  void expect(const std::string& check, Finding::Status status, const std::string& text,
              const std::string& cure) {
    const Finding finding = found(check);
    EXPECT_EQ(finding.status, status) << finding.text;
    EXPECT_NE(finding.text.find(text), std::string::npos) << finding.text;
    EXPECT_NE(finding.cure.find(cure), std::string::npos) << finding.cure;
  }

  TempDir dir_;
  fs::path home_ = dir_ / "home";
  TorDoctorOptions options_;
};

TEST_F(DoctorTorTest, AllIsWellBeforeTorIsUsed) {
  for (const Finding& finding : examine()) EXPECT_EQ(finding.status, ok) << finding.text;
  expect("tor", ok, "Tor 0.4.9.11 is installed.", "");
  EXPECT_EQ(found("tor_settings").text, "none");
  EXPECT_EQ(found("tor_folder").text, "none");
  EXPECT_FALSE(fs::exists(home_ / "tor"));
}

TEST_F(DoctorTorTest, ATorThatIsMissingOrOldIsAFaultForWhoWantsIt) {
  options_.program = (dir_ / "none").string();
  expect("tor", warning, "There is no program", "apt install tor");
  options_.torrc_include = write("lines", "Log notice stdout\n");
  options_.bridges = write("bridges", "");
  EXPECT_EQ(found("tor").status, fault);
  EXPECT_EQ(found("tor").error->name(), "tor.missing");
  options_.program = program("old", "#!/bin/sh\necho 'Tor version 0.4.5.16.'\n");
  expect("tor", fault, "0.4.5.16 is too old", "Update it");
  options_.program = program("other", "#!/bin/sh\necho hello\n");
  expect("tor", fault, "does not tell tor's version", "apt install tor");
}

TEST_F(DoctorTorTest, ProofOfWorkIsAHintOnly) {
  options_.program = program("older", "#!/bin/sh\necho 'Tor version 0.4.8.14.'\n");
  expect("tor", ok, "From 0.4.9.2 on", "");
  EXPECT_TRUE(has_proof_of_work("0.4.9.2-alpha"));
  EXPECT_TRUE(has_proof_of_work("0.5.0.1"));
  EXPECT_FALSE(has_proof_of_work("0.4.9.1"));
  EXPECT_FALSE(has_proof_of_work(""));
}

TEST_F(DoctorTorTest, ItsFolderIsForUsAlone) {
  const fs::path folder = make_tor_folder();
  expect("tor_folder", ok, "for you alone", "");
  ::chmod(folder.c_str(), 0750);
  expect("tor_folder", warning, "Others may look into", "chmod 700");
  ::chmod(folder.c_str(), 0700);
  fs::remove(folder / "data");
  write("home/tor/data", "");
  expect("tor_folder", fault, "is no folder", "Move it away");
  fs::remove_all(folder);
  fs::create_symlink(dir_.path(), folder);
  expect("tor_folder", fault, "is no folder", "Move it away");
}

TEST_F(DoctorTorTest, AFolderOfSomebodyElseCannotBeUsed) {
  const fs::path folder = make_tor_folder();
  ::chmod(home_.c_str(), 0755);
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(folder.c_str(), nobody, nobody), 0);
    expect("tor_folder", fault, "belongs to another user", "chown");
  } else {
    ::chmod(folder.c_str(), 0500);
    expect("tor_folder", fault, "may not be written", "mode");
    ::chmod(folder.c_str(), 0700);
  }
}

TEST_F(DoctorTorTest, ALongPathHasItsSocketsElsewhere) {
  home_ = dir_ / std::string(100, 'x');
  fs::create_directory(home_);
  ::setenv("XDG_RUNTIME_DIR", dir_.path().c_str(), 1);
  expect("tor_folder", ok, "too long for sockets: tor's are in " + dir_.path().string(), "");
  EXPECT_EQ(socket_folder(dir_.path()), dir_.path());
  ::unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(socket_folder(tor_folder(home_)), "/tmp");
}

TEST_F(DoctorTorTest, APathThatTorCannotUseIsSaid) {
  home_ = dir_ / "new\nline";
  fs::create_directory(home_);
  EXPECT_EQ(found("tor_folder").error->name(), "tor.torrc.path");
}

// Holds the lock of a data directory, as tor does.
class Holder {
 public:
  explicit Holder(const fs::path& data) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      const int lock = ::open((data / "lock").c_str(), O_RDWR | O_CREAT, 0600);
      if (::flock(lock, LOCK_EX) != 0 || ::write(pipe[1], "x", 1) != 1) ::_exit(1);
      ::pause();
      ::_exit(0);
    }
    char byte = 0;
    if (::read(pipe[0], &byte, 1) != 1) std::abort();
    ::close(pipe[0]);
    ::close(pipe[1]);
  }
  ~Holder() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

TEST_F(DoctorTorTest, ATorThatWasLeftBehindIsTold) {
  const fs::path folder = make_tor_folder();
  EXPECT_EQ(found("tor_process").text, "none");
  const Holder holder(folder / "data");
  const std::string process = std::to_string(holder.pid());
  expect("tor_process", warning, "process " + process, "kill " + process);
  // As one that this process has started.
  std::ofstream(folder / "torrc") << "Log x\n__OwningControllerProcess " << ::getpid() << "\n";
  expect("tor_process", ok, "runs, as process " + process, "");
  std::ofstream(folder / "torrc") << "__OwningControllerProcess 1\n";
  EXPECT_EQ(found("tor_process").status, warning);
}

TEST_F(DoctorTorTest, TheSystemsTorMayBeForOthersAlone) {
  expect("tor_system", ok, "sotto runs its own, unless", "");
  make_socket(options_.system_control);
  expect("tor_system", ok, "may be used", "");
  write("cookie", "c", 0000);
  {
    const AsOther other;
    expect("tor_system", warning, "", "sudo adduser $USER debian-tor");
  }
  ::chmod(options_.system_control.c_str(), 0000);
  const AsOther other;
  expect("tor_system", warning, "control is for others alone", "log in again");
}

TEST_F(DoctorTorTest, TheCookieOfTheSystemsTorMustBeReadable) {
  make_socket(options_.system_control);
  ::chmod(options_.system_control.c_str(), 0777);
  write("cookie", "c", 0000);
  const AsOther other;
  expect("tor_system", warning, "its cookie", "CookieAuthFileGroupReadable 1");
}

TEST_F(DoctorTorTest, AControlPortThatWasGivenIsLookedAt) {
  options_.control = (dir_ / "given").string();
  expect("tor_control", fault, "cannot be used", "Start that tor");
  write("given", "");
  expect("tor_control", fault, "is no socket", "control socket");
  fs::remove(dir_ / "given");
  make_socket(dir_ / "given");
  expect("tor_control", ok, "is there", "");
  options_.control = "127.0.0.1:9051";
  expect("tor_control", ok, "of this machine", "");
  EXPECT_EQ(found("tor").text, "none");
  options_.control = "192.0.2.1:9051";
  EXPECT_EQ(found("tor_settings").error->name(), "policy.tor_only");
}

TEST_F(DoctorTorTest, FilesForTorMustBeReadableAndRight) {
  options_.torrc_include = (dir_ / "absent").string();
  EXPECT_EQ(found("tor_settings").error->name(), "file.io");
  options_.torrc_include = write("lines", "ORPort 9001\n");
  EXPECT_EQ(found("tor_settings").error->name(), "tor.torrc.option");
  options_.torrc_include = write("lines", "# nothing\nTestingTorNetwork 1\n");
  expect("tor_settings", ok, "can be used", "");
  options_.bridges = write("bridges", "obfs4 192.0.2.3:80 key=v\n");
  EXPECT_EQ(found("tor_settings").error->name(), "tor.bridge.transport");
  options_.bridges = write("bridges", "not a bridge\n");
  EXPECT_EQ(found("tor_settings").error->name(), "tor.bridge.line");
}

TEST_F(DoctorTorTest, ProgramsOfBridgesMustBeThere) {
  const std::string fingerprint(40, 'A');
  const auto bridge = [&](const std::string& transport, const std::string& plugin) {
    options_.bridges =
        write("bridges", "ClientTransportPlugin " + transport + " exec " + plugin + "\n" +
                             transport + " 192.0.2.3:80 " + fingerprint + "\n");
  };
  const std::string absent = (dir_ / "absent").string();
  bridge("obfs4", absent);
  expect("tor_bridges", fault, "is not there", "apt install obfs4proxy");
  bridge("snowflake", absent);
  expect("tor_bridges", fault, "is not there", "apt install snowflake-client");
  bridge("webtunnel", absent);
  expect("tor_bridges", fault, "is not there", "Install it, or give");
  bridge("obfs4", write("plugin", "#!/bin/sh\n", 0600));
  expect("tor_bridges", fault, "may not be run", "chmod +x");
  EXPECT_EQ(found("tor_bridges").error->name(), "tor.bridge.transport");
  bridge("obfs4", program("plugin", "#!/bin/sh\n"));
  expect("tor_bridges", ok, "may be run", "");
}

TEST_F(DoctorTorTest, WhatTorKnowsCannotBeOfTomorrow) {
  const fs::path cache = make_tor_folder() / "data" / "cached-microdesc-consensus";
  const auto consensus = [&](const char* time) {
    std::ofstream(cache) << "network-status-version 3 microdesc\nvote-status consensus\n"
                         << "valid-after " << time << "\n";
  };
  consensus("2027-01-15 07:00:00");
  EXPECT_EQ(found("clock").text, "none");
  consensus("2027-01-15 12:00:00");
  expect("clock", warning, "2027-01-15T12:00:00.000Z", "timedatectl");
  consensus("nonsense");
  EXPECT_EQ(found("clock").text, "none");
}

}  // namespace
}  // namespace sotto::node
