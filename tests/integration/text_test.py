"""What a message may hold, and how foreign text is shown: never so that a terminal obeys it."""
import subprocess

import harness

LIMIT = 1 << 20
HOSTILE = "\x1b[2J\x1b]0;pwned\x07 \u202eright to left\u202c \x9b31m \x7f zero\u200bwidth"
DANGERS = ["\x1b", "\x07", "\u202e", "\u202c", "\x9b", "\x7f", "\u200b"]


class Limits(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.stream_of_host = self.host("anna")
        self.check(self.sotto("bob", "import", self.invite("anna")))

    def test_one_mebibyte_is_fine(self):
        text = "x" * LIMIT
        self.delivered(self.send("bob", "lobby", text))
        self.assertEqual(self.stream_of_host.expect("message")["text"], text)
        self.delivered(self.send("bob", "lobby", text + "\n"))
        self.assertEqual(self.stream_of_host.expect("message")["text"], text)

    def test_one_byte_more_is_not(self):
        done = self.refused(self.send("bob", "lobby", "x" * (LIMIT + 1)), 9, "message.too_large")
        self.assertEqual(done.json["status"], "cancelled")
        # Before anything else is touched: not even a profile is made.
        self.refused(self.send("nobody", "lobby", "x" * (LIMIT + 1)), 9, "message.too_large")
        self.assertFalse(self.home("nobody").exists())
        self.assertEqual(self.texts("bob"), [])

    def test_a_line_over_the_limit_is_told_and_passed_over(self):
        member = self.join("bob", "lobby")
        member.type("before\n" + "x" * (LIMIT + 1) + "\nafter\n")
        self.assertEqual(member.expect("error")["code"], "message.too_large")
        member.end_input()
        self.assertEqual(member.wait(), 9)  # not all of it was delivered
        self.assertEqual(member.all[-1]["event"], "closed")
        self.stream_of_host.stop()
        self.assertEqual(self.stream_of_host.messages(), ["before", "after"])

    def test_only_text_is_a_message(self):
        self.refused(self.send("bob", "lobby", b"caf\xe9"), 9, "message.not_text")
        self.refused(self.send("bob", "lobby", ""), 2, "usage.syntax")
        self.refused(self.send("bob", "lobby", "\n"), 2, "usage.syntax")
        self.refused(self.send("bob", "lobby", None), 2, "usage.syntax")

    def test_text_arrives_as_it_was(self):
        for text in ("caf\u00e9 \u674e \U0001f98a", "two\nlines\n\nand a gap", " spaces ", "\ttab",
                     "nul \x00 inside", HOSTILE):
            with self.subTest(text):
                self.delivered(self.send("bob", "lobby", text))
                self.assertEqual(self.stream_of_host.expect("message")["text"], text)
                self.assertEqual(self.texts("anna")[-1], text)


class Display(harness.SottoTest):
    def harmless(self, raw):
        text = raw.decode()
        for danger in DANGERS:
            self.assertNotIn(danger, text)

    def test_hostile_text_is_shown_escaped(self):
        arguments = ["--home", str(self.home("anna")), "--no-input"]
        host = subprocess.Popen([harness.BINARY, *arguments, "host", "lobby", "--bind",
                                 "127.0.0.1", "--export", self.path("inv"), "--unsealed"],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=harness.environment(self.folder))
        self.addCleanup(host.communicate)
        self.addCleanup(host.kill)
        ready = host.stdout.readline()
        self.assertIn(b"room lobby", ready)
        self.delivered(self.send("bob", self.path("inv"), HOSTILE + "\nforged line"))
        host.terminate()
        out, err = host.communicate(timeout=harness.PATIENCE)
        self.assertEqual(host.returncode, 143, err)
        self.assertIn(rb"\x1b[2J", out)
        self.assertIn(rb"\u202e", out)
        self.assertIn(b"\n      forged line", out)
        self.harmless(out + err)
        for home in ("anna", "bob"):
            text = self.check(self.sotto(home, "--color", "never", "history", "lobby"))
            self.assertIn(r"\x1b[2J", text.out)
            self.harmless(text.raw_out)
            self.harmless(self.check(self.sotto(home, "--json", "history", "lobby")).raw_out)

    def test_hostile_names_are_refused(self):
        for name in ("a\x1b[31mb", "a\u202eb", "a\nb", " ", "a\u200bb", "x" * 65, "a\x7f"):
            with self.subTest(name):
                done = self.refused(self.sotto("eve", "init", "--name", name), 9, "name.invalid")
                self.harmless(done.raw_err)
                self.assertFalse((self.home("eve") / "profile.sotto").exists())
        done = self.sotto("anna", "host", "a\x1b[31mb", "--bind", "127.0.0.1")
        self.refused(done, 9, "name.invalid")
        self.harmless(done.raw_err)

    def test_hostile_words_in_errors_are_escaped(self):
        for arguments in (["send", HOSTILE, "-m", "hi"], ["import", HOSTILE], [HOSTILE],
                          ["history", HOSTILE], ["id", "--" + HOSTILE],
                          ["host", "--bind", HOSTILE],
                          ["id", "--home", self.path("new"), "--passphrase-file", HOSTILE],
                          ["join", "x", "--fingerprint", HOSTILE]):
            done = self.sotto("bob", *arguments)
            self.assertNotEqual(done.code, 0, str(done))
            self.harmless(done.raw_err)
            self.harmless(done.raw_out)


if __name__ == "__main__":
    harness.main()
