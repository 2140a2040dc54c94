#include "relay/store.h"

#include <fstream>

#include "kept.h"
#include "relay/directory.h"
#include "support/run_async.h"

namespace sotto::relay {
namespace {

namespace fs = std::filesystem;

class StoreTest : public testing::Test {
 protected:
  TempDir dir;
  SeededEntropy entropy{23};
  fs::path folder = dir.path() / "a" / "relay";
  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{
      loop.get_executor()};

  std::unique_ptr<Store> open() { return must(Store::open(folder, entropy)); }

  template <class T>
  T run(Async<T> work) {
    std::optional<Result<T>> out;
    boost::asio::co_spawn(
        loop, std::move(work),
        [&](const std::exception_ptr&, Result<T> result) { out.emplace(std::move(result)); });
    while (!out) loop.run_one();
    return must(std::move(*out));
  }
};

TEST_F(StoreTest, KeepsWhatWasWritten) {
  const auto key = crypto::Ed25519KeyPair::generate(entropy);
  const Bytes blob =
      wire::sign_record_blob(key, 1, Bytes(wire::record_sealed_bytes, std::byte{1}));
  const WallTime now = from_unix_ms(1'800'000'000'000);
  Payer payer;
  {
    const auto store = open();
    payer = store->payer(as_bytes("who"));
    const auto put = [&](store::Connection& connection) {
      return put_record(connection, *wire::open_record_blob(blob), blob, payer, Limits(), now);
    };
    run(store->write<Reply>(blob.size(), put));
    EXPECT_EQ(store->waiting(), 0U);
  }
  const auto store = open();
  EXPECT_EQ(store->payer(as_bytes("who")), payer);
  EXPECT_NE(store->payer(as_bytes("another")), payer);
  const Reply found = run(store->read<Reply>([&](store::Connection& connection) {
    return get_record(connection, key.public_key, now);
  }));
  EXPECT_EQ(std::get<wire::RelayFound>(found).blob, blob);
}

TEST_F(StoreTest, IsForItsOwnerAlone) {
  open();
  EXPECT_EQ(fs::status(folder / "relay.db").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(StoreTest, TwoStoresCountTheirPayersDifferently) {
  const Payer one = open()->payer(as_bytes("who"));
  folder = dir.path() / "b";
  EXPECT_NE(open()->payer(as_bytes("who")), one);
}

TEST_F(StoreTest, OneRelayUsesIt) {
  const auto store = open();
  EXPECT_EQ(error_of(Store::open(folder, entropy)), "store.locked");
}

TEST_F(StoreTest, ADamagedOneIsLeftAlone) {
  fs::create_directories(folder);
  std::ofstream(folder / "relay.db") << std::string(8192, 'x');
  EXPECT_EQ(error_of(Store::open(folder, entropy)), "store.damaged");
  EXPECT_EQ(fs::file_size(folder / "relay.db"), 8192U);
}

TEST_F(StoreTest, ThatOfAnotherProgramIsLeftAlone) {
  fs::create_directories(folder);
  {
    const auto connection = must(store::Connection::open(folder / "relay.db"));
    must(connection->execute("CREATE TABLE other (n INTEGER)"));
  }
  EXPECT_EQ(error_of(Store::open(folder, entropy)), "store.damaged");
}

TEST_F(StoreTest, ThatOfANewerVersionIsLeftAlone) {
  open();
  {
    const auto connection = must(store::Connection::open(folder / "relay.db"));
    must(connection->execute("PRAGMA user_version = 99"));
  }
  EXPECT_EQ(error_of(Store::open(folder, entropy)), "store.newer");
}

TEST_F(StoreTest, AFolderThatCannotBeIsNamed) {
  std::ofstream(dir.path() / "a") << "a file";
  EXPECT_EQ(error_of(Store::open(folder, entropy)), "store.read_only");
}

// A job that fails takes none of the others along, though they share a commit.
TEST_F(StoreTest, JobsFailAlone) {
  const auto store = open();
  const auto insert = [](const char* which, bool fails) {
    return [which, fails](store::Connection& connection) -> Result<int> {
      auto done = connection.statement("INSERT INTO payers (id) VALUES (?1)")
                      .bind(as_bytes(which))
                      .run();
      if (!done) return pass(done);
      if (fails) return fail(store::Errc::io, "No.");
      return 1;
    };
  };
  std::vector<std::string> ends;
  for (const auto& [which, fails] : {std::pair("a", false), {"b", true}, {"c", false}}) {
    boost::asio::co_spawn(loop, store->write<int>(1, insert(which, fails)),
                          [&](const std::exception_ptr&, const Result<int>& result) {
                            ends.push_back(error_of(result));
                          });
  }
  while (ends.size() < 3) loop.run_one();
  EXPECT_EQ(ends, (std::vector<std::string>{"", "store.io", ""}));
  EXPECT_EQ(
      run(store->read<std::int64_t>([](store::Connection& connection) -> Result<std::int64_t> {
        auto select = connection.statement("SELECT count(*) FROM payers");
        auto row = select.row();
        if (!row) return pass(row);
        return select.integer(0);
      })),
      2);
}

TEST_F(StoreTest, ReadersCannotWrite) {
  const auto store = open();
  std::optional<std::string> end;
  boost::asio::co_spawn(
      loop, store->read<int>([](store::Connection& connection) -> Result<int> {
        auto done = connection.execute("DELETE FROM payers");
        if (!done) return pass(done);
        return 1;
      }),
      [&](const std::exception_ptr&, const Result<int>& result) { end = error_of(result); });
  while (!end) loop.run_one();
  EXPECT_EQ(*end, "store.read_only");
}

}  // namespace
}  // namespace sotto::relay
