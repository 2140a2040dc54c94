"""What README.md shows is what happens: its transcript is made anew and compared, and its recipes
are carried out.  Those over Tor are in tor_readme_test.py.

`readme_test.py --write` (`make readme`) puts the transcript of this program into the page.
"""
import os
import re
import select
import subprocess
import sys
import time

import harness
import readme
from terminal import Terminal

BINARY = os.path.abspath(harness.BINARY)
PASSPHRASE = "correct horse battery staple"


class Terminals(harness.SottoTest):
    """Anna and Bob, each at a terminal that cannot be painted."""

    def setUp(self):
        super().setUp()
        self.init("anna", "bob")
        self.fingerprints = {who: self.identity(who)["fingerprint"] for who in ("anna", "bob")}
        # So that the commands can be as short as in the page.
        settings = self.folder / ".config" / "sotto"
        settings.mkdir(parents=True)
        (settings / "config.toml").write_text('bind = "127.0.0.1"\n')

    def env(self, who):
        return harness.environment(self.folder) | {
            "SOTTO_HOME": str(self.home(who)), "TERM": "dumb", "PWD": str(self.folder),
            "PATH": ":".join([str(self.folder / "bin"), os.path.dirname(BINARY),
                              os.environ["PATH"]])}

    def terminal(self, who, line):
        terminal = Terminal(line.split()[1:], self.env(who), self.folder)
        terminal.line = f"{who}$ {line}\n"
        self.addCleanup(self.end, terminal)
        return terminal

    def end(self, terminal):
        if terminal.code is None:
            os.kill(terminal.pid, 15)
            terminal.wait()

    @staticmethod
    def type(terminal, text):
        """A line, and its echo."""
        os.write(terminal.screen, text.encode() + b"\n")
        terminal.read_until(text)

    @staticmethod
    def answer(terminal, question, text):
        terminal.read_until(question)
        time.sleep(0.1)  # what is typed before echo is off is thrown away
        os.write(terminal.screen, text.encode() + b"\n")

    @staticmethod
    def settle(terminal):
        """What else is shown, such as that the message has arrived."""
        while select.select([terminal.screen], [], [], 0.5)[0]:
            terminal.seen += os.read(terminal.screen, 4096).decode("utf-8", "replace")

    def shell(self, who, line):
        done = subprocess.run(["bash", "-c", line], env=self.env(who), cwd=self.folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout)
        return f"{who}$ {line}\n{done.stdout}"


class Talk(Terminals):
    def transcript(self):
        """The blocks by name, as they come."""
        anna = self.terminal("anna", "sotto host lobby --export lobby.sotto")
        self.answer(anna, "Passphrase for the connection file:", PASSPHRASE)
        self.answer(anna, "The same again:", PASSPHRASE)
        anna.read_until("connection file lobby.sotto")
        bob = self.terminal("bob", "sotto join lobby.sotto")
        self.answer(bob, "Passphrase of the connection file:", PASSPHRASE)
        anna.read_until("joined")
        bob.read_until("linked to")
        self.type(bob, "is this thing on?")
        anna.read_until("bob: is this thing on?")
        self.settle(bob)
        self.type(anna, "it is. compare fingerprints by phone?")
        bob.read_until("anna: it is. compare fingerprints by phone?")

        for side in (anna, bob):
            self.settle(side)

        verifier = self.terminal("anna", "sotto verify bob --live")
        verifier.read_until("Waiting")
        other = self.terminal("bob", "sotto verify anna --live")
        for side in (verifier, other):
            self.answer(side, "Does", "y")
        self.assertEqual((verifier.wait(), other.wait()), (0, 0), verifier.seen + other.seen)
        talk = {"talk-anna": anna.line + anna.seen, "talk-bob": bob.line + bob.seen,
                "verify": verifier.line + verifier.seen}

        os.write(bob.screen, b"\x04")
        self.assertEqual(bob.wait(), 0, bob.seen)
        talk["send"] = (self.shell("bob", "date | sotto send lobby") + self.shell(
            "bob", "sotto --json history lobby --limit 1 | jq -r '.messages[].text'"))
        port = re.search(r"127\.0\.0\.1:(\d+)", anna.seen)[1]
        return {name: readme.settled(text.replace("\r", ""), self.fingerprints, port)
                for name, text in talk.items()}

    def test_the_transcript_is_what_happens(self):
        shown = readme.blocks()
        for name, text in self.transcript().items():
            self.assertEqual(shown[name], text,
                             f"the block '{name}' of README.md: `make readme` writes it anew")


class Recipes(Terminals):
    def test_alert_from_cron(self):
        block = readme.blocks()["cron"]
        lines = dict(readme.commands(block))
        # The desktop's own program is not everywhere.
        note = self.folder / "note"
        (self.folder / "bin").mkdir()
        show = self.folder / "bin" / "notify-send"
        show.write_text(f'#!/bin/sh\nprintf "%s: %s\\n" "$@" > {note}\n')
        show.chmod(0o700)
        desk = subprocess.Popen(["bash", "-c", "exec " + lines["desk"]], env=self.env("anna"),
                                cwd=self.folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(desk.stdout.close)
        self.addCleanup(desk.wait)
        self.addCleanup(desk.terminate)
        self.assertIn(b"ready", desk.stdout.readline())
        self.shell("bob", lines["server"])
        schedule, command = re.search(r"^((?:[\d*/,-]+ ){5}) *(.*)$", block, re.M).groups()
        self.assertEqual(len(schedule.split()), 5)
        self.assertNotIn("%", command)  # which ends the command in a crontab
        command = command.replace("/usr/local/bin/sotto", BINARY)
        self.assertIn(BINARY, command)
        # As cron runs it: /bin/sh, nobody at the terminal, and hardly anything in the environment.
        done = subprocess.run(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, cwd=self.home("bob"), timeout=harness.PATIENCE,
                              env={"HOME": self.server_home(), "LOGNAME": "bob", "SHELL": "/bin/sh",
                                   "PATH": "/usr/bin:/bin"})
        # What it prints, cron mails.
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        deadline = time.monotonic() + harness.PATIENCE
        while not (note.exists() and note.read_text()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        self.assertRegex(note.read_text(), r"^bob: .*%")

    def test_send_a_big_file(self):
        lines = dict(readme.commands(readme.blocks()["file"]))
        content = os.urandom(1 << 20) * 64
        (self.folder / "holiday.tar").write_bytes(content)
        (self.folder / "inbox").mkdir()
        anna = self.terminal("anna", lines["anna"])
        self.answer(anna, "Passphrase for the connection file:", PASSPHRASE)
        self.answer(anna, "The same again:", PASSPHRASE)
        anna.read_until("connection file drop.sotto")
        bob = self.terminal("bob", lines["bob"])
        self.answer(bob, "Passphrase of the connection file:", PASSPHRASE)
        self.assertEqual(bob.wait(), 0, bob.seen)
        self.assertEqual((self.folder / "inbox" / "holiday.tar").read_bytes(), content)

    def test_run_a_relay(self):
        port = harness.free_port()
        (vps, run), (_, show), (anna, host) = [
            (who, line.replace("0.0.0.0:443", f"127.0.0.1:{port}")
             .replace("relay.example", "127.0.0.1"))
            for who, line in readme.commands(readme.blocks()["relay"])]
        self.assertEqual((vps, anna), ("vps", "anna"))
        relay = subprocess.Popen(["bash", "-c", "exec " + run], env=self.env("anna"),
                                 cwd=self.folder, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(relay.stdout.close)
        self.addCleanup(relay.wait)
        self.addCleanup(relay.terminate)
        self.assertIn(b"listening on", relay.stdout.readline())
        self.shell("bob", show)
        url = (self.folder / "url").read_text().strip()
        room = self.terminal("anna", host.replace('"$(cat url)"', url))
        room.read_until(f"relay 127.0.0.1:{port}")

    def server_home(self):
        """A person's home with bob's profile where it lies by default."""
        place = self.folder / "server" / ".local" / "share"
        place.mkdir(parents=True)
        os.symlink(self.home("bob"), place / "sotto")
        return str(self.folder / "server")


class WhatIsSaid(harness.SottoTest):
    def test_the_two_commands_exist(self):
        makefile = (readme.PAGE.parent / "Makefile").read_text()
        for target in re.findall(r"^make (\w+)", readme.PAGE.read_text(), re.M):
            self.assertRegex(makefile, rf"(?m)^{target}\b.*:", target)

    def test_every_block_is_tested_or_of_make(self):
        text = readme.BLOCK.sub("", readme.PAGE.read_text())
        for block in re.findall(r"^```\n(.*?)^```$", text, re.M | re.S):
            self.assertRegex(block, r"^(sudo )?(make|contrib/|systemctl --user)")


def write():
    """The transcript of this program into README.md."""
    class Writer(Talk):
        def runTest(self):
            readme.write(self.transcript())
    result = harness.unittest.TextTestRunner().run(Writer())
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    write() if sys.argv[1:] == ["--write"] else harness.main()
