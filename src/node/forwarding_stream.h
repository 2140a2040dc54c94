// Carries one forwarded stream between its socket and its session: two directions, each of
// which waits for the slower of the two.
//
//   socket -> read() -> session      not read while forward_queue_limit waits in the session
//   session -> on_data() -> write() -> socket      credit is given back once it was written
#pragma once
#include <deque>
#include <functional>
#include <memory>

#include "net/asio_timer.h"
#include "room/forward.h"
#include "transport/duplex_stream.h"

namespace sotto::node {

// Its coroutines keep it alive until they have ended.
class ForwardStream final : public std::enable_shared_from_this<ForwardStream> {
 public:
  // `forwards` must live until abort(), or until `on_done` is called: the stream is over.
  ForwardStream(const boost::asio::any_io_executor& executor, room::Forwards& forwards,
                std::function<void(room::StreamId)> on_done);

  // Once; data may have come before.
  void start(room::StreamId id, std::unique_ptr<transport::DuplexStream> socket);

  void on_data(Bytes message, std::size_t credit);
  void on_end();
  void on_room() { room_.wake(); }

  // Ends it at once; whoever is at the other end of the socket sees a reset.  on_done is not
  // called.
  void abort();

 private:
  struct Incoming {
    Bytes message;
    std::size_t credit;
  };

  static boost::asio::awaitable<void> read(std::shared_ptr<ForwardStream> self);
  static boost::asio::awaitable<void> write(std::shared_ptr<ForwardStream> self);
  void break_off();
  void finish_if_done();

  room::Forwards& forwards_;
  std::function<void(room::StreamId)> on_done_;
  net::AsioTimer room_;     // woken: the session may have room
  net::AsioTimer arrived_;  // woken: there may be something to write
  room::StreamId id_ = 0;
  std::unique_ptr<transport::DuplexStream> socket_;
  std::deque<Incoming> incoming_;
  bool end_arrived_ = false;
  bool read_to_end_ = false;
  bool written_to_end_ = false;
  bool discarding_ = false;  // the socket takes no more, but has had its say
  bool over_ = false;
};

}  // namespace sotto::node
