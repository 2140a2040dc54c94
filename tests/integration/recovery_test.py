"""Processes that die, links that break, and what is left afterwards: nothing lost or doubled."""
import json
import signal
import subprocess

import harness


class Recovery(harness.SottoTest):
    def test_a_killed_host_comes_back_and_nothing_is_lost_or_doubled(self):
        host = self.host("anna", stdin=subprocess.PIPE)
        member = self.join("bob", self.invite("anna"))
        sent = []
        shown = []
        for death in range(3):
            for number in range(40):
                text = f"{death}.{number}"
                member.type(text + "\n")
                sent.append(text)
                if number == 20:
                    host.send_signal(signal.SIGKILL)
                    host.wait()
                    shown.append(host)
                    host = self.host("anna", stdin=subprocess.PIPE)
            member.expect("link")  # without being told to
        for text in sent:
            member.expect("delivered")
        host.type("still here\n")
        self.assertEqual(member.expect("message")["text"], "still here")
        member.end_input()
        self.assertEqual(member.wait(), 0)
        host.stop()
        shown.append(host)
        seen = {}
        for stream in shown:
            stream.messages()
            for event in stream.all:
                if event["event"] == "message":
                    if event["id"] in seen:  # only as one that may have been shown before
                        self.assertTrue(event.get("again"), event)
                    seen[event["id"]] = event["text"]
        self.assertEqual(sorted(seen.values()), sorted(sent))
        for home in ("anna", "bob"):
            self.assertEqual([t for t in self.texts(home) if t != "still here"], sent)

    def test_a_killed_joiner_comes_back_and_nothing_is_lost_or_doubled(self):
        host = self.host("anna", stdin=subprocess.PIPE)
        path = self.invite("anna")
        member = self.join("bob", path)
        host.type("".join(f"first {number}\n" for number in range(50)))
        member.expect("message")
        member.type("from bob\n")
        host.expect("message")
        member.send_signal(signal.SIGKILL)
        member.wait()
        host.type("".join(f"second {number}\n" for number in range(50)))
        again = self.join("bob", "lobby")
        for _ in range(50):
            again.expect("message", again=None)
        host.type("end\n")
        again.expect("message", text="end")
        again.type("bob again\n")
        again.expect("delivered")
        again.end_input()
        self.assertEqual(again.wait(), 0)
        host.stop()
        self.assertEqual(host.messages(), ["from bob", "bob again"])
        everything = ([f"first {n}" for n in range(50)] + [f"second {n}" for n in range(50)])
        said = self.texts("bob")
        self.assertEqual(sorted(said), sorted([*everything, "end", "from bob", "bob again"]))
        fresh = [event for stream in (member, again) for event in stream.all
                 if event["event"] == "message" and not event.get("again")]
        ids = [event["id"] for event in fresh]
        self.assertEqual(len(ids), len(set(ids)), "shown twice without saying so")

    def test_a_queued_message_goes_out_later(self):
        host = self.host("anna")
        self.delivered(self.send("bob", self.invite("anna"), "first"))
        host.stop()
        done = self.send("bob", "lobby", "later", "--queue", "--timeout", "1s")
        self.assertEqual(done.code, 3, str(done))
        self.assertEqual(done.json["status"], "queued")
        first, last = [m["stage"] for m in self.history("bob")]
        self.assertIn(first, ("delivered", "read"))
        self.assertEqual(last, "queued")
        host = self.host("anna")
        self.delivered(self.send("bob", "lobby", "now"))
        self.assertEqual([host.expect("message")["text"] for _ in range(2)], ["later", "now"])

    def test_without_queue_nothing_leaves_later(self):
        host = self.host("anna")
        self.delivered(self.send("bob", self.invite("anna"), "first"))
        host.stop()
        done = self.send("bob", "lobby", "given up", "--timeout", "1s")
        self.assertEqual(done.code, 3, str(done))
        host = self.host("anna")
        self.delivered(self.send("bob", "lobby", "now"))
        host.stop()
        self.assertEqual(host.messages(), ["now"])

    def test_wait_queued_needs_nobody(self):
        host = self.host("anna")
        self.check(self.sotto("bob", "import", self.invite("anna")))
        host.stop()
        done = self.check(self.send("bob", "lobby", "later", "--wait", "queued"))
        self.assertEqual(done.json["status"], "queued")
        host = self.host("anna")
        member = self.join("bob", "lobby")
        self.assertEqual(host.expect("message")["text"], "later")
        member.expect("delivered", id=done.json["id"])

    def test_a_send_beside_an_owner_learns_of_its_delivery(self):
        """Two processes of one profile, both with links: either may be told."""
        host = self.host("anna")
        self.check(self.sotto("bob", "import", self.invite("anna")))
        for number in range(5):
            host.send_signal(signal.SIGKILL)
            host.wait()
            sender = self.start("bob", "--json", "-v", "send", "lobby", "--timeout", "15s",
                                stdin=f"alone {number}")
            self.assertIn(b"retrying", sender.stderr.readline())
            owner = self.stream("bob", "join", "lobby", stdin=subprocess.PIPE)
            owner.expect("progress", phase="retrying")
            host = self.host("anna")
            done = self.delivered(self.finish(sender))
            self.assertLess(done["elapsed_ms"], 7_000)
            owner.end_input()
            self.assertEqual(owner.wait(), 0)
        self.assertEqual(self.texts("anna"), [f"alone {number}" for number in range(5)])

    def test_leaving_does_not_wait_for_what_was_given_up(self):
        host = self.host("anna")
        self.check(self.sotto("bob", "import", self.invite("anna")))
        owner = self.join("bob", "lobby")
        host.send_signal(signal.SIGKILL)
        host.wait()
        owner.expect("progress")
        sender = self.start("bob", "--json", "send", "lobby", "--timeout", "2s", stdin="in vain")
        while "in vain" not in self.texts("bob"):
            pass
        owner.end_input()  # leaves once nothing waits for the host any more
        self.assertEqual(self.finish(sender).code, 3)
        self.assertEqual(owner.wait(), 0)

    def test_an_id_never_shows_twice(self):
        host = self.host("anna")
        path = self.invite("anna")
        first = self.delivered(self.send("bob", path, "backup done", "--id", "backup-7"))
        second = self.delivered(self.send("bob", "lobby", "backup done", "--id", "backup-7"))
        self.assertEqual(first["id"], second["id"])
        self.refused(self.send("bob", "lobby", "something else", "--id", "backup-7"), 9,
                     "message.id_reused")
        host.stop()
        self.assertEqual(host.messages(), ["backup done"])

    def test_lines_become_messages(self):
        host = self.host("anna")
        self.delivered(self.send("bob", self.invite("anna"), "one\n\ntwo\nthree", "--lines"))
        host.stop()
        self.assertEqual(host.messages(), ["one", "two", "three"])


class Signals(harness.SottoTest):
    def test_each_ends_both_sides_cleanly(self):
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            with self.subTest(number):
                self.init(f"anna{code}", f"bob{code}")
                host = self.host(f"anna{code}")
                member = self.join(f"bob{code}", self.invite(f"anna{code}", file=f"i{code}"))
                host.expect("member", joined=True)
                self.assertEqual(member.stop(number), code)
                self.assertEqual(member.all[-1]["event"], "closed")
                host.expect("member", left=True)
                self.assertEqual(host.stop(number), code)
                self.assertEqual(host.all[-1]["event"], "closed")
                self.assertEqual(host.err, "")

    def test_a_member_outlives_the_hosts_departure(self):
        host = self.host("anna")
        member = self.join("bob", self.invite("anna"))
        host.stop()
        # A host that says goodbye has left: the member ends as well, and says why.
        self.assertEqual(member.wait(), 0)
        self.assertEqual(member.all[-1]["event"], "closed")

    def test_a_signal_ends_an_attempt_to_join(self):
        host = self.host("anna")
        path = self.invite("anna")
        host.stop()
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            member = self.stream("bob", "join", path)
            member.expect("progress")
            self.assertEqual(member.stop(number), code)

    def test_a_signal_ends_an_attempt_to_send(self):
        host = self.host("anna")
        self.check(self.sotto("bob", "import", self.invite("anna")))
        host.stop()
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            sender = subprocess.Popen([harness.BINARY, "--home", str(self.home("bob")), "-v",
                                       "--json", "send", "lobby", "-m", "hi", "--queue"],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      env=harness.environment(self.folder))
            self.addCleanup(sender.communicate)
            self.addCleanup(sender.kill)
            self.assertIn(b"retrying", sender.stderr.readline())
            sender.send_signal(number)
            out, _ = sender.communicate(timeout=harness.PATIENCE)
            self.assertEqual(sender.returncode, code)
            self.assertEqual(json.loads(out)["status"], "queued")
        self.assertEqual([m["stage"] for m in self.history("bob")], ["queued", "queued"])


if __name__ == "__main__":
    harness.main()
