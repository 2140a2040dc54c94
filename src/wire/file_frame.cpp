#include "wire/file_frame.h"

#include <algorithm>

#include "file.pb.h"
#include "wire/fields.h"
#include "wire/file_name.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

constexpr Structure structure{"What the other side said about a file", peer_cure};
constexpr std::byte control_kind{1};
constexpr std::size_t control_limit = 64;  // bytes

struct ControlWriter {
  proto::FileControl& out;

  void operator()(const FileData&) const {}
  void operator()(const FileProgress& progress) const {
    out.mutable_progress()->set_bytes(progress.bytes);
  }
  void operator()(const FileAccepted& accepted) const {
    out.mutable_accepted()->set_offset(accepted.offset);
  }
  void operator()(const FileRefused& refused) const {
    out.mutable_refused()->set_reason(static_cast<std::uint32_t>(refused.reason));
  }
  void operator()(const FileKept&) const { out.mutable_kept(); }
};

Result<FileFrame> decode_control(ByteView bytes) {
  proto::FileControl message;
  FieldReader in(structure);
  in.parse(message, bytes, control_limit);
  switch (message.kind_case()) {
    case proto::FileControl::kProgress: {
      const std::uint64_t done = message.progress().bytes();
      in.check(done <= file_size_limit, "progress", "is more than any file has");
      return in.finish(FileFrame(FileProgress{done}));
    }
    case proto::FileControl::kAccepted: {
      const std::uint64_t offset = message.accepted().offset();
      in.check(offset <= file_size_limit, "offset", "is more than any file has");
      return in.finish(FileFrame(FileAccepted{offset}));
    }
    case proto::FileControl::kRefused: {
      const auto reason = in.choice("reason", message.refused().reason(), FileRefusal::failed);
      return in.finish(FileFrame(FileRefused{reason}));
    }
    case proto::FileControl::kKept:
      return in.finish(FileFrame(FileKept()));
    case proto::FileControl::KIND_NOT_SET:
      break;
  }
  in.check(false, "kind", "is unknown");
  return in.finish(FileFrame(FileKept()));
}

}  // namespace

Bytes encode(const FileOffer& offer) {
  proto::FileOffer message;
  message.set_id(offer.id.view().data(), FileId::size);
  message.set_name(offer.name);
  message.set_size(offer.size);
  message.set_hash(offer.hash.data(), offer.hash.size());
  return serialize(message);
}

Result<FileOffer> decode_file_offer(ByteView metadata) {
  proto::FileOffer message;
  FieldReader in(structure);
  in.parse(message, metadata, payload_limit);
  FileOffer out;
  out.id = in.fixed<FileId>("id", message.id());
  out.name = message.name();
  in.check(is_file_name(out.name), "name", "is not the plain name of a file");
  out.size = message.size();
  in.check(out.size <= file_size_limit, "size", "is more than any file has");
  in.check(message.hash().size() == out.hash.size(), "hash", "is not 32 bytes long");
  if (!in.failed()) std::ranges::copy(as_bytes(message.hash()), out.hash.begin());
  return in.finish(std::move(out));
}

Bytes encode(const FileFrame& frame) {
  if (const auto* data = std::get_if<FileData>(&frame)) {
    Bytes out{file_data_kind};
    append(out, data->bytes);
    return out;
  }
  proto::FileControl message;
  std::visit(ControlWriter{message}, frame);
  Bytes out{control_kind};
  append(out, serialize(message));
  return out;
}

Result<FileFrame> decode_file_frame(ByteView message) {
  if (!message.empty()) {
    const ByteView rest = message.subspan(file_data_header);
    if (message[0] == file_data_kind) return FileData{rest};
    if (message[0] == control_kind) return decode_control(rest);
  }
  FieldReader in(structure);
  in.check(false, "kind", "is missing or unknown");
  return in.finish(FileFrame(FileKept()));
}

}  // namespace sotto::wire
