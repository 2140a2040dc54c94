#include "net/event_socket.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <pthread.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "transport/errors.h"

namespace sotto::net {
namespace {

constexpr std::size_t read_ahead = std::size_t{256} << 10;  // bytes

struct FreeBase {
  void operator()(event_base* base) const { ::event_base_free(base); }
};

}  // namespace

// Shared with what was posted and has not run: it outlives the EventSocket by that.
struct EventSocket::Loop : std::enable_shared_from_this<EventSocket::Loop> {
  Loop(const boost::asio::any_io_executor& executor, Handlers handlers_in)
      : work(executor), handlers(std::move(handlers_in)) {}
  ~Loop() { free(); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  bool open(int descriptor);
  void run();
  void stop();
  void free();
  void deliver(Bytes bytes);

  static void on_readable(bufferevent* stream, void* self);
  static void on_event(bufferevent* stream, short what, void* self);

  // As with a read that is under way: the executor has something to wait for.
  boost::asio::executor_work_guard<boost::asio::any_io_executor> work;
  // --- of the executor
  Handlers handlers;
  bool stopped = false;
  // --- of both, behind libevent's locks
  std::unique_ptr<event_base, FreeBase> base;
  bufferevent* stream = nullptr;
  std::size_t undelivered = 0;  // bytes; behind the stream's lock
  std::thread thread;
};

// Takes `descriptor` when it is true.
bool EventSocket::Loop::open(int descriptor) {
  static const bool has_threads = ::evthread_use_pthreads() == 0;
  if (!has_threads || ::evutil_make_socket_nonblocking(descriptor) != 0) return false;
  base.reset(::event_base_new());
  if (!base) return false;
  stream = ::bufferevent_socket_new(base.get(), descriptor,
                                    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE);
  if (stream == nullptr) return false;
  ::bufferevent_setcb(stream, on_readable, nullptr, on_event, this);
  ::bufferevent_enable(stream, EV_READ | EV_WRITE);
  return true;
}

// On the thread.  Signals are for the others; a write to who has gone is no reason to end.
void EventSocket::Loop::run() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  ::event_base_loop(base.get(), EVLOOP_NO_EXIT_ON_EMPTY);
}

void EventSocket::Loop::stop() {
  stopped = true;
  // Also when the loop has not begun: unlike loopbreak it is an event that waits for it.
  ::event_base_loopexit(base.get(), nullptr);
  thread.join();
  free();
  work.reset();
  handlers = {};
}

void EventSocket::Loop::free() {
  if (stream != nullptr) ::bufferevent_free(std::exchange(stream, nullptr));
  base.reset();
}

void EventSocket::Loop::on_readable(bufferevent* stream, void* self) {
  auto& loop = *static_cast<Loop*>(self);
  evbuffer* input = ::bufferevent_get_input(stream);
  Bytes bytes(::evbuffer_get_length(input));
  ::evbuffer_remove(input, bytes.data(), bytes.size());
  loop.undelivered += bytes.size();
  if (loop.undelivered >= read_ahead) ::bufferevent_disable(stream, EV_READ);
  boost::asio::post(loop.work.get_executor(),
                    [kept = loop.shared_from_this(), bytes = std::move(bytes)]() mutable {
                      kept->deliver(std::move(bytes));
                    });
}

void EventSocket::Loop::deliver(Bytes bytes) {
  if (stopped) return wipe(bytes);
  const auto on_bytes = handlers.on_bytes;  // a copy: it may destroy the EventSocket
  on_bytes(bytes);
  wipe(bytes);
  if (stopped) return;
  ::bufferevent_lock(stream);
  undelivered -= bytes.size();
  if (undelivered < read_ahead) ::bufferevent_enable(stream, EV_READ);
  ::bufferevent_unlock(stream);
}

// A failed write alone says nothing: what the other side said before it went is still to be
// read, and so is its end.
void EventSocket::Loop::on_event(bufferevent* stream, short what, void* self) {
  if ((what & BEV_EVENT_READING) == 0) return;
  auto& loop = *static_cast<Loop*>(self);
  ::bufferevent_disable(stream, EV_READ | EV_WRITE);
  boost::asio::post(loop.work.get_executor(), [kept = loop.shared_from_this()] {
    if (kept->stopped) return;
    const auto on_end = kept->handlers.on_end;
    on_end();
  });
}

Result<std::unique_ptr<EventSocket>> EventSocket::start(
    const boost::asio::any_io_executor& executor, int descriptor, Handlers handlers) {
  auto loop = std::make_shared<Loop>(executor, std::move(handlers));
  if (!loop->open(descriptor)) {
    ::close(descriptor);
    return fail(transport::Errc::closed,
                "There is no memory or descriptor left to talk to tor by. End something else.");
  }
  loop->thread = std::thread([kept = loop.get()] { kept->run(); });
  return std::unique_ptr<EventSocket>(new EventSocket(std::move(loop)));
}

EventSocket::EventSocket(std::shared_ptr<Loop> loop) : loop_(std::move(loop)) {}

EventSocket::~EventSocket() {
  loop_->stop();
}

void EventSocket::send(Secret bytes) {
  auto kept = std::make_unique<Secret>(std::move(bytes));
  const auto forget = [](const void*, std::size_t, void* secret) {
    delete static_cast<Secret*>(secret);
  };
  evbuffer* output = ::bufferevent_get_output(loop_->stream);
  if (::evbuffer_add_reference(output, kept->view().data(), kept->size(), forget, kept.get()) ==
      0) {
    [[maybe_unused]] const auto* its = kept.release();
  }
}

}  // namespace sotto::net
