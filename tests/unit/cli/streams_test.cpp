#include "cli/streams.h"

#include <array>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <string>
#include <thread>
#include <unistd.h>

namespace sotto::cli {
namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) std::abort();
  return ends;
}

TEST(WriteAll, WaitsForASlowReader) {
  const auto [reader, writer] = make_pipe();
  ::fcntl(writer, F_SETFL, O_NONBLOCK);
  const std::string text(1 << 20, 'x');  // more than a pipe holds
  std::size_t received = 0;
  std::thread slow([&received, input = reader] {
    char buffer[4096];
    while (const ssize_t count = ::read(input, buffer, sizeof buffer)) {
      received += static_cast<std::size_t>(count);
    }
  });
  EXPECT_EQ(write_all(writer, text), Written::all);
  ::close(writer);
  slow.join();
  ::close(reader);
  EXPECT_EQ(received, text.size());
}

TEST(WriteAll, TellsAClosedReaderFromAFailure) {
  ::signal(SIGPIPE, SIG_IGN);
  const auto [reader, writer] = make_pipe();
  ::close(reader);
  EXPECT_EQ(write_all(writer, "x"), Written::closed);
  ::close(writer);
  EXPECT_EQ(write_all(writer, "x"), Written::closed);
  const int full = ::open("/dev/full", O_WRONLY);
  EXPECT_EQ(write_all(full, "x"), Written::failed);
  ::close(full);
}

// In a process of its own, whose streams may be closed.
TEST(KeepStandardStreams, LeavesNoDescriptorForFiles) {
  EXPECT_EXIT(
      {
        for (const int fd : {0, 1, 2}) ::close(fd);
        const bool had_input = keep_standard_streams();
        const int file = ::open("/dev/null", O_RDONLY);
        char byte = 0;
        const bool as_before = ::read(0, &byte, 1) < 0 && ::write(1, "x", 1) < 0;
        ::_exit(!had_input && file >= 3 && as_before ? 7 : 1);
      },
      testing::ExitedWithCode(7), "");
  EXPECT_TRUE(keep_standard_streams());
}

}  // namespace
}  // namespace sotto::cli
