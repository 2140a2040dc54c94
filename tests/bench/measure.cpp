// Runs a command on one core and writes to FILE its nanoseconds, from before its start to its
// end, and the KiB of memory that it had at most:
//
//   measure FILE CORE COMMAND...
//
// Small itself, since a large parent's start of a child takes longer, and its size would count
// as the child's from before the exec.
#include <cstdio>
#include <cstdlib>
#include <sched.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char** environ;

namespace {

long long now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) return 2;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(std::atoi(words[2])), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) return 126;
  const long long start = now();
  pid_t child = 0;
  if (posix_spawnp(&child, words[3], nullptr, nullptr, words + 3, environ) != 0) return 127;
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) < 0) return 126;
  const long long nanoseconds = now() - start;
  std::FILE* const file = std::fopen(words[1], "w");
  if (file == nullptr) return 126;
  std::fprintf(file, "%lld %ld\n", nanoseconds, usage.ru_maxrss);
  std::fclose(file);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
