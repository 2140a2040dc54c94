// One tor for as long as one control connection to it lives, and what is known of it: once lost
// it is never used again, and whatever it had (services, keys) must be given to the next one.
//
// For TorKeeper and those whom it serves.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "net/tor_control.h"
#include "node/own_tor.h"
#include "tor/onion_command.h"
#include "tor/socks.h"
#include "transport/byte_stream.h"

namespace sotto::node {

class TorSession : public std::enable_shared_from_this<TorSession> {
 public:
  enum class Whose {
    own,     // started by us, ends with us
    system,  // found where a distribution has it
    given,   // named by the person
  };
  using OnEvent = std::function<void(const tor::Event&)>;
  using OnLost = std::function<void(const Error&)>;

  // Takes over a connection that nothing was asked on yet.  `limit`: for the answer to any
  // command.
  static std::shared_ptr<TorSession> over(boost::asio::any_io_executor executor,
                                          std::shared_ptr<net::TorControl> control,
                                          net::TorEndpoint at, Whose whose, milliseconds limit);
  ~TorSession();

  // Both may be called until forget_handlers().  `on_lost` is called once, at once when it is
  // lost already.
  void set_handlers(OnEvent on_event, OnLost on_lost);
  void forget_handlers();

  // Ends it as if tor had: what is under way gets `why`.
  void lose(const Error& why);
  const std::optional<Error>& lost() const { return lost_; }

  Whose whose() const { return whose_; }
  const net::TorEndpoint& at() const { return at_; }
  const tor::ProtocolInfo& info() const { return control_->info(); }

  net::TorEndpoint socks;         // set before the first connect()
  bool same_user = false;         // it runs as this user, on this machine
  bool has_proof_of_work = true;  // until it says otherwise

  // Our own tor: the session is lost when it ends, and it ends with the session.
  void keep(std::unique_ptr<OwnTor> own);
  // Asks tor to end once it has sent what it was given, and makes it at `deadline`; of one that
  // is not ours, takes our keys back.
  Async<void> stop(milliseconds drain, SteadyTime deadline);

  // tor's reply, whatever its status; errors of TorControl::ask.
  Async<tor::Reply> ask(tor::Command command);

  // Adds `service`, in the place of one with that key when this session has it: its established
  // circuits stay, and no connection finds it missing (docs/decisions/031).  Without the
  // proof-of-work defence where tor has none; whether it has is the value.  Errors of
  // tor::read_add_onion.
  Async<bool> put(tor::OnionService service);
  // Its established circuits stay.  Nothing to do when there is none.
  Async<void> remove(tor::OnionAddress address);

  // Has tor read that service's descriptor with `key`; asks tor once only.  Whether it was
  // asked.
  Async<bool> authorize(tor::OnionAddress address, crypto::X25519SecretKey key);
  // The next authorize() asks again: another program may have replaced the key.
  void distrust(const tor::OnionAddress& address);
  // Wakes a tor that has gone to sleep because nobody used it.
  Async<void> wake();

  // Has the descriptor of a service to which it has connected before fetched anew, without
  // waiting for it.  Tor takes it up while it still knocks where the service was before; else
  // it would ask only once it has knocked everywhere.
  Async<void> refresh(tor::OnionAddress address);

  // One attempt through its SOCKS port.  Errors of net::dial_onion.
  Async<std::unique_ptr<transport::ByteStream>> connect(tor::OnionAddress address,
                                                        std::uint16_t port,
                                                        tor::Isolation isolation,
                                                        SteadyTime deadline);

 private:
  TorSession(boost::asio::any_io_executor executor, std::shared_ptr<net::TorControl> control,
             net::TorEndpoint at, Whose whose, milliseconds limit);
  Async<void> take_back_keys();
  Async<tor::Reply> ask_to_replace(tor::OnionAddress address, tor::Command add);

  boost::asio::any_io_executor executor_;
  std::shared_ptr<net::TorControl> control_;
  net::TorEndpoint at_;
  Whose whose_;
  milliseconds limit_;
  OnEvent on_event_;
  OnLost on_lost_;
  std::optional<Error> lost_;
  std::unique_ptr<OwnTor> own_;
  bool used_ = false;                                    // something may be on its way
  std::set<std::string> services_;                       // by id
  std::set<std::string> known_;                          // connected to before, by id
  std::map<std::string, crypto::X25519SecretKey> keys_;  // given to tor, by id of the service
};

}  // namespace sotto::node
