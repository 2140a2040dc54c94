#include "wire/forward_frame.h"

#include <algorithm>

#include "forward.pb.h"
#include "wire/fields.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

constexpr Structure structure{"What the other side said about a forward", peer_cure};
constexpr std::byte control_kind{1};
constexpr std::size_t control_limit = 64;  // bytes

struct ControlWriter {
  proto::ForwardControl& out;

  void operator()(const ForwardData&) const {}
  void operator()(const ForwardOpened&) const { out.mutable_opened(); }
  void operator()(const ForwardRefused& refused) const {
    out.mutable_refused()->set_reason(static_cast<std::uint32_t>(refused.reason));
  }
  void operator()(const ForwardEnd&) const { out.mutable_end(); }
};

Result<ForwardFrame> decode_control(ByteView bytes) {
  proto::ForwardControl message;
  FieldReader in(structure);
  in.parse(message, bytes, control_limit);
  switch (message.kind_case()) {
    case proto::ForwardControl::kOpened:
      return in.finish(ForwardFrame(ForwardOpened()));
    case proto::ForwardControl::kRefused: {
      const auto reason = in.choice("reason", message.refused().reason(), ForwardRefusal::busy);
      return in.finish(ForwardFrame(ForwardRefused{reason}));
    }
    case proto::ForwardControl::kEnd:
      return in.finish(ForwardFrame(ForwardEnd()));
    case proto::ForwardControl::KIND_NOT_SET:
      break;
  }
  in.check(false, "kind", "is unknown");
  return in.finish(ForwardFrame(ForwardEnd()));
}

}  // namespace

bool is_service_name(std::string_view text) {
  return !text.empty() && text.size() <= service_name_limit &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

Bytes encode(const ForwardOpen& open) {
  proto::ForwardOpen message;
  message.set_service(open.service);
  return serialize(message);
}

Result<ForwardOpen> decode_forward_open(ByteView metadata) {
  proto::ForwardOpen message;
  FieldReader in(structure);
  in.parse(message, metadata, payload_limit);
  in.check(is_service_name(message.service()), "service",
           "is not a name of 1 to 32 small letters, digits and hyphens");
  return in.finish(ForwardOpen{message.service()});
}

Bytes encode(const ForwardFrame& frame) {
  if (const auto* data = std::get_if<ForwardData>(&frame)) {
    Bytes out{forward_data_kind};
    append(out, data->bytes);
    return out;
  }
  proto::ForwardControl message;
  std::visit(ControlWriter{message}, frame);
  Bytes out{control_kind};
  append(out, serialize(message));
  return out;
}

Result<ForwardFrame> decode_forward_frame(ByteView message) {
  if (!message.empty()) {
    const ByteView rest = message.subspan(forward_data_header);
    if (message[0] == forward_data_kind) return ForwardData{rest};
    if (message[0] == control_kind) return decode_control(rest);
  }
  FieldReader in(structure);
  in.check(false, "kind", "is missing or unknown");
  return in.finish(ForwardFrame(ForwardEnd()));
}

}  // namespace sotto::wire
