#include "node/forwarding_stream.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

namespace sotto::node {
namespace {

namespace asio = boost::asio;

// The first `length` bytes of `buffer`, which is left for the next read unless it is given
// away: what waits in the session holds no more memory than about twice what it says.
Bytes take_message(Bytes& buffer, std::size_t length) {
  if (length < buffer.size() / 2) return to_bytes(ByteView(buffer).first(length));
  buffer.resize(length);
  return std::exchange(buffer, {});
}

}  // namespace

ForwardStream::ForwardStream(const asio::any_io_executor& executor, room::Forwards& forwards,
                             std::function<void(room::StreamId)> on_done)
    : forwards_(forwards), on_done_(std::move(on_done)), room_(executor), arrived_(executor) {}

void ForwardStream::start(room::StreamId id, std::unique_ptr<transport::DuplexStream> socket) {
  id_ = id;
  socket_ = std::move(socket);
  const auto executor = room_.executor();
  asio::co_spawn(executor, read(shared_from_this()), asio::detached);
  asio::co_spawn(executor, write(shared_from_this()), asio::detached);
}

void ForwardStream::on_data(Bytes message, std::size_t credit) {
  incoming_.push_back({std::move(message), credit});
  arrived_.wake();
}

void ForwardStream::on_end() {
  end_arrived_ = true;
  arrived_.wake();
}

void ForwardStream::abort() {
  if (std::exchange(over_, true)) return;
  incoming_.clear();
  if (socket_) socket_->reset();
  room_.wake();
  arrived_.wake();
}

void ForwardStream::break_off() {
  const auto on_done = std::move(on_done_);
  abort();
  forwards_.reset(id_);
  on_done(id_);
}

void ForwardStream::finish_if_done() {
  if (over_ || !read_to_end_ || !written_to_end_) return;
  over_ = true;
  socket_->close();
  forwards_.finish(id_);
  const auto on_done = std::move(on_done_);
  on_done(id_);
}

asio::awaitable<void> ForwardStream::read(std::shared_ptr<ForwardStream> self) {
  Bytes buffer;
  while (!self->over_) {
    if (!self->forwards_.has_room(self->id_)) {
      co_await self->room_.wait_until(SteadyTime::max());
      continue;
    }
    buffer.resize(room::forward_message_bytes);
    buffer[0] = wire::forward_data_kind;
    const MutableBytes space = MutableBytes(buffer).subspan(wire::forward_data_header);
    const auto n = co_await self->socket_->read_some(space);
    if (self->over_) co_return;
    if (!n) {
      self->break_off();
      co_return;
    }
    if (*n == 0) {
      self->read_to_end_ = true;
      self->forwards_.end(self->id_);
      self->finish_if_done();
      co_return;
    }
    self->forwards_.write(self->id_, take_message(buffer, wire::forward_data_header + *n));
  }
}

asio::awaitable<void> ForwardStream::write(std::shared_ptr<ForwardStream> self) {
  while (true) {
    while (!self->over_ && self->incoming_.empty() && !self->end_arrived_) {
      co_await self->arrived_.wait_until(SteadyTime::max());
    }
    if (self->over_) co_return;
    if (self->incoming_.empty()) break;
    const Incoming next = std::move(self->incoming_.front());
    self->incoming_.pop_front();
    if (!self->discarding_) {
      const ByteView bytes = ByteView(next.message).subspan(wire::forward_data_header);
      const auto written = co_await self->socket_->write_all(bytes);
      if (self->over_) co_return;
      if (!written && !self->read_to_end_) {
        self->break_off();
        co_return;
      }
      // Whoever has said everything may be gone: what it said still arrives.
      self->discarding_ = !written;
    }
    self->forwards_.written(self->id_, next.credit);
  }
  self->socket_->end_writing();
  self->written_to_end_ = true;
  self->finish_if_done();
}

}  // namespace sotto::node
