#include "net/service_manager.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace sotto::net {
namespace {

std::optional<std::string> take(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  std::string out = value;
  ::unsetenv(name);
  return out;
}

std::optional<std::int64_t> number_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || at != end || number <= 0) return std::nullopt;
  return number;
}

// A path, or "@name" in the abstract namespace.
bool is_address(const std::string& text) {
  return text.size() > 1 && (text[0] == '/' || text[0] == '@') &&
         text.size() < sizeof sockaddr_un::sun_path;
}

}  // namespace

std::unique_ptr<ServiceManager> ServiceManager::from_environment() {
  const auto address = take("NOTIFY_SOCKET");
  const auto watchdog = number_of(take("WATCHDOG_USEC"));
  const auto watched = number_of(take("WATCHDOG_PID"));
  if (!address || !is_address(*address)) return nullptr;
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return nullptr;
  std::optional<std::chrono::microseconds> patience;
  if (watchdog && (!watched || *watched == ::getpid())) patience.emplace(*watchdog);
  return std::unique_ptr<ServiceManager>(new ServiceManager(socket, *address, patience));
}

ServiceManager::ServiceManager(int socket, std::string address,
                               std::optional<std::chrono::microseconds> patience)
    : socket_(socket), address_(std::move(address)), patience_(patience) {}

ServiceManager::~ServiceManager() {
  ::close(socket_);
}

void ServiceManager::tell(std::string_view lines) const {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::ranges::copy(address_, to.sun_path);
  // A path ends with a zero, an abstract name begins with one and has no end.
  const bool abstract = address_[0] == '@';
  if (abstract) to.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size() +
                                           (abstract ? 0 : 1));
  [[maybe_unused]] const ssize_t sent =
      ::sendto(socket_, lines.data(), lines.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&to), size);
}

}  // namespace sotto::net
