// Who takes the channels of one session: files and forwards, each by the kind of its channels.
#pragma once
#include <memory>
#include <utility>

#include "room/channel_user.h"

namespace sotto::room {

// What takes file channels, and knows which are its own.
class FileUser : public ChannelUser {
 public:
  virtual bool has(session::ChannelId channel) const = 0;
};

class ChannelUsers final : public ChannelUser {
 public:
  // `session` must outlive it; `forwards` may be null.
  ChannelUsers(session::Session& session, std::shared_ptr<FileUser> files,
               std::shared_ptr<ChannelUser> forwards)
      : session_(session), files_(std::move(files)), forwards_(std::move(forwards)) {}

  void on_event(session::SessionEvent event) override {
    const auto* const opened = std::get_if<session::ChannelOpened>(&event);
    const bool is_file = opened != nullptr ? opened->kind == session::ChannelKind::file
                                           : files_->has(channel_of(event));
    if (is_file) {
      files_->on_event(std::move(event));
    } else if (forwards_) {
      forwards_->on_event(std::move(event));
    } else if (opened != nullptr) {
      session_.close(opened->channel, 0);
    }
  }

 private:
  static session::ChannelId channel_of(const session::SessionEvent& event) {
    return std::visit([](const auto& about) { return about.channel; }, event);
  }

  session::Session& session_;
  std::shared_ptr<FileUser> files_;
  std::shared_ptr<ChannelUser> forwards_;
};

}  // namespace sotto::room
