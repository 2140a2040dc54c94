"""The chat of host and join, as a person sees it."""
import os
import pathlib
import re
import signal
import time
import unittest

from chat_terminal import ChatTest


class Talking(ChatTest):
    def test_two_people_at_terminals(self):
        anna = self.host_chat("anna", "--export", self.path("inv"), "--unsealed")
        anna.see("nobody else here")
        bob = self.chat("bob", "join", self.path("inv"))
        bob.see_status("? anna | direct")
        bob.say("hello Anna")
        anna.see("? bob: hello Anna")
        bob.see("you: hello Anna ✓✓")
        anna.say("hello Bob")
        bob.see("? anna: hello Bob")
        anna.see("you: hello Bob ✓")
        self.assertRegex(bob.text, r"\d\d:\d\d you: hello Anna")
        bob.say("/quit")
        self.assertEqual(bob.wait(), 0)
        anna.see("? bob (")
        anna.see("left")
        anna.type("\x03")
        self.assertEqual(anna.wait(), 130)

    def test_what_arrives_does_not_tear_what_is_typed(self):
        anna, bob = self.both()
        bob.see_status("direct")
        for number in range(20):
            bob.type(f"{number},")
            anna.type(f"message {number}\n")
        typed = "".join(f"{number}," for number in range(20))
        bob.see("message 19")
        bob.see_typed(typed)
        messages = [line for line in bob.lines if "? anna: message" in line]
        self.assertEqual([int(line.rsplit(" ", 1)[1]) for line in messages], list(range(20)))
        self.assertEqual(sum(line.startswith(">") for line in bob.lines), 1, bob.text)
        bob.type("\r")
        self.assertEqual(anna.expect("message")["text"], typed)

    def test_the_line_is_edited_where_the_cursor_stands(self):
        anna, bob = self.both()
        bob.see_status("direct")
        bob.type("helo\x1b[D\x1b[Dl\x05 you\x01> ")
        bob.see_typed("> hello you")
        bob.type("\x05\x17them\r")
        self.assertEqual(anna.expect("message")["text"], "> hello them")

    def test_history_brings_lines_back(self):
        anna, bob = self.both()
        bob.see_status("direct")
        bob.say("first")
        bob.say("second")
        anna.expect("message", text="second")
        bob.type("\x1b[A\x1b[A")
        bob.see_typed("first")
        bob.type("\x1b[B")
        bob.see_typed("second")
        bob.say(" again")
        anna.expect("message", text="second again")
        # The next one starts from the newest.
        bob.type("\x1b[A")
        bob.see_typed("second again")

    def test_wide_and_combining_characters(self):
        anna, bob = self.both(columns=20)
        bob.see_status("direct")
        text = "漢字漢字漢字漢字漢字 e\u0301 ü 😀"
        for byte in text.encode():
            bob.type(bytes([byte]))  # also when a character comes in pieces
        bob.until(lambda: "ü" in bob.text, "all is echoed")
        bob.type("\x7f\x7f")
        bob.say("ß")
        self.assertEqual(anna.expect("message")["text"], "漢字漢字漢字漢字漢字 e\u0301 üß")
        anna.type("漢字 und é\n")
        bob.see("nd é")  # over two rows

    def test_a_half_character_stops_nothing(self):
        anna, bob = self.both()
        bob.see_status("direct")
        bob.type(b"a\xe6\xbc")
        anna.type("meanwhile\n")
        bob.see("? anna: meanwhile")
        bob.type(b"\xa2b")
        bob.see_typed("a漢b")

    def test_foreign_text_never_steers_the_terminal(self):
        anna, bob = self.both()
        bob.see_status("direct")
        before = len(bob.raw)
        anna.type("\x1b[2J\x1b]0;title\x07 \u202e gone\n")
        bob.see("gone")
        self.assertIn("\\x1b[2J", bob.text)
        self.assertNotIn(b"\x1b[2J", bob.raw[before:])
        self.assertNotIn(b"\x1b]0;", bob.raw)

    def test_the_unsent_line_survives_a_reconnect(self):
        host, proxy, invite = self.host_behind_proxy("anna")
        bob = self.chat("bob", "join", invite)
        bob.see_status("direct")
        bob.type("not sent yet")
        proxy.stalled = True
        proxy.cut()
        bob.see_status("reconnecting")
        bob.see_typed("not sent yet")
        bob.say(" but now")  # waits for the link
        bob.see_status("1 not delivered")
        proxy.stalled = False
        proxy.cut()
        host.expect("message", text="not sent yet but now")
        bob.until(lambda: "not delivered" not in bob.status, "the message arrived")
        bob.see("you: not sent yet but now ✓")

    def test_the_round_trip_is_real_and_stays_fresh(self):
        anna, bob = self.both()
        bob.until(lambda: re.search(r"direct, (<1|\d+) ms", bob.status), "a round trip",
                  timeout=5)
        anna.stop()

    def test_what_takes_long_says_so(self):
        host, proxy, invite = self.host_behind_proxy("anna")
        proxy.stalled = True
        bob = self.chat("bob", "join", invite)
        bob.see_status("connecting, ")
        bob.type("typed meanwhile")
        bob.see_typed("typed meanwhile")
        bob.type("\x03")
        bob.see_typed("")
        bob.type("\x03")
        self.assertEqual(bob.wait(), 130)

    def test_an_unsent_line_is_shown_when_the_room_ends(self):
        anna, bob = self.both()
        bob.see_status("direct")
        bob.type("not sent yet")
        bob.see_typed("not sent yet")
        anna.stop()
        self.assertEqual(bob.wait(), 0)
        self.assertIn("Not sent: not sent yet", bob.text)

    def test_a_terminal_that_nobody_reads_keeps_nobody_waiting(self):
        anna, bob = self.both()
        bob.see_status("direct")
        anna.type("".join(f"{number} {'x' * 200}\n" for number in range(2000)))
        # Not a byte is read from here on; the messages arrive all the same.
        for _ in range(2000):
            anna.expect("delivered")
        os.kill(bob.pid, signal.SIGTERM)
        self.assertEqual(bob.wait(reading=False), 143)

    def stalled(self, count):
        """Bob with more messages of Anna's than his terminal takes."""
        anna, bob = self.both()
        bob.see_status("direct")
        anna.type("".join(f"m{number}. {'x' * 600}\n" for number in range(count)))
        for _ in range(count):
            anna.expect("delivered")
        return anna, bob

    def test_what_the_terminal_did_not_take_comes_again(self):
        count = 300
        _, bob = self.stalled(count)
        os.kill(bob.pid, signal.SIGTERM)
        self.assertEqual(bob.wait(reading=False), 143)
        seen = {int(number) for number in re.findall(rb"m(\d+)\. ", bob.raw)}
        self.assertLess(len(seen), count)
        again = self.stream("bob", "join", "lobby")
        again.expect("message", text=f"m{count - 1}. {'x' * 600}")
        again = {int(text[1:text.index(".")]) for text in again.messages()}
        self.assertEqual(set(range(count)) - seen - again, set())

    def test_a_second_signal_gives_the_terminal_back_too(self):
        _, bob = self.stalled(300)
        os.kill(bob.pid, signal.SIGTERM)
        time.sleep(0.5)
        os.kill(bob.pid, signal.SIGTERM)
        self.assertEqual(bob.wait(reading=False), 143)
        self.assertTrue(bob.echoes())


class Pasting(ChatTest):
    def test_lines_that_are_pasted_are_one_message(self):
        anna, bob = self.both()
        bob.see_status("direct")
        bob.type("see: ")
        bob.paste("one\r\ntwo\rthree\n")
        bob.see_typed("see: one↵two↵three")
        bob.type("\x7f!\r")
        self.assertEqual(anna.expect("message")["text"], "see: one\ntwo\nthre!")
        bob.see("you: see: one")
        self.assertIn("two", bob.lines[[i for i, line in enumerate(bob.lines)
                                        if "you: see: one" in line][0] + 1])

    def test_a_long_paste_stands_there_as_a_marker(self):
        anna, bob = self.both()
        bob.see_status("direct")
        text = "\n".join(f"line {number} of a log" for number in range(500))
        bob.type("the log: ")
        bob.paste(text)
        bob.see(f"[pasted: 500 lines, {len(text)} bytes]")
        bob.say(" what now?")
        self.assertEqual(anna.expect("message")["text"], f"the log: {text} what now?")

    def test_no_key_before_it_eats_a_paste(self):
        anna, bob = self.both()
        bob.see_status("direct")
        typed = ""
        for number, before in enumerate(["\x1b", "\x16", "\x1b["]):
            bob.type(before)
            bob.look(0.2)  # longer than the rest of a key takes
            bob.paste(f"{number}.")
            typed += f"{number}."
            bob.see_typed(typed)

    def test_a_paste_that_stalls_is_not_taken_for_typing(self):
        anna, bob = self.both()
        bob.see_status("direct")
        bob.type("\x1b[200~one\rtw")
        anna.type("meanwhile\n" * 20)
        bob.look(2)
        bob.type("o\rthree\x1b[201~")
        bob.see_typed("one↵two↵three")
        self.assertEqual(anna.messages(), [])

    def test_the_marks_of_pastes_are_asked_for_and_given_back(self):
        anna, bob = self.both()
        bob.see_status("direct")
        self.assertIn(b"\x1b[?2004h", bob.raw)
        self.assertNotIn(b"\x1b[?2004l", bob.raw)
        bob.say("/quit")
        bob.wait()
        self.assertGreater(bob.raw.rfind(b"\x1b[?2004l"), bob.raw.rfind(b"\x1b[?2004h"))
        self.assertEqual(anna.stop(), 143)


class Keys(ChatTest):
    def test_interrupt_clears_a_line_and_leaves_an_empty_one(self):
        anna, bob = self.both()
        bob.see_status("direct")
        self.assertFalse(bob.echoes())
        bob.type("never mind")
        bob.see_typed("never mind")
        bob.type("\x03")
        bob.see_typed("")
        bob.type("\x1b[A")  # what was cleared is not lost
        bob.see_typed("never mind")
        bob.type("\x03\x03")
        self.assertEqual(bob.wait(), 130)
        self.assertEqual(anna.messages(), [])
        anna.expect("member", left=True)

    def test_the_terminal_is_given_back(self):
        anna, bob = self.both()
        bob.see_status("direct")
        bob.type("\x04")
        bob.until(lambda: bob.echoes(), "the terminal echoes again")
        self.assertEqual(bob.wait(), 0)
        self.assertFalse(any(line.startswith(">") for line in bob.lines), bob.text)

    def test_end_of_input_waits_for_the_last_words(self):
        anna, bob = self.both()
        bob.see_status("direct")
        bob.type("see you\r\x04")
        self.assertEqual(bob.wait(), 0)
        self.assertEqual(anna.expect("message")["text"], "see you")

    def test_end_of_input_within_a_line_deletes(self):
        anna, bob = self.both()
        bob.see_status("direct")
        bob.type("abc\x01\x04")
        bob.see_typed("bc")

    def test_suspending_gives_the_terminal_back_for_a_while(self):
        anna, bob = self.both()
        bob.see_status("direct")
        bob.type("half a")
        bob.see_typed("half a")
        os.kill(bob.pid, signal.SIGSTOP)  # a group without a parent in its session ignores ^Z
        anna.type("meanwhile\n")
        os.kill(bob.pid, signal.SIGCONT)
        bob.see("? anna: meanwhile")
        bob.say(" line")
        anna.expect("message", text="half a line")

    def test_what_a_shell_has_written_meanwhile_stays(self):
        host, proxy, invite = self.host_behind_proxy("anna")
        bob = self.chat("bob", "join", invite)
        bob.see_status("direct")
        proxy.stalled = True
        bob.say("kept")
        bob.see("you: kept ·")
        bob.see_typed("")
        os.kill(bob.pid, signal.SIGSTOP)
        terminal = os.open(os.readlink(f"/proc/{bob.pid}/fd/0"), os.O_WRONLY | os.O_NOCTTY)
        os.write(terminal, b"\r\nStopped by hand\r\n$ fg\r\n")
        os.close(terminal)
        bob.see("$ fg")
        os.kill(bob.pid, signal.SIGCONT)
        bob.until(lambda: bob.lines[-3] == "$ fg", "it is drawn below")
        proxy.stalled = False
        host.expect("message", text="kept")
        bob.see("✓ delivered: kept")
        self.assertIn("Stopped by hand", bob.lines)
        self.assertIn("$ fg", bob.lines)

    def test_ctrl_z_stops_the_process_and_fg_resumes_it(self):
        # A shell in between, as it is in life: the group is no orphan then.
        anna = self.host("anna", stdin=-1)
        invite = self.invite("anna")
        script = (f'import os, signal, sys\n'
                  f'pid = os.fork()\n'
                  f'if pid == 0:\n'
                  f'    os.setpgid(0, 0)\n'
                  f'    signal.signal(signal.SIGTTOU, signal.SIG_IGN)\n'
                  f'    os.tcsetpgrp(0, os.getpgrp())\n'
                  f'    signal.signal(signal.SIGTTOU, signal.SIG_DFL)\n'
                  f'    os.execv(sys.argv[1], sys.argv[1:])\n'
                  f'signal.signal(signal.SIGTTOU, signal.SIG_IGN)\n'
                  f'_, status = os.waitpid(pid, os.WUNTRACED)\n'
                  f'assert os.WIFSTOPPED(status), status\n'
                  f'os.tcsetpgrp(0, os.getpgrp())\n'
                  f'print("STOPPED", flush=True)\n'
                  f'input()\n'
                  f'os.tcsetpgrp(0, pid)\n'
                  f'os.killpg(pid, signal.SIGCONT)\n'
                  f'_, status = os.waitpid(pid, 0)\n'
                  f'sys.exit(os.waitstatus_to_exitcode(status))\n')
        shell = self.file("shell.py", "#!/usr/bin/python3\n" + script, 0o700)
        import chat_terminal
        import harness
        before = harness.BINARY
        harness.BINARY = shell
        try:
            bob = chat_terminal.ChatTerminal(
                [before, "--home", str(self.home("bob")), "join", invite],
                harness.environment(self.folder))
        finally:
            harness.BINARY = before
        self.addCleanup(bob.close)
        anna.expect("member", joined=True)
        bob.see_status("direct")
        bob.type("half a")
        bob.see_typed("half a")
        bob.type("\x1a")
        bob.see("STOPPED", timeout=3)
        self.assertTrue(bob.echoes())
        self.assertEqual(bob.raw.count(b"\x1b[?2004l"), 1)
        self.assertEqual(bob.raw.count(b"\x1b[?2004h"), 1)
        bob.type("\n")
        bob.see_typed("half a")
        self.assertFalse(bob.echoes())
        bob.say(" line")
        anna.expect("message", text="half a line")
        bob.say("/quit")
        self.assertEqual(bob.wait(), 0)

    def test_hanging_up_keeps_the_outbox(self):
        host, proxy, invite = self.host_behind_proxy("anna")
        bob = self.chat("bob", "join", invite)
        bob.see_status("direct")
        proxy.stalled = True
        proxy.cut()
        bob.see_status("reconnecting")
        bob.say("kept")
        bob.see_status("1 not delivered")
        bob.hang_up()
        self.assertEqual(bob.wait(), 143)
        waiting = self.check(self.sotto("bob", "--json", "outbox", "list")).json["messages"]
        self.assertEqual(len(waiting), 1)
        proxy.stalled = False
        proxy.cut()
        self.check(self.sotto("bob", "outbox", "flush"))
        host.expect("message", text="kept")

    def test_tab_completes_commands_and_names(self):
        anna, bob = self.both()
        bob.see_status("anna")
        bob.type("/ro\t")
        bob.see_typed("/route")
        bob.type("\x03an\t")
        bob.see_typed("anna:")
        bob.type("hi\x03/verify a\t")
        bob.see_typed("/verify anna")
        bob.type("\x03/\t")
        bob.see("/file  /help /quit /route /verify  /who")
        folder = pathlib.Path(self.file("report.pdf", b"x")).parent
        bob.type(f"\x03/file {folder}/rep\t")
        bob.until(lambda: bob.typed.endswith("report.pdf"), "the path")


class Commands(ChatTest):
    def test_help_who_and_route(self):
        anna, bob = self.both()
        bob.see_status("direct")
        bob.say("/help")
        bob.see("who is here, and how far away")
        bob.say("/who")
        bob.see("? anna  ")
        bob.see("hosts the room")
        bob.say("/route")
        bob.see("round trip")
        self.assertIn("127.0.0.1:", bob.text)
        self.assertEqual(anna.messages(), [])

    def test_verify_shows_both_fingerprints_and_asks(self):
        anna, bob = self.both()
        bob.see_status("? anna")
        bob.say("/verify")
        bob.see("[y/N]")
        self.assertIn(self.identity("anna")["fingerprint"], bob.text)
        self.assertIn("Safety number", bob.text)
        anna.type("in between\n")
        bob.see("in between")
        bob.say("no")
        bob.see("Nothing was recorded")
        bob.say("/verify anna")
        bob.until(lambda: "[y/N]" in bob.lines[-1], "the question")
        bob.say("y")
        bob.see("anna is verified from now on.")
        bob.see_status("✓ anna")
        anna.type("now known\n")
        bob.see("✓ anna: now known")
        bob.say("/verify nobody")
        bob.see("[contact.unknown]")

    def test_what_is_no_command_is_helped_and_not_said(self):
        anna, bob = self.both()
        bob.see_status("direct")
        bob.say("/hlep")
        bob.see("Did you mean /help?")
        bob.say("//hlep")
        self.assertEqual(anna.expect("message")["text"], "/hlep")
        bob.say("/file")
        bob.see("/file needs the path")
        bob.say("/file /no/such/file")
        bob.see("There is no file /no/such/file.")


class Terminals(ChatTest):
    def test_resizing(self):
        anna, bob = self.both()
        bob.see_status("direct")
        line = "a line of fifty letters or so that will not fit in"
        bob.type(line)
        bob.see_typed(line)
        bob.resize(30, 12)
        bob.until(lambda: all(len(row) < 30 for row in bob.lines[-3:]) and
                  bob.typed.replace(" ", "") == line.replace(" ", ""), "it wraps anew")
        anna.type("while narrow\n")
        bob.see("while narrow")
        bob.resize(100, 30)
        bob.until(lambda: bob.lines[-1] == "> " + line, "it is one row again")

    def test_a_tiny_terminal(self):
        anna, bob = self.both(columns=6, rows=2)
        anna.type("漢字\n")
        bob.type("abcdefgh")
        bob.until(lambda: "fgh" in bob.text, "the end of the line")
        bob.say("漢")
        self.assertEqual(anna.expect("message")["text"], "abcdefgh漢")

    def test_no_color(self):
        anna, bob = self.both(env={"NO_COLOR": "1"})
        bob.see_status("direct")
        bob.say("plain")
        bob.see("you: plain ✓")
        self.assertNotRegex(bob.raw, rb"\x1b\[[0-9;]*m")
        anna.stop()

    def test_standard_error_elsewhere_gets_what_is_not_said(self):
        log = self.path("log")
        anna, bob = self.both("--verbose", error=log)
        bob.see_status("direct")
        anna.type("hello\n")
        bob.see("? anna: hello")
        self.assertNotIn("linked to", bob.text)
        self.assertNotIn("sotto:", bob.text)
        bob.say("/quit")
        self.assertEqual(bob.wait(), 0)
        said = pathlib.Path(log).read_text()
        self.assertEqual(said.count("linked to ? anna"), 1)
        self.assertIn("sotto: ", said)
        self.assertNotIn("hello", said)
        self.assertNotIn("\x1b", said)

    def test_colours_otherwise(self):
        anna, bob = self.both()
        bob.see_status("direct")
        anna.type("hello\n")
        bob.see("hello")
        self.assertRegex(bob.raw, rb"\x1b\[1;3\dmanna\x1b\[0m")

    def lines_only(self, anna, bob):
        bob.see("linked to ? anna")
        bob.say("typed")
        anna.expect("message", text="typed")
        bob.see("✓ delivered: typed")
        anna.type("hello\n")
        bob.see("? anna: hello")
        bob.say("/who")
        bob.see("hosts the room")
        bob.say("/verify")
        bob.see("[y/N]")
        bob.say("yes")
        bob.see("anna is verified from now on.")
        self.assertNotIn(b"\x1b[A", bob.raw)
        self.assertNotRegex(bob.raw, rb"\x1b\[[0-9;?]*[A-HJKSTfhl]")
        bob.type("bye\r\x04")
        self.assertEqual(bob.wait(), 0)
        anna.expect("message", text="bye")

    def test_a_dumb_terminal_gets_lines(self):
        anna, bob = self.both(term="dumb")
        self.lines_only(anna, bob)
        self.assertNotIn(b"\x1b", bob.raw)

    def test_plain_gets_lines_where_more_would_be_possible(self):
        self.lines_only(*self.both("--plain"))

    def test_plain_is_interrupted_and_hung_up(self):
        anna, bob = self.both("--plain")
        bob.see("linked to")
        bob.type("\x03")
        self.assertEqual(bob.wait(), 130)
        bob = self.chat("bob", "join", "lobby", "--plain")
        bob.see("linked to")
        bob.hang_up()
        self.assertEqual(bob.wait(), 143)
        anna.stop()

    def test_end_of_input_is_no_answer_and_does_not_deafen(self):
        anna, bob = self.both("--plain")
        bob.see("linked to")
        bob.say("/verify anna")
        bob.see("[y/N]")
        bob.type("\x04")
        bob.see("Nothing was recorded")
        bob.say("still heard")
        anna.expect("message", text="still heard")
        bob.type("\x04")
        self.assertEqual(bob.wait(), 0)


class Attaching(ChatTest):
    def test_a_second_terminal_of_one_profile(self):
        anna, bob = self.both()
        bob.see_status("direct")
        second = self.chat("bob", "join", "lobby")
        second.until(lambda: re.search(r"\? anna \| direct, (<1|\d+) ms", second.status),
                     "the round trip, from the process that owns the profile")
        second.say("from the second")
        anna.expect("message", text="from the second")
        second.see("you: from the second ✓✓")
        bob.say("/quit")
        bob.until(lambda: bob.echoes(), "its terminal is given back")
        second.say("still here")
        anna.expect("message", text="still here")
        second.say("/quit")
        self.assertEqual(second.wait(), 0)
        self.assertEqual(bob.wait(), 0)


class Floods(ChatTest):
    def test_typing_goes_on_while_a_thousand_messages_arrive(self):
        anna, bob = self.both(rows=30)
        bob.see_status("direct")
        count = 1000
        anna.type("".join(f"flood {number}\n" for number in range(count)))
        typed = ""
        while f"flood {count - 1}" not in bob.text and len(typed) < 400:
            letter = chr(ord("a") + len(typed) % 26)
            typed += letter
            bob.type(letter)
            bob.see_typed(typed)
        bob.see(f"flood {count - 1}")
        bob.see_typed(typed)
        numbers = [int(number) for number in
                   re.findall(r"\? anna: flood (\d+)", bob.text)]
        self.assertEqual(numbers, list(range(count)))


if __name__ == "__main__":
    unittest.main()
