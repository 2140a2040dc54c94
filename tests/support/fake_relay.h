// A relay in memory that does what the test says, however wrong.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/relay_connection.h"
#include "support/message_pair.h"
#include "support/seeded_entropy.h"
#include "wire/relay_message.h"

namespace sotto {

class FakeRelay {
 public:
  // One connection to it.  It lives as long as the relay.
  struct Caller {
    std::unique_ptr<transport::MessageStream> stream;
    wire::RelayBinding binding;
    bool listens = false;

    void say(wire::RelayMessage message) { say_bytes(wire::encode(message)); }
    void say_bytes(Bytes bytes) {
      boost::asio::co_spawn(executor, write(*stream, std::move(bytes)), boost::asio::detached);
    }
    void answer(const wire::RelayRequest& request, node::RelayAnswer kind) {
      say(wire::RelayReply{request.number, std::move(kind)});
    }
    static Async<void> write(transport::MessageStream& stream, Bytes bytes) {
      co_return co_await stream.write_message(bytes);
    }
    boost::asio::any_io_executor executor;
  };
  using OnRequest = std::function<void(Caller&, const wire::RelayRequest&)>;

  // By default it does whatever is asked for, and checks the signatures.
  explicit FakeRelay(boost::asio::io_context& io)
      : io_(io), on_request([](Caller& caller, const wire::RelayRequest& request) {
          if (!wire::verify(request, caller.binding)) {
            caller.answer(request, wire::RelayRefused{wire::RelayRefusal::signature});
          } else {
            caller.answer(request, wire::RelayDone{});
          }
        }) {}

  node::RelayPlace place(std::string token = {}, node::RelayTiming timing = {}) {
    auto dial = [this](SteadyTime) { return connect(); };
    return {"relay.test:443", std::move(token), std::move(dial), timing};
  }

  // As net/ would connect.  What a caller sends after a splice stays in its stream.
  Async<node::RelayChannel> connect() {
    ++dialed;
    if (unreachable) co_return std::unexpected(*unreachable);
    auto [ours, theirs] = message_pair(io_.get_executor());
    auto caller = std::make_shared<Caller>();
    caller->stream = std::move(ours);
    caller->executor = io_.get_executor();
    caller->binding.spki = entropy_.bytes<32>();
    caller->binding.exporter = entropy_.bytes<32>();
    caller->binding.nonce = wire::RelayNonce::random(entropy_);
    callers.push_back(caller);
    node::RelayChannel channel{std::move(theirs), caller->binding.spki,
                               caller->binding.exporter};
    if (greets) caller->say(wire::RelayHello{caller->binding.nonce, token_wanted});
    boost::asio::co_spawn(io_, serve(caller), boost::asio::detached);
    co_return channel;
  }

  std::vector<std::shared_ptr<Caller>> callers;
  std::optional<Error> unreachable;
  bool greets = true;
  bool token_wanted = false;
  int dialed = 0;
  std::vector<wire::RelayRequest> heard;

 private:
  Async<void> serve(std::shared_ptr<Caller> caller) {
    while (true) {
      const auto bytes = co_await caller->stream->read_message();
      if (!bytes) co_return Result<void>();
      const auto request = wire::decode_relay_request(*bytes);
      if (!request) co_return std::unexpected(request.error());
      heard.push_back(*request);
      on_request(*caller, *request);
      const bool splices = std::holds_alternative<wire::RelayOpen>(request->action) ||
                           std::holds_alternative<wire::RelayTake>(request->action);
      if (splices) co_return Result<void>();
    }
  }

  boost::asio::io_context& io_;
  SeededEntropy entropy_{7};

 public:
  OnRequest on_request;
};

}  // namespace sotto
