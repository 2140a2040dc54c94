"""`--tor` fails closed: hosts, members and senders in cells whose every packet is dropped and counted,
with a tor that is reached by unix sockets alone, send none; a sotto without `--tor` is caught.
"""
import os
import shutil
import signal
import subprocess
import unittest

import tor_test_support
from tor_test_support import PATIENCE


class Leaks(tor_test_support.LeakTest):
    def plain(self, home, *words, **more):
        """A command that says nothing of Tor but where the private network is."""
        return self.sotto(home, "--json", *words, "--torrc-include",
                          str(self.network.client_torrc), timeout=PATIENCE, **more)

    def kill_tor(self, home):
        """The one that this home's sotto has started."""
        killed = 0
        for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if os.path.basename(words[0]) == b"tor" and str(self.home(home)).encode() in b" ".join(
                    words):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        self.assertEqual(killed, 1)

    def test_a_whole_conversation_sends_no_packet(self):
        self.cell("anna")
        self.cell("bob")
        host = self.host_tor("anna", stdin=subprocess.PIPE)
        member = self.join_tor("bob")
        self.assertEqual(member.link["route"], "onion")
        host.type("from the host\n")
        member.expect("message", text="from the host", timeout=PATIENCE)
        member.type("from the member\n")
        host.expect("message", text="from the member", timeout=PATIENCE)
        self.kill_tor("anna")
        host.type("while it is gone\n")
        member.expect("message", text="while it is gone", timeout=PATIENCE)
        member.end_input()
        self.assertEqual(member.wait(PATIENCE), 0)
        # The promise sticks, by name and without a flag.
        self.delivered_by_onion(self.plain("bob", "send", "lobby", "-m", "later"))
        host.expect("message", text="later", timeout=PATIENCE)
        self.assert_no_leak()

    def test_no_error_path_sends_one(self):
        self.cell("anna")
        self.cell("bob")
        host = self.host_tor("anna")
        self.delivered_by_onion(self.send_tor("bob", "hello"))
        host.stop()
        tor = ["--tor", "--torrc-include", str(self.network.client_torrc), "--timeout", "6s"]
        for code, words in [
                (8, ["send", "192.0.2.1:4711", "-m", "x", *tor]),
                (8, ["send", "host.example:4711", "-m", "x", *tor]),
                (8, ["join", "[2001:db8::1]:4711", *tor]),
                (3, ["send", tor_test_support.onion_address(), "-m", "x", *tor]),
                (9, ["send", "x" * 56 + ".onion", "-m", "x", *tor]),
                (3, ["send", "lobby", "-m", "x", *tor])]:
            done = self.sotto("bob", "--json", *words, timeout=PATIENCE)
            self.assertEqual(done.code, code, str(done))
        for code, words in [
                (8, ["host", "lobby", "--direct"]),
                (8, ["host", "lobby", "--bind", "0.0.0.0"]),
                (8, ["host", "lobby", "--advertise", "host.example"]),
                (0, ["doctor"]), (0, ["status"]), (0, ["rooms", "show", "lobby"])]:
            done = self.plain("anna", *words)
            self.assertEqual(done.code, code, str(done))
        self.assert_no_leak()

    def test_without_a_tor_nothing_goes_another_way(self):
        self.cell("anna")
        self.cell("bob")
        host = self.host_tor("anna")
        self.delivered_by_onion(self.send_tor("bob", "hello"))
        self.surroundings["bob"] = {"PATH": "/nonexistent"}
        program, *words = self.launchers["bob"]
        self.launchers["bob"] = [shutil.which(program), *words]  # it is not looked for there
        done = self.plain("bob", "send", "lobby", "-m", "nowhere else")
        self.assertEqual(done.code, 6, str(done))
        self.assertEqual(done.json["error"]["code"], "tor.missing")
        self.assertEqual(host.messages(), ["hello"])
        self.assert_no_leak()

    def test_a_given_tor_is_reached_by_its_sockets_alone(self):
        self.cell("anna", own_tor=False)
        self.cell("bob", own_tor=False)
        self.use(self.system_tor("one"), "anna", "bob")
        host = self.host_tor("anna")
        self.delivered_by_onion(self.send_tor("bob", "hello"))
        host.expect("message", text="hello", timeout=PATIENCE)
        self.assert_no_leak()

    def test_what_does_not_promise_is_caught(self):
        cell = self.cell("bob", own_tor=False)
        done = self.sotto("bob", "--json", "send", "192.0.2.1:4711", "-m", "x", "--trust-new",
                          "--timeout", "2s", timeout=PATIENCE)
        self.assertEqual(done.code, 3, str(done))
        self.assertGreater(sum(cell.counters().values()), 0)


if __name__ == "__main__":
    unittest.main()
