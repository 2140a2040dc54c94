"""Tors that are killed, hang or are left behind: nothing is lost or doubled, and all comes back.

How soon is printed here and measured by `make bench`.
"""
import datetime
import os
import pathlib
import signal
import time

import harness
import tor_test_support
from tor_test_support import PATIENCE


def moment(event):
    return datetime.datetime.fromisoformat(event["ts"]).timestamp()


class RecoveryTest(tor_test_support.TorTest):
    def setUp(self):
        super().setUp()
        self.init("anna", "bob")

    def tor_of(self, home):
        """The tor that sotto runs for this home: the process that holds the lock."""
        lock = self.home(home) / "tor" / "data" / "lock"
        if not lock.exists():
            return None
        found = [int(entry.name) for entry in pathlib.Path("/proc").glob("[0-9]*")
                 if self.is_tor(entry, lock)]
        self.assertLessEqual(len(found), 1)
        return found[0] if found else None

    @staticmethod
    def is_tor(entry, lock):
        try:
            if (entry / "comm").read_text() != "tor\n":
                return False
            return any(os.readlink(link) == str(lock) for link in (entry / "fd").iterdir())
        except OSError:
            return False  # it has ended

    def await_no_tor(self, home, timeout=15):
        deadline = time.monotonic() + timeout
        while self.tor_of(home) is not None:
            self.assertLess(time.monotonic(), deadline, "tor does not end")
            time.sleep(0.05)

    def talking(self):
        host, bob = self.host_tor("anna", stdin=-1), self.join_tor("bob")
        host.expect("member", joined=True)
        self.say(host, bob, "before")
        return host, bob

    def say(self, host, bob, text, count=1):
        for n in range(count):
            host.type(f"anna {text} {n}\n")
            bob.type(f"bob {text} {n}\n")

    def hear(self, host, bob, text, count=1):
        """Each exactly once and in order; returns when the last came."""
        last = 0.0
        for hearer, speaker in ((host, "bob"), (bob, "anna")):
            for n in range(count):
                event = hearer.expect("message", timeout=PATIENCE)
                self.assertEqual(event["text"], f"{speaker} {text} {n}")
                last = max(last, moment(event))
        return last

    def nothing_twice(self, *streams):
        for stream in streams:
            texts = stream.messages()
            self.assertEqual(len(texts), len(set(texts)), stream)

    def bootstrapped(self, stream, after):
        """When a tor of this side was ready that started after that moment."""
        while True:
            event = stream.expect("progress", task="tor", phase="ready", timeout=PATIENCE)
            if moment(event) > after:
                return moment(event)


class Own(RecoveryTest):
    """Tors that sotto runs."""

    def kill_and_talk(self, victim, number=signal.SIGKILL):
        host, bob = self.talking()
        self.hear(host, bob, "before")
        stream = {"anna": host, "bob": bob}[victim]
        gone = time.time()
        os.kill(self.tor_of(victim), number)
        self.say(host, bob, "meanwhile", 10)
        ready = self.bootstrapped(stream, gone)
        back = self.hear(host, bob, "meanwhile", 10)
        print(f"{victim}'s tor: bootstrapped {ready - gone:.1f} s after it was gone, "
              f"delivering {back - ready:.1f} s later")
        stream.expect("notice", code="tor.back")
        self.assertEqual([event for event in stream.all if event["event"] == "error"], [])
        self.say(host, bob, "after")
        self.hear(host, bob, "after")
        self.nothing_twice(host, bob)
        # The session went on: nobody left or came.
        self.assertEqual([event for event in host.all if event.get("left")], [])
        bob.end_input()
        self.assertEqual(bob.wait(PATIENCE), 0)
        self.assertEqual(host.stop(), 143)
        for home in ("anna", "bob"):
            self.assertIsNone(self.tor_of(home))
            self.assertEqual({entry.name for entry in (self.home(home) / "tor").iterdir()},
                             {"data", "lock", "log", "torrc"})

    def test_the_tor_of_the_host_is_killed(self):
        self.kill_and_talk("anna")

    def test_the_tor_of_the_member_is_killed(self):
        self.kill_and_talk("bob")

    def test_the_tor_of_the_host_ends_by_itself(self):
        self.kill_and_talk("anna", signal.SIGTERM)

    def test_it_is_killed_again_and_again(self):
        host, bob = self.talking()
        self.hear(host, bob, "before")
        for n in range(3):
            gone = time.time()
            os.kill(self.tor_of("anna"), signal.SIGKILL)
            self.say(host, bob, f"death {n}", 3)
            self.bootstrapped(host, gone)
        for n in range(3):
            self.hear(host, bob, f"death {n}", 3)
        self.nothing_twice(host, bob)

    def test_the_tor_of_the_host_hangs_for_a_while(self):
        host, bob = self.talking()
        self.hear(host, bob, "before")
        tor = self.tor_of("anna")
        os.kill(tor, signal.SIGSTOP)
        try:
            self.say(host, bob, "meanwhile", 5)
            time.sleep(6)  # what must happen is that time passes
        finally:
            os.kill(tor, signal.SIGCONT)
        went_on = time.time()
        back = self.hear(host, bob, "meanwhile", 5)
        print(f"delivering {back - went_on:.1f} s after it went on")
        self.nothing_twice(host, bob)

    def test_the_tor_of_the_host_hangs_for_ever(self):
        host, bob = self.talking()
        self.hear(host, bob, "before")
        gone, tor = time.time(), self.tor_of("anna")
        os.kill(tor, signal.SIGSTOP)
        self.say(host, bob, "meanwhile", 5)
        ready = self.bootstrapped(host, gone)  # another tor, since this one does not answer
        back = self.hear(host, bob, "meanwhile", 5)
        print(f"noticed and replaced after {ready - gone:.1f} s, delivering {back - ready:.1f} s later")
        self.assertFalse(pathlib.Path(f"/proc/{tor}").exists())
        self.nothing_twice(host, bob)


class Leftovers(RecoveryTest):
    def test_sotto_is_killed(self):
        host = self.host_tor("anna")
        address = host.ready["routes"]
        tor = self.tor_of("anna")
        self.assertIsNotNone(tor)
        host.kill()
        self.await_no_tor("anna")
        again = self.host_tor("anna", "lobby", "--force")
        self.assertEqual(again.ready["routes"], address)
        self.delivered_by_onion(self.send_tor("bob", "hello"))

    def test_one_that_does_not_end_with_its_sotto_is_replaced(self):
        host = self.host_tor("anna")
        tor = self.tor_of("anna")
        os.kill(tor, signal.SIGSTOP)  # so that it does not notice
        host.kill()
        self.assertEqual(self.tor_of("anna"), tor)
        host = self.host_tor("anna", "lobby", "--force")
        self.assertNotEqual(self.tor_of("anna"), tor)
        self.assertFalse(self.is_tor(pathlib.Path(f"/proc/{tor}"),
                                     self.home("anna") / "tor" / "data" / "lock"))
        self.delivered_by_onion(self.send_tor("bob", "hello"))
        host.stop()
        self.assertIsNone(self.tor_of("anna"))

    def test_it_ends_with_its_sotto(self):
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            host = self.host_tor("anna", "lobby", "--force")
            began = time.monotonic()
            self.assertEqual(host.stop(number), code)
            print(f"stopped within {time.monotonic() - began:.1f} s")
            self.assertIsNone(self.tor_of("anna"))
            self.assertEqual({entry.name for entry in (self.home("anna") / "tor").iterdir()},
                             {"data", "lock", "log", "torrc"})

    def test_it_ends_while_it_bootstraps(self):
        host = self.stream("anna", "host", "lobby", *self.tor_flags("anna"))
        host.expect("progress", task="tor", timeout=PATIENCE)
        self.assertEqual(host.stop(), 143)
        self.assertIsNone(self.tor_of("anna"))


class Given(RecoveryTest):
    """A tor that somebody else runs."""

    def test_it_is_killed_and_comes_back(self):
        tor = self.tor("host")
        self.use(tor, "anna")
        self.use_shared("member", "bob")
        host, bob = self.talking()
        self.hear(host, bob, "before")
        gone = time.time()
        tor.kill()
        host.expect("notice", code="tor.control.closed", timeout=PATIENCE)
        self.say(host, bob, "meanwhile", 5)
        tor.start()
        ready = self.bootstrapped(host, gone)
        back = self.hear(host, bob, "meanwhile", 5)
        print(f"delivering {back - ready:.1f} s after the given tor was bootstrapped")
        self.nothing_twice(host, bob)
        host.stop()
        self.assertIsNone(tor.process.poll(), "it is not ours to end")
        with tor.control() as control:
            self.assertEqual(control.get_info("onions/detached"), "")

    def test_another_takes_its_place(self):
        """The address is kept by sotto, not by the tor."""
        self.use_shared("member", "bob")
        one = self.tor("host")
        self.use(one, "anna")
        host = self.host_tor("anna")
        address = host.ready["routes"]
        host.stop()
        self.tors.pop("anna")
        host = self.host_tor("anna", "lobby", "--force")
        self.assertEqual(host.ready["routes"], address)
        self.delivered_by_onion(self.send_tor("bob", "hello"))


if __name__ == "__main__":
    harness.main()
