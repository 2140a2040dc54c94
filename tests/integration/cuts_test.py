"""Networks that break: connections that are cut again and again, or that carry nothing any more
without a word.  Sessions go on where they were.
"""
import signal
import subprocess
import time

import harness


class Cuts(harness.SottoTest):
    def test_a_connection_cut_every_200_ms_loses_nothing(self):
        messages = 1_000
        host, proxy, path = self.host_behind_proxy("anna", cut_after=0.2, stdin=subprocess.PIPE)
        member = self.join("bob", path)
        deadline = time.monotonic() + 60
        # A word at a time, so that many are under way at each cut.
        for number in range(messages):
            host.type(f"anna {number}\n")
            member.type(f"bob {number}\n")
            time.sleep(0.006)
        for _ in range(messages):
            host.expect("message", timeout=deadline - time.monotonic())
            member.expect("message", timeout=deadline - time.monotonic())
            member.expect("delivered", timeout=deadline - time.monotonic())
            host.expect("delivered", timeout=deadline - time.monotonic())
        self.assertGreater(proxy.connections, 8)
        member.end_input()
        self.assertEqual(member.wait(), 0)
        host.stop()
        self.assertEqual(host.messages(), [f"bob {number}" for number in range(messages)])
        self.assertEqual(member.messages(), [f"anna {number}" for number in range(messages)])
        for stream in (host, member):
            told = [event["id"] for event in stream.all if event["event"] == "delivered"]
            self.assertEqual(len(told), len(set(told)), "told twice")
        for home in ("anna", "bob"):
            texts = self.texts(home)
            self.assertEqual(sorted(texts), sorted([f"{who} {number}" for who in ("anna", "bob")
                                                    for number in range(messages)]))

    def test_it_reconnects_as_fast_after_the_tenth_cut_as_after_the_first(self):
        _, proxy, path = self.host_behind_proxy("anna")
        member = self.join("bob", path)
        for _ in range(10):
            proxy.cut()
            start = time.monotonic()
            member.expect("link")
            self.assertLess(time.monotonic() - start, 2.0)


class HalfOpen(harness.SottoTest):
    """The other machine has vanished without a word.  What takes longer than 6.5 s is simulated
    (tests/sim/liveness_test.cpp)."""

    def test_a_member_notices_a_network_that_carries_nothing(self):
        host, proxy, path = self.host_behind_proxy("anna")
        member = self.join("bob", path)
        proxy.stall()
        start = time.monotonic()
        member.type("into the void\n")
        member.expect("progress", phase="reconnecting")
        waited = time.monotonic() - start
        self.assertGreater(waited, 6.0)
        self.assertLess(waited, 9.0)
        proxy.stalled = False
        member.expect("delivered")
        self.assertEqual(host.expect("message")["text"], "into the void")
        host.stop()
        self.assertEqual(host.messages(), ["into the void"])

    def test_a_host_notices_a_member_that_has_vanished_and_others_do_not(self):
        host = self.host("anna", stdin=subprocess.PIPE)
        path = self.invite("anna", "lobby", "--uses", "2")
        self.init("bob", "carl")
        bob, carl = self.join("bob", path), self.join("carl", path)
        bob.send_signal(signal.SIGSTOP)
        start = time.monotonic()
        host.type("to both\n")
        carl.expect("message")
        self.assertLess(time.monotonic() - start, 2.0, "others are not slowed")
        time.sleep(7.5)
        self.assertEqual(self.connections_of(host), 1, "the link of the vanished one is gone")
        bob.send_signal(signal.SIGCONT)
        self.assertEqual(bob.expect("message")["text"], "to both")
        bob.type("back again\n")
        self.assertEqual(carl.expect("message")["text"], "back again")
        bob.end_input()
        self.assertEqual(bob.wait(), 0)
        self.assertEqual(bob.messages(), ["to both"])

    def connections_of(self, host):
        port = f"{harness.port_of(host):04X}"
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = [line.split() for line in table][1:]
        established = "01"
        return sum(1 for row in rows if row[1].endswith(":" + port) and row[3] == established)


if __name__ == "__main__":
    harness.main()
