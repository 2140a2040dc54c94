"""The process that owns a profile is confined, and does all that it should nevertheless."""
import ctypes
import os
import pathlib
import subprocess
import sys
import unittest

import harness

CREATE_RULESET = 444  # landlock_create_ruleset, on every machine
VERSION = 1


def has_landlock():
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.syscall(CREATE_RULESET, None, 0, VERSION) > 0


# A chat on a terminal below argv[1], which is a devpts of its own; tells how it is open.
ON_A_TERMINAL = '''
import fcntl, os, select, struct, subprocess, sys, time
folder, *command = sys.argv[1:]
master = os.open(folder + "/ptmx", os.O_RDWR | os.O_NOCTTY)
fcntl.ioctl(master, 0x40045431, struct.pack("i", 0))  # TIOCSPTLCK: unlock
terminal = os.open(folder + "/0", os.O_RDWR | os.O_NOCTTY)
chat = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal,
                        env=os.environ | {"TERM": "xterm"}, start_new_session=True)
seen = b""
deadline = time.monotonic() + 20
while b"nobody else here" not in seen and time.monotonic() < deadline:
    if select.select([master], [], [], 0.1)[0]:
        seen += os.read(master, 65536)
for name in os.listdir(f"/proc/{chat.pid}/fd"):
    if int(name) > 2 and os.readlink(f"/proc/{chat.pid}/fd/{name}") == folder + "/0":
        print(open(f"/proc/{chat.pid}/fdinfo/{name}").read().split()[3])
chat.kill()
chat.wait()
'''


def process_status(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {line.split(":")[0]: line.split(":")[1].strip() for line in lines}


@unittest.skipUnless(has_landlock(), "this kernel has no Landlock")
@unittest.skipIf(any(key.endswith("SAN_OPTIONS") for key in os.environ),
                 "a sanitizer must look at its own process")
class Sandbox(harness.SottoTest):
    def sandbox_of(self, home):
        return self.check(self.sotto(home, "--json", "status")).json["agent"]["sandbox"]

    def assert_confined(self, pid):
        status = process_status(pid)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Seccomp"], "2")
        for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
            lines = (thread / "status").read_text()
            self.assertIn("Seccomp:\t2", lines)

    def test_a_terminal_that_stands_elsewhere_can_be_opened_anew(self):
        self.init("anna")
        folder = self.folder / "pts"
        folder.mkdir()
        script = self.file("on_a_terminal.py", ON_A_TERMINAL)
        done = subprocess.run(
            ["unshare", "--map-root-user", "--mount", "sh", "-c",
             'mount -t devpts -o newinstance,ptmxmode=0666 devpts "$0" && exec "$@"',
             str(folder), sys.executable, script, str(folder), harness.BINARY, "--home",
             str(self.home("anna")), "host", "lobby", "--direct", "--bind", "127.0.0.1"],
            env=harness.environment(self.folder), capture_output=True, text=True,
            timeout=harness.PATIENCE * 2)
        flags = [int(line, 8) for line in done.stdout.split()]
        self.assertEqual(len(flags), 2, done.stderr)  # for reading and for writing
        for each in flags:
            self.assertTrue(each & os.O_NONBLOCK, "waits for a terminal that takes nothing")

    def test_a_host_is_confined_and_works(self):
        exported = self.folder / "for-bob"
        exported.mkdir()
        file = exported / "inv"
        host = self.stream("anna", "host", "lobby", "--direct", "--bind", "127.0.0.1", "--export",
                           str(file), "--unsealed", stdin=subprocess.PIPE)
        host.expect("ready", invite=str(file))
        self.assert_confined(host.pid)
        self.assertEqual(self.sandbox_of("anna"), {"files": True, "calls": True, "why": ""})
        bob = self.join("bob", str(file))
        self.assert_confined(bob.pid)
        host.type("to bob\n")
        self.assertEqual(bob.expect("message")["text"], "to bob")
        self.delivered(self.send("carl", self.invite("anna"), "by itself"))
        self.assertEqual(host.expect("message")["text"], "by itself")
        self.assertEqual([entry["text"] for entry in self.history("anna", "lobby", "--search",
                                                                  "itself")], ["by itself"])
        # A backup is taken beside it, and the room forgotten by it.
        password = self.file("p", "of the backup\n")
        self.check(self.sotto("anna", "backup", "-o", self.path("backup"),
                              "--backup-passphrase-file", password))
        self.assertTrue(pathlib.Path(self.path("backup")).exists())
        doctor = self.check(self.sotto("anna", "doctor"))
        self.assertIn("The process that owns the profile is confined.", doctor.out)
        bob.end_input()
        self.assertEqual(bob.wait(), 0)
        self.assertEqual(host.stop(), 143)

    def test_it_can_be_left_out(self):
        host = self.stream("anna", "--sandbox", "off", "host", "--direct", "--bind", "127.0.0.1")
        host.expect("ready")
        self.assertEqual(process_status(host.pid)["Seccomp"], "0")
        sandbox = self.sandbox_of("anna")
        self.assertEqual((sandbox["files"], sandbox["calls"]), (False, False))
        self.assertIn("--sandbox off", sandbox["why"])
        doctor = self.check(self.sotto("anna", "doctor"))
        self.assertIn("is not confined", doctor.out)
        self.assertEqual(host.stop(), 143)

    def test_a_command_of_the_person_is_not_confined(self):
        out = self.folder / "outside"
        out.mkdir()
        command = f"cat > {out}/text; grep Seccomp: /proc/self/status > {out}/status"
        listener = self.stream("anna", "listen", "lobby", "--direct", "--bind", "127.0.0.1",
                               "--exec", command)
        listener.expect("ready")
        self.check(self.send("bob", self.invite("anna"), "run", "--wait", "read"))
        self.assertEqual((out / "text").read_text(), "run")
        self.assertIn("\t0", (out / "status").read_text())
        self.assertIn("--exec", self.sandbox_of("anna")["why"])
        self.assertEqual(listener.stop(), 143)

    def test_where_an_agent_owns_the_profile_it_is_confined_and_the_command_is_not(self):
        out = self.folder / "outside"
        out.mkdir()
        agent = self.stream("anna", "--sandbox", "strict", "agent", "run")
        agent.expect("notice", code="agent.ready")
        self.assert_confined(agent.pid)
        listener = self.stream("anna", "listen", "lobby", "--direct", "--bind", "127.0.0.1",
                               "--exec", f"cat > {out}/text")
        listener.expect("ready")
        self.check(self.send("bob", self.invite("anna"), "run", "--wait", "read"))
        self.assertEqual((out / "text").read_text(), "run")
        self.assertTrue(self.sandbox_of("anna")["files"])
        self.assertEqual(listener.stop(), 143)
        self.assertEqual(agent.stop(), 143)

    def test_an_open_room_is_found_by_its_id(self):
        host = self.host("anna", "lobby", "--open")
        self.assert_confined(host.pid)
        done = self.sotto("bob", "send", host.ready["room_id"], "--trust-new", stdin="found")
        self.check(done)
        self.assertEqual(host.expect("message")["text"], "found")
        self.assertEqual(host.stop(), 143)

    def test_files_are_taken_where_that_was_asked_for(self):
        inbox = self.folder / "inbox"
        inbox.mkdir()
        host = self.host("anna", "lobby", "--accept", str(inbox))
        self.assert_confined(host.pid)
        path = self.file("report", b"some lines")
        invite = self.invite("anna", "lobby", "--allow", "chat,files")
        self.delivered(self.sotto("bob", "--json", "send", invite, "--file", path))
        host.expect("file")
        self.assertEqual((inbox / "report").read_bytes(), b"some lines")
        self.assertEqual(host.stop(), 143)

    def test_an_agent_takes_files_where_it_may_write(self):
        inbox = self.folder / "inbox"
        inbox.mkdir()
        agent = self.stream("anna", "agent", "run")
        agent.expect("notice", code="agent.ready")
        done = self.sotto("anna", "--json", "listen", "lobby", "--direct", "--bind", "127.0.0.1",
                          "--accept", str(inbox))
        self.refused(done, 2, "accept.folder")
        self.assertIn("--writable", done.err)
        self.assertEqual(agent.stop(), 143)
        agent = self.stream("anna", "--writable", str(inbox), "agent", "run")
        agent.expect("notice", code="agent.ready")
        self.assert_confined(agent.pid)
        listener = self.host("anna", "lobby", "--accept", str(inbox))
        path = self.file("report", b"some lines")
        invite = self.invite("anna", "lobby", "--allow", "chat,files")
        self.delivered(self.sotto("bob", "--json", "send", invite, "--file", path))
        self.assertEqual((inbox / "report").read_bytes(), b"some lines")
        self.assertEqual(listener.stop(), 143)
        self.assertEqual(agent.stop(), 143)

    def test_folders_that_are_named_must_be_there(self):
        done = self.sotto("anna", "--writable", self.path("nowhere"), "agent", "run")
        self.refused(done, 2, "usage.syntax")
        self.refused(self.sotto("anna", "--sandbox", "perhaps", "id"), 2, "usage.syntax")


if __name__ == "__main__":
    unittest.main()
