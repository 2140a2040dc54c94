// OnionHost on a TorKeeper's tor: what keeps one service published.
//
// One coroutine does all there is to do, one thing at a time, and looks at the state anew after
// each; whatever changes the state wakes it.
#pragma once
#include <memory>
#include <optional>

#include "net/asio_timer.h"
#include "node/change.h"
#include "node/onion_host.h"
#include "node/tor_keeper.h"
#include "tor/event.h"

namespace sotto::node {

class OnionKeeper final : public OnionHost, public std::enable_shared_from_this<OnionKeeper> {
 public:
  OnionKeeper(std::shared_ptr<TorKeeper> tor, Parameters parameters);

  // Begins; once.
  void start();

  Async<void> reachable(SteadyTime deadline) override;
  Async<void> set_clients(std::vector<crypto::X25519PublicKey> clients) override;
  OnionStatus status() const override;
  Async<void> close() override;

  // From the keeper of tor.
  const tor::OnionAddress& address() const { return address_; }
  void on_descriptor(const tor::DescriptorEvent& event);
  void wake();  // tor is there, or is not any more
  void probe_soon();
  void abandon() noexcept;  // tor has gone for good, and the service with it

 private:
  static boost::asio::awaitable<void> run(std::shared_ptr<OnionKeeper> self);
  boost::asio::awaitable<void> step();
  boost::asio::awaitable<void> publish(std::shared_ptr<TorSession> session);
  boost::asio::awaitable<void> take_down();
  tor::OnionService describe() const;
  void unpublish();
  bool is_published() const;

  // onion_probe.cpp
  boost::asio::awaitable<void> probe();
  Async<void> connect_to_itself(std::shared_ptr<TorSession> session);
  boost::asio::awaitable<void> renew_descriptor(std::shared_ptr<TorSession> session,
                                                SteadyTime deadline);
  boost::asio::awaitable<void> until_interrupted();
  void note_answer();
  void note_silence(const Error& why);
  milliseconds pause_after_silence() const;
  bool needs_renewal() const;
  milliseconds jittered(milliseconds duration) const;
  void tell();

  std::shared_ptr<TorKeeper> tor_;
  Parameters parameters_;
  tor::OnionAddress address_;
  crypto::X25519KeyPair probe_key_;  // lets us read our own descriptor
  net::AsioTimer timer_;             // of run()
  Change changed_;                   // of anything below
  bool closing_ = false;
  bool ended_ = false;  // run() has

  // Tor has the service as it was at version published_: one behind version_ is to be renewed.
  std::shared_ptr<TorSession> session_;
  int version_ = 1;
  int published_ = 0;
  SteadyTime published_at_{};
  milliseconds publish_pause_;
  std::optional<Error> not_added_;

  OnionStatus status_;
  std::string directory_;        // one that has the descriptor, as tor names it
  bool fetch_first_ = false;     // what tor has cached of us is of before
  std::optional<bool> fetched_;  // what became of that
  SteadyTime next_probe_{};
  bool answered_ = false;  // since it was last published
  int silences_ = 0;       // probes in a row that nobody has answered
  int renewals_ = 0;       // since somebody has answered
};

}  // namespace sotto::node
