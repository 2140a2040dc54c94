#include "net/tor_control.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <fcntl.h>
#include <map>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "net/connect.h"
#include "net/event_socket.h"
#include "tor/authentication.h"
#include "transport/errors.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using transport::Errc;

// What an ask() waits for.  Shared with it, so that neither outlives what it needs.
struct Question {
  explicit Question(const asio::any_io_executor& executor)
      : answered(executor, SteadyTime::max()) {}

  void answer(Result<tor::Reply> result) {
    reply = std::move(result);
    answered.cancel();
  }

  asio::steady_timer answered;
  std::optional<Result<tor::Reply>> reply;
};

Async<tor::Reply> wait_for(std::shared_ptr<Question> question) {
  if (!question->reply) {
    co_await question->answered.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (!question->reply) co_return fail(Errc::closed, "The wait for tor's answer was ended.");
  co_return std::move(*question->reply);
}

Error closed_by_us() {
  return {Errc::closed, "The connection to tor was closed on this side."};
}

// The connection itself.  Kept by its Handle and by what runs in it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(asio::any_io_executor executor)
      : executor_(std::move(executor)), timer_(executor_) {}

  Result<void> start(int descriptor);
  Async<tor::Reply> ask(const tor::Command& command, SteadyTime deadline);
  void set_handlers(TorControl::OnEvent on_event, TorControl::OnClosed on_closed);
  void close() noexcept;

 private:
  void on_bytes(ByteView bytes);
  bool take(ByteView line);
  void happened(const tor::Reply& event);
  void watch();
  void fail_with(const Error& why);
  void end(const Error& why);

  asio::any_io_executor executor_;
  tor::Conversation conversation_;
  std::unique_ptr<EventSocket> socket_;  // null: ended
  std::map<tor::Conversation::Ticket, std::shared_ptr<Question>> questions_;
  asio::steady_timer timer_;  // of the command that must be answered first
  std::optional<Error> ended_;
  TorControl::OnEvent on_event_;
  TorControl::OnClosed on_closed_;
};

Result<void> Connection::start(int descriptor) {
  EventSocket::Handlers handlers{[weak = weak_from_this()](ByteView bytes) {
                                   if (const auto self = weak.lock()) self->on_bytes(bytes);
                                 },
                                 [weak = weak_from_this()] {
                                   if (const auto self = weak.lock())
                                     self->fail_with(self->conversation_.on_close());
                                 }};
  auto socket = EventSocket::start(executor_, descriptor, std::move(handlers));
  if (!socket) return pass(socket);
  socket_ = std::move(*socket);
  return {};
}

// The command is on its way when this returns, whether or not anybody waits.
Async<tor::Reply> Connection::ask(const tor::Command& command, SteadyTime deadline) {
  auto question = std::make_shared<Question>(executor_);
  if (ended_) {
    question->answer(std::unexpected(*ended_));
    return wait_for(std::move(question));
  }
  if (log_enabled(LogLevel::debug)) log(LogLevel::debug, "tor is asked: " + command.redacted());
  questions_.emplace(conversation_.sent(command, deadline), question);
  socket_->send(command.line());
  watch();
  return wait_for(std::move(question));
}

void Connection::set_handlers(TorControl::OnEvent on_event, TorControl::OnClosed on_closed) {
  on_event_ = std::move(on_event);
  on_closed_ = std::move(on_closed);
}

// Line by line: what came before something malformed counts.
void Connection::on_bytes(ByteView bytes) {
  const auto self = shared_from_this();
  while (!bytes.empty() && !ended_) {
    const std::size_t end = as_text(bytes).find('\n');
    const ByteView line = bytes.first(end == std::string_view::npos ? bytes.size() : end + 1);
    bytes = bytes.subspan(line.size());
    if (!take(line)) return;
  }
  if (!ended_) watch();
}

bool Connection::take(ByteView line) {
  auto incoming = conversation_.on_bytes(line);
  if (!incoming) {
    fail_with(incoming.error());
    return false;
  }
  for (auto& item : *incoming) {
    if (auto* answer = std::get_if<tor::Conversation::Answer>(&item)) {
      auto asked = questions_.extract(answer->ticket);
      asked.mapped()->answer(std::move(answer->reply));
    } else {
      happened(std::get<tor::Conversation::Happened>(item).event);
    }
  }
  return true;
}

void Connection::happened(const tor::Reply& event) {
  const auto read = tor::read_event(event);
  if (!read) return log(LogLevel::warning, read.error().text());
  // A copy: whoever hears it may close the connection.
  if (const auto on_event = on_event_) on_event(*read);
}

void Connection::watch() {
  const auto deadline = conversation_.next_deadline();
  if (!deadline) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(*deadline);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || !self || self->ended_) return;
    const auto in_time = self->conversation_.on_time(std::chrono::steady_clock::now());
    if (!in_time) return self->fail_with(in_time.error());
    self->watch();
  });
}

// Whoever waits hears it first: what is posted runs in its order.
void Connection::fail_with(const Error& why) {
  if (ended_) return;
  end(why);
  asio::post(executor_, [self = shared_from_this(), why] {
    self->on_event_ = nullptr;
    if (const auto on_closed = std::exchange(self->on_closed_, nullptr)) on_closed(why);
  });
}

void Connection::end(const Error& why) {
  if (ended_) return;
  ended_ = why;
  socket_.reset();
  timer_.cancel();
  for (const auto& [ticket, question] : std::exchange(questions_, {})) {
    question->answer(std::unexpected(why));
  }
}

void Connection::close() noexcept {
  on_event_ = nullptr;
  on_closed_ = nullptr;
  end(closed_by_us());
}

class Handle final : public TorControl {
 public:
  explicit Handle(const asio::any_io_executor& executor)
      : connection_(std::make_shared<Connection>(executor)) {}
  ~Handle() override { connection_->close(); }

  Result<void> start(int descriptor) { return connection_->start(descriptor); }
  Async<void> authenticate(Secret password, Entropy& entropy, SteadyTime deadline);

  void set_handlers(OnEvent on_event, OnClosed on_closed) override {
    connection_->set_handlers(std::move(on_event), std::move(on_closed));
  }
  Async<tor::Reply> ask(tor::Command command, milliseconds limit) override {
    return connection_->ask(command, std::chrono::steady_clock::now() + limit);
  }
  const tor::ProtocolInfo& info() const override { return info_; }
  void close() noexcept override { connection_->close(); }

 private:
  std::shared_ptr<Connection> connection_;
  tor::ProtocolInfo info_;
};

// One byte more than a cookie has shows a file that is none.
std::expected<Secret, std::error_code> read_cookie(const std::string& path) {
  const auto failed = [] {
    return std::unexpected(std::error_code(errno, std::generic_category()));
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return failed();
  Secret buffer(tor::cookie_bytes + 1);
  const MutableBytes room = buffer.mutable_view();
  const ssize_t size = ::read(file, room.data(), room.size());
  const auto error = failed();
  ::close(file);
  if (size < 0) return error;
  return Secret(buffer.view().first(static_cast<std::size_t>(size)));
}

Result<tor::Authentication::Next> take_cookie(tor::Authentication& authentication,
                                              const std::string& path) {
  auto cookie = read_cookie(path);
  if (!cookie) return authentication.cookie_unreadable(cookie.error().message());
  return authentication.cookie(std::move(*cookie));
}

Async<void> Handle::authenticate(Secret password, Entropy& entropy, SteadyTime deadline) {
  tor::Authentication authentication(entropy, std::move(password));
  Result<tor::Authentication::Next> next = authentication.start();
  while (next && !std::holds_alternative<tor::Authentication::Done>(*next)) {
    if (const auto* wanted = std::get_if<tor::Authentication::ReadCookie>(&*next)) {
      next = take_cookie(authentication, std::string(wanted->path));
      continue;
    }
    const auto reply = co_await connection_->ask(std::get<tor::Command>(*next), deadline);
    if (!reply) co_return std::unexpected(reply.error());
    next = authentication.on_reply(*reply);
  }
  if (!next) co_return std::unexpected(next.error());
  info_ = authentication.info();
  co_return Result<void>();
}

}  // namespace

Async<std::shared_ptr<TorControl>> TorControl::open(asio::any_io_executor executor,
                                                    TorEndpoint endpoint, Secret password,
                                                    Entropy& entropy, SteadyTime deadline) {
  auto socket =
      co_await connect_here(executor, std::move(endpoint), "Tor's control port", deadline);
  if (!socket) co_return pass(socket);
  const auto control = std::make_shared<Handle>(executor);
  if (const auto started = control->start(socket->release()); !started) {
    co_return std::unexpected(started.error());
  }
  const auto authenticated =
      co_await control->authenticate(std::move(password), entropy, deadline);
  if (!authenticated) co_return std::unexpected(authenticated.error());
  co_return control;
}

}  // namespace sotto::net
