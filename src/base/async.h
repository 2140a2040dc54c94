// Async<T>: a coroutine that ends with a T or an Error.  Never throws but for allocation
// failure and cancellation's boost::system::system_error inside net/.
//
// GCC 12 destroys a temporary twice when a capturing lambda or an aggregate is created inside a
// co_await expression: name it, then move it.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "base/error.h"

namespace sotto {

template <class T>
using Async = boost::asio::awaitable<Result<T>>;

}  // namespace sotto
