"""Machines that fail: a death between commit and display, a disk that is full, an owner that
hangs.  What was acknowledged is kept, and what could not be done is said.
"""
import fcntl
import os
import signal
import sqlite3
import subprocess
import time

import harness


class CommittedNotShown(harness.SottoTest):
    LONG = "x" * 20_000  # longer than the pipe: its line cannot be written whole

    def stream_into_small_pipe(self, home, *arguments):
        """A command whose output goes to a pipe of one page that nobody reads."""
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        arguments = ["--home", str(self.home(home)), "--no-input", "--json", *arguments]
        process = subprocess.Popen([harness.BINARY, *arguments], stdout=writer,
                                   stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   env=harness.environment(self.folder))
        os.close(writer)
        self.addCleanup(process.stdin.close)
        self.addCleanup(os.close, reader)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def kill_once_committed(self, process, home):
        """Asks the store itself, since the owner is stuck: it has a second message."""
        deadline = time.monotonic() + harness.PATIENCE
        with sqlite3.connect(f"file:{self.home(home)}/sotto.db?mode=ro", uri=True) as store:
            while store.execute("SELECT count(*) FROM messages").fetchone()[0] < 2:
                self.assertLess(time.monotonic(), deadline, "never committed")
                time.sleep(0.01)
        store.close()
        self.assertIsNone(process.poll(), "it has ended by itself")
        process.kill()
        process.wait()

    def test_a_host_shows_it_at_the_next_start(self):
        host = self.host("anna")
        self.delivered(self.send("bob", self.invite("anna"), "before"))
        host.stop()
        blocked = self.stream_into_small_pipe("anna", "host", "lobby", "--bind", "127.0.0.1")
        sender = self.start("bob", "--json", "send", "lobby", "--id", "long", "--queue",
                            stdin=self.LONG)
        self.kill_once_committed(blocked, "anna")
        host = self.host("anna")
        shown = host.expect("message")
        self.assertEqual((shown["text"], shown.get("again")), (self.LONG, True))
        self.delivered(self.finish(sender))
        self.delivered(self.send("bob", "lobby", self.LONG, "--id", "long"))
        host.stop()
        self.assertEqual(host.messages(), [self.LONG])
        host = self.host("anna")  # shown once and for all
        self.delivered(self.send("bob", "lobby", "after"))
        host.stop()
        self.assertEqual(host.messages(), ["after"])

    def test_a_member_shows_it_at_the_next_start(self):
        host = self.host("anna", stdin=subprocess.PIPE)
        member = self.join("bob", self.invite("anna"))
        host.type("before\n")
        member.expect("message", text="before")
        member.end_input()
        member.wait()
        blocked = self.stream_into_small_pipe("bob", "join", "lobby")
        host.type(self.LONG + "\n")
        self.kill_once_committed(blocked, "bob")
        member = self.join("bob", "lobby")
        self.assertTrue(member.expect("message", text=self.LONG)["again"])
        host.type("after\n")
        member.expect("message", text="after")
        member.end_input()
        self.assertEqual(member.wait(), 0)
        self.assertEqual(member.messages(), [self.LONG, "after"])


class FullDisk(harness.SottoTest):
    def small_disk(self, name):
        """A file system of 3 MiB as the home of `name`."""
        home = self.home(name)
        home.mkdir(mode=0o700)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs", home],
                                 capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("mounting is not allowed here: " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", "--lazy", home], check=True)
        return home

    def fill(self, home):
        """Takes all the space that is left; returns what to remove for having it back."""
        ballast = home / "ballast"
        with open(ballast, "wb", buffering=0) as out:
            for size in (65536, 4096, 512):
                try:
                    while out.write(bytes(size)) == size:
                        pass
                except OSError:
                    pass
        return ballast

    def test_a_host_says_so_acknowledges_nothing_and_goes_on(self):
        home = self.small_disk("anna")
        host = self.host("anna", stdin=subprocess.PIPE)
        path = self.invite("anna", "lobby", "--uses", "2")
        self.delivered(self.send("bob", path, "before"))
        carl = self.join("carl", path)
        ballast = self.fill(home)
        arrived = ["before"]
        # Room in the log may be left for some.
        for number in range(400):
            done = self.send("bob", "lobby", f"{number} " + "x" * 2000, "--id", str(number),
                             "--timeout", "1s")
            if done.code != 0:
                break
            arrived.append(f"{number} " + "x" * 2000)
        self.assertEqual(done.code, 3, str(done))
        host.expect("error", code="store.full")
        self.assertIsNone(host.process.poll(), "the host lives on")
        carl.type("from carl\n")
        refused = self.sotto("anna", "--json", "export", "lobby", "--unsealed", "-o",
                             self.path("more"))
        self.assertEqual(refused.code, 7, str(refused))
        ballast.unlink()
        text = f"{number} " + "x" * 2000
        self.delivered(self.send("bob", "lobby", text, "--id", str(number)))
        carl.expect("delivered")
        carl.end_input()
        self.assertEqual(carl.wait(), 0)
        self.check(self.sotto("anna", "export", "lobby", "--unsealed", "-o", self.path("more")))
        host.stop()
        self.assertEqual(sorted(self.texts("anna")), sorted([*arrived, text, "from carl"]))
        self.assertEqual(sorted(host.messages()), sorted(self.texts("anna")))

    def test_a_member_says_so_acknowledges_nothing_and_can_go_on(self):
        home = self.small_disk("bob")
        host = self.host("anna", stdin=subprocess.PIPE)
        member = self.join("bob", self.invite("anna"))
        host.type("before\n")
        member.expect("message", text="before")
        ballast = self.fill(home)
        said = 0
        while member.process.poll() is None and said < 400:
            host.type(f"{said} " + "x" * 2000 + "\n")
            said += 1
            time.sleep(0.01)
        self.assertEqual(member.wait(), 7)
        self.assertEqual(member.expect("error")["code"], "store.full")
        done = self.refused(self.send("bob", "lobby", "y" * 5000), 7, "store.full")
        self.assertIn("space", done.err)
        ballast.unlink()
        again = self.join("bob", "lobby")
        host.type("after\n")
        again.expect("message", text="after")
        again.type("made room\n")
        host.expect("message", text="made room")
        again.expect("delivered")
        again.end_input()
        self.assertEqual(again.wait(), 0)
        wanted = ["before", *(f"{n} " + "x" * 2000 for n in range(said)), "after"]
        self.assertEqual([t for t in self.texts("bob") if t != "made room"], wanted)
        fresh = [event["text"] for stream in (member, again) for event in stream.all
                 if event["event"] == "message" and not event.get("again")]
        self.assertEqual(len(fresh), len(set(fresh)))

    def test_a_profile_is_not_made_by_halves(self):
        home = self.small_disk("anna")
        ballast = self.fill(home)
        self.assertEqual(self.sotto("anna", "init").code, 7)
        ballast.unlink()
        self.check(self.sotto("anna", "init", "--name", "anna"))
        self.assertEqual(self.identity("anna")["name"], "anna")


class HangingOwner(harness.SottoTest):
    def test_every_command_ends_with_exit_7(self):
        owner = self.host("anna")
        path = self.invite("anna")
        commands = [["id"], ["init"], ["history", "lobby"], ["export", "lobby", "--unsealed", "-o",
                                                             self.path("x")],
                    ["import", path], ["host", "other", "--bind", "127.0.0.1"], ["join", path],
                    ["send", "lobby", "-m", "hi"], ["send", "lobby", "-m", "hi", "--queue"]]
        owner.send_signal(signal.SIGSTOP)
        started = [self.start("anna", "--json", *command) for command in commands]
        for process, command in zip(started, commands):
            with self.subTest(command[0]):
                done = self.finish(process)
                if command[0] == "init" and done.code == 2:
                    continue  # there is a profile already: that needs no owner to say
                self.refused(done, 7, "rpc.failed")
                self.assertLess(done.seconds, 15)
                self.assertIn("does not answer", done.err)
        owner.send_signal(signal.SIGCONT)
        self.delivered(self.send("bob", path, "all is well"))
        owner.expect("message", text="all is well")
        self.assertEqual(owner.stop(), 143)
        self.assertEqual(self.texts("anna"), ["all is well"])

    def test_an_owner_that_hangs_later_does_not_hang_those_it_serves(self):
        """A command that is already attached ends at a signal, whatever the owner does: soon, or
        at once when it is told twice.
        """
        owner = self.host("anna")
        second, third = self.host("anna", "study"), self.host("anna", "attic")
        owner.send_signal(signal.SIGSTOP)
        second.send_signal(signal.SIGTERM)
        start = time.monotonic()
        third.send_signal(signal.SIGTERM)
        time.sleep(0.3)  # two signals at once would be one
        third.send_signal(signal.SIGTERM)
        self.assertEqual(third.wait(3), 143)
        self.assertEqual(second.wait(10), 143)
        self.assertGreater(time.monotonic() - start, 4, "it has waited for a goodbye")
        owner.send_signal(signal.SIGCONT)
        self.assertEqual(owner.stop(), 143)


if __name__ == "__main__":
    harness.main()
