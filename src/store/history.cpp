#include "store/history.h"

#include "store/connection.h"
#include "store/message_reader.h"

namespace sotto::store {
namespace {

Statement select_of(Connection& connection, const PageQuery& query) {
  if (query.room) {
    return connection.statement(
        "SELECT seq, shown, head, body, room FROM messages WHERE seq < ?1 AND room = ?2"
        " ORDER BY seq DESC");
  }
  return connection.statement(
      "SELECT seq, shown, head, body, room FROM messages WHERE seq < ?1 ORDER BY seq DESC");
}

}  // namespace

Result<Page> read_page(Database& database, const PageQuery& query) {
  Connection& connection = database.connection();
  const BlindIndex room = query.room ? connection.room_index(*query.room) : BlindIndex();
  Statement select = select_of(connection, query);
  select.bind(query.before);
  if (query.room) select.bind(room.view());
  Page page;
  std::size_t bytes = 0;
  while (true) {
    auto found = select.row();
    if (!found) return pass(found);
    if (!*found) return page;
    ++page.looked_at;
    auto row = read_head(connection, select);
    if (!row) return pass(row);
    if (query.room && row->room != *query.room) {
      return std::unexpected(connection.damaged("messages"));
    }
    const std::int64_t seq = row->seq;
    const bool wanted = (!query.author || row->author == *query.author) &&
                        (!query.since || row->received >= *query.since);
    if (wanted) {
      if (auto body = read_body(connection, select, *row); !body) return pass(body);
      if (!query.matches || query.matches(row->message)) {
        bytes += row->message.size();
        page.rows.push_back(*std::move(row));
      }
    }
    if (page.rows.size() >= query.most_rows || bytes >= query.most_bytes ||
        page.looked_at >= query.most_looked_at) {
      page.next = seq;
      return page;
    }
  }
}

}  // namespace sotto::store
