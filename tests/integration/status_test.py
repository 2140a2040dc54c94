"""`sotto status` where no tor is used, and what it costs: nothing."""
import json
import os
import pty
import select
import signal
import socket
import subprocess
import time

import harness
from harness import BINARY, PATIENCE, environment


class Status(harness.SottoTest):
    def status(self, home):
        return self.check(self.sotto(home, "--json", "status")).json

    def test_without_an_owner(self):
        self.refused(self.sotto("nobody", "--json", "status"), 7, "store.no_profile")
        self.init("anna")
        status = self.status("anna")
        self.assertIsNone(status["agent"])
        self.assertEqual(status["rooms"], [])
        self.assertEqual(status["tor"]["state"], "idle")
        self.assertIs(status["dns_free"], True)
        self.host("anna").stop()
        room = self.status("anna")["rooms"][0]
        self.assertEqual((room["name"], room["hosted"], room["open"], room["tor_only"]),
                         ("lobby", True, False, False))
        self.assertIsNone(room["route"])
        self.assertIsNone(room["onion"])
        self.assertFalse((self.home("anna") / "tor").exists())

    def test_rooms_and_who_is_in_them(self):
        self.init("anna", "bob")
        host = self.host("anna")
        member = self.join("bob", self.invite("anna"))
        host.expect("member")
        ours, theirs = self.status("anna"), self.status("bob")
        self.assertEqual(ours["agent"]["pid"], host.pid)
        self.assertEqual(ours["agent"]["clients"], 1)
        room = ours["rooms"][0]
        self.assertEqual((room["open"], room["route"]), (True, "direct"))
        self.assertEqual(room["addresses"], [route["address"] for route in host.ready["routes"]])
        (bob,) = room["members"]
        self.assertEqual((bob["name"], bob["present"], bob["route"]), ("bob", True, "direct"))
        room = theirs["rooms"][0]
        self.assertEqual((room["hosted"], room["open"], room["route"]), (False, True, "direct"))
        self.assertEqual([m["name"] for m in room["members"] if m["present"]], ["anna"])
        text = self.check(self.sotto("anna", "status")).out
        self.assertIn(f"agent  process {host.pid}", text)
        self.assertIn("lobby  yours  open  direct\n", text)
        self.assertIn("  ? bob  here, direct\n", text)
        member.stop()
        host.expect("member")
        (bob,) = self.status("anna")["rooms"][0]["members"]
        self.assertFalse(bob["present"])
        self.assertIsNotNone(bob["last_seen"])

    def test_a_host_that_is_not_reached(self):
        self.init("anna", "bob")
        host = self.host("anna")
        member = self.join("bob", self.invite("anna"))
        host.kill()
        member.expect("progress", phase="reconnecting")
        room = self.status("bob")["rooms"][0]
        self.assertIsNone(room["route"])
        self.assertTrue(room["trouble"]["text"].endswith("."), room)
        self.assertFalse(room["members"][0]["present"])

    def test_by_rpc(self):
        self.init("anna")
        host = self.host("anna")
        status = self.check(self.sotto("anna", "rpc", "status")).json
        self.assertEqual(status["agent"]["pid"], host.pid)
        self.assertEqual(status["rooms"][0]["name"], "lobby")


class Watching(harness.SottoTest):
    """Each line is a change; a signal ends it."""

    def watch(self, *flags):
        arguments = [BINARY, "--home", str(self.home("anna")), "--no-input", *flags, "status",
                     "--watch"]
        process = subprocess.Popen(arguments, env=environment(self.folder), bufsize=0,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(self.end, process)
        self.pending = b""
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def line(self, process, timeout=PATIENCE):
        deadline = time.monotonic() + timeout
        while b"\n" not in self.pending:
            left = max(0.0, deadline - time.monotonic())
            ready, _, _ = select.select([process.stdout], [], [], left)
            self.assertTrue(ready, "nothing more came in time")
            more = os.read(process.stdout.fileno(), 1 << 16)
            self.assertTrue(more, "it has ended")
            self.pending += more
        line, _, self.pending = self.pending.partition(b"\n")
        return json.loads(line)

    def test_an_owner_comes_and_goes(self):
        self.init("anna")
        process = self.watch("--json")
        self.assertIsNone(self.line(process)["agent"])
        host = self.host("anna")
        while not (status := self.line(process))["agent"] or not status["rooms"]:
            pass
        self.assertEqual(status["agent"]["pid"], host.pid)
        self.assertTrue(status["rooms"][0]["open"])
        host.kill()
        while (status := self.line(process))["agent"]:
            pass
        self.assertFalse(status["rooms"][0]["open"])
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 143)
        self.assertEqual((self.pending, process.stdout.read(), process.stderr.read()),
                         (b"", b"", b""))

    def test_it_ends_on_an_interrupt_and_when_nobody_reads(self):
        self.init("anna")
        process = self.watch("--json")
        self.line(process)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE), 130)
        process = self.watch("--json")
        self.line(process)
        process.stdout.close()
        process.stdout = None
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_a_terminal_is_drawn_over_unless_it_cannot(self):
        self.init("anna")
        for terminal, redraws in (("xterm", True), ("dumb", False)):
            master, slave = pty.openpty()
            self.addCleanup(os.close, master)
            process = subprocess.Popen(
                [BINARY, "--home", str(self.home("anna")), "--no-input", "status", "--watch"],
                env=environment(self.folder) | {"TERM": terminal}, stdin=subprocess.DEVNULL,
                stdout=slave, stderr=subprocess.DEVNULL)
            os.close(slave)
            self.addCleanup(self.end, process)
            shown = b""
            while b"dns " not in shown:
                self.assertTrue(select.select([master], [], [], PATIENCE)[0])
                shown += os.read(master, 1 << 16)
            self.assertEqual(b"\x1b[2J" in shown, redraws, shown)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE), 143)


class DoctorOfTor(harness.SottoTest):
    def examine(self, code, *flags):
        done = self.check(self.sotto("anna", "--json", *flags, "doctor"), code)
        return {finding["check"]: finding for finding in done.json}

    def test_faults_have_cures(self):
        self.init("anna")
        self.surroundings["anna"] = {"PATH": "/nowhere"}
        tor = self.examine(0)["tor"]
        self.assertEqual(tor["status"], "warning")
        self.assertIn("apt install tor", tor["cure"])
        self.surroundings["anna"] = {}
        lines = self.file("lines", "ORPort 9001\n")
        settings = self.examine(9, "--torrc-include", lines)["tor_settings"]
        self.assertEqual(settings["status"], "fault")
        bridges = self.file("bridges", "ClientTransportPlugin obfs4 exec /nowhere/obfs4proxy\n"
                                       f"obfs4 192.0.2.3:80 {'A' * 40}\n")
        found = self.examine(9, "--bridges", bridges)
        self.assertEqual(found["tor_settings"]["status"], "ok")
        self.assertIn("apt install obfs4proxy", found["tor_bridges"]["cure"])
        self.assertEqual(self.examine(6, "--tor-control", "/nowhere/control")["tor_control"]
                         ["status"], "fault")

    def test_nothing_is_connected_to(self):
        self.init("anna")
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            self.examine(0, "--tor-control", f"127.0.0.1:{port}")
            self.check(self.sotto("anna", "--tor-control", f"127.0.0.1:{port}", "status"))
            server.settimeout(0.2)
            with self.assertRaises(TimeoutError):
                server.accept()


if __name__ == "__main__":
    harness.main()
