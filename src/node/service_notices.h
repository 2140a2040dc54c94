// What a service manager hears of a front end: that its rooms can be joined, how they are, that
// it ends; and, as long as the loop turns, that it lives.  Without one nothing is done.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "net/service_manager.h"

namespace sotto::node {

class ServiceNotices {
 public:
  // `manager` may be null.
  ServiceNotices(boost::asio::io_context& loop, std::shared_ptr<net::ServiceManager> manager);

  // `status` is what `systemctl status` shows.
  void ready(const std::string& status);  // from the second time on, a status
  void status(const std::string& status);
  void stopping();

 private:
  void keep_awake();

  std::shared_ptr<net::ServiceManager> manager_;
  boost::asio::steady_timer watchdog_;
  bool is_ready_ = false;
};

}  // namespace sotto::node
