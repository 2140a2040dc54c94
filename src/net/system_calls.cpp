#include "net/system_calls.h"

#include <array>
#include <cerrno>
#include <linux/seccomp.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sotto::net {
namespace {

// What systemd's @system-service allows, without what neither sotto nor tor nor a pluggable
// transport has a use for: changing who one is, System V and POSIX queues, io_uring, keyrings,
// other processes' memory, userfaultfd.  Names that a machine does not have are skipped.
constexpr std::array kept = {
    // files
    "access", "chdir", "chmod", "close", "close_range", "copy_file_range", "creat", "dup",
    "dup2", "dup3", "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod",
    "fchmodat", "fchmodat2", "fcntl", "fcntl64", "fdatasync", "fgetxattr", "flistxattr",
    "flock", "fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate",
    "ftruncate64", "futimesat", "getcwd", "getdents", "getdents64", "getxattr",
    "inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch", "ioctl",
    "lgetxattr", "link", "linkat", "listxattr", "llistxattr", "lseek", "_llseek", "lstat",
    "lstat64", "memfd_create", "mkdir", "mkdirat", "newfstatat", "open", "openat", "openat2",
    "pread64", "preadv", "preadv2", "pwrite64", "pwritev", "pwritev2", "read", "readahead",
    "readlink", "readlinkat", "readv", "rename", "renameat", "renameat2", "rmdir", "sendfile",
    "sendfile64", "splice", "stat", "stat64", "statfs", "statfs64", "statx", "symlink",
    "symlinkat", "sync", "sync_file_range", "syncfs", "tee", "truncate", "truncate64", "umask",
    "unlink", "unlinkat", "utime", "utimensat", "utimes", "write", "writev",
    // owners: tor and SQLite give files that they make to whom the folder belongs
    "chown", "chown32", "fchown", "fchown32", "fchownat", "lchown", "lchown32",
    // sockets; `socket` has rules of its own
    "accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt",
    "listen", "recv", "recvfrom", "recvmmsg", "recvmsg", "send", "sendmmsg", "sendmsg",
    "sendto", "setsockopt", "shutdown", "socketpair",
    // waiting
    "_newselect", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2",
    "epoll_wait", "eventfd", "eventfd2", "pipe", "pipe2", "poll", "ppoll", "pselect6", "select",
    "signalfd", "signalfd4", "timerfd_create", "timerfd_gettime", "timerfd_settime",
    // time
    "alarm", "clock_getres", "clock_gettime", "clock_nanosleep", "getitimer", "gettimeofday",
    "nanosleep", "setitimer", "time", "timer_create", "timer_delete", "timer_getoverrun",
    "timer_gettime", "timer_settime", "times",
    // memory
    "arch_prctl", "brk", "cacheflush", "madvise", "mincore", "mlock", "mlock2", "mlockall",
    "mmap", "mmap2", "mprotect", "mremap", "msync", "munlock", "munlockall", "munmap",
    // threads and processes; `clone` has a rule of its own
    "capget", "execve", "execveat", "exit", "exit_group", "fork", "futex", "futex_waitv",
    "get_robust_list", "getcpu", "getpgid", "getpgrp", "getpid", "getppid", "getpriority",
    "getrlimit", "getrusage", "getsid", "gettid", "kill", "membarrier", "pause", "pidfd_open",
    "pidfd_send_signal", "prctl", "prlimit64", "restart_syscall", "riscv_hwprobe", "rseq",
    "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn",
    "rt_sigsuspend", "rt_sigtimedwait", "rt_tgsigqueueinfo", "sched_get_priority_max",
    "sched_get_priority_min", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
    "sched_setaffinity", "sched_yield", "set_robust_list", "set_thread_area", "set_tid_address",
    "set_tls", "setpgid", "setpriority", "setrlimit", "setsid", "sigaltstack", "sigreturn",
    "tgkill", "tkill", "ugetrlimit", "uname", "uretprobe", "vfork", "wait4", "waitid",
    "waitpid",
    // who and where one is
    "getegid", "getegid32", "geteuid", "geteuid32", "getgid", "getgid32", "getgroups",
    "getgroups32", "getrandom", "getresgid", "getresgid32", "getresuid", "getresuid32",
    "getuid", "getuid32", "sysinfo",
    // to be confined further
    "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "seccomp"};

// What is refused as not allowed.  The rest is refused as if the kernel did not have it, which
// is what programs expect of calls that are newer than the machine.
constexpr std::array refused = {"acct",
                                "add_key",
                                "bpf",
                                "chroot",
                                "clock_adjtime",
                                "clock_settime",
                                "delete_module",
                                "finit_module",
                                "fsmount",
                                "fsopen",
                                "fspick",
                                "init_module",
                                "io_uring_enter",
                                "io_uring_register",
                                "io_uring_setup",
                                "ioperm",
                                "iopl",
                                "kcmp",
                                "kexec_file_load",
                                "kexec_load",
                                "keyctl",
                                "mount",
                                "mount_setattr",
                                "move_mount",
                                "move_pages",
                                "name_to_handle_at",
                                "open_by_handle_at",
                                "open_tree",
                                "perf_event_open",
                                "personality",
                                "pidfd_getfd",
                                "pivot_root",
                                "process_madvise",
                                "process_vm_readv",
                                "process_vm_writev",
                                "ptrace",
                                "quotactl",
                                "reboot",
                                "request_key",
                                "sethostname",
                                "setns",
                                "setresuid",
                                "setreuid",
                                "settimeofday",
                                "setuid",
                                "swapoff",
                                "swapon",
                                "syslog",
                                "umount2",
                                "unshare",
                                "userfaultfd",
                                "vhangup"};

// A condition on an argument of a call, counted from 0.  (The macros of seccomp.h are C.)
scmp_arg_cmp equal(unsigned argument, scmp_datum_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp masked(unsigned argument, scmp_datum_t mask, scmp_datum_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

class Filter {
 public:
  explicit Filter(std::uint32_t otherwise) : context_(seccomp_init(otherwise)) {
    if (context_ == nullptr) {
      error_ = ENOMEM;
      return;
    }
    note(seccomp_attr_set(context_, SCMP_FLTATR_CTL_TSYNC, 1));
    note(seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2));  // a tree, not a list
  }
  ~Filter() { seccomp_release(context_); }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  template <class... Conditions>
  void add(std::uint32_t action, const char* name, Conditions... conditions) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number < 0 || error_ != 0) return;  // another machine's
    note(seccomp_rule_add(context_, action, number, sizeof...(conditions), conditions...));
  }

  int load() {
    if (error_ == 0) note(seccomp_load(context_));
    return error_;
  }

 private:
  void note(int result) {
    if (result < 0) error_ = -result;
  }

  scmp_filter_ctx context_;
  int error_ = 0;
};

int keep_some() {
  Filter filter(SCMP_ACT_ERRNO(ENOSYS));
  for (const char* name : kept) filter.add(SCMP_ACT_ALLOW, name);
  for (const int family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}) {
    filter.add(SCMP_ACT_ALLOW, "socket", equal(0, static_cast<unsigned>(family)));
  }
  // Plain files and pipes, no devices.
  for (const mode_t kind : {mode_t{0}, mode_t{S_IFREG}, mode_t{S_IFIFO}}) {
    filter.add(SCMP_ACT_ALLOW, "mknod", masked(1, S_IFMT, kind));
    filter.add(SCMP_ACT_ALLOW, "mknodat", masked(2, S_IFMT, kind));
  }
  // A user namespace of one's own opens half the kernel.  clone3 cannot be looked into, and
  // whoever does not find it uses this one.
  filter.add(SCMP_ACT_ALLOW, "clone", masked(0, CLONE_NEWUSER, 0));
  return filter.load();
}

int refuse_some() {
  Filter filter(SCMP_ACT_ALLOW);
  for (const char* name : refused) filter.add(SCMP_ACT_ERRNO(EPERM), name);
  // Words put into the terminal would be run by the shell that has started us.
  constexpr scmp_datum_t word = 0xffffffff;
  for (const scmp_datum_t request : {scmp_datum_t{TIOCSTI}, scmp_datum_t{TIOCLINUX}}) {
    filter.add(SCMP_ACT_ERRNO(EPERM), "ioctl", masked(1, word, request));
  }
  return filter.load();
}

}  // namespace

int forbid_other_calls() {
  // In this order: of two filters that refuse a call, the later one gives the reason.
  const int error = keep_some();
  return error != 0 ? error : refuse_some();
}

bool can_forbid_calls() {
  const std::uint32_t action = SECCOMP_RET_ERRNO;
  return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

}  // namespace sotto::net
