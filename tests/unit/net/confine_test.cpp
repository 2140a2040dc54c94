#include "net/confine.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "net/spawn.h"
#include "support/temp_dir.h"

namespace sotto::net {
namespace {

namespace fs = std::filesystem;

// What a call came to: 0, or errno.
int result(long returned) {
  return returned >= 0 ? 0 : errno;
}
int result_of_open(const fs::path& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  ::close(file);
  return 0;
}

class ConfineTest : public testing::Test {
 protected:
  ConfineTest() {
    fs::create_directory(inside());
    fs::create_directory(outside());
    std::ofstream(inside() / "file") << "ours";
    std::ofstream(outside() / "file") << "not ours";
  }
  fs::path inside() const { return dir_.path() / "inside"; }
  fs::path outside() const { return dir_.path() / "outside"; }

  // Confines a child, lets it look at something, and gives what it saw: the tests' own process
  // must stay free.  -1: the child did not come that far.
  static int seen(const Confinement& wanted, const std::function<int()>& look) {
    const pid_t child = ::fork();
    if (child == 0) {
      const Confined confined = confine(wanted);
      ::_exit(confined.files && confined.calls && confined.missing.empty() ? look() : 255);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
  }
  int seen(const std::function<int()>& look) const {
    Confinement wanted;
    wanted.writable = {inside()};
    return seen(wanted, look);
  }

  TempDir dir_;
};

#define SKIP_WITHOUT_SUPPORT()                                              \
  if (const Confined able = confinement_support(); !able.missing.empty()) { \
    GTEST_SKIP() << able.missing.front();                                   \
  }

TEST_F(ConfineTest, WhatIsAllowedWorks) {
  SKIP_WITHOUT_SUPPORT();
  EXPECT_EQ(seen([&] { return result_of_open(inside() / "file", O_RDWR | O_TRUNC); }), 0);
  EXPECT_EQ(seen([&] { return result_of_open(inside() / "new", O_WRONLY | O_CREAT); }), 0);
  EXPECT_EQ(seen([&] { return result(::mkdir((inside() / "folder").c_str(), 0700)); }), 0);
  EXPECT_EQ(seen([&] {
              const fs::path to = inside() / "folder" / "file";
              return result(::rename((inside() / "new").c_str(), to.c_str()));
            }),
            0);
  // As SQLite's file is made.
  EXPECT_EQ(seen([&] { return result(::mknod((inside() / "db").c_str(), S_IFREG | 0600, 0)); }),
            0);
  EXPECT_EQ(seen([] { return result_of_open("/dev/null", O_RDWR); }), 0);
  EXPECT_EQ(seen([] { return result_of_open("/etc/passwd", O_RDONLY); }), 0);
  EXPECT_EQ(seen([] { return result_of_open("/proc/self/status", O_RDONLY); }), 0);
  for (const int family : {AF_INET, AF_INET6, AF_UNIX}) {
    EXPECT_EQ(seen([family] { return result(::socket(family, SOCK_STREAM, 0)); }), 0);
  }
}

TEST_F(ConfineTest, OtherFilesCannotBeTouched) {
  SKIP_WITHOUT_SUPPORT();
  EXPECT_EQ(seen([&] { return result_of_open(outside() / "file", O_RDONLY); }), EACCES);
  EXPECT_EQ(seen([&] { return result_of_open(outside() / "file", O_WRONLY); }), EACCES);
  EXPECT_EQ(seen([&] { return result_of_open(outside() / "new", O_WRONLY | O_CREAT); }),
            EACCES);
  EXPECT_EQ(seen([&] { return result(::truncate((outside() / "file").c_str(), 0)); }), EACCES);
  EXPECT_EQ(seen([&] { return result(::unlink((outside() / "file").c_str())); }), EACCES);
  EXPECT_EQ(seen([&] {
              return result(::rename((inside() / "file").c_str(), (outside() / "f").c_str()));
            }),
            EACCES);
  EXPECT_EQ(seen([&] {
              // By another name in the folder that is allowed.
              const fs::path link = inside() / "link";
              if (::symlink((outside() / "file").c_str(), link.c_str()) != 0) return errno;
              return result_of_open(link, O_RDONLY);
            }),
            EACCES);
  EXPECT_EQ(seen([] { return result_of_open("/etc/passwd", O_WRONLY); }), EACCES);
  EXPECT_EQ(fs::file_size(outside() / "file"), 8U);
}

TEST_F(ConfineTest, EverythingMayBeReadWhereThatIsAskedFor) {
  SKIP_WITHOUT_SUPPORT();
  Confinement wanted;
  wanted.writable = {inside()};
  wanted.reads_everything = true;
  EXPECT_EQ(seen(wanted, [&] { return result_of_open(outside() / "file", O_RDONLY); }), 0);
  EXPECT_EQ(seen(wanted, [&] { return result_of_open(outside() / "file", O_WRONLY); }), EACCES);
  wanted.reads_everything = false;
  wanted.readable = {outside() / "file", outside() / "nowhere"};
  EXPECT_EQ(seen(wanted, [&] { return result_of_open(outside() / "file", O_RDONLY); }), 0);
  EXPECT_EQ(seen(wanted, [&] { return result_of_open(outside(), O_RDONLY); }), EACCES);
}

TEST_F(ConfineTest, WhereOnlySocketsBelongNoFileIsMade) {
  SKIP_WITHOUT_SUPPORT();
  Confinement wanted;
  wanted.sockets_in = {outside()};
  const auto bound = [&] {
    if (::mkdir((outside() / "folder").c_str(), 0700) != 0) return errno;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (outside() / "folder" / "s").string();
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    return result(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  };
  EXPECT_EQ(seen(wanted, bound), 0);
  EXPECT_EQ(seen(wanted, [&] { return result_of_open(outside() / "n", O_WRONLY | O_CREAT); }),
            EACCES);
  EXPECT_EQ(seen(wanted, [&] { return result_of_open(outside() / "file", O_WRONLY); }), EACCES);
}

TEST_F(ConfineTest, ProgramsOfTheSystemRunAndNoOthers) {
  SKIP_WITHOUT_SUPPORT();
  const fs::path own = inside() / "program";
  std::ofstream(own) << "#!/bin/sh\nexit 7\n";
  fs::permissions(own, fs::perms::owner_all);
  const auto run = [](const fs::path& program) {
    const auto child = spawn(program, {"p", "-c", "exit 7"}, {}, {0, 1, 2});
    return child ? wait_for_exit(child->pid) : child.error();
  };
  EXPECT_EQ(seen([&] { return run("/bin/sh"); }), 7);
  EXPECT_EQ(seen([&] { return run(own); }), EACCES);
  Confinement wanted;
  wanted.programs = {own};
  EXPECT_EQ(seen(wanted, [&] { return run(own); }), 7);
  // What is started is confined with us.
  const std::string writing = "echo x >> " + (outside() / "file").string() + " || exit 9";
  EXPECT_EQ(seen([&] {
              const auto child =
                  spawn("/bin/sh", {"sh", "-c", writing + " 2>&-"}, {}, {0, 1, 2});
              return child ? wait_for_exit(child->pid) : child.error();
            }),
            9);
}

TEST_F(ConfineTest, CallsThatNobodyNeedsAreRefused) {
  SKIP_WITHOUT_SUPPORT();
  EXPECT_EQ(seen([] { return result(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }), EPERM);
  EXPECT_EQ(seen([] { return result(::mount("none", "/tmp", "tmpfs", 0, nullptr)); }), EPERM);
  EXPECT_EQ(seen([] { return result(::unshare(CLONE_NEWUSER)); }), EPERM);
  EXPECT_EQ(seen([] { return result(::syscall(SYS_bpf, 0, nullptr, 0)); }), EPERM);
  EXPECT_EQ(seen([] { return result(::syscall(SYS_io_uring_setup, 1, nullptr)); }), EPERM);
  EXPECT_EQ(seen([] { return result(::syscall(SYS_userfaultfd, 0)); }), EPERM);
  EXPECT_EQ(seen([] { return result(::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, -3, 1)); }),
            EPERM);
  EXPECT_EQ(seen([] { return result(::syscall(SYS_personality, 0xffffffff)); }), EPERM);
  EXPECT_EQ(
      seen([] {
        return result(::syscall(SYS_process_vm_readv, ::getppid(), nullptr, 0, nullptr, 0, 0));
      }),
      EPERM);
  EXPECT_EQ(seen([&] { return result(::mknod((inside() / "d").c_str(), S_IFCHR | 0600, 0)); }),
            ENOSYS);
  EXPECT_EQ(seen([] { return result(::socket(AF_PACKET, SOCK_RAW, 0)); }), ENOSYS);
  EXPECT_EQ(seen([] { return result(::syscall(SYS_clone3, nullptr, 0)); }), ENOSYS);
  EXPECT_EQ(seen([] { return result(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0)); }),
            ENOSYS);
  // Also with bits that the kernel does not look at.
  EXPECT_EQ(seen([] { return result(::syscall(SYS_ioctl, 0, 0x100000000 | TIOCSTI, "x")); }),
            EPERM);
}

TEST_F(ConfineTest, ItHoldsForThreadsAndCannotBeUndone) {
  SKIP_WITHOUT_SUPPORT();
  EXPECT_EQ(seen([&] {
              int error = 0;
              std::thread([&] { error = result_of_open(outside() / "file", O_RDONLY); }).join();
              return error;
            }),
            EACCES);
  EXPECT_EQ(seen([&] {
              Confinement all;
              all.writable = {"/"};
              confine(all);
              return result_of_open(outside() / "file", O_RDONLY);
            }),
            EACCES);
  EXPECT_EQ(seen([] { return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) + 40; }), 41);
}

TEST_F(ConfineTest, WithOtherThreadsItSaysThatFilesAreNotCovered) {
  SKIP_WITHOUT_SUPPORT();
  const pid_t child = ::fork();
  if (child == 0) {
    std::thread other([] { ::pause(); });
    const Confined confined = confine({});
    const bool right = !confined.files && confined.calls && confined.missing.size() == 1;
    ::_exit(right ? 3 : 4);
  }
  EXPECT_EQ(wait_for_exit(child), 3);
}

TEST_F(ConfineTest, NothingHoldsBeforeItIsAskedFor) {
  EXPECT_FALSE(confined().files);
  EXPECT_FALSE(confined().calls);
  EXPECT_EQ(result_of_open(outside() / "file", O_RDWR), 0);
}

}  // namespace
}  // namespace sotto::net
