#include "store/tables.h"

#include <set>

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class TablesTest : public StoreTest {
 protected:
  Database database_ = open();
};

// Whoever adds a table or a column adds it here, or it would be lost by backups and forgetting.
TEST_F(TablesTest, AreThoseOfTheSchema) {
  RawSqlite raw(file());
  std::set<std::string> listed{"meta"};
  for (const Table& table : all_tables()) {
    const std::string name(table.name);
    listed.insert(name);
    std::string columns;
    for (const Column& column : table.columns) {
      columns += (columns.empty() ? "" : ",") + std::string(column.name);
    }
    EXPECT_EQ(raw.text("SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info('" +
                       name + "') ORDER BY cid)"),
              columns)
        << name;
  }
  std::string all;
  for (const std::string& name : listed) all += (all.empty() ? "" : ",") + name;
  EXPECT_EQ(raw.text("SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema"
                     " WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name)"),
            all);
}

TEST_F(TablesTest, WhoseValuesTheStoreKeySealsCanBeSealedAnew) {
  for (const Table& table : all_tables()) {
    const bool has_sealed = std::ranges::find(table.columns, Column::Kind::sealed,
                                              &Column::kind) != table.columns.end();
    EXPECT_EQ(*table.update.text() != '\0', has_sealed && !table.room) << table.name;
  }
}

TEST_F(TablesTest, RowsCanBeTakenOutAndPutBack) {
  const RoomId room = add_room(database_);
  const auto seq = must(Messages(database_).add(message_row(room, "hello"))).seq;
  must(Outbox(database_).add({seq, room, author_, at_ms(0)}));
  for (const std::string_view name : {"outbox", "messages"}) {
    const Table& table = *std::ranges::find(all_tables(), name, &Table::name);
    std::vector<Row> rows;
    must(for_each_row(database_.connection(), table, [&](Row& row) -> Result<void> {
      rows.push_back(std::move(row));
      return {};
    }));
    ASSERT_EQ(rows.size(), 1U);
    expect_failed(insert_row(database_.connection(), table, rows[0]), Errc::damaged);
    RawSqlite(file()).run("DELETE FROM " + std::string(name));
    must(insert_row(database_.connection(), table, rows[0]));
  }
  EXPECT_EQ(texts_of(must(Outbox(database_).waiting(room, author_, 0, 10))), Texts{"hello"});
}

}  // namespace
}  // namespace sotto::store
