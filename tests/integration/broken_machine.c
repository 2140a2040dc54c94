// A machine whose disk fails and whose clock jumps, as a library for LD_PRELOAD.
//
// SOTTO_TEST_DISK names a file: while it is there, what it names ("write", "sync" or both) fails
// with EIO for sotto.db and its log; "full" has writes of incomplete files (.part) fail with
// ENOSPC.  SOTTO_TEST_CLOCK names a file with the seconds by which
// the wall clock is wrong; the steady clock never is.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// The content of a small file, without the functions that are replaced here.
static int content_of(const char* variable, char* text, size_t size) {
  const char* path = getenv(variable);
  if (path == NULL) return 0;
  const int saved = errno;
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  long got = -1;
  if (fd >= 0) {
    got = syscall(SYS_read, fd, text, size - 1);
    syscall(SYS_close, fd);
  }
  errno = saved;
  text[got > 0 ? got : 0] = 0;
  return got > 0;
}

static int ends_with(const char* text, const char* end) {
  const size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

static int fails(int fd, const char* what) {
  char failing[32], link[64], path[4096];
  if (!content_of("SOTTO_TEST_DISK", failing, sizeof failing)) return 0;
  const int full = strcmp(what, "write") == 0 && strstr(failing, "full") != NULL;
  if (!full && strstr(failing, what) == NULL) return 0;
  const int saved = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  errno = saved;
  if (length < 0) return 0;
  path[length] = 0;
  if (full && ends_with(path, ".part")) {
    errno = ENOSPC;
    return 1;
  }
  if (strstr(failing, what) == NULL) return 0;
  if (!ends_with(path, "/sotto.db") && !ends_with(path, "/sotto.db-wal")) return 0;
  errno = EIO;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void* data, size_t size) {
  static __typeof__(&write) real;
  if (real == NULL) real = REAL(write);
  return fails(fd, "write") ? -1 : real(fd, data, size);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  return fails(fd, "write") ? -1 : REAL(pwrite)(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  return fails(fd, "write") ? -1 : REAL(pwrite64)(fd, data, size, at);
}

int fsync(int fd) {
  return fails(fd, "sync") ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd) {
  return fails(fd, "sync") ? -1 : REAL(fdatasync)(fd);
}

static long long seconds_off(void) {
  char text[32];
  return content_of("SOTTO_TEST_CLOCK", text, sizeof text) ? atoll(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  static __typeof__(&clock_gettime) real;
  if (real == NULL) real = REAL(clock_gettime);
  const int result = real(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    now->tv_sec += seconds_off();
  }
  return result;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  struct timespec precise;
  (void)zone;
  const int result = clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return result;
}

time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
