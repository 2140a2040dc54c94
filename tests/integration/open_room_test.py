"""Rooms that strangers may enter with an address, or the room's id, and no file."""
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import threading
import time

import harness
from independent_client import (ENTER, REFUSED, SEND, WELCOME, Closed, Identity, OpenHost,
                                OpenLink, decode, fingerprint)
from terminal import Terminal

ROOM_FULL = 6
NO_SUCH_ROOM = "0123456789abcdef0123456789abcdef"


class OpenRoom(harness.SottoTest):
    def open_room(self, home="anna", *flags, **more):
        stream = self.host(home, "lobby", "--open", *flags, **more)
        stream.address = stream.ready["routes"][0]["address"]
        stream.room_id = stream.ready["room_id"]
        return stream

    def address_of(self, host):
        return ("127.0.0.1", harness.port_of(host))

    def fingerprint_of(self, home):
        return self.identity(home)["fingerprint"]

    def refused_join(self, home, target, code, name, *flags):
        return self.refused(self.sotto(home, "--json", "join", target, *flags), code, name)

    def knows_nobody(self, home):
        """Nothing of a host has been kept: its room has no history here, its name is unknown."""
        self.refused(self.sotto(home, "history", "lobby"), 9, "room.unknown")
        self.refused(self.sotto(home, "--json", "join", "anna"), 9, "target.unknown")

    def listings(self):
        folder = self.folder / "sotto" / "rooms"
        return sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []

    def terminal(self, home, *arguments):
        return Terminal(["--home", str(self.home(home)), *arguments],
                        harness.environment(self.folder))


class Entering(OpenRoom):
    def setUp(self):
        super().setUp()
        self.init("anna", "bob")

    def test_the_host_shows_the_id_of_an_open_room_only(self):
        host = self.host("anna")
        self.assertNotIn("room_id", host.ready)
        self.assertEqual(self.listings(), [])
        host.stop()
        host = self.open_room()
        self.assertRegex(host.room_id, "^[0-9a-f]{32}$")
        self.assertEqual(self.listings(), [host.room_id])
        host.stop()
        self.assertEqual(self.listings(), [])

    def test_by_address_with_the_fingerprint(self):
        host = self.open_room()
        bob = self.join("bob", host.address, "--fingerprint", self.fingerprint_of("anna"))
        self.assertEqual(bob.link["fingerprint"], self.fingerprint_of("anna"))
        seen = host.expect("member", joined=True)
        self.assertEqual((seen["name"], seen["verified"]), ("bob", False))
        bob.type("good evening\n")
        self.assertEqual(host.expect("message")["text"], "good evening")
        bob.end_input()
        self.assertEqual(bob.wait(), 0)
        self.assertFalse([e for e in bob.all if e["event"] == "notice"], "it was compared")
        host.expect("member", left=True)

    def test_entering_shows_the_host_one_member_once(self):
        host = self.open_room()
        bob = self.join("bob", host.address, "--trust-new")
        bob.end_input()
        bob.wait()
        host.stop()
        members = [e for e in host.all if e["event"] == "member"]
        self.assertEqual([("joined" in e, "left" in e) for e in members],
                         [(True, False), (False, True)])

    def test_a_look_and_the_entrance_are_no_leaving(self):
        host = self.open_room("anna", "--once")
        self.delivered(self.send("carl", host.address, "from carl", "--trust-new"))
        bob = self.join("bob", host.address, "--trust-new")
        bob.end_input()
        self.assertEqual(bob.wait(), 0)
        self.assertEqual(host.wait(), 0)  # bob was the first to leave

    def test_by_ipv6_address_and_by_id(self):
        if not socket.has_ipv6:
            self.skipTest("no IPv6")
        host = self.open_room("anna", "--bind", "::1")
        self.assertTrue(host.address.startswith("[::1]:"))
        self.delivered(self.send("bob", host.address, "six", "--trust-new"))
        self.assertEqual(host.expect("message")["text"], "six")
        self.delivered(self.send("carl", host.room_id, "by id", "--trust-new"))
        self.assertEqual(host.expect("message")["text"], "by id")

    def test_by_id_in_capitals(self):
        host = self.open_room()
        self.delivered(self.send("bob", host.room_id.upper(), "loud", "--trust-new"))

    def test_a_wrong_fingerprint_keeps_nothing(self):
        host = self.open_room()
        self.refused_join("bob", host.address, 4, "identity.fingerprint", "--fingerprint",
                          self.fingerprint_of("bob"))
        done = self.send("bob", host.address, "x", "--fingerprint", self.fingerprint_of("bob"))
        self.refused_send(done, 4, "identity.fingerprint")
        self.knows_nobody("bob")
        self.refused_join("bob", host.address, 9, "fingerprint.syntax", "--fingerprint", "abc")
        host.stop()
        self.assertFalse([e for e in host.all if e["event"] in ("link", "member", "message")])

    def refused_send(self, done, code, name):
        self.assertEqual(done.code, code, str(done))
        self.assertEqual(done.json["error"]["code"], name, str(done))

    def test_a_script_without_an_answer_is_told_both_flags(self):
        host = self.open_room()
        done = self.refused_join("bob", host.address, 2, "usage.needs_flag")
        self.assertIn("--fingerprint", done.err)
        self.assertIn("--trust-new", done.err)
        self.refused_send(self.send("bob", host.address, "x"), 2, "usage.needs_flag")
        self.knows_nobody("bob")

    def test_trusting_is_said_aloud_and_verifies_nobody(self):
        host = self.open_room()
        bob = self.join("bob", host.address, "--trust-new")
        notice = bob.expect("notice")
        self.assertEqual(notice["code"], "host.unverified")
        self.assertIn(self.fingerprint_of("anna"), notice["text"])
        bob.end_input()
        self.assertEqual(bob.wait(), 0)

    def test_later_by_name_without_any_flag(self):
        host = self.open_room()
        self.delivered(self.send("bob", host.address, "first", "--trust-new"))
        self.delivered(self.send("bob", "lobby", "second"))
        self.delivered(self.send("bob", host.address, "third"))  # a host that bob knows
        self.delivered(self.send("bob", host.room_id, "fourth"))
        self.delivered(self.send("bob", "anna", "fifth"))
        host.stop()
        self.assertEqual(host.messages(), ["first", "second", "third", "fourth", "fifth"])
        # Also when the room is open no more, on the port it always had.
        host = self.host("anna")
        self.delivered(self.send("bob", "lobby", "sixth"))
        self.assertEqual(self.texts("bob")[-1], "sixth")

    def test_a_host_that_comes_back_finds_its_member_waiting(self):
        host = self.open_room()
        bob = self.join("bob", host.room_id, "--trust-new")
        host.expect("member", joined=True)
        host.kill()
        bob.expect("progress", phase="reconnecting")
        host = self.open_room()
        bob.expect("link")
        bob.type("still here\n")
        self.assertEqual(host.expect("message")["text"], "still here")

    def test_a_name_or_a_file_comes_first(self):
        host = self.open_room()
        self.delivered(self.send("bob", host.address, "x", "--trust-new"))
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            name = "a:80"
            self.file(name, b"no connection file")
            self.refused(self.sotto("bob", "join", name), 9, "file.not_sotto")
        finally:
            os.chdir(before)

    def test_what_is_no_address_is_said(self):
        for target in ("127.0.0.1:0", "host:99999", "::1:80", "[::1]", "a b:80"):
            self.refused_join("bob", target, 9, "target.address")
        self.refused_join("bob", "x" * 56 + ".onion:80", 9, "tor.onion.checksum")
        self.refused_join("bob", "nothing", 9, "target.unknown")

    def test_ones_own_room(self):
        host = self.open_room()
        self.refused_join("anna", host.address, 2, "room.own", "--trust-new")

    def test_nobody_there_is_tried_again_until_the_time_is_over(self):
        port = harness.free_port()
        stream = self.stream("bob", "join", f"127.0.0.1:{port}", "--trust-new", "--timeout", "1s")
        stream.expect("progress", phase="retrying")
        self.assertEqual(stream.wait(), 3)
        self.assertEqual(stream.expect("error")["code"], "route.unreachable")
        late = self.stream("bob", "join", f"127.0.0.1:{port}", "--trust-new",
                           stdin=subprocess.PIPE)
        late.expect("progress", phase="retrying")
        self.open_room("anna", "--port", str(port))
        late.expect("link")

    def test_interrupted_while_nobody_answers(self):
        stream = self.stream("bob", "join", f"127.0.0.1:{harness.free_port()}", "--trust-new")
        stream.expect("progress", phase="retrying")
        self.assertEqual(stream.stop(), 143)

    def test_an_open_room_asked_for_otherwise_while_it_runs(self):
        host = self.open_room()
        self.host("anna")  # attaches
        other = self.stream("anna", "host", "lobby", "--password-file", self.file("pw", "tea\n"))
        self.assertEqual(other.wait(), 2)
        self.assertEqual(other.expect("error")["code"], "room.open_already")
        self.delivered(self.send("bob", host.address, "open as before", "--trust-new"))


class ThroughAnOwner(OpenRoom):
    """Bob's profile is owned by another process, which does the network."""

    def setUp(self):
        super().setUp()
        self.init("anna", "bob")
        self.owner = self.host("bob", "bobs")

    def test_join_and_send(self):
        host = self.open_room()
        self.refused_join("bob", host.address, 2, "usage.needs_flag")
        self.refused_join("bob", host.address, 4, "identity.fingerprint", "--fingerprint",
                          self.fingerprint_of("bob"))
        self.delivered(self.send("bob", host.room_id, "sent", "--fingerprint",
                                 self.fingerprint_of("anna")))
        bob = self.join("bob", host.address)
        bob.type("joined\n")
        self.assertEqual([host.expect("message")["text"] for _ in range(2)], ["sent", "joined"])

    def test_a_password(self):
        words = self.file("words", "correct horse\n")
        host = self.open_room("anna", "--password-file", words)
        self.refused_join("bob", host.address, 5, "session.wrong_password", "--trust-new",
                          "--password-file", self.file("other", "battery staple\n"))
        self.delivered(self.send("bob", host.address, "in", "--trust-new", "--password-file",
                                 words))

    def test_the_person_is_asked_by_the_client(self):
        host = self.open_room()
        terminal = self.terminal("bob", "send", host.address, "-m", "yes it is")
        terminal.read_until(self.fingerprint_of("anna"))
        terminal.answer("Is it the same?  [y/N] ", "y\n")
        self.assertEqual(terminal.wait(), 0, terminal.seen)
        self.assertEqual(host.expect("message")["text"], "yes it is")


class Asking(OpenRoom):
    def setUp(self):
        super().setUp()
        self.init("anna", "bob")

    def test_yes_enters_and_verifies(self):
        host = self.open_room()
        terminal = self.terminal("bob", "join", host.address)
        terminal.read_until("calls itself anna")
        terminal.read_until(self.fingerprint_of("anna"))
        terminal.read_until("over\r\nanother channel")
        terminal.answer("Is it the same?  [y/N] ", "yes\n")
        host.expect("member", joined=True)
        os.write(terminal.screen, b"hello from a person\n")
        self.assertEqual(host.expect("message")["text"], "hello from a person")
        os.write(terminal.screen, b"\x04")
        self.assertEqual(terminal.wait(), 0, terminal.seen)
        self.assertNotIn("host.unverified", terminal.seen)
        # Verified: nothing is asked or said any more.
        again = self.join("bob", host.address)
        again.end_input()
        self.assertEqual(again.wait(), 0)
        self.assertFalse([e for e in again.all if e["event"] == "notice"])

    def test_anything_else_is_no_and_keeps_nothing(self):
        host = self.open_room()
        for answer in ("n\n", "\n", "perhaps\n"):
            terminal = self.terminal("bob", "join", host.address)
            terminal.answer("Is it the same?  [y/N] ", answer)
            self.assertEqual(terminal.wait(), 4, terminal.seen)
            self.assertIn("[identity.declined]", terminal.seen)
        self.knows_nobody("bob")
        host.stop()
        self.assertFalse([e for e in host.all if e["event"] == "link"])

    def test_interrupting_the_question_keeps_nothing(self):
        host = self.open_room()
        terminal = self.terminal("bob", "join", host.address)
        terminal.answer("Is it the same?  [y/N] ", "\x03")
        self.assertEqual(terminal.wait(), 130, terminal.seen)
        self.knows_nobody("bob")

    def test_a_typed_password(self):
        words = self.file("words", "correct horse\n")
        host = self.open_room("anna", "--password-file", words)
        terminal = self.terminal("bob", "send", host.address, "-m", "typed it")
        terminal.answer("(empty: none): ", "correct horse\n")
        terminal.answer("Is it the same?  [y/N] ", "y\n")
        self.assertEqual(terminal.wait(), 0, terminal.seen)
        self.assertNotIn("horse", terminal.seen)
        self.assertEqual(host.expect("message")["text"], "typed it")

    def test_an_empty_password_gives_up(self):
        host = self.host("anna")
        terminal = self.terminal("bob", "join", host.ready["routes"][0]["address"])
        terminal.answer("(empty: none): ", "\n")
        self.assertEqual(terminal.wait(), 5, terminal.seen)
        self.assertIn("[session.not_open]", terminal.seen)

    def test_an_unknown_id_asks_for_the_address(self):
        host = self.open_room()
        self.refused_join("bob", NO_SUCH_ROOM, 9, "target.unknown", "--trust-new")
        terminal = self.terminal("bob", "join", NO_SUCH_ROOM)
        terminal.answer("as HOST:PORT: ", host.address + "\n")
        terminal.answer("Is it the same?  [y/N] ", "y\n")
        # It is another room that answers there.
        self.assertEqual(terminal.wait(), 1, terminal.seen)
        self.assertIn("[session.protocol]", terminal.seen)
        self.knows_nobody("bob")
        with_other_registry = harness.environment(self.folder) | {
            "XDG_RUNTIME_DIR": str(self.home("bob"))}
        terminal = Terminal(["--home", str(self.home("bob")), "send", host.room_id, "-m", "found"],
                            with_other_registry)
        terminal.answer("as HOST:PORT: ", host.address + "\n")
        terminal.answer("Is it the same?  [y/N] ", "y\n")
        self.assertEqual(terminal.wait(), 0, terminal.seen)
        self.assertEqual(host.expect("message")["text"], "found")


class DeafAfterALook:
    """A host's address that lets one visitor through, and says nothing to those after it."""

    def __init__(self, host):
        self.knocked = threading.Event()
        self._host = host
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        visitor, _ = self._listener.accept()
        with visitor, socket.create_connection(self._host, timeout=10) as host:
            self._pass_on(visitor, host)
        self._next, _ = self._listener.accept()
        self.knocked.set()

    @staticmethod
    def _pass_on(visitor, host):
        while True:
            for end in select.select([visitor, host], [], [], 10)[0]:
                try:
                    data = end.recv(1 << 16)
                    (host if end is visitor else visitor).sendall(data)
                except OSError:
                    return
                if not data:
                    return

    def close(self):
        self._thread.join()
        self._next.close()
        self._listener.close()


class Interrupted(OpenRoom):
    def setUp(self):
        super().setUp()
        self.init("anna", "bob")

    def test_a_signal_ends_the_first_visit(self):
        host = self.open_room()
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number):
                door = DeafAfterALook(self.address_of(host))
                process = self.start("bob", "--json", "send", door.address, "-m", "hi",
                                     "--queue", "--trust-new", "--timeout", "30s")
                self.assertTrue(door.knocked.wait(harness.PATIENCE))
                process.send_signal(number)
                before = time.monotonic()
                self.check(self.finish(process), code)
                self.assertLess(time.monotonic() - before, 1)
                door.close()
                self.knows_nobody("bob")
                self.assertEqual(self.check(self.sotto("bob", "--json", "outbox")).json["total"],
                                 0)

    def test_a_signal_ends_a_look_at_an_address_that_is_silent(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            process = self.start("bob", "--json", "send", address, "-m", "hi", "--queue",
                                 "--trust-new", "--timeout", "30s")
            visitor, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            before = time.monotonic()
            self.check(self.finish(process), 130)
            visitor.close()
            self.assertLess(time.monotonic() - before, 1)


class Passwords(OpenRoom):
    def setUp(self):
        super().setUp()
        self.init("anna", "bob", "carl")
        self.words = self.file("words", "caf\u00e9 noir\n".encode())

    def enter(self, home, host, words, **more):
        return self.send(home, host.address, "in", "--trust-new", "--password-file", words, **more)

    def test_the_password_lets_in(self):
        host = self.open_room("anna", "--password-file", self.words)
        self.delivered(self.enter("bob", host, self.words))
        self.delivered(self.send("bob", "lobby", "later without it"))

    def test_a_password_file_opens_a_room_by_itself(self):
        host = self.host("anna", "lobby", "--password-file", self.words)
        self.assertIn("room_id", host.ready)

    def test_however_it_was_typed(self):
        host = self.open_room("anna", "--password-file", self.words)
        self.delivered(self.enter("bob", host, self.file("nfd", "cafe\u0301 noir\r\n".encode())))
        done = self.enter("carl", host, self.file("bad", b"caf\xe9 noir\n"))
        self.assertEqual((done.code, done.json["error"]["code"]), (9, "password.invalid"))
        bad = self.stream("carl", "host", "own", "--password-file", self.file("bad", b"\xff\n"))
        self.assertEqual(bad.wait(), 9)
        self.refused(self.sotto("carl", "host", "--password-file", self.file("no", b"\n")), 9,
                     "passphrase.empty")

    def test_a_wrong_one_is_refused_and_not_tried_again(self):
        host = self.open_room("anna", "--password-file", self.words)
        done = self.enter("bob", host, self.file("other", "tea\n"))
        self.assertEqual((done.code, done.json["error"]["code"]), (5, "session.wrong_password"))
        self.assertLess(done.seconds, 5)
        self.knows_nobody("bob")
        # One try was spent: two more are free.
        for _ in range(2):
            self.assertEqual(self.enter("bob", host, self.file("other", "tea\n")).code, 5)
        done = self.enter("bob", host, self.words)
        self.assertEqual((done.code, done.json["error"]["code"]), (5, "session.wrong_password"))

    def test_guessing_locks_out_no_member(self):
        host = self.open_room("anna", "--password-file", self.words)
        self.delivered(self.enter("bob", host, self.words))
        invite = self.invite("anna")
        stop = threading.Event()
        answered = []

        def guess():
            number = 0
            while not stop.is_set() and number < 2000:
                number += 1
                try:
                    with OpenLink(self.address_of(host), b"guess %d" % number) as link:
                        link.exchange()
                        answered.append(number)
                except Closed:
                    pass

        guesser = threading.Thread(target=guess)
        guesser.start()
        try:
            for number in range(5):
                self.delivered(self.send("bob", "lobby", f"member {number}"))
            self.delivered(self.send("carl", invite, "by invite"))
        finally:
            stop.set()
            guesser.join()
        self.assertLessEqual(len(answered), 8)
        # Once it is quiet, the password lets in again.
        deadline = time.monotonic() + 60
        while (done := self.enter("dora", host, self.words)).code != 0:
            self.assertLess(time.monotonic(), deadline, str(done))

    def test_no_password_in_a_room_that_has_one_and_the_other_way(self):
        host = self.open_room("anna", "--password-file", self.words)
        done = self.refused_join("bob", host.address, 5, "session.not_open", "--trust-new")
        self.assertIn("--password-file", done.err)
        host.stop()
        host = self.open_room()
        self.refused_join("bob", host.address, 5, "session.wrong_password", "--trust-new",
                          "--password-file", self.words)


class Swapped(OpenRoom):
    """Hosts that are not who they seem."""

    def setUp(self):
        super().setUp()
        self.init("bob")
        self.server = OpenHost()
        self.addCleanup(self.server.close)

    def show(self, *identities):
        """Each connection sees another card; what came after message 2 on each."""
        said = []

        def serve():
            for identity in identities:
                said.append(self.server.show(identity))

        thread = threading.Thread(target=serve)
        thread.start()
        return thread, said

    def test_message_three_goes_to_the_confirmed_card_only(self):
        anna, eve = Identity("anna"), Identity("anna")
        thread, said = self.show(anna, eve)
        done = self.refused_join("bob", self.server.address, 4, "session.other_card",
                                 "--fingerprint", fingerprint(anna.card()))
        thread.join()
        self.assertEqual(said, [b"", b""])
        self.assertIn(fingerprint(eve.card()), done.err)
        self.knows_nobody("bob")

    def test_the_confirmed_card_gets_it(self):
        anna = Identity("anna")
        thread, said = self.show(anna, anna)
        self.sotto("bob", "join", self.server.address, "--trust-new")
        thread.join()
        self.assertEqual([len(s) for s in said], [0, 514])
        self.knows_nobody("bob")  # no Welcome came

    def test_a_peek_tells_nothing_of_who_looks(self):
        thread, said = self.show(Identity("anna"))
        self.refused_join("bob", self.server.address, 2, "usage.needs_flag")
        thread.join()
        self.assertEqual(said, [b""])

    def test_another_host_at_a_known_address(self):
        self.init("anna")
        host = self.open_room()
        self.delivered(self.send("bob", host.address, "x", "--trust-new"))
        port = harness.port_of(host)
        host.stop()
        self.server.close()
        self.server.listener = socket.create_server(("127.0.0.1", port))
        self.server.listener.settimeout(10)
        thread, said = self.show(Identity("anna"), Identity("anna"))
        self.refused_join("bob", host.address, 4, "contact.key_changed", "--trust-new")
        eve = self.sotto("bob", "send", host.address, "-m", "x", "--trust-new")
        self.refused(eve, 4, "contact.key_changed")
        thread.join()
        self.assertEqual(said, [b"", b""])

    def test_a_known_person_with_other_keys(self):
        jo = Identity("jo")
        own = self.open_room("bob")
        with OpenLink(self.address_of(own)) as link:
            link.peek(jo)
            link.finish(jo, purpose=SEND)
            link.expect(WELCOME)  # bob knows jo from now on
        own.stop()
        jo.static = Identity().static
        thread, said = self.show(jo)
        done = self.refused_join("bob", self.server.address, 4, "contact.key_changed",
                                 "--fingerprint", fingerprint(jo.card()))
        thread.join()
        self.assertEqual(said, [b""], str(done))


class Strangers(OpenRoom):
    """What the door of an open room, or of a closed one, does with those who come to it."""

    def setUp(self):
        super().setUp()
        self.init("anna")

    def test_a_second_implementation_enters_and_talks(self):
        host = self.open_room("anna", stdin=subprocess.PIPE)
        jo = Identity("jo")
        with OpenLink(self.address_of(host)) as link:
            card = link.peek(jo)
            self.assertEqual(fingerprint(card), self.fingerprint_of("anna"))
            link.finish(jo, purpose=ENTER)
            welcome = decode(link.expect(WELCOME))
            self.assertEqual(welcome[4].hex(), host.room_id)
            self.assertEqual(host.expect("member", joined=True)["name"], "jo")
            link.send_message(jo.message(welcome[4], "by XX"))
            self.assertEqual(host.expect("message")["text"], "by XX")
            host.type("welcome\n")
            self.assertEqual(link.room_frame(1)[4], b"welcome")
            link.goodbye()
            host.expect("member", left=True)

    def test_a_second_implementation_knows_the_password(self):
        host = self.open_room("anna", "--password-file", self.file("w", "caf\u00e9\n".encode()))
        jo = Identity("jo")
        with OpenLink(self.address_of(host), "caf\u00e9".encode()) as link:
            link.peek(jo)
            link.finish(jo, purpose=SEND)
            self.assertEqual(decode(link.expect(WELCOME))[4].hex(), host.room_id)
        with OpenLink(self.address_of(host), b"tea") as link:
            self.assertRaises(Closed, link.peek, jo)

    def first_bytes(self, pattern):
        return bytes([1, pattern, 2, 0]) + os.urandom(512)

    def answer(self, host, sent):
        with socket.create_connection(self.address_of(host), timeout=10) as peer:
            peer.sendall(sent)
            try:
                return peer.recv(4096)
            except ConnectionResetError:
                return b""

    def test_a_closed_room_says_not_a_byte(self):
        host = self.host("anna")
        for pattern in (2, 3):
            start = time.monotonic()
            self.assertEqual(self.answer(host, self.first_bytes(pattern)), b"")
            self.assertLess(time.monotonic() - start, 4)
        jo = Identity("jo")
        for password in (None, b"tea"):
            with OpenLink(self.address_of(host), password) as link:
                self.assertRaises(Closed, link.peek, jo)

    def test_an_open_room_says_not_a_byte_to_nonsense(self):
        host = self.open_room()
        for sent in (self.first_bytes(3), bytes([1, 2, 2, 1]) + bytes(512),
                     bytes([1, 2, 2, 0]) + bytes(32) + os.urandom(480), b"\x02\x02\x02\x00" + bytes(512)):
            with self.subTest(sent[:4]):
                self.assertEqual(self.answer(host, sent), b"")

    def test_a_replayed_connection_gains_nothing(self):
        host = self.open_room()
        jo = Identity("jo")
        sent = []
        with OpenLink(self.address_of(host)) as link:
            real = link.socket
            link.socket = type("Tap", (), {"sendall": lambda _, d: (sent.append(d), real.sendall(d)),
                                           "recv": lambda _, n: real.recv(n),
                                           "close": lambda _: real.close()})()
            link.peek(jo)
            link.finish(jo, purpose=ENTER)
            link.expect(WELCOME)
            host.expect("member", joined=True)
        with socket.create_connection(self.address_of(host), timeout=10) as peer:
            peer.sendall(b"".join(sent))
            answer = b""
            try:
                while more := peer.recv(4096):
                    answer += more
            except ConnectionResetError:
                pass
        self.assertEqual(len(answer), 514)  # message 2, and nothing after it
        host.stop()
        self.assertEqual(len([e for e in host.all if e["event"] == "member" and "joined" in e]), 1)

    def test_a_flood_of_strangers_is_bounded(self):
        host = self.open_room()
        address, refused = self.address_of(host), 0
        for number in range(262):
            eve = Identity(f"eve{number}")
            with OpenLink(address) as link:
                link.peek(eve)
                link.finish(eve, purpose=SEND)
                kind, body = link.next_frame()
                if kind == REFUSED:
                    self.assertEqual(decode(body)[1], ROOM_FULL)
                    refused += 1
        self.assertEqual(refused, 262 - 256)
        # Whoever was invited comes in all the same.
        self.delivered(self.send("carl", self.invite("anna"), "still fine"))

    def test_the_hosts_own_limit_counts_first(self):
        host = self.open_room("anna", "--max-members", "1")
        self.delivered(self.send("bob", host.address, "x", "--trust-new"))
        done = self.send("carl", host.address, "x", "--trust-new")
        self.assertEqual((done.code, done.json["error"]["code"]), (5, "room.full"))

    def test_connections_that_only_begin_lock_out_no_member(self):
        host = self.open_room()
        self.delivered(self.send("bob", host.address, "x", "--trust-new"))
        peers = []
        try:
            for _ in range(300):
                link = OpenLink(self.address_of(host))
                peers.append(link)
                link.noise = None
                link.socket.sendall(self.first_bytes(2))
            self.delivered(self.send("bob", "lobby", "through the crowd"))
        finally:
            for link in peers:
                link.socket.close()


class Registry(OpenRoom):
    def setUp(self):
        super().setUp()
        self.init("anna", "bob", "carl")

    def test_two_profiles_host_and_a_third_finds_both(self):
        anna, bob = self.open_room("anna"), self.open_room("bob")
        self.assertEqual(self.listings(), sorted([anna.room_id, bob.room_id]))
        self.delivered(self.send("carl", anna.room_id, "to anna", "--trust-new"))
        self.delivered(self.send("carl", bob.room_id, "to bob", "--trust-new"))
        self.assertEqual(anna.expect("message")["text"], "to anna")
        self.assertEqual(bob.expect("message")["text"], "to bob")

    def test_a_killed_host_leaves_nothing_that_counts(self):
        anna = self.open_room("anna")
        anna.kill()
        self.assertEqual(self.listings(), [anna.room_id])
        self.refused_join("carl", anna.room_id, 9, "target.unknown", "--trust-new")
        self.assertEqual(self.listings(), [])

    def test_the_next_host_cleans_up(self):
        for home in ("anna", "bob"):
            self.open_room(home).kill()
        host = self.open_room("carl")
        self.assertEqual(self.listings(), [host.room_id])

    def test_a_made_up_listing_fools_nobody(self):
        """Whoever can write there can lead astray, but not pretend."""
        anna, bob = self.open_room("anna"), self.open_room("bob")
        folder = self.folder / "sotto" / "rooms"
        listing = json.loads((folder / bob.room_id).read_text())
        with open(folder / anna.room_id, "r+", encoding="ascii") as file:
            file.truncate(0)
            file.write(json.dumps(listing))
        self.refused_join("carl", anna.room_id, 4, "identity.fingerprint", "--fingerprint",
                          self.fingerprint_of("anna"))
        done = self.sotto("carl", "join", anna.room_id, "--trust-new")
        self.refused(done, 1, "session.protocol")

    def test_a_folder_of_somebody_else_is_not_used(self):
        folder = pathlib.Path(self.folder) / "sotto"
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)
        host = self.open_room("anna")
        host.expect_err("list of open rooms")
        self.refused_join("bob", host.room_id, 1, "registry.unusable", "--trust-new")
        self.delivered(self.send("bob", host.address, "by address", "--trust-new"))


if __name__ == "__main__":
    harness.main()
