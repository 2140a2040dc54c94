#include "cli/output.h"

#include <array>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <iterator>
#include <unistd.h>

namespace sotto::cli {
namespace {

struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  }
  ~Pipe() {
    close_reader();
    ::close(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int writer() const { return ends[1]; }
  void close_reader() {
    if (ends[0] >= 0) ::close(ends[0]);
    ends[0] = -1;
  }
  std::string read(std::size_t length) const {
    std::string text(length, '\0');
    std::size_t have = 0;
    while (have < length) {
      const ssize_t n = ::read(ends[0], text.data() + have, length - have);
      if (n <= 0) throw std::runtime_error("the pipe has ended");
      have += static_cast<std::size_t>(n);
    }
    return text;
  }

  std::array<int, 2> ends{};
};

constexpr milliseconds patience{10'000};

TEST(Output, WritesInOrderAndSaysSo) {
  Pipe pipe;
  Output output;
  std::string said;
  for (const char* word : {"one ", "two ", "three"}) {
    EXPECT_TRUE(output.write(pipe.writer(), word, [&said, word] { said += word; }));
  }
  EXPECT_TRUE(output.flush(patience));
  EXPECT_EQ(said, "one two three");
  EXPECT_EQ(pipe.read(13), "one two three");
}

TEST(Output, WhoDoesNotReadStopsNobody) {
  Pipe pipe;
  Output output(std::size_t{1} << 20);
  const std::string line(100'000, 'x');  // more than a pipe holds
  std::atomic<int> written = 0;
  int taken = 0;
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    if (output.write(pipe.writer(), line, [&] { ++written; })) ++taken;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(1));
  EXPECT_EQ(taken, 10);  // what the limit holds
  EXPECT_FALSE(output.flush(milliseconds(50)));
  EXPECT_EQ(written, 0);
  EXPECT_FALSE(output.write(pipe.writer(), "late"));
}

TEST(Output, AReaderThatComesBackGetsEverything) {
  Pipe pipe;
  Output output;
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    const std::string line = std::to_string(i) + std::string(10'000, 'y') + "\n";
    expected += line;
    EXPECT_TRUE(output.write(pipe.writer(), line));
  }
  EXPECT_EQ(pipe.read(expected.size()), expected);
  EXPECT_TRUE(output.flush(patience));
}

TEST(Output, AClosedPipeIsKnownFromThenOn) {
  ::signal(SIGPIPE, SIG_IGN);  // as the program does
  Pipe pipe;
  pipe.close_reader();
  Output output;
  bool written = false;
  output.write(pipe.writer(), "nobody hears this", [&] { written = true; });
  EXPECT_FALSE(output.flush(patience));
  EXPECT_FALSE(written);
  EXPECT_FALSE(output.write(pipe.writer(), "nor this"));
}

TEST(Output, EndsWhileAWriteIsStuck) {
  Pipe pipe;
  const auto before = std::chrono::steady_clock::now();
  {
    Output output;
    output.write(pipe.writer(), std::string(1'000'000, 'x'));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(5));
}

std::ptrdiff_t threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                       std::filesystem::directory_iterator());
}

TEST(Output, APauseWritesAllAndLeavesNoThread) {
  Pipe pipe;
  Output output;
  const std::ptrdiff_t before = threads();
  output.pause();  // of one that has not begun
  for (const char* word : {"one ", "two "}) output.write(pipe.writer(), word);
  output.pause();
  EXPECT_EQ(threads(), before);
  EXPECT_EQ(pipe.read(8), "one two ");
  EXPECT_TRUE(output.write(pipe.writer(), "three"));
  EXPECT_TRUE(output.flush(patience));
  EXPECT_EQ(pipe.read(5), "three");
}

TEST(Output, TakesOneLineOfAnyLength) {
  Pipe pipe;
  Output output(10);
  EXPECT_TRUE(output.write(pipe.writer(), "longer than the limit"));
  EXPECT_EQ(pipe.read(21), "longer than the limit");
}

}  // namespace
}  // namespace sotto::cli
