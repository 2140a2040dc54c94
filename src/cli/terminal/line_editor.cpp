#include "cli/terminal/line_editor.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fcntl.h>
#include <histedit.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/errors.h"
#include "cli/terminal/cells.h"

namespace sotto::cli {
namespace {

constexpr int history_lines = 500;
constexpr std::size_t remembered_limit = 16'384;  // bytes of one line in the history
// A paste of more characters stands in the line as one, which no text may hold: U+FDD0 to
// U+FDEF are for such uses.
constexpr std::size_t longest_plain_paste = 2'000;
constexpr char32_t first_marker = 0xfdd0;
constexpr char32_t last_marker = 0xfdef;
// Stands for a paste among the keys; who types it gets nothing.
constexpr wchar_t paste_key = 0x1d;

bool is_marker(char32_t c) {
  return c >= first_marker && c <= last_marker;
}

// Keys with sequences, beside those that terminfo knows; others are left out, since libedit
// would put their tails into the line.
struct Binding {
  const char* sequence;
  const wchar_t* escaped;  // as bind takes it
  const wchar_t* function;
};
constexpr Binding bindings[] = {
    {"\x1b[A", L"\\e[A", L"ed-prev-history"},       {"\x1bOA", L"\\eOA", L"ed-prev-history"},
    {"\x1b[B", L"\\e[B", L"ed-next-history"},       {"\x1bOB", L"\\eOB", L"ed-next-history"},
    {"\x1b[C", L"\\e[C", L"ed-next-char"},          {"\x1bOC", L"\\eOC", L"ed-next-char"},
    {"\x1b[D", L"\\e[D", L"ed-prev-char"},          {"\x1bOD", L"\\eOD", L"ed-prev-char"},
    {"\x1b[H", L"\\e[H", L"ed-move-to-beg"},        {"\x1bOH", L"\\eOH", L"ed-move-to-beg"},
    {"\x1b[1~", L"\\e[1~", L"ed-move-to-beg"},      {"\x1b[7~", L"\\e[7~", L"ed-move-to-beg"},
    {"\x1b[F", L"\\e[F", L"ed-move-to-end"},        {"\x1bOF", L"\\eOF", L"ed-move-to-end"},
    {"\x1b[4~", L"\\e[4~", L"ed-move-to-end"},      {"\x1b[8~", L"\\e[8~", L"ed-move-to-end"},
    {"\x1b[3~", L"\\e[3~", L"ed-delete-next-char"}, {"\x1b[1;5C", L"\\e[1;5C", L"em-next-word"},
    {"\x1b[1;3C", L"\\e[1;3C", L"em-next-word"},    {"\x1b[1;5D", L"\\e[1;5D", L"ed-prev-word"},
    {"\x1b[1;3D", L"\\e[1;3D", L"ed-prev-word"},
};

bool is_bound(const std::string& sequence) {
  return std::ranges::any_of(bindings,
                             [&](const Binding& b) { return sequence == b.sequence; });
}

ssize_t drop(void*, const char*, std::size_t size) {
  return static_cast<ssize_t>(size);
}

std::FILE* nowhere() {
  return ::fopencookie(nullptr, "w", {nullptr, drop, nullptr, nullptr});
}

std::size_t lines_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
}

}  // namespace

struct LineEditor::Parts {
  explicit Parts(EditorHost& host_in) : host(host_in) {}
  ~Parts() {
    if (edit != nullptr) ::el_end(edit);
    if (history != nullptr) ::history_wend(history);
    for (std::FILE* file : {sink, from}) {
      if (file != nullptr) std::fclose(file);
    }
    for (const int fd : {slave, master}) {
      if (fd >= 0) ::close(fd);
    }
    if (before != nullptr) ::uselocale(before);
    if (locale != nullptr) ::freelocale(locale);
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  Result<void> open(int terminal);
  bool open_pty(int terminal);
  void bind();

  static Parts& of(EditLine* line) {
    void* self = nullptr;
    ::el_wget(line, EL_CLIENTDATA, &self);
    return *static_cast<Parts*>(self);
  }
  static int read_key(EditLine* line, wchar_t* out);
  static unsigned char on_interrupt(EditLine* line, int);
  static unsigned char on_suspend(EditLine* line, int);
  static unsigned char on_clear(EditLine* line, int);
  static unsigned char on_paste(EditLine* line, int);
  static unsigned char on_tab(EditLine* line, int);

  std::wstring insertion(Paste paste);
  std::string expanded(std::wstring_view text) const;
  std::string text_before_cursor() const;

  EditorHost& host;
  int master = -1;
  int slave = -1;
  std::FILE* from = nullptr;
  std::FILE* sink = nullptr;
  EditLine* edit = nullptr;
  HistoryW* history = nullptr;
  locale_t locale = nullptr;
  locale_t before = nullptr;
  std::deque<wchar_t> keys;  // on their way to libedit
  std::deque<Paste> pasted;  // for the paste_keys among them
  std::array<std::string, last_marker - first_marker + 1> markers;
  std::size_t next_marker = 0;
  bool interrupted = false;
  bool gone = false;
};

Result<std::unique_ptr<LineEditor>> LineEditor::open(EditorHost& host, int terminal) {
  auto parts = std::make_unique<Parts>(host);
  if (auto opened = parts->open(terminal); !opened) return pass(opened);
  return std::unique_ptr<LineEditor>(new LineEditor(std::move(parts)));
}

LineEditor::LineEditor(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LineEditor::~LineEditor() = default;

bool LineEditor::Parts::open_pty(int terminal) {
  master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  std::array<char, 64> name{};
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0 ||
      ::ptsname_r(master, name.data(), name.size()) != 0) {
    return false;
  }
  slave = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) return false;
  // The keys that erase a character or a line are this person's own.
  termios modes{};
  if (::tcgetattr(terminal, &modes) == 0) ::tcsetattr(slave, TCSANOW, &modes);
  // Wide enough for its own drawing, which nobody sees, never to come into a corner.
  winsize size{};
  size.ws_col = 500;
  size.ws_row = 50;
  ::ioctl(slave, TIOCSWINSZ, &size);
  return true;
}

Result<void> LineEditor::Parts::open(int terminal) {
  // Letters beyond ASCII are letters, for this thread.
  locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (locale != nullptr) before = ::uselocale(locale);
  from = std::fopen("/dev/null", "re");
  sink = nowhere();
  if (from != nullptr && sink != nullptr && open_pty(terminal)) {
    edit = ::el_init_fd("sotto", from, sink, sink, slave, slave, slave);
    history = ::history_winit();
  }
  if (edit == nullptr || history == nullptr) {
    return fail(Errc::terminal, "There is no pseudo-terminal to be had for the line editor.");
  }
  ::el_wset(edit, EL_CLIENTDATA, this);
  ::el_wset(edit, EL_SIGNAL, 0);
  ::el_wset(edit, EL_EDITOR, L"emacs");
  ::el_wset(edit, EL_GETCFN, &read_key);
  HistEventW event{};
  ::history_w(history, &event, H_SETSIZE, history_lines);
  ::history_w(history, &event, H_SETUNIQUE, 1);
  ::el_wset(edit, EL_HIST, history_w, history);
  bind();
  return {};
}

void LineEditor::Parts::bind() {
  using Function = unsigned char (*)(EditLine*, int);
  const auto add = [this](const wchar_t* name, Function function, const wchar_t* key) {
    ::el_wset(edit, EL_ADDFN, name, L"", function);
    ::el_wset(edit, EL_BIND, key, name, nullptr);
  };
  add(L"sotto-interrupt", &on_interrupt, L"^C");
  add(L"sotto-suspend", &on_suspend, L"^Z");
  add(L"sotto-clear", &on_clear, L"^L");
  add(L"sotto-paste", &on_paste, L"^]");
  add(L"sotto-complete", &on_tab, L"^I");
  ::el_wset(edit, EL_BIND, L"^R", L"em-inc-search-prev", nullptr);
  ::el_wset(edit, EL_BIND, L"^W", L"ed-delete-prev-word", nullptr);
  for (const Binding& binding : bindings) {
    ::el_wset(edit, EL_BIND, binding.escaped, binding.function, nullptr);
  }
}

int LineEditor::Parts::read_key(EditLine* line, wchar_t* out) {
  Parts& self = of(line);
  while (self.keys.empty()) {
    auto event = self.host.next_key();
    if (!event) {
      self.gone = true;
      return 0;
    }
    if (const auto* character = std::get_if<char32_t>(&*event)) {
      const auto key = static_cast<wchar_t>(*character);
      if (key != 0 && key != paste_key && !is_marker(*character)) self.keys.push_back(key);
    } else if (const auto* special = std::get_if<SpecialKey>(&*event)) {
      if (!is_bound(special->sequence)) continue;
      for (const char c : special->sequence) self.keys.push_back(static_cast<wchar_t>(c));
    } else {
      self.pasted.push_back(std::move(std::get<Paste>(*event)));
      self.keys.push_back(paste_key);
    }
  }
  *out = self.keys.front();
  self.keys.pop_front();
  return 1;
}

// Ends the reading, so that libedit forgets where in the history it was, too.
unsigned char LineEditor::Parts::on_interrupt(EditLine* line, int) {
  of(line).interrupted = true;
  return CC_EOF;
}

unsigned char LineEditor::Parts::on_suspend(EditLine* line, int) {
  of(line).host.suspend();
  return CC_NORM;
}

unsigned char LineEditor::Parts::on_clear(EditLine* line, int) {
  of(line).host.clear_screen();
  return CC_NORM;
}

unsigned char LineEditor::Parts::on_paste(EditLine* line, int) {
  Parts& self = of(line);
  if (self.pasted.empty()) return CC_NORM;
  Paste paste = std::move(self.pasted.front());
  self.pasted.pop_front();
  const std::wstring text = self.insertion(std::move(paste));
  return ::el_winsertstr(line, text.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
}

unsigned char LineEditor::Parts::on_tab(EditLine* line, int) {
  Parts& self = of(line);
  const std::string head = self.text_before_cursor();
  const auto replaced = self.host.complete(head);
  if (!replaced) return CC_NORM;
  // What is the same stays, so that undoing is short.
  std::u32string old = to_utf32(head);
  std::u32string text = to_utf32(*replaced);
  const auto [in_old, in_text] = std::ranges::mismatch(old, text);
  const auto gone_count = old.end() - in_old;
  if (gone_count > 0) ::el_wdeletestr(line, static_cast<int>(gone_count));
  const std::wstring rest(in_text, text.end());
  if (!rest.empty()) ::el_winsertstr(line, rest.c_str());
  return CC_REFRESH;
}

// As it is, or as one marker that stands for it.
std::wstring LineEditor::Parts::insertion(Paste paste) {
  const std::u32string text = to_utf32(paste.text);
  std::wstring out;
  if (text.size() > longest_plain_paste) {
    out += static_cast<wchar_t>(first_marker + next_marker);
    markers.at(next_marker) = std::move(paste.text);
    next_marker = (next_marker + 1) % markers.size();
    return out;
  }
  for (const char32_t c : text) {
    out += static_cast<wchar_t>(is_marker(c) ? replacement_character : c);
  }
  return out;
}

std::string LineEditor::Parts::expanded(std::wstring_view text) const {
  std::string out;
  for (const wchar_t wide : text) {
    const auto c = static_cast<char32_t>(wide);
    if (is_marker(c)) {
      out += markers.at(c - first_marker);
    } else {
      append_utf8(out, c);
    }
  }
  return out;
}

// With markers as they are.
std::string LineEditor::Parts::text_before_cursor() const {
  const LineInfoW* info = ::el_wline(edit);
  std::string out;
  for (const wchar_t* at = info->buffer; at < info->cursor; ++at) {
    append_utf8(out, static_cast<char32_t>(*at));
  }
  return out;
}

LineEditor::Line LineEditor::read_line() {
  Parts& parts = *parts_;
  parts.interrupted = false;
  int count = 0;
  const wchar_t* text = ::el_wgets(parts.edit, &count);
  if (parts.interrupted) {
    const LineInfoW* info = ::el_wline(parts.edit);
    return {End::interrupted, parts.expanded({info->buffer, info->lastchar})};
  }
  if (parts.gone) {
    const LineInfoW* info = ::el_wline(parts.edit);
    return {End::gone, parts.expanded({info->buffer, info->lastchar})};
  }
  if (text == nullptr || count <= 0) return {End::closed, {}};
  std::wstring_view line(text, static_cast<std::size_t>(count));
  if (line.ends_with(L'\n')) line.remove_suffix(1);
  return {End::line, parts.expanded(line)};
}

void LineEditor::remember(const std::string& text) {
  if (text.size() > remembered_limit) return;
  std::wstring wide;
  for (const char32_t c : to_utf32(text)) wide += static_cast<wchar_t>(c);
  HistEventW event{};
  ::history_w(parts_->history, &event, H_ENTER, wide.c_str());
}

bool LineEditor::is_empty() const {
  const LineInfoW* info = ::el_wline(parts_->edit);
  return info->lastchar == info->buffer;
}

TypedLine LineEditor::line(std::string prompt) const {
  TypedLine out;
  out.prompt = std::move(prompt);
  const LineInfoW* info = ::el_wline(parts_->edit);
  const auto add = [&out](std::string_view text, bool is_faint) {
    while (!text.empty()) {
      const Character c = next_character(text);
      const int width = width_of(c.value);
      std::string piece(text.substr(0, c.length));
      text.remove_prefix(c.length);
      // What combines belongs to the glyph before it.
      if (width == 0 && !out.glyphs.empty()) {
        out.glyphs.back().text += piece;
      } else {
        out.glyphs.push_back({std::move(piece), width, is_faint});
      }
    }
  };
  for (const wchar_t* at = info->buffer; at <= info->lastchar; ++at) {
    if (at == info->cursor) out.cursor = out.glyphs.size();
    if (at == info->lastchar) break;
    const auto c = static_cast<char32_t>(*at);
    std::string text;
    append_utf8(text, c);
    if (is_marker(c)) {
      const std::string& pasted = parts_->markers.at(c - first_marker);
      add("[pasted: " + std::to_string(lines_of(pasted)) + " lines, " +
              std::to_string(pasted.size()) + " bytes]",
          true);
    } else if (c == '\n') {
      add("↵", true);
    } else if (c == '\t') {
      add("→", true);
    } else {
      const std::string shown = displayable(text);
      add(shown, shown != text);
    }
  }
  return out;
}

}  // namespace sotto::cli
