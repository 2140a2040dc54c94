#include "store/connection.h"

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class ConnectionTest : public StoreTest {
 protected:
  ConnectionTest() {
    must(connection_->execute("CREATE TABLE t (n INTEGER PRIMARY KEY, v BLOB)"));
  }

  Result<void> insert(std::int64_t n) {
    return connection_->statement("INSERT INTO t (n, v) VALUES (?1, zeroblob(5000))")
        .bind(n)
        .run();
  }
  std::int64_t count() {
    Statement select = connection_->statement("SELECT count(*) FROM t");
    EXPECT_TRUE(must(select.row()));
    return select.integer(0);
  }
  // No page more than there are now.
  void fill_up() { must(connection_->execute("PRAGMA max_page_count = 1")); }

  std::unique_ptr<Connection> connection_ = configured();

 private:
  std::unique_ptr<Connection> configured() {
    auto connection = must(Connection::open(file()));
    must(connection->configure());
    return connection;
  }
};

TEST_F(ConnectionTest, IsConfiguredForSafety) {
  const auto setting = [&](Sql sql) {
    Statement pragma = connection_->statement(sql);
    EXPECT_TRUE(must(pragma.row()));
    return as_text(pragma.blob(0)).empty() ? "" : to_string(pragma.blob(0));
  };
  EXPECT_EQ(setting("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(setting("PRAGMA synchronous"), "2");
  EXPECT_EQ(setting("PRAGMA secure_delete"), "1");
  EXPECT_EQ(setting("PRAGMA foreign_keys"), "1");
  EXPECT_EQ(setting("PRAGMA trusted_schema"), "0");
  EXPECT_EQ(setting("PRAGMA cell_size_check"), "1");
  EXPECT_EQ(setting("PRAGMA temp_store"), "2");
  EXPECT_EQ(setting("PRAGMA cache_size"), "-512");
  EXPECT_EQ(setting("PRAGMA busy_timeout"), "5000");
}

TEST_F(ConnectionTest, AStatementInUseMayBeUsedAgain) {
  must(insert(1));
  must(insert(2));
  const auto all = [&] { return connection_->statement("SELECT n FROM t ORDER BY n"); };
  Statement outer = all();
  int pairs = 0;
  while (must(outer.row())) {
    Statement inner = all();
    while (must(inner.row())) ++pairs;
  }
  EXPECT_EQ(pairs, 4);
}

TEST_F(ConnectionTest, ATransactionThatFailsLeavesNothing) {
  const auto failed = connection_->transaction([&]() -> Result<void> {
    must(insert(1));
    return fail(Errc::io, "Changed my mind.");
  });
  expect_failed(failed, Errc::io);
  EXPECT_EQ(count(), 0);
  must(connection_->transaction([&] { return insert(1); }));
  EXPECT_EQ(count(), 1);
}

TEST_F(ConnectionTest, AnExceptionRollsBackToo) {
  const auto throwing = [&]() -> Result<void> {
    must(insert(1));
    throw std::bad_alloc();
  };
  EXPECT_THROW(must(connection_->transaction(throwing)), std::bad_alloc);
  EXPECT_EQ(count(), 0);
  must(connection_->transaction([&] { return insert(1); }));
}

TEST_F(ConnectionTest, ANestedTransactionFailsAlone) {
  must(connection_->transaction([&]() -> Result<void> {
    must(insert(1));
    const auto job = connection_->transaction([&]() -> Result<void> {
      must(insert(2));
      must(connection_->transaction([&] { return insert(3); }));
      return fail(Errc::io, "This one does not work.");
    });
    expect_failed(job, Errc::io);
    EXPECT_EQ(count(), 1);
    return connection_->transaction([&] { return insert(4); });
  }));
  EXPECT_EQ(count(), 2);
}

TEST_F(ConnectionTest, AnotherWritersTransactionMeansLocked) {
  RawSqlite other(file());
  must(connection_->execute("PRAGMA busy_timeout = 20"));
  other.run("BEGIN IMMEDIATE");
  bool ran = false;
  expect_failed(connection_->transaction([&]() -> Result<void> {
    ran = true;
    return {};
  }),
                Errc::locked);
  EXPECT_FALSE(ran);
  EXPECT_EQ(count(), 0) << "reading goes on";
  other.run("COMMIT");
  must(connection_->transaction([&] { return insert(1); }));
}

TEST_F(ConnectionTest, AFullDiskFailsTheWholeBatchAndNothingElse) {
  must(insert(1));
  fill_up();
  int ran = 0;
  const auto batch = connection_->transaction([&]() -> Result<void> {
    for (int job = 10; job < 13; ++job) {
      const auto done = connection_->transaction([&]() -> Result<void> {
        ++ran;
        return insert(job);
      });
      expect_failed(done, Errc::full);
    }
    // A batch goes on after a job that failed.
    return {};
  });
  // Whether SQLite kept the transaction or gave it up is its affair; the rows are not there.
  if (!batch) expect_failed(batch, Errc::full);
  EXPECT_GE(ran, 1);
  EXPECT_EQ(count(), 1);
  must(connection_->execute("PRAGMA max_page_count = 1000000"));
  must(connection_->transaction([&] { return insert(2); }));
  EXPECT_EQ(count(), 2);
}

// SQLite gives up a transaction by itself on some errors.  What the batch does afterwards must
// not be committed on its own.
TEST_F(ConnectionTest, ATransactionThatSqliteGaveUpStaysGivenUp) {
  const auto batch = connection_->transaction([&]() -> Result<void> {
    must(insert(1));
    const auto lost = connection_->transaction([&] {
      return connection_->statement("INSERT OR ROLLBACK INTO t (n) VALUES (1)").run();
    });
    EXPECT_FALSE(lost);
    EXPECT_FALSE(insert(2));
    EXPECT_FALSE(connection_->execute("INSERT INTO t (n) VALUES (3)"));
    EXPECT_FALSE(connection_->transaction([&] { return insert(4); }));
    EXPECT_FALSE(connection_->atomically([&] { return insert(5); }));
    return {};
  });
  expect_failed(batch, Errc::damaged);
  EXPECT_EQ(count(), 0);
  must(connection_->transaction([&] { return insert(6); }));
  EXPECT_EQ(count(), 1);
}

TEST_F(ConnectionTest, AtomicallyMakesATransactionOnlyWhereThereIsNone) {
  const auto two = [&]() -> Result<void> {
    if (auto first = insert(1); !first) return first;
    return insert(1);
  };
  expect_failed(connection_->atomically(two), Errc::damaged);
  EXPECT_EQ(count(), 0);
  must(connection_->transaction(
      [&] { return connection_->atomically([&] { return insert(7); }); }));
  EXPECT_EQ(count(), 1);
}

TEST_F(ConnectionTest, WrongUseOfAStatementIsReportedAtItsStep) {
  EXPECT_FALSE(connection_->statement("SELECT nothing FROM nowhere").row());
  EXPECT_FALSE(connection_->statement("SELECT 1").bind(1).row());
  expect_failed(connection_->statement("SELECT nothing FROM nowhere").bind(1).run(),
                Errc::damaged);
}

TEST_F(ConnectionTest, EmptyBytesAreNotNull) {
  must(connection_->statement("INSERT INTO t (n, v) VALUES (1, ?1)").bind(ByteView()).run());
  Statement select = connection_->statement("SELECT v IS NULL, v FROM t");
  ASSERT_TRUE(must(select.row()));
  EXPECT_EQ(select.integer(0), 0);
  EXPECT_TRUE(select.blob(1).empty());
  EXPECT_FALSE(must(select.row()));
  EXPECT_FALSE(must(select.row()));
}

}  // namespace
}  // namespace sotto::store
