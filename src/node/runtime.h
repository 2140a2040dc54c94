// What everything that runs on a profile shares: the loop on which all state lives, and the
// store's thread.
#pragma once
#include <boost/asio/io_context.hpp>

#include "node/profile.h"
#include "node/reader.h"
#include "node/store_thread.h"

namespace sotto::node {

class Runtime {
 public:
  // `profile` must outlive it.
  explicit Runtime(Profile& profile)
      : profile_(profile),
        loop_(1),
        store_(loop_.get_executor(), profile.database()),
        reader_(loop_.get_executor(), profile.database()) {}

  boost::asio::io_context& loop() { return loop_; }
  boost::asio::any_io_executor executor() { return loop_.get_executor(); }
  StoreThread& store() { return store_; }
  Reader& reader() { return reader_; }
  Profile& profile() { return profile_; }

 private:
  Profile& profile_;
  boost::asio::io_context loop_;
  StoreThread store_;
  Reader reader_;
};

}  // namespace sotto::node
