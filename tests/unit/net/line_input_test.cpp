#include "net/line_input.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>
#include <vector>

#include "support/run_real.h"
#include "support/standard_input.h"
#include "support/temp_dir.h"

namespace sotto::net {
namespace {

class LineInputTest : public testing::Test {
 protected:
  static constexpr std::size_t limit = 8;

  void start() {
    input_ = std::make_unique<LineInput>(io_.get_executor(), limit,
                                         [this](std::optional<std::string> line) {
                                           if (line) {
                                             lines_.push_back(std::move(*line));
                                             if (takes_) input_->taken();
                                           } else {
                                             ++ends_;
                                           }
                                         });
  }

  // Runs until `count` lines have come in all.
  void wait_for(std::size_t count) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (lines_.size() < count && io_.run_one_until(until) > 0) {
    }
    ASSERT_GE(lines_.size(), count);
  }
  void wait_for_end() {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (ends_ == 0 && io_.run_one_until(until) > 0) {
    }
    ASSERT_EQ(ends_, 1);
  }
  // Everything that comes of `text` and the end.
  std::vector<std::string> read_all(const std::string& text) {
    lines_.clear();
    ends_ = 0;
    Pipe pipe;
    const StandardInput replaced(pipe.reader());
    pipe.write(text);
    pipe.end();
    start();
    wait_for_end();
    input_.reset();
    return lines_;
  }

  using Lines = std::vector<std::string>;

  boost::asio::io_context io_;
  // The loop of a program does not end because nothing happens.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  std::unique_ptr<LineInput> input_;
  Lines lines_;
  int ends_ = 0;
  bool takes_ = true;  // each line at once
};

TEST_F(LineInputTest, LinesComeWithoutTheirEnds) {
  EXPECT_EQ(read_all("one\ntwo\n\nthree\n"), (Lines{"one", "two", "", "three"}));
}

TEST_F(LineInputTest, TheLastLineNeedsNoEnd) {
  EXPECT_EQ(read_all("one\ntwo"), (Lines{"one", "two"}));
}

TEST_F(LineInputTest, NothingIsNoLine) {
  EXPECT_EQ(read_all(""), Lines{});
}

TEST_F(LineInputTest, LinesOfOtherSystemsLoseTheirReturn) {
  EXPECT_EQ(read_all("one\r\n\r\nt\rwo\r\n\r\r\n"), (Lines{"one", "", "t\rwo", "\r"}));
}

TEST_F(LineInputTest, BytesAreNotJudged) {
  EXPECT_EQ(read_all(std::string("\xff\x00z\n", 4)), (Lines{std::string("\xff\x00z", 3)}));
}

TEST_F(LineInputTest, ALineUpToTheLimitIsWhole) {
  EXPECT_EQ(read_all("12345678\n12345678\r\n12345678"),
            (Lines{"12345678", "12345678", "12345678"}));
}

// One byte too long is what tells it from a line that was not cut.
TEST_F(LineInputTest, ALongerLineIsCutBehindTheLimit) {
  const Lines cut{"123456789", "next"};
  EXPECT_EQ(read_all("123456789\nnext"), cut);
  EXPECT_EQ(read_all("123456789\r\nnext"), cut);
  EXPECT_EQ(read_all("1234567890123\nnext"), cut);
  EXPECT_EQ(read_all("123456789" + std::string(50'000, 'x') + "\nnext"), cut);
}

TEST_F(LineInputTest, AReturnInALongLineDoesNotMakeItShort) {
  for (const std::string line : {"12345678\rx", "12345678\r\rx\r", "12345678\r\r"}) {
    const Lines lines = read_all(line + "\n");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].size(), limit + 1);
  }
}

TEST_F(LineInputTest, ALineMayComeInPieces) {
  Pipe pipe;
  const StandardInput replaced(pipe.reader());
  start();
  pipe.write("o");
  pipe.write("ne\nt");
  wait_for(1);
  EXPECT_EQ(lines_, Lines{"one"});
  pipe.write("wo\n");
  wait_for(2);
  EXPECT_EQ(lines_, (Lines{"one", "two"}));
  EXPECT_EQ(ends_, 0);
  pipe.end();
  wait_for_end();
}

TEST_F(LineInputTest, ManyLinesKeepTheirOrder) {
  Pipe pipe;
  const StandardInput replaced(pipe.reader());
  start();
  Lines expected;
  for (int block = 0; block < 100; ++block) {
    std::string text;
    for (int i = 0; i < 100; ++i) {
      expected.push_back(std::to_string(block * 100 + i));
      text += expected.back() + "\n";
    }
    pipe.write(text);
    wait_for(expected.size() / 2);
  }
  pipe.end();
  wait_for_end();
  EXPECT_EQ(lines_, expected);
}

TEST_F(LineInputTest, NoMoreIsHandedOutThanCanBeHandled) {
  Pipe pipe;
  const StandardInput replaced(pipe.reader());
  std::string text;
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + "\n";
  pipe.write(text);
  pipe.end();
  takes_ = false;
  start();
  wait_for(64);
  io_.run_for(std::chrono::milliseconds(20));
  EXPECT_EQ(lines_.size(), 64U);
  input_->taken();
  wait_for(65);
  takes_ = true;
  for (int i = 0; i < 64; ++i) input_->taken();
  wait_for_end();
  EXPECT_EQ(lines_.size(), 100U);
}

TEST_F(LineInputTest, AFileIsReadToItsEnd) {
  const TempDir dir;
  std::ofstream(dir / "lines") << "one\ntwo\n";
  const int file = ::open((dir / "lines").c_str(), O_RDONLY | O_CLOEXEC);
  const StandardInput replaced(file);
  ::close(file);
  start();
  wait_for_end();
  EXPECT_EQ(lines_, (Lines{"one", "two"}));
}

TEST_F(LineInputTest, AnInputThatCannotBeReadIsAtItsEnd) {
  const int folder = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const StandardInput replaced(folder);
  ::close(folder);
  start();
  wait_for_end();
  EXPECT_EQ(lines_, Lines{});
}

TEST_F(LineInputTest, DestructionDoesNotWaitForALine) {
  Pipe pipe;
  const StandardInput replaced(pipe.reader());
  start();
  pipe.write("one\nunfinis");
  wait_for(1);
  input_.reset();
  pipe.write("hed\ntwo\n");
  io_.poll();
  EXPECT_EQ(lines_, Lines{"one"});
  EXPECT_EQ(ends_, 0);
}

TEST_F(LineInputTest, NoCallComesAfterDestruction) {
  Pipe pipe;
  const StandardInput replaced(pipe.reader());
  // More than is read ahead: the thread waits for the loop to take some.
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "line\n";
  pipe.write(text);
  pipe.end();
  start();
  wait_for(1);
  const std::size_t before = lines_.size();
  input_.reset();
  io_.poll();
  EXPECT_EQ(lines_.size(), before);
  EXPECT_EQ(ends_, 0);
}

TEST_F(LineInputTest, ItMayBeDestroyedByTheLineItBrings) {
  Pipe pipe;
  const StandardInput replaced(pipe.reader());
  pipe.write("one\ntwo\n");
  input_ = std::make_unique<LineInput>(io_.get_executor(), limit,
                                       [this](std::optional<std::string> line) {
                                         lines_.push_back(line.value_or("(end)"));
                                         input_.reset();
                                       });
  wait_for(1);
  io_.poll();
  EXPECT_EQ(lines_, Lines{"one"});
}

}  // namespace
}  // namespace sotto::net
