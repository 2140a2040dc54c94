// The store against SQLite alone, and how it grows.
//
//   store_bench sealed   FOLDER CORE ROUNDS         rows a second at 64 a commit, sealed and
//   not store_bench commit   FOLDER CORE ROUNDS         ms of one commit of a message that is
//   sent,
//                                                   unsealed: each round is the median of many
//   store_bench history  FOLDER CORE ROUNDS COUNT...   microseconds of what is asked of a
//   history store_bench contacts FOLDER CORE ROUNDS COUNT...   that long, or of so many
//   contacts store_bench memory   FILE CORE                  MiB that looking through a history
//   takes
#include <algorithm>
#include <fstream>

#include "bench/plain_store.h"
#include "store/contacts.h"
#include "store/history.h"
#include "store/messages.h"
#include "store/rooms.h"
#include "support/seeded_entropy.h"

namespace sotto::bench {
namespace {

using store::Database;

constexpr std::size_t rows_a_commit = 64;
constexpr std::size_t text_bytes = 120;
constexpr std::size_t head_bytes = 106;  // of store/message_reader.h
constexpr std::size_t outbox_bytes = 64;

std::filesystem::path sealed_file(const std::filesystem::path& folder,
                                  const std::string& name) {
  std::filesystem::create_directories(folder / name);
  return folder / name / "sotto.db";
}

// A store with one room, and the rows of somebody who talks in it.
class Sealed {
 public:
  explicit Sealed(const std::filesystem::path& file)
      : database_(must(Database::open(file, key(), entropy_))) {
    const auto rooms = must(store::Rooms(database_).all());
    if (!rooms.empty()) {
      room_ = rooms.front().id;
      return;
    }
    store::RoomRow row;
    row.id = room_;
    row.name = "lobby";
    row.host = author_;
    row.reach = Secret(as_bytes("nowhere"));
    must(store::Rooms(database_).put(row));
  }

  Database& database() { return database_; }
  const RoomId& room() const { return room_; }

  store::MessageRow message() {
    store::MessageRow row;
    row.room = room_;
    row.author = author_;
    row.id = MessageId::random(entropy_);
    row.content_hash = entropy_.bytes<32>();
    row.message = Bytes(text_bytes + 150);  // a signature, names and the text
    row.stage = store::Stage::delivered;
    row.shown = true;
    return row;
  }

  // So many rows a commit; their making is not timed.
  void make(int count) {
    made_.clear();
    for (int i = 0; i < count; ++i) made_.push_back(message());
  }
  void add_made() {
    store::Messages messages(database_);
    for (std::size_t at = 0; at < made_.size(); at += rows_a_commit) {
      must(database_.transaction([&]() -> Result<void> {
        const std::size_t end = std::min(made_.size(), at + rows_a_commit);
        for (std::size_t i = at; i < end; ++i) must(messages.add(made_[i]));
        return {};
      }));
    }
  }

  // The same key for all stores of the bench, so that another process can open them.
  static crypto::SymmetricKey key() {
    SeededEntropy entropy(7);
    return crypto::SymmetricKey(entropy);
  }

 private:
  RealEntropy entropy_;
  Database database_;
  RoomId room_ = RoomId::random(entropy_);
  crypto::Ed25519PublicKey author_ = crypto::Ed25519PublicKey::random(entropy_);
  std::vector<store::MessageRow> made_;
};

// The same rows as they are.
class Unsealed {
 public:
  Unsealed(const std::filesystem::path& file, const std::filesystem::path& real)
      : store_(file, real) {
    store_.add_room(room_.view());
  }

  void make(int count) {
    made_.clear();
    for (int i = 0; i < count; ++i) made_.push_back(MessageId::random(entropy_));
  }
  void add_made() {
    for (std::size_t at = 0; at < made_.size(); at += rows_a_commit) {
      store_.execute("BEGIN IMMEDIATE");
      const std::size_t end = std::min(made_.size(), at + rows_a_commit);
      for (std::size_t i = at; i < end; ++i) add(made_[i]);
      store_.execute("COMMIT");
    }
  }

  // What `send` commits before the message leaves.
  void add_to_send() {
    store_.execute("BEGIN IMMEDIATE");
    add(MessageId::random(entropy_));
    store_.add_to_outbox(room_.view(), room_.view(), entry_);
    store_.execute("COMMIT");
  }

 private:
  void add(const MessageId& id) { store_.add_message(room_.view(), id.view(), head_, body_); }

  RealEntropy entropy_;
  PlainStore store_;
  RoomId room_ = RoomId::random(entropy_);
  Bytes head_ = Bytes(head_bytes);
  Bytes body_ = Bytes(text_bytes + 150);
  Bytes entry_ = Bytes(outbox_bytes);
  std::vector<MessageId> made_;
};

void bench_sealed(const std::filesystem::path& folder, int rounds) {
  constexpr int rows = static_cast<int>(50 * rows_a_commit);
  const auto file = sealed_file(folder, "sealed");
  Sealed sealed(file);
  Unsealed unsealed(folder / "unsealed.db", file);
  const auto rows_a_second = [](auto& store) {
    store.make(rows);
    return rows / seconds_of([&] { store.add_made(); });
  };
  take_turns({{"sealed", [&] { return rows_a_second(sealed); }},
              {"unsealed", [&] { return rows_a_second(unsealed); }}},
             rounds);
}

void bench_commit(const std::filesystem::path& folder, int rounds) {
  const auto file = sealed_file(folder, "schema");
  const Sealed schema(file);
  Unsealed store(folder / "commits.db", file);
  const auto median_ms = [&] {
    std::vector<double> times;
    times.reserve(50);
    for (int i = 0; i < 50; ++i) {
      times.push_back(1000 * seconds_of([&] { store.add_to_send(); }));
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
  };
  take_turns({{"commit", median_ms}}, rounds);
}

// Microseconds of one `work`, from as many as take a while.
double micros(const std::function<void()>& work, int times) {
  return 1e6 / times * seconds_of([&] {
           for (int i = 0; i < times; ++i) work();
         });
}

std::vector<int> counts(const Words& words) {
  std::vector<int> out;
  for (std::size_t at = 4; at < words.count(); ++at) out.push_back(words.number(at));
  return out;
}

store::Page newest(Sealed& sealed, std::size_t most) {
  store::PageQuery query;
  query.room = sealed.room();
  query.most_rows = most;
  return must(store::read_page(sealed.database(), query));
}

// Looks at every message; how many there were.
std::size_t search_all(Database& database) {
  store::PageQuery query;
  query.matches = [](ByteView) { return false; };
  std::size_t looked_at = 0;
  while (true) {
    const auto page = must(store::read_page(database, query));
    looked_at += page.looked_at;
    if (!page.next) return looked_at;
    query.before = *page.next;
  }
}

struct Grown {
  std::string label;
  std::unique_ptr<Sealed> sealed;
  std::filesystem::path file;
  int count;
};

void bench_history(const std::filesystem::path& folder, const Words& words) {
  std::vector<Grown> all;
  for (const int count : counts(words)) {
    const std::string label = std::to_string(count);
    const auto file = sealed_file(folder, label);
    auto sealed = std::make_unique<Sealed>(file);
    sealed->make(count);
    sealed->add_made();
    all.push_back({label, std::move(sealed), file, count});
  }
  std::vector<Contender> contenders;
  for (Grown& grown : all) {
    Sealed& sealed = *grown.sealed;
    contenders.push_back({"add " + grown.label, [&sealed] {
                            constexpr int rows = static_cast<int>(4 * rows_a_commit);
                            sealed.make(rows);
                            return micros([&] { sealed.add_made(); }, 1) / rows;
                          }});
    contenders.push_back(
        {"newest 50 " + grown.label, [&sealed] {
           return micros([&] { must(newest(sealed, 50).rows.size() == 50, "rows"); }, 20);
         }});
    contenders.push_back({"open " + grown.label, [&grown] {
                            return micros([&] { const Sealed another(grown.file); }, 3);
                          }});
    contenders.push_back({"search " + grown.label, [&sealed] {
                            std::size_t looked_at = 0;
                            const double all_of_it =
                                micros([&] { looked_at = search_all(sealed.database()); }, 1);
                            return all_of_it / static_cast<double>(looked_at);
                          }});
  }
  take_turns(contenders, words.number(3));
}

store::ContactRow contact(Entropy& entropy, int number) {
  store::ContactRow row;
  row.fingerprint = crypto::Fingerprint::random(entropy);
  row.identity_pk = crypto::Ed25519PublicKey::random(entropy);
  row.card = Bytes(200);
  row.name = "contact-" + std::to_string(number);
  return row;
}

void bench_contacts(const std::filesystem::path& folder, const Words& words) {
  RealEntropy entropy;
  std::vector<Grown> all;
  for (const int count : counts(words)) {
    const std::string label = std::to_string(count);
    const auto file = sealed_file(folder, "contacts" + label);
    auto sealed = std::make_unique<Sealed>(file);
    must(sealed->database().transaction([&]() -> Result<void> {
      store::Contacts contacts(sealed->database());
      for (int i = 0; i < count; ++i) must(contacts.put(contact(entropy, i)));
      return {};
    }));
    all.push_back({label, std::move(sealed), file, count});
  }
  std::vector<Contender> contenders;
  for (Grown& grown : all) {
    Database& database = grown.sealed->database();
    const std::string middle = "contact-" + std::to_string(grown.count / 2);
    contenders.push_back(
        {"find " + grown.label, [&database, middle] {
           return micros(
               [&] {
                 must(must(store::Contacts(database).by_name(middle)).has_value(), "contact");
               },
               100);
         }});
    contenders.push_back({"list " + grown.label, [&database, &grown] {
                            return micros([&] { must(store::Contacts(database).all()); }, 5) /
                                   grown.count;
                          }});
    contenders.push_back({"change " + grown.label, [&database, middle] {
                            store::Contacts contacts(database);
                            auto row = must(contacts.by_name(middle)).value();
                            row.verified = !row.verified;
                            return micros([&] { must(contacts.put(row)); }, 10);
                          }});
  }
  take_turns(contenders, words.number(3));
}

void bench_memory(const std::filesystem::path& file) {
  Sealed sealed(file);
  static_cast<void>(newest(sealed, 500));
  static_cast<void>(search_all(sealed.database()));
  // Not getrusage(), which counts what a large parent had before its child's exec.
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != "VmHWM:") {
  }
  double kib = 0;
  status >> kib;
  print("peak", {kib / 1024});
}

void bench(const Words& words) {
  const std::string what = words.text(0);
  const std::filesystem::path where = words.text(1);
  pin_to(words.number(2));
  if (what == "sealed") bench_sealed(where, words.number(3));
  if (what == "commit") bench_commit(where, words.number(3));
  if (what == "history") bench_history(where, words);
  if (what == "contacts") bench_contacts(where, words);
  if (what == "memory") bench_memory(where);
}

}  // namespace
}  // namespace sotto::bench

int main(int count, char** words) {
  return sotto::bench::run(count, words, sotto::bench::bench);
}
