"""`listen`: JSON Lines of what arrives, and a command for each message."""
import json
import pathlib
import subprocess
import time

import harness


class Listen(harness.SottoTest):
    def listen(self, home, *arguments):
        stream = self.stream(home, "listen", "--bind", "127.0.0.1", *arguments)
        stream.ready = stream.expect("ready")
        return stream

    def test_every_hosted_room_is_heard(self):
        for room in ("lobby", "study"):
            self.host("anna", room).stop()
        stream = self.listen("anna")
        rooms = {stream.ready["room"], stream.expect("ready")["room"]}
        self.assertEqual(rooms, {"lobby", "study"})
        self.init("bob")
        for room in rooms:
            self.delivered(self.send("bob", self.invite("anna", room, file=room), f"to {room}"))
            self.assertEqual(stream.expect("message", text=f"to {room}")["room"], room)
            self.assertIn(room, [e["room"] for e in stream.all if e["event"] == "link"])
            member = self.join("bob", room)
            self.assertEqual(member.link["room"], room)
            self.assertEqual(stream.expect("member", joined=True)["room"], room)
            member.end_input()
            self.assertEqual(stream.expect("member", left=True)["room"], room)
        self.assertEqual(stream.stop(), 143)
        self.assertEqual(stream.all[-1]["event"], "closed")

    def test_without_a_room_there_is_nothing_to_listen_to(self):
        self.init("anna")
        self.refused(self.sotto("anna", "listen"), 9, "room.unknown")
        self.listen("anna", "lobby").stop()
        self.listen("anna").stop()

    def test_a_command_gets_the_text_and_who_and_where(self):
        log = self.path("log")
        stream = self.listen("anna", "lobby", "--exec",
                             f'{{ cat; env | grep ^SOTTO_ | sort; echo; }} >> {log}; echo aside')
        self.init("bob")
        sent = self.check(self.send("bob", self.invite("anna"), "two\nlines ü", "--wait",
                                    "read")).json
        self.assertEqual(sent["status"], "read")
        self.assertEqual(pathlib.Path(log).read_text().splitlines()[0:2], ["two", "lines üSOTTO_AGAIN=0"])
        seen = dict(line.split("=", 1) for line in pathlib.Path(log).read_text()
                    .replace("lines ü", "").splitlines() if "=" in line)
        self.assertEqual(seen["SOTTO_ROOM"], "lobby")
        self.assertEqual(seen["SOTTO_ID"], sent["id"])
        self.assertEqual(seen["SOTTO_NAME"], "bob")
        self.assertEqual(seen["SOTTO_VERIFIED"], "0")
        self.assertEqual(seen["SOTTO_FROM"], self.identity("bob")["fingerprint"])
        stream.stop()
        self.assertIn("aside", stream.err)  # its output is no data of ours
        self.assertEqual(stream.messages(), ["two\nlines ü"])

    def test_one_after_the_other_and_in_order(self):
        log = self.path("log")
        self.listen("anna", "lobby", "--exec",
                    f"t=$(cat); echo begin $t >> {log}; sleep 0.02; echo end $t >> {log}")
        path = self.invite("anna")
        member = self.join("bob", path)
        member.type("".join(f"{n}\n" for n in range(20)))
        for _ in range(20):
            member.expect("read")
        self.assertEqual(pathlib.Path(log).read_text().split("\n")[:-1],
                         [f"{word} {n}" for n in range(20) for word in ("begin", "end")])

    def test_a_failure_is_told_and_offered_again(self):
        flag = self.path("flag")
        stream = self.listen("anna", "lobby", "--exec", f"test -e {flag} || exit 3")
        done = self.send("bob", self.invite("anna"), "hello", "--wait", "read", "--timeout", "1s")
        self.refused(done, 3, "send.not_read")
        self.assertIn("3", stream.expect("error", code="exec.failed")["text"])
        stream.stop()
        pathlib.Path(flag).touch()
        stream = self.listen("anna", "lobby", "--exec", f"test -e {flag} || exit 3")
        stream.expect("message", text="hello", again=True)
        self.check(self.send("bob", "lobby", "more", "--wait", "read"))
        stream.stop()
        last = self.listen("anna", "lobby", "--exec", "true")
        last.stop()
        self.assertEqual(last.messages(), [])

    def test_one_that_hangs_stops_nobody_and_ends_with_us(self):
        pids = self.path("pids")
        stream = self.listen("anna", "lobby", "--exec", f"echo $$ >> {pids}; exec sleep 1000")
        path = self.invite("anna")
        member = self.join("bob", path)
        for n in range(50):
            member.type(f"{n}\n")
        for _ in range(50):
            member.expect("delivered")
        self.assertEqual(stream.stop(), 143)
        started = pathlib.Path(pids).read_text().split()
        self.assertEqual(len(started), 1)
        self.assertFalse(pathlib.Path(f"/proc/{started[0]}").exists())

    def test_killed_between_the_command_and_its_end_it_is_offered_again(self):
        log = self.path("log")
        stream = self.listen("anna", "lobby", "--exec",
                             f'echo $SOTTO_AGAIN >> {log}; kill -9 $PPID; exit 0')
        member = self.join("bob", self.invite("anna"))
        member.type("hello\n")
        self.assertEqual(stream.wait(), -9)
        stream = self.listen("anna", "lobby", "--exec", f"echo $SOTTO_AGAIN >> {log}")
        message = stream.expect("message", text="hello")
        self.assertTrue(message["again"])
        self.assertEqual(member.expect("read", timeout=40)["event"], "read")
        self.assertEqual(pathlib.Path(log).read_text(), "0\n1\n")

    def test_flags_of_one_room_need_one(self):
        self.refused(self.sotto("anna", "listen", "--port", "4711"), 2, "usage.syntax")
        stream = self.listen("anna", "lobby", "--open")
        self.assertIn("room_id", stream.ready)

    def test_a_command_inherits_nothing(self):
        log = self.path("log")
        self.listen("anna", "lobby", "--exec", f"ls -l /proc/self/fd > {log}; "
                                               f"grep Sig /proc/self/status >> {log}")
        self.check(self.send("bob", self.invite("anna"), "hi", "--wait", "read"))
        lines = pathlib.Path(log).read_text()
        fds = [line.split()[-3] for line in lines.splitlines() if "->" in line]
        self.assertEqual(set(fds) - {"0", "1", "2", "3"}, set(), lines)  # 3: ls's own
        self.assertNotIn("sotto.db", lines)
        masks = dict(line.split(":\t") for line in lines.splitlines() if line.startswith("Sig"))
        named = (1 << 31) - 1  # the C library keeps 32 and 33 for itself
        self.assertEqual(int(masks["SigIgn"], 16) & named, 0)
        self.assertEqual(int(masks["SigBlk"], 16), 0)

    def test_it_attaches_to_an_owner(self):
        owner = self.host("anna", "lobby")
        log = self.path("log")
        stream = self.listen("anna", "alerts", "--exec", f"cat >> {log}")
        self.check(self.send("bob", self.invite("anna", "alerts"), "alert!", "--wait", "read"))
        self.assertEqual(pathlib.Path(log).read_text(), "alert!")
        self.assertEqual(stream.stop(), 143)
        self.assertEqual(owner.stop(), 143)


class Stalled(harness.SottoTest):
    def test_who_stops_reading_the_output_stalls_nobody(self):
        host = subprocess.Popen([harness.BINARY, "--home", str(self.home("anna")), "--no-input",
                                 "--json", "host", "lobby", "--bind", "127.0.0.1"],
                                env=harness.environment(self.folder), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(host.stdout.close)
        self.addCleanup(host.wait)
        self.addCleanup(host.kill)
        host.stdout.readline()  # and no more
        path = self.invite("anna")
        member = self.join("bob", path)
        count = 300
        for n in range(count):
            member.type(f"{n} " + "x" * 2000 + "\n")
        for _ in range(count):
            member.expect("delivered")
        host.terminate()
        started = time.monotonic()
        self.assertEqual(host.wait(harness.PATIENCE), 143)
        self.assertLess(time.monotonic() - started, 8)
        read = [json.loads(line) for line in host.stdout.read().splitlines(keepends=True)
                if line.endswith(b"\n")]
        seen = {event["id"] for event in read if event["event"] == "message"}
        self.assertLess(len(seen), count)
        # What could not be written comes again; what was written does not.
        again = self.host("anna")
        missed = [again.expect("message") for _ in range(count - len(seen))]
        self.assertTrue(all(event["again"] for event in missed))
        self.assertFalse(seen & {event["id"] for event in missed})
        numbers = [int(event["text"].split()[0]) for event in missed]
        self.assertEqual(numbers, list(range(count - len(missed), count)))


class Agents(harness.SottoTest):
    def test_an_agent_owns_the_profile_until_it_is_stopped(self):
        self.init("anna")
        nobody = self.check(self.sotto("anna", "agent", "stop"))
        self.assertIn("nothing to stop", nobody.err)
        agent = self.stream("anna", "agent", "run")
        agent.expect("notice", code="agent.ready")
        self.assertEqual(self.identity("anna")["name"], "anna")
        self.check(self.sotto("anna", "agent", "stop"))
        # Whoever comes next finds the profile free.
        self.assertFalse((self.home("anna") / "agent.sock").exists())
        self.assertEqual(agent.wait(), 0)
        self.check(self.sotto("anna", "agent", "stop"))

    def test_an_agent_ends_at_a_signal(self):
        agent = self.stream("anna", "agent", "run")
        agent.expect("notice", code="agent.ready")
        self.assertEqual(agent.stop(), 143)

    def test_stop_ends_hosts_cleanly(self):
        first = self.host("anna", "lobby")
        second = self.host("anna", "study")
        self.check(self.sotto("anna", "agent", "stop"))
        self.assertEqual(second.wait(), 0)
        self.assertEqual(first.wait(), 0)
        self.assertEqual(first.all[-1]["event"], "closed")

    def test_any_method_can_be_called(self):
        self.init("anna")
        for owned in (False, True):
            with self.subTest(owned=owned):
                if owned:
                    self.host("anna")
                done = self.check(self.sotto("anna", "rpc", "id"))
                self.assertEqual(done.json["name"], "anna")
                done = self.check(self.sotto("anna", "rpc", "known", '{"name":"nobody"}'))
                self.assertFalse(done.json["known"])
                done = self.check(self.sotto("anna", "rpc", "known", "-",
                                             stdin='{"name":"nobody"}'))
                self.assertFalse(done.json["known"])
                self.refused(self.sotto("anna", "rpc", "known", "-", stdin="x" * (4 << 20) + "x"),
                             2, "usage.syntax")
                self.refused(self.sotto("anna", "--json", "rpc", "nothing"), 2, "rpc.method")
                self.refused(self.sotto("anna", "--json", "rpc", "id", "{"), 9, "json.syntax")
                self.refused(self.sotto("anna", "--json", "rpc", "history", '{"who":7}'), 2,
                             "rpc.params")


if __name__ == "__main__":
    harness.main()
