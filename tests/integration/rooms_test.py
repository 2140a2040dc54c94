"""Rooms: listing, closing, removing, kicking, and rooms for a time only."""
import subprocess
import time

import harness
from terminal import Terminal


class Rooms(harness.SottoTest):
    def rooms(self, home):
        return self.check(self.sotto(home, "--json", "rooms")).json["rooms"]

    def show(self, home, room="lobby"):
        return self.check(self.sotto(home, "--json", "rooms", "show", room)).json

    def test_they_are_listed_from_both_sides(self):
        self.init("anna", "bob")
        self.assertEqual(self.rooms("bob"), [])
        host = self.host("anna", stdin=subprocess.PIPE)
        path = self.invite("anna")
        bob = self.join("bob", path)
        host.expect("member", joined=True)
        ours, = self.rooms("anna")
        self.assertEqual(list(ours), ["name", "id", "hosted", "host", "open", "tor_only", "members",
                                      "waiting", "unread"])
        self.assertRegex(ours["id"], r"^[0-9a-f]{32}$")
        self.assertEqual((ours["hosted"], ours["open"], ours["members"]), (True, True, 1))
        theirs, = self.rooms("bob")
        self.assertEqual((theirs["id"], theirs["hosted"], theirs["open"], theirs["members"]),
                         (ours["id"], False, True, None))
        self.assertEqual(theirs["host"], {"name": "anna", "verified": False, "fingerprint":
                                          self.identity("anna")["fingerprint"]})
        self.assertIn("lobby  of ? anna  open", self.check(self.sotto("bob", "rooms")).out)
        bob.end_input()
        self.assertEqual(bob.wait(), 0)
        self.assertFalse(self.rooms("bob")[0]["open"])
        host.type("for bob\n")
        deadline = time.monotonic() + harness.PATIENCE
        while self.rooms("anna")[0]["waiting"] == 0 and time.monotonic() < deadline:
            pass
        self.assertEqual(self.rooms("anna")[0]["waiting"], 1)
        host.stop()
        self.assertFalse(self.rooms("anna")[0]["open"])

    def test_one_is_shown_with_its_people(self):
        host = self.host("anna")
        path = self.invite("anna", "lobby", "--uses", "2")
        self.init("bob", "carl")
        bob = self.join("bob", path)
        self.delivered(self.send("carl", path, "hi"))
        host.expect("message")
        self.check(self.sotto("anna", "verify", "carl", "--fingerprint",
                              self.identity("carl")["fingerprint"]))
        shown = self.show("anna")
        self.assertEqual([(p["name"], p["present"], p["verified"]) for p in shown["people"]],
                         [("bob", True, False), ("carl", False, True)])
        self.assertEqual(shown["addresses"], [host.ready["routes"][0]["address"]])
        self.assertEqual(shown["invites"], 0)
        self.assertRegex(shown["people"][1]["last_seen"], r"^\d{4}-.*Z$")
        text = self.check(self.sotto("anna", "rooms", "show", "lobby")).out
        self.assertIn("? bob  here", text)
        self.assertIn("✓ carl  last seen ", text)
        self.refused(self.sotto("anna", "--json", "rooms", "show", "attic"), 9, "room.unknown")
        bob.end_input()
        self.assertEqual(bob.wait(), 0)

    def test_closing_ends_every_front_end(self):
        host = self.host("anna")
        second = self.host("anna")
        other = self.host("anna", "study")
        bob = self.join("bob", self.invite("anna"))
        done = self.check(self.sotto("anna", "--json", "rooms", "close", "lobby"))
        self.assertEqual(done.json, {"room": "lobby", "was_open": True})
        for stream in (host, second):
            stream.expect("closed")
        self.assertEqual(second.wait(), 0)
        self.assertEqual(bob.wait(), 0)
        bob.expect("closed", reason="host left")
        self.delivered(self.send("carl", self.invite("anna", "study", file="s"), "still here"))
        other.expect("message")
        self.assertEqual(other.stop(), 143)
        self.assertEqual(host.wait(), 0)
        for room, code in (("lobby", 0), ("attic", 9)):
            self.assertEqual(self.sotto("anna", "--json", "rooms", "close", room).code, code)

    def test_removing_deletes_the_history_and_asks(self):
        host = self.host("anna")
        self.delivered(self.send("bob", self.invite("anna"), "hi"))
        host.expect("message")
        done = self.refused(self.sotto("anna", "rooms", "remove", "lobby"), 2,
                            "usage.needs_flag")
        self.assertIn("--yes", done.err)
        self.assertEqual(self.texts("anna"), ["hi"])
        done = self.check(self.sotto("anna", "--json", "rooms", "remove", "lobby", "--yes"))
        self.assertEqual((done.json["room"], done.json["removed"]), ("lobby", True))
        self.assertEqual(host.wait(), 0)  # it was closed first
        self.assertEqual(self.rooms("anna"), [])
        self.refused(self.sotto("anna", "history", "lobby"), 9, "room.unknown")
        self.refused(self.sotto("anna", "rooms", "remove", "lobby", "--yes"), 9, "room.unknown")
        for answer, code, left in (("n\n", 4, 1), ("\n", 4, 1), ("Yes\n", 0, 0)):
            terminal = Terminal(["--home", str(self.home("bob")), "rooms", "remove", "lobby"],
                                harness.environment(self.folder))
            terminal.answer("for good? [y/N] ", answer)
            self.assertEqual(terminal.wait(), code, terminal.seen)
            self.assertEqual(len(self.rooms("bob")), left)


class Kicking(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.host_stream = self.host("anna", stdin=subprocess.PIPE)
        self.old = self.invite("anna", "lobby", "--uses", "9", file="old")
        self.unused = self.invite("anna", file="unused")
        self.init("bob", "carl")

    def kick(self, who="bob"):
        return self.check(self.sotto("anna", "--json", "rooms", "kick", "lobby", who)).json

    def expect_no_way_in(self):
        for target in ("lobby", self.old, self.unused):
            done = self.send("bob", target, "let me in", "--timeout", "5s")
            self.assertEqual((done.code, done.json["error"]["code"]), (5, "room.not_a_member"))

    def test_it_ends_their_link_and_tells_the_others(self):
        bob, carl = self.join("bob", self.old), self.join("carl", self.old)
        self.host_stream.expect("member", name="carl", joined=True)
        kicked = self.kick()
        self.assertEqual(list(kicked), ["room", "name", "fingerprint", "kicked"])
        self.assertEqual(bob.wait(), 5)
        self.assertIn("removed you", bob.expect("error", code="room.not_a_member")["text"])
        self.host_stream.expect("member", name="bob", left=True)
        carl.expect("member", name="bob", left=True)
        self.host_stream.type("among us\n")
        self.assertEqual(carl.expect("message")["text"], "among us")
        self.expect_no_way_in()
        self.assertEqual([p["name"] for p in self.check(self.sotto(
            "anna", "--json", "rooms", "show", "lobby")).json["people"]], ["carl"])
        self.refused(self.sotto("anna", "rooms", "kick", "lobby", "bob"), 9, "contact.unknown")
        carl.end_input()
        self.assertEqual(carl.wait(), 0)
        self.assertEqual(bob.messages(), [])

    def test_a_new_invite_lets_them_in_again(self):
        self.delivered(self.send("bob", self.old, "first"))
        self.host_stream.expect("message")
        self.kick()
        self.host_stream.type("not for bob\n")
        self.expect_no_way_in()
        path = self.invite("anna", file="new")
        bob = self.join("bob", path)
        self.host_stream.type("welcome back\n")
        self.assertEqual(bob.expect("message")["text"], "welcome back")
        bob.type("thanks\n")
        self.host_stream.expect("message", text="thanks")
        bob.end_input()
        self.assertEqual(bob.wait(), 0)
        self.delivered(self.send("bob", "lobby", "and by name"))
        self.kick()  # and out again, the new one included
        done = self.send("bob", path, "x", "--timeout", "5s")
        self.assertEqual(done.json["error"]["code"], "room.not_a_member")

    def test_without_a_running_host(self):
        self.delivered(self.send("bob", self.old, "first"))
        self.host_stream.stop()
        self.kick(self.identity("bob")["fingerprint"])
        self.host_stream = self.host("anna")
        self.expect_no_way_in()

    def test_only_the_host_removes_members(self):
        self.delivered(self.send("bob", self.old, "first"))
        self.refused(self.sotto("bob", "rooms", "kick", "lobby", "anna"), 9, "room.unknown")


class ForATime(harness.SottoTest):
    def test_it_warns_and_ends_cleanly(self):
        started = time.monotonic()
        host = self.host("anna", "lobby", "--ttl", "3s", stdin=subprocess.PIPE)
        bob = self.join("bob", self.invite("anna"))
        for stream in (host, bob):
            stream.expect("notice", code="room.ending")
        bob.type("quick\n")
        host.expect("message", text="quick")
        for stream in (host, bob):  # a fifth of the time before the end
            warning = stream.expect("notice", code="room.ending")
            self.assertEqual(warning["text"], "The room closes in 1 s.")
            self.assertGreater(time.monotonic() - started, 2.2)
            self.assertEqual(stream.expect("closed")["reason"], "time is over")
            self.assertEqual(stream.wait(), 0)
        self.assertLess(time.monotonic() - started, 8)
        self.assertEqual(self.texts("anna"), ["quick"])

    def test_a_length_that_is_none(self):
        self.refused(self.sotto("anna", "host", "lobby", "--ttl", "soon"), 2, "usage.syntax")


class MaxMembers(harness.SottoTest):
    def test_who_belongs_has_a_place_present_or_not(self):
        self.init("bob")
        self.host("anna", "lobby", "--max-members", "1")
        path = self.invite("anna", "lobby", "--uses", "9")
        self.delivered(self.send("bob", path, "hi"))
        done = self.send("carl", path, "hi", "--timeout", "5s")
        self.assertEqual((done.code, done.json["error"]["code"]), (5, "room.full"))
        self.delivered(self.send("bob", "lobby", "of course"))
        self.check(self.sotto("anna", "rooms", "kick", "lobby", "bob"))  # makes room
        self.delivered(self.send("carl", path, "at last"))


if __name__ == "__main__":
    harness.main()
