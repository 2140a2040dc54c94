#include "node/relay_request.h"

#include "node/files.h"
#include "node/relay_choice.h"

namespace sotto::node {
namespace {

constexpr std::size_t token_file_limit = std::size_t{64} * 1024;

}  // namespace

RelayRequest RelayRequest::copy() const {
  RelayRequest out;
  out.urls = urls;
  out.usual = usual;
  if (tokens) out.tokens = tokens->copy();
  out.proxy = proxy;
  out.usual_proxy = usual_proxy;
  if (proxy_password) out.proxy_password = proxy_password->copy();
  return out;
}

Result<void> check_relays(const std::vector<std::string>& urls) {
  if (auto parsed = parse_relays(urls); !parsed) return pass(parsed);
  return {};
}

Result<void> check_proxy(const std::string& url) {
  if (auto parsed = RelayProxy::parse(url); !parsed) return pass(parsed);
  return {};
}

Result<Secret> read_relay_tokens(const std::string& file) {
  Bytes bytes;
  {
    auto read = read_file(file, token_file_limit, "a file of access tokens");
    if (!read) return pass(read);
    bytes = std::move(*read);
  }
  Secret text((ByteView(bytes)));
  wipe(bytes);
  if (auto parsed = RelayTokens::parse(text.view()); !parsed) return pass(parsed);
  return text;
}

}  // namespace sotto::node
