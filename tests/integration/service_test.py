"""What a service manager hears (sd_notify(3)), with a socket of ours in its place."""
import os
import pathlib
import signal
import socket
import subprocess
import time
import unittest

import harness


class Manager:
    """Takes notices where $NOTIFY_SOCKET says."""

    def __init__(self, address):
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.heard = []  # (when, {name: value})

    def surroundings(self, **more):
        return {"NOTIFY_SOCKET": self.address} | more

    def close(self):
        self.socket.close()

    def receive(self, timeout):
        """The next notice, or None."""
        self.socket.settimeout(max(0.001, timeout))
        try:
            text = self.socket.recv(4096).decode()
        except TimeoutError:
            return None
        notice = dict(line.split("=", 1) for line in text.splitlines())
        self.heard.append((time.monotonic(), notice))
        return notice

    def expect(self, name, timeout=harness.PATIENCE):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            notice = self.receive(deadline - time.monotonic())
            if notice is not None and name in notice:
                return notice
        raise AssertionError(f"{name} was not told; heard: {self.heard}")

    def has(self, name):
        """Whether it was told already."""
        while self.receive(0.001) is not None:
            pass
        return any(name in notice for _, notice in self.heard)


class Service(harness.SottoTest):
    def manager(self, address):
        manager = Manager(address)
        self.addCleanup(manager.close)
        return manager

    def by_path(self):
        return self.manager(self.path("notify"))

    def test_ready_comes_once_the_room_can_be_joined(self):
        self.init("anna")
        manager = self.by_path()
        self.surroundings["anna"] = manager.surroundings()
        host = self.stream("anna", "listen", "lobby", "--direct", "--bind", "127.0.0.1", "--export",
                           self.path("inv"), "--unsealed")
        notice = manager.expect("READY")
        self.assertEqual(notice, {"READY": "1", "STATUS": "The room lobby is open."})
        # The file is whole and leads to somebody who answers, now and not a moment later.
        del self.surroundings["anna"]
        self.delivered(self.send("bob", self.path("inv"), "there?", "--timeout", "2s"))
        host.send_signal(signal.SIGTERM)
        self.assertEqual(manager.expect("STOPPING")["STOPPING"], "1")
        self.assertEqual(host.wait(), 143)
        self.assertEqual(sum("READY" in notice for _, notice in manager.heard), 1)

    def test_a_room_that_cannot_be_opened_is_never_ready(self):
        manager = self.by_path()
        self.surroundings["anna"] = manager.surroundings()
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        port = str(taken.getsockname()[1])
        done = self.sotto("anna", "listen", "lobby", "--bind", "127.0.0.1", "--port", port)
        self.assertEqual(done.code, 6, str(done))
        self.assertFalse(manager.has("READY"))

    def test_an_agent_is_ready_when_it_answers(self):
        manager = self.manager(f"@sotto-test-{os.getpid()}")
        self.surroundings["anna"] = manager.surroundings()
        agent = self.stream("anna", "agent", "run")
        manager.expect("READY")
        del self.surroundings["anna"]
        status = self.check(self.sotto("anna", "--json", "status")).json
        self.assertEqual(status["agent"]["pid"], agent.pid)
        self.check(self.sotto("anna", "agent", "stop"))
        manager.expect("STOPPING")
        agent.wait()

    def test_a_member_is_ready_once_it_has_a_link(self):
        host = self.host("anna")
        file = self.invite("anna")
        host.stop()
        manager = self.by_path()
        self.surroundings["bob"] = manager.surroundings()
        member = self.stream("bob", "join", file, stdin=subprocess.PIPE)
        member.expect("progress")
        self.assertFalse(manager.has("READY"))
        port = str(harness.port_of(host))
        host = self.stream("anna", "host", "lobby", "--direct", "--bind", "127.0.0.1", "--port",
                           port)
        host.expect("ready")
        manager.expect("READY")
        member.end_input()
        self.assertEqual(member.wait(), 0)

    def test_pings_come_twice_in_the_time_and_stop_when_it_hangs(self):
        manager = self.by_path()
        self.surroundings["anna"] = manager.surroundings(WATCHDOG_USEC="400000")
        agent = self.stream("anna", "agent", "run")
        manager.expect("READY")
        begin = time.monotonic()
        for _ in range(10):
            manager.expect("WATCHDOG", timeout=5)
        took = time.monotonic() - begin
        self.assertGreater(took, 9 * 0.2 * 0.8)
        gaps = [when for when, notice in manager.heard if "WATCHDOG" in notice]
        self.assertEqual(len(gaps), len(set(gaps)))
        agent.send_signal(signal.SIGSTOP)
        self.addCleanup(lambda: agent.process.poll() is None and
                        os.kill(agent.pid, signal.SIGCONT))
        while manager.receive(0.05) is not None:  # what was sent before
            pass
        self.assertIsNone(manager.receive(1.2), "a process that stands still pings")
        agent.send_signal(signal.SIGCONT)
        manager.expect("WATCHDOG")
        self.assertEqual(agent.stop(), 143)

    def test_pings_are_for_whom_they_were_asked_of(self):
        manager = self.by_path()
        self.surroundings["anna"] = manager.surroundings(WATCHDOG_USEC="200000", WATCHDOG_PID="1")
        agent = self.stream("anna", "agent", "run")
        manager.expect("READY")
        manager.receive(0.5)
        self.assertFalse(manager.has("WATCHDOG"))
        self.assertEqual(agent.stop(), 143)

    def test_programs_that_are_run_are_not_asked(self):
        manager = self.by_path()
        self.surroundings["anna"] = manager.surroundings(WATCHDOG_USEC="60000000")
        listener = self.stream("anna", "listen", "lobby", "--direct", "--bind", "127.0.0.1",
                               "--exec", f"env > {self.path('seen')}")
        manager.expect("READY")
        del self.surroundings["anna"]
        self.check(self.send("bob", self.invite("anna"), "run", "--wait", "read"))
        seen = pathlib.Path(self.path("seen")).read_text()
        self.assertIn("SOTTO_", seen)
        self.assertNotIn("NOTIFY_SOCKET", seen)
        self.assertNotIn("WATCHDOG", seen)
        self.assertEqual(listener.stop(), 143)

    def test_no_manager_or_one_that_does_not_read_is_no_trouble(self):
        full = self.by_path()
        for address in ("", "relative", "/nowhere/at/all", full.address):
            self.surroundings["anna"] = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "2000"}
            agent = self.stream("anna", "agent", "run")
            agent.expect("notice", code="agent.ready")
            time.sleep(0.3 if address == full.address else 0)  # until its queue is full
            self.assertEqual(agent.stop(), 143, address)


if __name__ == "__main__":
    unittest.main()
