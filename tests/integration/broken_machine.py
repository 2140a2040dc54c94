"""Machines whose disk fails, or whose clock jumps, while the program runs: a library that is
compiled into the test's folder and preloaded (broken_machine.c).
"""
import os
import pathlib
import shutil
import subprocess

import harness

SOURCE = pathlib.Path(__file__).with_suffix(".c")


class BrokenMachineTest(harness.SottoTest):
    def setUp(self):
        super().setUp()
        compiler = os.environ.get("CC") or shutil.which("cc")
        if not compiler:
            self.skipTest("there is no C compiler to build the failing machine with")
        self.library = self.path("broken_machine.so")
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", self.library, str(SOURCE)],
                       check=True)

    def break_machine(self, home):
        """From now on the commands of this home run on a machine that can break."""
        # A preloaded library comes before the sanitizers', which they do not like.
        relaxed = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        self.surroundings[home] = {"LD_PRELOAD": self.library, "ASAN_OPTIONS": relaxed,
                                   "SOTTO_TEST_DISK": self.path(home + ".disk"),
                                   "SOTTO_TEST_CLOCK": self.path(home + ".clock")}

    def fail_disk(self, home, *what):
        """`what`: write, sync, or both, of the store; full, of files that come."""
        self._put(home + ".disk", " ".join(what))

    def heal_disk(self, home):
        os.unlink(self.path(home + ".disk"))

    def set_clock(self, home, hours):
        """The wall clock is this far off, from now on."""
        self._put(home + ".clock", str(hours * 3600))

    def _put(self, name, text):
        """Whole or not at all, since the program reads it meanwhile."""
        os.replace(self.file(name + ".new", text), self.path(name))
