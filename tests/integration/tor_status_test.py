"""`sotto status` and `doctor` while a room is open over Tor, on the private network."""
import os
import signal
import subprocess
import time

import harness
import tor_network
from tor_network import PATIENCE


class StatusOverTor(harness.SottoTest):
    @classmethod
    def setUpClass(cls):
        cls.network = tor_network.shared()

    def setUp(self):
        super().setUp()
        self.tor = ["--tor", "--torrc-include", str(self.network.client_torrc)]

    def status(self, home):
        return self.check(self.sotto(home, "--json", "status")).json

    def await_status(self, home, wanted):
        deadline = time.monotonic() + PATIENCE
        while not wanted(status := self.status(home)):
            self.assertLess(time.monotonic(), deadline, status)
            time.sleep(0.2)
        return status

    def test_from_the_start_to_the_end(self):
        self.init("anna", "bob")
        host = self.stream("anna", "host", "ops", *self.tor)
        # It does not wait for tor: while that begins, this is shown.
        self.await_status("anna", lambda status: status["agent"])
        ready = host.expect("ready", timeout=PATIENCE)
        address = ready["routes"][0]["address"]
        status = self.status("anna")
        tor, room = status["tor"], status["rooms"][0]
        self.assertEqual((tor["state"], tor["whose"], tor["bootstrap"]), ("ready", "own", 100))
        self.assertTrue(tor["version"].startswith("0.4."), tor)
        self.assertEqual(tor["control"], str(self.home("anna") / "tor" / "control"))
        self.assertGreater(tor["circuits"], 0)
        self.assertIsNone(tor["trouble"])
        self.assertEqual((room["route"], room["tor_only"], room["open"]), ("onion", True, True))
        self.assertEqual(room["addresses"], [address])
        onion = room["onion"]
        self.assertEqual(f"{onion['address']}:{onion['port']}", address)
        self.assertTrue(onion["uploaded"] and onion["reachable"], onion)
        self.assertIsNotNone(onion["last_probe"])
        self.assertIs(status["dns_free"], True)

        member = self.stream("bob", "join", self.invite("anna", "ops"), *self.tor,
                             stdin=subprocess.PIPE)
        member.expect("link", timeout=PATIENCE)
        host.expect("member")
        (bob,) = self.status("anna")["rooms"][0]["members"]
        self.assertEqual((bob["present"], bob["route"]), (True, "onion"))
        visited = self.status("bob")["rooms"][0]
        self.assertEqual((visited["route"], visited["tor_only"]), ("onion", True))
        text = self.check(self.sotto("anna", "status")).out
        self.assertIn("ops  yours  open  onion  Tor only\n", text)
        self.assertIn("  onion service  reachable  last probe ", text)
        self.assertIn("promise        reached through Tor only",
                      self.check(self.sotto("bob", "contacts", "show", "anna")).out)
        shown = self.check(self.sotto("anna", "--json", "rooms", "show", "ops")).json
        self.assertEqual((shown["addresses"], shown["tor_only"]), ([address], True))
        member.stop()
        self.doctor_finds_nothing()
        self.assertEqual(host.stop(), 143)
        after = self.status("anna")
        self.assertEqual((after["agent"], after["tor"]["state"]), (None, "idle"))
        self.assertIsNone(after["rooms"][0]["onion"])
        self.assertEqual(after["rooms"][0]["addresses"], [address])

    def doctor_finds_nothing(self):
        done = self.check(self.sotto("anna", "--json", "--torrc-include",
                                     self.network.client_torrc, "doctor"))
        found = {finding["check"]: finding for finding in done.json}
        for check in ("tor", "tor_folder", "tor_process", "tor_settings"):
            self.assertEqual(found[check]["status"], "ok", found)

    def test_a_tor_that_is_killed_is_brought_back(self):
        self.init("anna")
        host = self.stream("anna", "host", "ops", *self.tor)
        host.expect("ready", timeout=PATIENCE)
        before = self.status("anna")["tor"]
        torrc = self.home("anna") / "tor" / "torrc"
        os.kill(self.process_with(torrc), signal.SIGKILL)
        after = self.await_status("anna", lambda status: status["tor"]["restarts"] > 0
                                  and status["rooms"][0]["onion"]["reachable"])["tor"]
        self.assertEqual((after["state"], after["restarts"]), ("ready", before["restarts"] + 1))
        self.assertEqual(host.stop(), 143)

    def process_with(self, torrc):
        """The tor that was started on this file."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as words:
                    if os.fsencode(torrc) in words.read().split(b"\0"):
                        found.append(int(entry))
            except OSError:
                pass  # it has ended
        self.assertEqual(len(found), 1, found)
        return found[0]


if __name__ == "__main__":
    harness.main()
