#include "node/exec_sink.h"

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <unistd.h>

#include "support/run_real.h"
#include "support/temp_dir.h"

namespace sotto::node {
namespace {

// What reaches the person's script.
class Record final : public EventSink {
 public:
  bool on_event(const Event& event, WallTime) override {
    if (const auto* message = std::get_if<MessageEvent>(&event)) texts.push_back(message->text);
    if (const auto* error = std::get_if<ErrorEvent>(&event)) errors.push_back(*error);
    if (const auto* notice = std::get_if<NoticeEvent>(&event)) notices.push_back(notice->code);
    return true;
  }
  void flush() override { ++flushed; }

  std::vector<std::string> texts;
  std::vector<ErrorEvent> errors;
  std::vector<std::string> notices;
  int flushed = 0;
};

class ExecSinkTest : public testing::Test {
 protected:
  ExecSinkTest() { std::signal(SIGPIPE, SIG_IGN); }  // as the program does

  std::string file(const char* name) const { return (dir_.path() / name).string(); }
  std::string content(const char* name) const {
    std::ifstream in(file(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }

  void open(const std::string& command) { sink_.emplace(io_.get_executor(), record_, command); }
  void give(const std::string& text, const std::string& room = "lobby") {
    MessageEvent message;
    message.id = "id-" + text.substr(0, 8);
    message.text = text;
    message.room = room;
    sink_->on_message(message, {}, [this, text] { shown_.push_back(text); });
  }
  template <class Done>
  void until(Done done) {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (!done() && io_.run_one_until(limit) > 0) {
    }
    ASSERT_TRUE(done()) << "it did not happen";
  }

  TempDir dir_;
  boost::asio::io_context io_;
  Record record_;
  std::vector<std::string> shown_;
  std::optional<ExecSink> sink_;
};

TEST_F(ExecSinkTest, AMessageIsShownOnceItsCommandHasSucceeded) {
  open("cat >> " + file("log") + "; echo \" $SOTTO_ROOM\" >> " + file("log"));
  give("one");
  give("two");
  EXPECT_EQ(record_.texts, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(shown_.empty());
  until([&] { return shown_.size() == 2; });
  EXPECT_EQ(shown_, record_.texts);
  EXPECT_EQ(content("log"), "one lobby\ntwo lobby\n");
}

TEST_F(ExecSinkTest, AFailureIsToldAndTheNextGoesOn) {
  open("test \"$(cat)\" != bad || exit 5");
  give("bad");
  give("good");
  until([&] { return !shown_.empty(); });
  EXPECT_EQ(shown_, std::vector<std::string>{"good"});
  ASSERT_EQ(record_.errors.size(), 1U);
  EXPECT_EQ(record_.errors[0].code, "exec.failed");
  EXPECT_NE(record_.errors[0].text.find("id-bad"), std::string::npos);
  EXPECT_NE(record_.errors[0].text.find("ended with 5."), std::string::npos);
}

TEST_F(ExecSinkTest, ARoomThatHangsHoldsUpNoOther) {
  open("test $SOTTO_ROOM != stuck || exec sleep 1000");
  give("one", "stuck");
  give("two", "stuck");
  give("three", "free");
  until([&] { return !shown_.empty(); });
  EXPECT_EQ(shown_, std::vector<std::string>{"three"});
  sink_->flush();
  EXPECT_EQ(shown_, std::vector<std::string>{"three"}) << "what was cut short is not shown";
  EXPECT_EQ(record_.flushed, 1);
}

TEST_F(ExecSinkTest, AFewRunAtOnce) {
  open("echo x >> " + file("log") + "; exec sleep 1000");
  for (std::size_t n = 0; n < 3 * ExecSink::at_once; ++n) give("hello", std::to_string(n));
  const auto limit = std::chrono::steady_clock::now() + patience;
  const auto started = [&] { return content("log").size() / 2; };
  while (started() < ExecSink::at_once && std::chrono::steady_clock::now() < limit) {
    io_.run_for(std::chrono::milliseconds(5));
  }
  io_.run_for(std::chrono::milliseconds(50));
  EXPECT_EQ(started(), ExecSink::at_once);
  sink_->flush();
}

TEST_F(ExecSinkTest, WhatWaitsIsBounded) {
  open("exec sleep 1000");
  const std::string text(1 << 20, 'x');
  for (int n = 0; n < 20; ++n) give(text);
  EXPECT_EQ(record_.notices, std::vector<std::string>{"exec.slow"}) << "said once";
  EXPECT_EQ(record_.texts.size(), 20U);
  sink_->flush();
  EXPECT_TRUE(shown_.empty());
}

}  // namespace
}  // namespace sotto::node
