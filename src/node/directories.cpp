#include "node/directories.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "net/command_output.h"
#include "node/errors.h"
#include "node/relay_url.h"
#include "wire/record_blob.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;

constexpr milliseconds command_limit{30'000};
constexpr int none_there = 1;  // exit code of a `get`

class FolderDirectory final : public rendezvous::Directory {
 public:
  FolderDirectory(Disk& disk, RecordFolder folder) : disk_(disk), folder_(std::move(folder)) {}

  std::string name() const override {
    if (folder_.kind() == RecordFolder::Kind::machine) return "this machine's records";
    return "the folder " + displayable(folder_.path().string());
  }
  bool is_near() const override { return true; }

  Async<void> put(Bytes blob) override {
    auto job = [folder = folder_, blob = std::move(blob)] { return folder.put(blob); };
    co_return co_await disk_.run<void>(std::move(job));
  }
  Async<std::optional<Bytes>> get(crypto::Ed25519PublicKey key) override {
    auto job = [folder = folder_, key] { return folder.get(key); };
    co_return co_await disk_.run<std::optional<Bytes>>(std::move(job));
  }
  Async<void> remove(crypto::Ed25519KeyPair key) override {
    auto job = [folder = folder_, name = key.public_key] { return folder.remove(name); };
    co_return co_await disk_.run<void>(std::move(job));
  }

 private:
  Disk& disk_;
  RecordFolder folder_;
};

class CommandDirectory final : public rendezvous::Directory {
 public:
  CommandDirectory(boost::asio::any_io_executor executor, std::string command)
      : executor_(std::move(executor)), command_(std::move(command)) {}

  std::string name() const override { return "the command " + displayable(command_); }
  bool is_near() const override { return false; }

  Async<void> put(Bytes blob) override {
    const std::string key = to_hex(ByteView(blob).first(crypto::Ed25519PublicKey::size));
    const auto done = co_await run("put", key, std::move(blob), std::nullopt);
    if (!done) co_return std::unexpected(done.error());
    co_return expect_success(*done);
  }
  Async<std::optional<Bytes>> get(crypto::Ed25519PublicKey key) override {
    auto answer = co_await run("get", to_hex(key.view()), {}, wire::record_blob_bytes);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->printed.empty() && answer->exit_code == none_there) co_return std::nullopt;
    if (auto good = expect_success(*answer); !good) co_return std::unexpected(good.error());
    if (answer->printed.empty()) co_return std::nullopt;
    co_return std::move(answer->printed);
  }
  Async<void> remove(crypto::Ed25519KeyPair key) override {
    const auto done = co_await run("remove", to_hex(key.public_key.view()), {}, std::nullopt);
    if (!done) co_return std::unexpected(done.error());
    co_return expect_success(*done);
  }

 private:
  Async<net::CommandOutput> run(const char* verb, std::string key, Bytes input,
                                std::optional<std::size_t> output_limit) {
    auto output = co_await net::command_output(
        executor_, command_ + " " + verb + " " + key, std::move(input), output_limit,
        std::chrono::steady_clock::now() + command_limit);
    if (output) co_return output;
    co_return fail(Errc::directory_failed, "The command " + displayable(command_) + " " + verb +
                                               " has failed: " + output.error().text());
  }
  Result<void> expect_success(const net::CommandOutput& output) const {
    if (output.exit_code == 0) return {};
    return fail(Errc::directory_failed, "The command " + displayable(command_) +
                                            " ended with " + std::to_string(output.exit_code) +
                                            ".");
  }

  boost::asio::any_io_executor executor_;
  std::string command_;
};

std::unexpected<Error> unknown(const std::string& word, const std::string& what) {
  return fail(Errc::directory_unknown, displayable(word) + " " + what);
}

Result<DirectoryWord> parse(const std::string& word) {
  if (word.starts_with("wss:")) {
    const auto url = RelayUrl::parse(word);
    if (!url) return std::unexpected(url.error());
    return DirectoryWord{{}, {}, url->to_string()};
  }
  if (word.empty()) return unknown("An empty word", "names no folder and no command.");
  std::error_code ignored;
  if (fs::is_directory(word, ignored) || word.back() == '/') {
    return DirectoryWord{fs::absolute(word).lexically_normal().string(), {}, {}};
  }
  // Of a path that leads nowhere the shell would only say so again and again.
  const bool is_path = word.find('/') != word.npos && word.find(' ') == word.npos;
  if (is_path && !fs::exists(word, ignored)) {
    return unknown(word,
                   "is neither a folder nor a program. Make the folder first, or write a '/' "
                   "behind its name if it comes and goes.");
  }
  return DirectoryWord{{}, is_path ? fs::absolute(word).string() : word, {}};
}

}  // namespace

SharedDirectory folder_directory(Disk& disk, RecordFolder folder) {
  return std::make_shared<FolderDirectory>(disk, std::move(folder));
}

SharedDirectory command_directory(boost::asio::any_io_executor executor, std::string command) {
  return std::make_shared<CommandDirectory>(std::move(executor), std::move(command));
}

Result<std::vector<DirectoryWord>> parse_directories(const std::vector<std::string>& words) {
  std::vector<DirectoryWord> out;
  for (const std::string& word : words) {
    auto parsed = parse(word);
    if (!parsed) return pass(parsed);
    out.push_back(std::move(*parsed));
  }
  if (out.size() > directories_limit) {
    return fail(Errc::directory_unknown, "More than " + std::to_string(directories_limit) +
                                             " folders and commands are too many.");
  }
  return out;
}

std::vector<SharedDirectory> directories(const boost::asio::any_io_executor& executor,
                                         Disk& disk, const std::vector<DirectoryWord>& words,
                                         bool with_commands) {
  std::vector<SharedDirectory> out;
  out.push_back(folder_directory(disk, RecordFolder::of_this_machine()));
  for (const DirectoryWord& word : words) {
    if (!word.folder.empty()) {
      out.push_back(folder_directory(disk, {word.folder, RecordFolder::Kind::shared}));
    } else if (!word.command.empty() && with_commands) {
      out.push_back(command_directory(executor, word.command));
    }
  }
  return out;
}

}  // namespace sotto::node
