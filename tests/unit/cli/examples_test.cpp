#include "cli/examples.h"

#include <algorithm>

#include "cli/help.h"
#include "cli/spec.h"
#include "unit/cli/parsing.h"

namespace sotto::cli {
namespace {

TEST(ReadExamples, PartsLinesFromWhatTheyDoAndFromProse) {
  const Examples out = read_examples(
      "  a | sotto b      what it does,  in words\n"
      "  sotto c d\n\n"
      "Prose that\ngoes on.\n\nMore.");
  ASSERT_EQ(out.lines.size(), 2U);
  EXPECT_EQ(out.lines[0].line, "a | sotto b");
  EXPECT_EQ(out.lines[0].about, "what it does,  in words");
  EXPECT_EQ(out.lines[1].line, "sotto c d");
  EXPECT_EQ(out.lines[1].about, "");
  EXPECT_EQ(out.notes, (std::vector<std::string>{"Prose that goes on.", "More."}));
}

// A shell's line as simple commands.  What `$(...)` and `<(...)` hold are commands too; a word
// that has one in it holds VALUE in its place.
class ShellLine {
 public:
  explicit ShellLine(const std::string& text) { read(text); }

  std::vector<Typed> commands;

 private:
  void read(const std::string& text);
  std::size_t nested(const std::string& text, std::size_t begin);
  void end_word();
  void end_command();

  Typed command_;
  std::string word_;
  bool in_word_ = false;
  bool skip_ = false;  // the word names a file of a redirection
};

void ShellLine::end_word() {
  if (in_word_ && !skip_) command_.push_back(word_);
  if (in_word_) skip_ = false;
  word_.clear();
  in_word_ = false;
}

void ShellLine::end_command() {
  end_word();
  if (!command_.empty()) commands.push_back(command_);
  command_.clear();
}

// Past the bracket that closes the one before `begin`.
std::size_t ShellLine::nested(const std::string& text, std::size_t begin) {
  std::size_t depth = 1;
  std::size_t end = begin;
  for (; end < text.size() && depth > 0; ++end) {
    depth += text[end] == '(' ? 1 : 0;
    depth -= text[end] == ')' ? 1 : 0;
  }
  const ShellLine inner(text.substr(begin, end - begin - 1));
  commands.insert(commands.end(), inner.commands.begin(), inner.commands.end());
  word_ += "VALUE";
  in_word_ = true;
  return end;
}

void ShellLine::read(const std::string& text) {
  char quote = '\0';
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool opens = at + 1 < text.size() && text[at + 1] == '(';
    if (opens && quote != '\'' && (c == '$' || (c == '<' && quote == '\0'))) {
      at = nested(text, at + 2) - 1;
    } else if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else {
        word_ += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word_ = true;
    } else if (c == ' ') {
      end_word();
    } else if (c == '|' || c == ';' || c == '&') {
      end_command();
    } else if (c == '<' || c == '>') {
      end_word();
      skip_ = true;
    } else {
      word_ += c;
      in_word_ = true;
    }
  }
  end_command();
}

TEST(ShellLine, FindsEachCommand) {
  EXPECT_EQ(ShellLine("date | sotto send 'a b' < f").commands,
            (std::vector<Typed>{{"date"}, {"sotto", "send", "a b"}}));
  EXPECT_EQ(
      ShellLine("sotto a --for \"$(sotto id | jq -r .card)\" b").commands,
      (std::vector<Typed>{
          {"sotto", "id"}, {"jq", "-r", ".card"}, {"sotto", "a", "--for", "VALUE", "b"}}));
}

// How many commands of sotto a line holds; each is understood, with no settings.
std::size_t understood_in(const std::string& line) {
  std::size_t count = 0;
  for (const Typed& words : ShellLine(line).commands) {
    // `ssh host sotto id` runs it as well.
    const auto at = std::ranges::find(words, "sotto");
    if (at == words.end()) continue;
    ++count;
    const auto parsed = parse_words(Typed(at + 1, words.end()));
    EXPECT_TRUE(parsed) << line << "\n" << (parsed ? "" : parsed.error().text());
  }
  return count;
}

TEST(AllExamples, AreUnderstood) {
  std::size_t count = 0;
  for (const CommandSpec& command : all_commands()) {
    const Examples examples = read_examples(command.examples);
    EXPECT_FALSE(examples.lines.empty()) << command.name;
    bool shows_itself = false;
    for (const Example& example : examples.lines) {
      const std::size_t here = understood_in(example.line);
      EXPECT_GE(here, 1U) << command.name << ": " << example.line;
      count += here;
      for (const Typed& words : ShellLine(example.line).commands) {
        shows_itself = shows_itself || std::ranges::count(words, command.name) > 0;
      }
    }
    EXPECT_TRUE(shows_itself) << command.name;
  }
  EXPECT_GT(count, 60U);
}

TEST(AllExamples, OfTheFirstPageAreUnderstood) {
  const std::string page = help_of_sotto({});
  std::size_t count = 0;
  for (const Example& example : start_here()) {
    EXPECT_NE(page.find(example.line), std::string::npos);
    count += understood_in(example.line);
  }
  EXPECT_EQ(count, 3U);
}

}  // namespace
}  // namespace sotto::cli
