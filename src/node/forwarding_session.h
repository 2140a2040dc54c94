// The forwarded streams of one session, with their sockets: what host and member have in
// common.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "node/forwarding_stream.h"

namespace sotto::node {

class ForwardSession : public room::ChannelUser, protected room::ForwardListener {
 public:
  // `session` must outlive it.  With it end its streams.
  ForwardSession(boost::asio::any_io_executor executor, session::Session& session,
                 room::Forwards::Parameters parameters);
  ~ForwardSession() override;
  ForwardSession(const ForwardSession&) = delete;
  ForwardSession& operator=(const ForwardSession&) = delete;

  void on_event(session::SessionEvent event) override { forwards_.on_event(std::move(event)); }

  // Resets the streams of one service, or all.
  void reset_streams_of(const std::string& service);
  void reset_streams();

 protected:
  struct Entry {
    std::string service;
    std::shared_ptr<ForwardStream> stream;
  };

  const boost::asio::any_io_executor& executor() const { return executor_; }
  room::Forwards& forwards() { return forwards_; }
  // Its start() follows once there is a socket.
  std::shared_ptr<ForwardStream> add(room::StreamId id, const std::string& service);
  std::shared_ptr<ForwardStream> find(room::StreamId id) const;  // null when it is gone
  std::size_t size() const { return entries_.size(); }
  // Ends the stream with a reset at its socket; the service it was for.
  std::string drop(room::StreamId id);

  void on_data(room::StreamId id, Bytes message, std::size_t credit) override;
  void on_end(room::StreamId id) override;
  void on_room(room::StreamId id) override;
  void on_refused(room::StreamId id, wire::ForwardRefusal reason) override;
  void on_reset(room::StreamId id) override { drop(id); }

 private:
  template <class Which>
  void reset_if(Which which);

  boost::asio::any_io_executor executor_;
  room::Forwards forwards_;
  std::map<room::StreamId, Entry> entries_;
};

}  // namespace sotto::node
