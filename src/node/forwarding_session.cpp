#include "node/forwarding_session.h"

#include <utility>
#include <vector>

namespace sotto::node {

ForwardSession::ForwardSession(boost::asio::any_io_executor executor, session::Session& session,
                               room::Forwards::Parameters parameters)
    : executor_(std::move(executor)), forwards_(session, *this, std::move(parameters)) {}

ForwardSession::~ForwardSession() {
  for (const auto& [id, entry] : entries_) entry.stream->abort();
}

std::shared_ptr<ForwardStream> ForwardSession::add(room::StreamId id,
                                                   const std::string& service) {
  auto stream = std::make_shared<ForwardStream>(
      executor_, forwards_, [this](room::StreamId over) { entries_.erase(over); });
  entries_.emplace(id, Entry{service, stream});
  return stream;
}

std::shared_ptr<ForwardStream> ForwardSession::find(room::StreamId id) const {
  const auto at = entries_.find(id);
  return at == entries_.end() ? nullptr : at->second.stream;
}

std::string ForwardSession::drop(room::StreamId id) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return {};
  const Entry entry = std::move(at->second);
  entries_.erase(at);
  entry.stream->abort();
  return entry.service;
}

template <class Which>
void ForwardSession::reset_if(Which which) {
  std::vector<room::StreamId> ids;
  for (const auto& [id, entry] : entries_) {
    if (which(entry)) ids.push_back(id);
  }
  for (const room::StreamId id : ids) {
    drop(id);
    forwards_.reset(id);
  }
}

void ForwardSession::reset_streams_of(const std::string& service) {
  reset_if([&service](const Entry& entry) { return entry.service == service; });
}

void ForwardSession::reset_streams() {
  reset_if([](const Entry&) { return true; });
}

void ForwardSession::on_data(room::StreamId id, Bytes message, std::size_t credit) {
  if (const auto stream = find(id)) stream->on_data(std::move(message), credit);
}

void ForwardSession::on_end(room::StreamId id) {
  if (const auto stream = find(id)) stream->on_end();
}

void ForwardSession::on_room(room::StreamId id) {
  if (const auto stream = find(id)) stream->on_room();
}

void ForwardSession::on_refused(room::StreamId id, wire::ForwardRefusal) {
  drop(id);
}

}  // namespace sotto::node
