"""The command line itself: help, usage errors, passphrases, streams that are closed."""
import os
import subprocess

import harness
from terminal import Terminal


class Usage(harness.SottoTest):
    def test_help_and_version_go_to_standard_output(self):
        for arguments in (["--help"], ["--version"], ["send", "--help"], ["host", "-h"]):
            done = self.check(self.run_binary(arguments))
            self.assertTrue(done.out)
            self.assertEqual(done.err, "")
        self.assertFalse((self.folder / ".local").exists())

    def test_usage_errors_are_one_sentence(self):
        for arguments in ([], ["hots"], ["send"], ["host", "--port", "x"], ["id", "--frob"],
                          ["id", "extra"], ["history"], ["export", "x"], ["--color", "x", "id"]):
            for json_flag in ([], ["--json"]):
                done = self.run_binary([*json_flag, *arguments])
                self.refused(done, 2, "usage.syntax")
                self.assertEqual(done.err.count("\n"), 1)
                if not json_flag:
                    self.assertEqual(done.out, "")
        self.assertIn("did you mean 'host'?", self.run_binary(["hots"]).err)

    def test_global_flags_stand_anywhere(self):
        before = self.check(self.run_binary(["--home", self.path("h"), "--json", "id"]))
        after = self.check(self.run_binary(["id", "--json", "--home", self.path("h")]))
        self.assertEqual(before.json, after.json)

    def test_the_home_comes_from_the_environment(self):
        cases = [({"SOTTO_HOME": self.path("own")}, "own"),
                 ({"XDG_DATA_HOME": self.path("data")}, "data/sotto"), ({}, ".local/share/sotto")]
        for env, place in cases:
            self.check(self.run_binary(["--no-input", "id"], env=env))
            self.assertTrue((self.folder / place / "profile.sotto").exists(), place)
        done = self.run_binary(["id"], env={"HOME": ""})
        self.refused(done, 2, "usage.no_home")

    def test_color_only_where_asked(self):
        plain = self.check(self.sotto("anna", "id"))
        self.assertNotIn("\x1b", plain.out)
        color = self.check(self.sotto("anna", "id", "--color", "always"))
        self.assertIn("\x1b[", color.out)
        for words in (["--help"], ["send", "--help"], ["help"]):
            self.assertIn("\x1b[", self.check(self.run_binary([*words, "--color", "always"])).out)
            self.assertNotIn("\x1b", self.check(self.run_binary(words)).out)
        done = self.check(self.sotto("anna", "--json", "id", "--color", "always"))
        self.assertNotIn("\x1b", done.out)


class Streams(harness.SottoTest):
    def test_a_closed_output_ends_a_query_silently(self):
        self.init("anna")
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([harness.BINARY, "--home", str(self.home("anna")), "id"],
                              stdout=writer, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              env=harness.environment(self.folder))
        os.close(writer)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        closed = subprocess.run(["sh", "-c", '"$0" "$@" >&-', harness.BINARY, "--home",
                                 str(self.home("anna")), "id"], stderr=subprocess.PIPE,
                                env=harness.environment(self.folder))
        self.assertEqual((closed.returncode, closed.stderr), (0, b""))
        self.identity("anna")  # and nothing of the profile was overwritten

    def test_a_full_disk_is_no_closed_output(self):
        self.init("anna")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([harness.BINARY, "--home", str(self.home("anna")), "id"],
                                  stdout=full, stderr=subprocess.PIPE,
                                  env=harness.environment(self.folder))
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"[output.failed]", done.stderr)

    def test_what_could_not_be_shown_is_shown_later(self):
        process = subprocess.Popen([harness.BINARY, "--home", str(self.home("anna")), "--json",
                                    "host", "lobby", "--bind", "127.0.0.1"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL,
                                   env=harness.environment(self.folder))
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertIn(b'"event":"ready"', process.stdout.readline())
        process.stdout.close()  # the reader goes, the host stays
        self.delivered(self.send("bob", self.invite("anna"), "unseen"))
        process.terminate()
        self.assertEqual(process.wait(harness.PATIENCE), 143)
        again = self.host("anna")
        again.stop()
        message = again.expect("message")
        self.assertEqual((message["text"], message["again"]), ("unseen", True))
        third = self.host("anna")
        third.stop()
        self.assertEqual(third.messages(), [])

    def test_a_host_runs_without_any_input(self):
        arguments = [harness.BINARY, "--home", str(self.home("anna")), "--json", "host", "lobby",
                     "--bind", "127.0.0.1"]
        process = subprocess.Popen(["sh", "-c", 'exec "$0" "$@" <&-', *arguments],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=harness.environment(self.folder))
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertIn(b'"event":"ready"', process.stdout.readline())
        self.delivered(self.send("bob", self.invite("anna"), "hi"))
        for line in process.stdout:  # to the message; the end of output would end it as well
            if b'"message"' in line:
                break
        self.assertIn(b'"hi"', line)
        process.terminate()
        self.assertEqual(process.wait(harness.PATIENCE), 143)


class Passphrases(harness.SottoTest):
    def test_a_profile_with_a_passphrase(self):
        good = self.file("good", "correct horse\n")
        made = self.check(self.sotto("anna", "--json", "init", "--name", "anna",
                                     "--passphrase-file", good))
        self.assertEqual(made.json["locked_by"], "passphrase")
        self.assertFalse((self.home("anna") / "profile.key").exists())
        done = self.refused(self.sotto("anna", "--json", "id"), 2, "usage.needs_flag")
        self.assertIn("--passphrase-file", done.err)
        self.check(self.sotto("anna", "id", "--passphrase-file", good))
        self.check(self.sotto("anna", "id", "--passphrase-file", "-", stdin="correct horse\n"))
        self.check(self.sotto("anna", "id", "--passphrase-fd", "0", stdin="correct horse\r\n"))
        self.refused(self.sotto("anna", "--json", "id", "--passphrase-file",
                                self.file("bad", "battery\n")), 5, "store.wrong_passphrase")
        self.refused(self.sotto("anna", "id", "--passphrase-file", self.file("none", "\n")), 9,
                     "passphrase.empty")
        self.refused(self.sotto("anna", "id", "--passphrase-file", self.path("missing")), 9,
                     "passphrase.file")
        open_to_all = self.file("open", "correct horse\n", 0o644)
        self.assertIn("chmod 600", self.check(self.sotto("anna", "id", "--passphrase-file",
                                                         open_to_all)).err)

    def test_standard_input_serves_one_thing(self):
        done = self.sotto("anna", "send", "lobby", "--passphrase-file", "-", stdin="x\n")
        self.refused(done, 2, "usage.syntax")


class Prompts(harness.SottoTest):
    def terminal(self, home, *arguments):
        return Terminal(["--home", str(self.home(home)), *arguments],
                        harness.environment(self.folder))

    def test_init_asks_twice_and_shows_nothing(self):
        terminal = self.terminal("anna", "init", "--name", "anna")
        terminal.answer("by a key file): ", "correct horse\n")
        terminal.answer("The same again: ", "correct house\n")
        terminal.answer("Not the same.", "")
        terminal.answer("by a key file): ", "correct horse\n")
        terminal.answer("The same again: ", "correct horse\n")
        self.assertEqual(terminal.wait(), 0, terminal.seen)
        self.assertNotIn("horse", terminal.seen)
        self.assertIn("locked by    your passphrase", terminal.seen)
        terminal = self.terminal("anna", "id")
        terminal.answer("Passphrase of the profile: ", "correct horse\n")
        self.assertEqual(terminal.wait(), 0, terminal.seen)

    def test_an_empty_answer_means_a_key_file(self):
        terminal = self.terminal("anna", "init", "--name", "anna")
        terminal.answer("by a key file): ", "\n")
        self.assertEqual(terminal.wait(), 0, terminal.seen)
        self.assertTrue((self.home("anna") / "profile.key").exists())

    def test_interrupting_a_question_changes_nothing(self):
        terminal = self.terminal("anna", "init", "--name", "anna")
        terminal.answer("by a key file): ", "\x03")
        self.assertEqual(terminal.wait(), 130, terminal.seen)
        self.assertFalse((self.home("anna") / "profile.sotto").exists())

    def test_a_connection_file_asks_when_written_and_read(self):
        self.host("anna")
        terminal = self.terminal("anna", "export", "lobby", "-o", self.path("inv"))
        terminal.answer("Passphrase for the connection file: ", "tea\n")
        terminal.answer("The same again: ", "tea\n")
        self.assertEqual(terminal.wait(), 0, terminal.seen)
        self.init("bob")
        terminal = self.terminal("bob", "import", self.path("inv"))
        terminal.answer("Passphrase of the connection file: ", "tea\n")
        self.assertEqual(terminal.wait(), 0, terminal.seen)
        terminal = self.terminal("anna", "export", "lobby", "-o", self.path("inv2"))
        terminal.answer("Passphrase for the connection file: ", "\n")
        self.assertEqual(terminal.wait(), 9, terminal.seen)
        self.assertFalse(os.path.exists(self.path("inv2")))

    def test_a_message_can_be_typed(self):
        host = self.host("anna")
        self.check(self.sotto("bob", "import", self.invite("anna")))
        terminal = self.terminal("bob", "send", "lobby")
        terminal.answer("Ctrl-D on a line of its own sends it.", "two\nlines\n\x04")
        self.assertEqual(terminal.wait(), 0, terminal.seen)
        self.assertEqual(host.expect("message")["text"], "two\nlines")
        terminal = self.terminal("bob", "--no-input", "send", "lobby")
        self.assertEqual(terminal.wait(), 2)
        self.assertIn("[usage.needs_flag]", terminal.seen)

    def test_no_input_never_asks(self):
        terminal = self.terminal("anna", "--no-input", "init", "--name", "anna")
        self.assertEqual(terminal.wait(), 0, terminal.seen)
        self.assertIn("a key file", terminal.seen)


if __name__ == "__main__":
    harness.main()
