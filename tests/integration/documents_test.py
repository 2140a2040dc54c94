"""The documents against the program: what they say exists, and what exists is said."""
import pathlib
import re
import unittest

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# Others whose command lines stand in the pages.  Their flags are not ours.
OTHER_PROGRAMS = re.compile(
    r"^(sudo |nice |[A-Z_]+=\S+ )*(cmake|ctest|git|make|mkdir|build(-\w+)?/\w+_fuzz|build/unit_\w+|"
    r"tests/\S+|contrib/\S+|python3|systemctl|systemd-\S+|apt\S*|dpkg\S*|lintian|ssh|docker|"
    r"aa-\S+|apparmor_\S+|debootstrap|journalctl)\b")
FLAG = re.compile(r"(?<![\w/-])(--[a-z][a-z-]*[a-z])")
# What begins like a name of ours: tables and columns of the store, files.
NO_ERROR_NAMES = re.compile(r"^(chains|contacts|deposits|invites|mailboxes|members|outbox|pins|"
                            r"records|rooms)\.(fingerprint|id|name|peer|tag|recipient|card)$|^messages\.key$|\.(h|db|sock|toml|pem)$|"
                            r"^relay\.(urls|proxy_password_file)$|^sotto\.tls$")


def read(path):
    return (ROOT / path).read_text()


def code_of(text):
    """Every line in a block of code, and every piece of code within a line."""
    inside = False
    for line in text.splitlines():
        if line.startswith("```"):
            inside = not inside
        elif inside:
            yield line
        else:
            yield from re.findall(r"`([^`]+)`", line)


def without_comments(text):
    return "\n".join(re.sub(r"(^|\s)//.*", "", line) for line in text.splitlines())


class Documents(harness.SottoTest):
    def setUp(self):
        super().setUp()
        offered = self.check(self.run_binary(["completion", "words", "--", ""])).out
        self.commands = [line.split("\t")[0] for line in offered.splitlines()[1:]]
        self.of_all = self.flags_on("help") | {"--help", "--version"}
        self.flags = {name: self.flags_on("help", name) | self.of_all for name in self.commands}
        self.any = set().union(*self.flags.values())
        self.assertGreater(len(self.any), 60)

    def flags_on(self, *page):
        text = self.check(self.run_binary(list(page), env={"COLUMNS": "100"})).out
        return set(re.findall(r"^  (?:-\w, |    )(--[a-z-]+)", text, re.M))

    def test_every_flag_in_them_exists(self):
        for page in PAGES:
            for code in code_of(page.read_text()):
                if OTHER_PROGRAMS.match(code.strip()):
                    continue
                for flag in FLAG.findall(code):
                    self.assertTrue(flag in self.any, f"{page.name}: no flag {flag}: {code}")

    def test_every_command_in_them_exists_and_has_its_flags(self):
        seen = set()
        for page in PAGES:
            for code in code_of(page.read_text()):
                # To the end of that command: a pipe, another command, a comment.
                for line in re.findall(r"(?<![\w/=.-])sotto ((?:-{1,2}\w[\w-]*(?:[ =](?!-)[\w./~-]+)? )*"
                                       r"[a-z]+\b[^|;&#]*)", code):
                    words = [word for word in line.split() if not word.startswith("-")]
                    name = next((word for word in words if word in self.commands), None)
                    self.assertIsNotNone(name, f"{page.name}: no command in `sotto {line}`")
                    seen.add(name)
                    for flag in FLAG.findall(line.split("  ")[0]):
                        self.assertTrue(flag in self.flags[name],
                                        f"{page.name}: not {flag}: sotto {line}")
        self.assertGreater(len(seen), 15)

    def test_every_command_is_in_the_readme(self):
        text = read("README.md")
        for name in self.commands:
            self.assertRegex(text, rf"`(sotto )?{name}\b", name)

    def test_exit_codes_are_those_of_the_program(self):
        rows = re.findall(r"^\| ([\d, ]+) \| (.+) \|$", read("docs/errors.md"), re.M)
        page = self.check(self.run_binary(["help"], env={"COLUMNS": "100"})).out
        shown = re.findall(r"^  (\d[\d, ]*?)  +(\S.*)$", page.split("Exit codes\n")[1], re.M)
        self.assertEqual(rows, shown)
        self.assertEqual(len(rows), 11)

    def test_every_name_in_the_sources_is_explained(self):
        explained = set(re.findall(r"`([a-z]+(?:\.[a-z_]+)+)`", read("docs/errors.md")))
        names = set()
        for source in sorted((ROOT / "src").rglob("*.cpp")) + sorted((ROOT / "src").rglob("*.h")):
            text = without_comments(source.read_text())
            for name in re.findall(r'"([a-z]+(?:\.[a-z_]+)+)"', text):
                if NO_ERROR_NAMES.search(name):
                    continue
                names.add(name)
                self.assertTrue(name in explained, f"{source.name}: {name} is not in errors.md")
        self.assertGreater(len(names), 150)
        known = names | {"host.unverified"}
        self.assertEqual({name for name in explained
                          if name not in known and not NO_ERROR_NAMES.search(name)}, set())

    def test_every_variable_of_the_environment_is_in_the_manual(self):
        manual = (pathlib.Path(harness.BINARY).resolve().parent / "man" / "sotto.1").read_text()
        section = manual.split(".SH ENVIRONMENT\n")[1].split(".SH ")[0]
        said = set(re.findall(r"[A-Z][A-Z_]+", "\n".join(
            line for line in section.splitlines() if line.startswith(".B "))))
        read_by = set()
        for source in (ROOT / "src").rglob("*.cpp"):
            text = source.read_text()
            for call in re.findall(r'(?:getenv|variable)\(\s*"([A-Z_]+)"', text):
                read_by.add(call)
            if "getenv" in text:
                for row in re.findall(r"for \(const char\* \w+ : \{([^}]*)\}", text):
                    read_by |= set(re.findall(r'"([A-Z_]+)"', row))
        self.assertGreater(len(read_by), 8)
        self.assertEqual(said - read_by, set())
        # What a service manager says to us is no matter of the person's.
        self.assertEqual({name for name in read_by - said
                          if not re.match(r"NOTIFY_|LISTEN_|WATCHDOG_", name)}, set())

    def test_links_lead_somewhere(self):
        for page in [*PAGES, *(ROOT / "docs" / "decisions").glob("*.md")]:
            for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
                if not target.startswith("http"):
                    self.assertTrue((page.parent / target).exists(), f"{page.name}: {target}")

    def test_every_page_is_in_the_list(self):
        text = read("docs/README.md")
        for page in sorted((ROOT / "docs").glob("*.md")):
            if page.name != "README.md":
                self.assertIn(f"({page.name})", text)
        decisions = read("docs/decisions/README.md")
        for page in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
            self.assertIn(f"({page.name})", decisions)


if __name__ == "__main__":
    unittest.main(verbosity=2)
