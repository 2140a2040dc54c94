"""Connection files that were taken back: whoever has one finds no way to the room any more, and
nobody else notices."""
import time

import harness
import tor_test_support
from tor_test_support import PATIENCE

TORS = {"anna": "host", "bob": "member", "carl": "third"}


class Revoked(tor_test_support.TorTest):
    """Each home has a tor of its own: one tor knows one key for an address."""

    def setUp(self):
        super().setUp()
        for home, tor in TORS.items():
            self.use_shared(tor, home)
        self.init(*TORS)
        self.host_stream = self.host_tor("anna", stdin=-1)

    def export(self, file, *flags):
        done = self.check(self.sotto("anna", "--json", "export", "lobby", "-o", self.path(file),
                                     "--unsealed", *flags))
        return done.json["invite"]

    def revoke(self, invite):
        self.check(self.sotto("anna", "invites", "revoke", invite))

    def cut_off(self, home, file, *flags):
        """It cannot even read where the room is."""
        done = self.send_tor(home, "in vain", self.path(file), "--timeout", "60s", *flags)
        self.refused(done, 5, "tor.onion.auth_wrong")
        self.assertEqual(done.json["status"], "cancelled")
        return done

    def linked(self, stream):
        """How often this one had to make a link."""
        return sum(event["event"] == "link" for event in stream.all)

    def both_ways(self, stream, text):
        stream.type(f"from a member {text}\n")
        self.host_stream.type(f"from the host {text}\n")
        self.host_stream.expect("message", text=f"from a member {text}", timeout=PATIENCE)
        stream.expect("message", text=f"from the host {text}", timeout=PATIENCE)

    def test_an_unused_one_and_a_member_who_stays(self):
        unused, kept = self.export("unused"), self.export("kept")
        bob = self.join_tor("bob", self.path("kept"))
        self.both_ways(bob, "before")
        self.revoke(unused)
        self.both_ways(bob, "after")
        began = time.monotonic()
        done = self.cut_off("carl", "unused")
        self.assertIn("revoked", done.json["error"]["text"])
        self.assertLess(time.monotonic() - began, 30)
        self.both_ways(bob, "later")
        self.assertEqual(self.linked(bob), 1)
        # Whoever came in before comes in again, by the service as it is now.
        bob.end_input()
        self.assertEqual(bob.wait(PATIENCE), 0)
        bob = self.join_tor("bob", "lobby")
        self.both_ways(bob, "again")
        # Their own file may be revoked as well: they belong to the room.
        self.revoke(kept)
        bob.end_input()
        self.assertEqual(bob.wait(PATIENCE), 0)
        self.delivered_by_onion(self.send_tor("bob", "still here", "lobby"))

    def test_more_files_than_the_service_knows_keys_ahead(self):
        # A key that it knew ahead is good at once, another when the descriptor has been renewed.
        invites = [self.export(f"file-{n}") for n in range(12)]
        self.delivered_by_onion(self.send_tor("bob", "the first", self.path("file-0")))
        self.revoke(invites[1])
        deadline = time.monotonic() + PATIENCE
        while True:
            done = self.send_tor("carl", "the last", self.path("file-11"))
            if done.code == 0 or time.monotonic() > deadline:
                break
            self.refused(done, 5, "tor.onion.auth_wrong")
        self.delivered_by_onion(done)

    def test_one_that_was_revoked_while_the_host_was_away(self):
        unused = self.export("unused")
        self.host_stream.stop()
        self.revoke(unused)
        self.host_stream = self.host_tor("anna", "lobby", "--force", stdin=-1)
        self.cut_off("carl", "unused")

    def test_one_that_has_expired(self):
        self.export("short", "--expires", "1s")
        time.sleep(1.1)  # what must happen is that time passes
        done = self.send_tor("carl", "late", self.path("short"))
        self.refused(done, 5, "invite.expired")

    def test_a_member_who_was_kicked(self):
        self.export("bobs")
        self.export("carls")
        bob, carl = self.join_tor("bob", self.path("bobs")), self.join_tor("carl", self.path("carls"))
        self.both_ways(bob, "before")
        self.check(self.sotto("anna", "rooms", "kick", "lobby", "bob"))
        self.assertEqual(bob.wait(PATIENCE), 5)
        bob.expect("error", code="room.not_a_member")
        for target in ("lobby", self.path("bobs")):
            done = self.send_tor("bob", "let me in", target)
            self.assertEqual(done.code, 5, str(done))
        self.refused(done, 5, "tor.onion.auth_wrong")
        self.both_ways(carl, "without bob")
        self.assertEqual(self.linked(carl), 1)
        # A new file lets in again.
        self.export("anew")
        self.delivered_by_onion(self.send_tor("bob", "back", self.path("anew")))


if __name__ == "__main__":
    harness.main()
