// The commands that speak to a peer, each as the program runs it: a loop of its own on a thread
// of its own, signals and standard input of the process.  tests/integration/ does the same with
// the program itself.
#include <csignal>
#include <future>
#include <netinet/in.h>
#include <sys/socket.h>

#include "node/errors.h"
#include "support/silent_port.h"
#include "support/standard_input.h"
#include "unit/node/testing.h"

namespace sotto::node {
namespace {

using std::chrono::steady_clock;

// A command that runs.
struct Running {
  RecordingSink sink;
  std::future<Result<void>> result;

  bool ended() const {
    return result.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
};

// A port that takes connections and says nothing.
class MutePort {
 public:
  MutePort() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no port to be mute on");
    }
    number_ = ntohs(address.sin_port);
  }
  ~MutePort() { ::close(listener_); }
  MutePort(const MutePort&) = delete;
  MutePort& operator=(const MutePort&) = delete;

  std::uint16_t number() const { return number_; }

 private:
  int listener_;
  std::uint16_t number_ = 0;
};

class TalkTest : public NodeTest {
 protected:
  Access access(const std::string& name) {
    return must(Access::open(profile_options(dir_ / name, name)));
  }

  HostOptions host_options(const std::string& file = "") {
    HostOptions options;
    options.room = "kitchen";
    options.bind = "127.0.0.1";
    if (file.empty()) return options;
    options.export_file.emplace();
    options.export_file->room = "kitchen";
    options.export_file->file = dir_ / file;
    options.export_file->uses = 2;
    options.export_file->protection = unsealed();
    return options;
  }
  JoinOptions join_options(const std::string& target) {
    JoinOptions options;
    options.target = target;
    options.keys = no_passphrase();
    return options;
  }
  SendOptions send_options(const std::string& target, const std::string& text) {
    SendOptions options;
    options.target = target;
    options.keys = no_passphrase();
    options.texts = {text};
    return options;
  }

  // `options` must outlive it.
  std::unique_ptr<Running> start_host(Access& access, const HostOptions& options) {
    auto running = std::make_unique<Running>();
    running->result = std::async(std::launch::async, [&, sink = &running->sink] {
      return host(access, options, *sink);
    });
    return running;
  }
  std::unique_ptr<Running> start_join(Access& access, const JoinOptions& options) {
    auto running = std::make_unique<Running>();
    running->result = std::async(std::launch::async, [&, sink = &running->sink] {
      return join(access, options, *sink);
    });
    return running;
  }
  static std::string end_of(Running& running) { return error_of(running.result.get()); }
  // Every command that runs gets it.
  static void signal(const Running& running, int number) {
    ASSERT_FALSE(running.ended()) << "nobody is left to take the signal";
    std::raise(number);
  }

  // A connection file of a room that is said to be at that port.
  std::string file_for_port(std::uint16_t port) {
    auto anna = profile("anna");
    add_room(anna, "kitchen", port);
    return export_to(anna, "kitchen", "file");
  }
};

TEST_F(TalkTest, AFileBringsAMessageToTheHost) {
  auto anna = access("anna");
  const auto options = host_options("file");
  const auto hosting = start_host(anna, options);
  EXPECT_EQ(hosting->sink.wait<ReadyEvent>().invite, (dir_ / "file").string());

  auto bob = access("bob");
  RecordingSink aside;
  const Sent sent = must(send(bob, send_options(dir_ / "file", "hello"), aside));
  EXPECT_EQ(sent.status, "delivered");
  EXPECT_FALSE(sent.error);
  const auto message = hosting->sink.wait<MessageEvent>();
  EXPECT_EQ(message.text, "hello");
  EXPECT_EQ(message.id, sent.id);
  EXPECT_EQ(message.from, must(own_card(bob)).fingerprint);

  EXPECT_EQ(must(send(bob, send_options("kitchen", "by name"), aside)).status, "delivered");
  EXPECT_EQ(hosting->sink.wait<MessageEvent>(2).text, "by name");
  signal(*hosting, SIGTERM);
  EXPECT_EQ(end_of(*hosting), "node.terminated");
  EXPECT_EQ(hosting->sink.wait<ClosedEvent>().reason, "stopped");
}

TEST_F(TalkTest, LinesBecomeMessagesAndTheEndOfInputLeaves) {
  auto anna = access("anna");
  auto hosted = host_options("file");
  hosted.once = true;
  const auto hosting = start_host(anna, hosted);
  hosting->sink.wait<ReadyEvent>();

  Pipe pipe;
  const StandardInput replaced(pipe.reader());
  pipe.write("one\n\nnot \xff text\ntwo");
  pipe.end();
  auto bob = access("bob");
  auto options = join_options(dir_ / "file");
  options.input = InputKind::lines;
  const auto joining = start_join(bob, options);
  // All that could be sent was; what could not shows in how the command ends.
  EXPECT_EQ(end_of(*joining), "message.not_text");
  EXPECT_EQ(joining->sink.all<DeliveredEvent>().size(), 2U);
  EXPECT_EQ(joining->sink.all<ErrorEvent>().size(), 1U);

  EXPECT_EQ(end_of(*hosting), "");
  EXPECT_EQ(hosting->sink.wait<MessageEvent>(1).text, "one");
  EXPECT_EQ(hosting->sink.wait<MessageEvent>(2).text, "two");
  EXPECT_TRUE(hosting->sink.wait<MemberEvent>(1).joined);
  EXPECT_FALSE(hosting->sink.wait<MemberEvent>(2).joined);
}

TEST_F(TalkTest, ASignalEndsAJoinThatWaitsForAnAnswer) {
  const SilentPort silent;
  const std::string file = file_for_port(silent.number());
  auto bob = access("bob");
  const auto options = join_options(file);
  const auto joining = start_join(bob, options);
  joining->sink.wait<ProgressEvent>();
  const auto before = steady_clock::now();
  signal(*joining, SIGINT);
  EXPECT_EQ(end_of(*joining), "node.interrupted");
  EXPECT_LT(steady_clock::now() - before, std::chrono::seconds(2));
}

TEST_F(TalkTest, TheTimeoutCountsForAHostThatSaysNothing) {
  const MutePort mute;
  const std::string file = file_for_port(mute.number());
  auto bob = access("bob");
  const auto before = steady_clock::now();
  auto options = join_options(file);
  options.timeout = milliseconds(200);
  RecordingSink sink;
  const auto late = join(bob, options, sink);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind(), Kind::unreached);

  auto sending = send_options(file, "hello");
  sending.timeout = milliseconds(200);
  const Sent sent = must(send(bob, sending, sink));
  EXPECT_EQ(sent.status, "cancelled");
  ASSERT_TRUE(sent.error);
  EXPECT_EQ(sent.error->kind(), Kind::unreached);
  EXPECT_LT(steady_clock::now() - before, std::chrono::seconds(3));
}

TEST_F(TalkTest, WhatIsOnlyQueuedNeedsNobody) {
  const std::string file = file_for_port(1);
  auto bob = access("bob");
  auto options = send_options(file, "hello");
  options.wait = WaitFor::queued;
  options.id = "order 66";
  RecordingSink sink;
  const Sent sent = must(send(bob, options, sink));
  EXPECT_EQ(sent.status, "queued");
  EXPECT_EQ(must(send(bob, options, sink)).id, sent.id);
  options.texts = {"goodbye"};
  EXPECT_EQ(error_of(send(bob, options, sink)), "message.id_reused");
}

TEST_F(TalkTest, ATextThatIsNoneIsNotSent) {
  auto bob = access("bob");
  RecordingSink sink;
  EXPECT_EQ(error_of(send(bob, send_options("kitchen", "\xff"), sink)), "message.not_text");
  EXPECT_EQ(error_of(send(bob, send_options("kitchen", std::string((1 << 20) + 1, 'x')), sink)),
            "message.too_large");
  EXPECT_EQ(error_of(send(bob, send_options("kitchen", "hello"), sink)), "target.unknown");
}

TEST_F(TalkTest, OtherCommandsWorkThroughTheOwner) {
  auto anna = access("anna");
  const auto options = host_options("file");
  const auto hosting = start_host(anna, options);
  hosting->sink.wait<ReadyEvent>();

  auto second = access("anna");
  ASSERT_NE(second.owner(), nullptr);
  EXPECT_EQ(second.profile(), nullptr);
  EXPECT_EQ(must(own_card(second)).name, "anna");
  auto invitation = *host_options("another file").export_file;
  EXPECT_EQ(must(export_invite(second, invitation)).room, "kitchen");

  // To a room of one's own: committed is delivered.
  RecordingSink aside;
  {
    auto third = access("anna");
    const Sent sent = must(send(third, send_options("kitchen", "hello all"), aside));
    EXPECT_EQ(sent.status, "delivered");
  }
  HistoryOptions all;
  all.who = "kitchen";
  const auto entries = must(history(second, all));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].text, "hello all");

  // A second front end of the same room hears the same.
  const auto plain = host_options();
  const auto watching = start_host(second, plain);
  EXPECT_EQ(watching->sink.wait<ReadyEvent>().room, "kitchen");
  auto bob = access("bob");
  EXPECT_EQ(must(send(bob, send_options(dir_ / "file", "hi"), aside)).status, "delivered");
  EXPECT_EQ(hosting->sink.wait<MessageEvent>().text, "hi");
  EXPECT_EQ(watching->sink.wait<MessageEvent>().text, "hi");
  signal(*watching, SIGTERM);
  EXPECT_EQ(end_of(*watching), "node.terminated");
  EXPECT_EQ(end_of(*hosting), "node.terminated");
}

TEST_F(TalkTest, AnExistingFileStopsAHostBeforeItOpens) {
  auto anna = access("anna");
  std::ofstream(dir_ / "file") << "precious";
  RecordingSink sink;
  EXPECT_EQ(error_of(host(anna, host_options("file"), sink)), "file.exists");
  EXPECT_TRUE(sink.all<ReadyEvent>().empty());
  EXPECT_EQ(content_of(dir_ / "file"), "precious");
}

TEST_F(TalkTest, AHostWhoseFileCannotBeWrittenEnds) {
  auto anna = access("anna");
  RecordingSink sink;
  EXPECT_EQ(error_of(host(anna, host_options("missing/file"), sink)), "file.io");
  EXPECT_TRUE(sink.all<ReadyEvent>().empty());
}

}  // namespace
}  // namespace sotto::node
