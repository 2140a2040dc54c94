"""What is installed beside the program: units and the AppArmor profile, by the tools that read
them.
"""
import os
import pathlib
import re
import shutil
import subprocess
import unittest

import harness

CONTRIB = pathlib.Path(__file__).resolve().parents[2] / "contrib"
EXPOSED = 2.0  # of 10, as systemd-analyze counts: below that it calls a service OK
# What needs the rights of a manager that users do not have counts against theirs.
EXPOSED_USER = 6.5


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
class Units(harness.SottoTest):
    def unit(self, kind, name, instance=None):
        """The unit as it is installed, but for the program that was built."""
        text = (CONTRIB / "systemd" / kind / f"{name}.in").read_text()
        program = pathlib.Path(harness.BINARY).resolve()
        (self.folder / "bin").mkdir(exist_ok=True)
        link = self.folder / "bin" / "sotto"
        if not link.exists():
            link.symlink_to(program)
        path = self.folder / (instance or name)
        path.write_text(text.replace("@bin@", str(link.parent)))
        self.assertNotRegex(path.read_text(), "@[a-z]+@")
        return path

    def units(self):
        yield "user", self.unit("user", "sotto-agent.service")
        yield "user", self.unit("user", "sotto-room@.service", "sotto-room@lobby.service")
        yield "system", self.unit("system", "sotto-room@.service", "sotto-room@alerts.service")
        yield "system", self.unit("system", "sotto-relay.service")

    def analyze(self, *arguments):
        return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True,
                              timeout=60, env=os.environ | {"XDG_RUNTIME_DIR": str(self.folder)})

    def test_systemd_understands_every_line(self):
        for kind, unit in self.units():
            flags = ["--user"] if kind == "user" else []
            done = self.analyze("verify", "--man=no", *flags, str(unit))
            ours = [line for line in done.stderr.splitlines() if "sotto" in line]
            self.assertEqual((done.returncode, ours), (0, []), f"{unit.name}: {done.stderr}")

    def test_little_is_left_to_whoever_breaks_in(self):
        for kind, unit in self.units():
            done = self.analyze("security", "--offline=true", "--no-pager", str(unit))
            found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
            self.assertTrue(found, done.stdout + done.stderr)
            limit = EXPOSED if kind == "system" else EXPOSED_USER
            self.assertLess(float(found[1]), limit, f"{kind}: {done.stdout}")

    def test_their_commands_are_understood(self):
        """The words behind ExecStart=, with a profile that is not there."""
        for _, unit in self.units():
            line = re.search(r"^ExecStart=\S+/sotto (.*)$", unit.read_text(), re.M)[1]
            line = re.sub(r" \$SOTTO_\w+_FLAGS", "", line.replace("%i", "lobby"))
            words = line.replace("${STATE_DIRECTORY}", self.path("state")).split()
            done = self.run_binary([*words, "--help"])
            self.assertEqual(done.code, 0, str(done))
            self.assertNotIn("usage", done.err)


class Profile(harness.SottoTest):
    @unittest.skipUnless(shutil.which("apparmor_parser", path="/usr/sbin:/sbin:/usr/bin"),
                         "apparmor is not installed")
    def test_apparmor_understands_every_line(self):
        program = shutil.which("apparmor_parser", path="/usr/sbin:/sbin:/usr/bin")
        done = subprocess.run([program, "--skip-kernel-load", "--skip-cache",
                               str(CONTRIB / "apparmor" / "usr.bin.sotto")],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        broken = self.file("broken", (CONTRIB / "apparmor" / "usr.bin.sotto").read_text()
                           .replace("capability ipc_lock,", "capability no_such_thing,"))
        done = subprocess.run([program, "--skip-kernel-load", "--skip-cache", broken],
                              capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
