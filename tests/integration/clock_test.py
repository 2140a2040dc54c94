"""A wall clock that jumps a day, on the host's machine or a member's, while both run: what was
said goes on, what may expire follows the clock, and nothing else notices.
"""
import datetime
import subprocess
import time

import broken_machine
import harness

DAY = 24  # hours


def hours_off(milliseconds):
    """How far a time is from this machine's."""
    return round((milliseconds / 1000 - time.time()) / 3600)


def shown_at(event):
    return datetime.datetime.fromisoformat(event["ts"].replace("Z", "+00:00")).timestamp() * 1000


class JumpingClock(broken_machine.BrokenMachineTest):
    def speak(self, host, member, word):
        """One message each way, over the link that stands."""
        host.type(f"host {word}\n")
        at_member = member.expect("message", text=f"host {word}")
        member.type(f"member {word}\n")
        at_host = host.expect("message", text=f"member {word}")
        host.expect("delivered")
        member.expect("delivered")
        return at_member, at_host

    def test_links_stand_and_messages_flow_both_ways(self):
        for home in ("anna", "bob"):
            self.break_machine(home)
        host = self.host("anna", stdin=subprocess.PIPE)
        member = self.join("bob", self.invite("anna"))
        words = []
        for home, hours in (("anna", DAY), ("anna", -DAY), ("anna", 0), ("bob", DAY),
                            ("bob", -DAY), ("anna", -DAY), ("bob", 0)):
            with self.subTest(home=home, hours=hours):
                self.set_clock(home, hours)
                words.append(f"{home} {hours}")
                at_member, at_host = self.speak(host, member, words[-1])
                stream, other = (at_host, at_member) if home == "anna" else (at_member, at_host)
                self.assertEqual(hours_off(shown_at(stream)), hours, "each shows its own clock")
                # The time of a message is its author's, whatever it is.
                self.assertEqual(hours_off(other["time"]), hours, other)
        member.end_input()
        self.assertEqual(member.wait(), 0)
        host.stop()
        for stream in (host, member):
            kinds = [event["event"] for event in stream.all]
            self.assertNotIn("error", kinds)
            self.assertNotIn("retrying", [event.get("phase") for event in stream.all])
            self.assertLessEqual(kinds.count("link"), 1, "the link was made once")
        spoken = [text for word in words for text in (f"host {word}", f"member {word}")]
        for home in ("anna", "bob"):
            # In the order of their arrival, not of their times.
            self.assertEqual(self.texts(home), spoken)

    def test_what_waits_does_not_expire_by_a_day(self):
        self.break_machine("bob")
        host = self.host("anna")
        self.check(self.sotto("bob", "import", self.invite("anna")))
        host.stop()
        self.check(self.send("bob", "lobby", "waits", "--wait", "queued"))
        self.set_clock("bob", DAY)
        self.check(self.send("bob", "lobby", "of tomorrow", "--wait", "queued"))
        self.set_clock("bob", -DAY)
        self.assertEqual(self.check(self.sotto("bob", "--json", "outbox")).json["total"], 2)
        host = self.host("anna")
        self.delivered(self.send("bob", "lobby", "of yesterday"))
        host.stop()
        self.assertEqual(host.messages(), ["waits", "of tomorrow", "of yesterday"])

    def test_an_invite_follows_the_hosts_clock(self):
        self.break_machine("anna")
        host = self.host("anna")
        path = self.invite("anna", "lobby", "--expires", "1h", "--uses", "5")
        self.delivered(self.send("bob", path, "in time"))
        self.set_clock("anna", DAY)
        self.refused(self.send("carl", path, "too late", "--timeout", "5s"), 5,
                     "invite.expired")
        self.delivered(self.send("bob", "lobby", "a member needs no invite"))
        self.set_clock("anna", -DAY)
        self.delivered(self.send("carl", path, "in time again"))
        host.stop()

    def test_a_file_that_has_expired_here_is_not_tried(self):
        self.break_machine("bob")
        self.host("anna")
        path = self.invite("anna", "lobby", "--expires", "1h")
        self.set_clock("bob", DAY)
        self.refused(self.send("bob", path, "too late"), 5, "invite.expired")
        self.set_clock("bob", 0)
        self.delivered(self.send("bob", path, "in time"))


if __name__ == "__main__":
    harness.main()
