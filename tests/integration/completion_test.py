"""Completion: what sotto answers to the shells, and bash, zsh and fish themselves.

The shells are real, each in a terminal of its own, where somebody types and presses Tab; what
they put in is read back as the words that a command would get.
"""
import os
import shutil
import signal
import subprocess
import unittest

import harness
import shells

HOSTILE = ["my room", "it's", 'a "b"', "$(touch pwned)", "`touch pwned`;x", "back\\slash", "!!",
           "*", "~tilde", "Köln", "c:d", "e=f"]
PRINTER = ("printf '%s\\n' '<'begin\\>; printf '<%s>\\n' {}; printf '%s\\n' '<'end\\>")


class Home(harness.SottoTest):
    """Anna hosts rooms, some with names that a shell could obey, and knows bob."""

    def setUp(self):
        super().setUp()
        self.check(self.sotto("anna", "init", "--name", "anna"))
        for room in [*HOSTILE, "lobby"]:
            self.make_room(room)
        host = self.host("anna")
        card = self.invite("anna", file="inv")
        self.check(self.sotto("bob", "init", "--name", "bob"))
        self.delivered(self.send("bob", card, "hi"))
        host.stop()

    def make_room(self, room):
        host = self.stream("anna", "host", "--bind", "127.0.0.1", "--", room)
        host.expect("ready")
        host.stop()

    def ask(self, *words, home="anna", env=None):
        """The first line's kind, and the words that are offered."""
        done = self.check(self.run_binary(["completion", "words", "--", *words],
                                          env={"SOTTO_HOME": self.path(home)} | (env or {})))
        self.assertEqual(done.err, "")
        first, *lines = done.out.splitlines()
        return first.split("\t")[0], [line.split("\t")[0] for line in lines], done.seconds


class Answers(Home):
    def test_names_come_from_the_profile(self):
        kind, rooms, _ = self.ask("rooms", "show", "")
        self.assertEqual((kind, sorted(rooms)), ("none", sorted([*HOSTILE, "lobby"])))
        self.assertEqual(self.ask("verify", "")[1], ["bob"])
        self.assertEqual(self.ask("join", "lo")[:2], ("files", ["lobby"]))
        self.assertIn("bob", self.ask("history", "")[1])
        self.assertIn("lobby", self.ask("history", "")[1])
        self.assertEqual(self.ask("host", "", home="bob")[1], [])  # he hosts none
        self.assertEqual(self.ask("join", "", home="bob")[1], ["lobby"])

    def test_names_come_from_the_profile_of_that_line(self):
        there = self.path("bob")
        self.assertEqual(self.ask("--home", there, "verify", "")[1], ["anna"])
        self.assertEqual(self.ask("verify", f"--home={there}", "")[1], ["anna"])
        settings = self.file("settings", f'home = "{there}"\n')
        self.assertEqual(self.ask("--config", settings, "verify", "", env={"SOTTO_HOME": ""})[1],
                         ["anna"])
        broken = self.file("broken", "nonsense\n")
        self.assertEqual(self.ask("--config", broken, "verify", "")[1], [])

    def test_the_owner_is_asked_where_there_is_one(self):
        self.host("anna")
        self.assertEqual(self.ask("verify", "")[1], ["bob"])

    def test_nothing_is_made(self):
        self.assertEqual(self.ask("rooms", "show", "", home="nobody")[1], [])
        self.assertFalse(self.home("nobody").exists())
        before = sorted(self.home("anna").iterdir())
        self.ask("rooms", "show", "")
        self.assertEqual(sorted(self.home("anna").iterdir()), before)

    def test_a_locked_profile_gives_none_and_asks_nothing(self):
        secret = self.file("secret", "correct horse\n")
        self.check(self.sotto("carol", "init", "--name", "carol", "--passphrase-file", secret))
        self.assertEqual(self.ask("rooms", "show", "", home="carol")[1], [])
        # Not even the one that the line gives: it takes Argon2id a while.
        self.assertEqual(self.ask("rooms", "--passphrase-file", secret, "show", "",
                                  home="carol")[1], [])
        host = self.stream("carol", "host", "den", "--bind", "127.0.0.1", "--passphrase-file",
                           secret)
        host.expect("ready")
        self.assertEqual(self.ask("rooms", "show", "", home="carol")[1], ["den"])

    def test_nobody_waits_for_it(self):
        times = sorted(self.ask("rooms", "show", "")[2] for _ in range(9))
        print(f"a tab takes {times[0] * 1000:.0f} ms, starting the program included")
        # The quickest: others may keep the machine busy.
        if not any(key.endswith("SAN_OPTIONS") for key in os.environ):
            self.assertLess(times[0], 0.05)

    def test_an_owner_that_hangs_is_not_waited_for(self):
        host = self.host("anna")
        host.send_signal(signal.SIGSTOP)
        kind, names, seconds = self.ask("join", "")
        host.send_signal(signal.SIGCONT)
        self.assertEqual((kind, names), ("files", []))
        self.assertLess(seconds, 2)


class Shells:
    """What all three do; `arguments` and `setup` say how each is started."""

    @classmethod
    def setUpClass(cls):
        if not shutil.which(cls.arguments[0]):
            raise unittest.SkipTest(f"there is no {cls.arguments[0]}")

    def setUp(self):
        super().setUp()
        self.file("my file.sotto")
        self.home("a folder").mkdir()
        self.home("lobby").mkdir()  # as the room is called
        self.shell = shells.Shell(self.arguments, self.folder, self.setup)
        self.addCleanup(self.shell.close)

    def typed(self, line, *wanted):
        # Some shells take the slash behind a folder away again when the line ends.
        words = [word.rstrip("/") for word in self.shell.words(line)]
        self.assertEqual(words, ["sotto", *wanted], line)

    def test_commands_flags_and_fixed_values(self):
        self.typed("sotto comp", "completion")
        self.typed("sotto --json hist", "--json", "history")
        self.typed("sotto help outb", "help", "outbox")
        self.typed("sotto send --wa", "send", "--wait")
        self.typed("sotto send lobby --fing", "send", "lobby", "--fingerprint")
        self.typed("sotto id --passphrase-fi", "id", "--passphrase-file")
        self.typed("sotto --color al", "--color", "always")
        self.typed("sotto --color=al", "--color=always")
        self.typed("sotto send lobby --wait del", "send", "lobby", "--wait", "delivered")
        self.typed("sotto contacts unb", "contacts", "unblock")

    def test_files_and_folders(self):
        wanted = "my file.sotto"
        self.typed("sotto import my", "import", wanted)
        self.typed("sotto import 'my", "import", wanted)
        self.typed("sotto import \"my", "import", wanted)
        self.typed("sotto export lobby -o my", "export", "lobby", "-o", wanted)
        self.typed("sotto export lobby --output=my", "export", "lobby", "--output=" + wanted)
        self.typed("sotto join ./my", "join", "./" + wanted)
        self.typed("sotto join my\\ f", "join", wanted)
        self.typed("sotto import ~/my", "import", self.path(wanted))
        self.typed("sotto --home a\\ f", "--home", "a folder")
        self.typed("sotto --home my", "--home", "my")  # that is a file

    def test_names(self):
        self.typed("sotto rooms show lo", "rooms", "show", "lobby")
        self.typed("sotto rooms kick lobby b", "rooms", "kick", "lobby", "bob")
        self.typed("sotto verify b", "verify", "bob")
        self.typed("sotto --home ./bob verify a", "--home", "./bob", "verify", "anna")

    def test_names_are_quoted(self):
        """However it is begun: what comes out is that name, one word, and nothing was run."""
        begun = {"my room": ["my", "'my", '"my', "my\\ r"],
                 "it's": ["it", "'it", '"it'],
                 'a "b"': ["a\\ ", "'a ", '"a '],
                 "$(touch pwned)": ["\\$", "'$"],
                 "`touch pwned`;x": ["\\`", "'`"],
                 "back\\slash": ["back", "'back", '"back'],
                 "!!": ["'!"],
                 "*": ["\\*", "'*"],
                 "~tilde": ["\\~", "'~"],
                 "Köln": ["K", "'K", '"K'],
                 "c:d": ["c", "c:", "'c:"],
                 "e=f": ["e", "e=", "'e="]}
        self.assertEqual(sorted(begun), sorted(HOSTILE))
        for room, beginnings in begun.items():
            for beginning in beginnings:
                self.typed("sotto rooms show " + beginning, "rooms", "show", room)
        self.assertFalse(self.home("pwned").exists())


class Bash(Shells, Home):
    arguments = ["bash", "--norc", "--noprofile", "-i"]
    setup = ["PS1='$ '; set +o history", "args() { " + PRINTER.format('"$@"') + "; }",
             "source <(sotto completion bash)"]

    def test_goes_with_the_package_bash_completion(self):
        loader = "/usr/share/bash-completion/bash_completion"
        if not os.path.exists(loader):
            self.skipTest("there is no bash-completion")
        folder = self.home("data") / "bash-completion" / "completions"
        folder.mkdir(parents=True)
        (folder / "sotto").write_text(self.check(self.run_binary(["completion", "bash"])).out)
        shell = shells.Shell(self.arguments, self.folder,
                             [*self.setup[:2], "complete -r", f"source {loader}"])
        self.addCleanup(shell.close)
        # The first tab loads the file.
        self.assertEqual(shell.words("sotto rooms show my"), ["sotto", "rooms", "show", "my room"])
        self.assertEqual(shell.words("sotto --color=al"), ["sotto", "--color=always"])

    def test_all_that_fits_is_offered(self):
        self.assertEqual(self.shell.words("sotto rooms ", "\x1b*")[2:],
                         sorted(["list", "show", "close", "remove", "kick"]))


class Zsh(Shells, Home):
    arguments = ["zsh", "-f", "-i"]
    setup = ["PS1='$ '; unsetopt zle_bracketed_paste bang_hist; bindkey -e",
             "args() { " + PRINTER.format('"$@"') + "; }",
             "autoload -Uz compinit; compinit -u -D", "source <(sotto completion zsh)"]

    def test_loads_from_a_folder_of_functions(self):
        folder = self.home("functions")
        folder.mkdir()
        (folder / "_sotto").write_text(self.check(self.run_binary(["completion", "zsh"])).out)
        shell = shells.Shell(self.arguments, self.folder,
                             [*self.setup[:2], f"fpath=({folder} $fpath)", self.setup[2]])
        self.addCleanup(shell.close)
        self.assertEqual(shell.words("sotto rooms show my"), ["sotto", "rooms", "show", "my room"])
        self.assertEqual(shell.words("sotto se"), ["sotto", "send"])

    def test_says_what_the_words_are_for(self):
        self.shell.type("\x15sotto ba\t")
        self.shell.type("\x15sotto \t")
        self.shell.read_until("-- Host a room and talk in it")


class Fish(Shells, Home):
    arguments = ["fish", "--no-config", "-i"]
    setup = ["function args; " + PRINTER.format("$argv") + "; end",
             "sotto completion fish | source"]

    def test_says_what_it_would_offer(self):
        done = subprocess.run(["fish", "--no-config", "-c", 'sotto completion fish | source; '
                               'complete -C "sotto hos"; complete -C "sotto rooms show "'],
                              env=shells.environment(self.folder), cwd=self.folder,
                              capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        host, *rooms = done.stdout.splitlines()
        self.assertEqual(host, "host\tHost a room and talk in it")
        self.assertEqual(sorted(line.split("\t")[0] for line in rooms),
                         sorted([*HOSTILE, "lobby"]))


class Syntax(harness.SottoTest):
    def test_each_shell_takes_its_script(self):
        for shell in ("bash", "zsh", "fish"):
            if not shutil.which(shell):
                self.skipTest(f"there is no {shell}")
            script = self.file(shell, self.check(self.run_binary(["completion", shell])).out)
            done = subprocess.run([shell, "-n", script], capture_output=True, text=True,
                                  env=shells.environment(self.folder))
            self.assertEqual((done.returncode, done.stderr), (0, ""), shell)


if __name__ == "__main__":
    harness.main()
