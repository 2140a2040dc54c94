"""What waits: shown, taken back, sent now, and leaving by itself once somebody is there."""
import signal
import subprocess

import harness


class Outbox(harness.SottoTest):
    def outbox(self, home):
        return self.check(self.sotto(home, "--json", "outbox")).json

    def queue(self, home, *texts, room="lobby"):
        return [self.check(self.send(home, room, text, "--wait", "queued")).json["id"]
                for text in texts]

    def meet(self, *rooms):
        """Bob knows each of Anna's rooms, whose hosts have gone again."""
        self.init("anna", "bob")
        ports = {}
        for room in rooms:
            host = self.host("anna", room)
            ports[room] = harness.port_of(host)
            self.check(self.sotto("bob", "import", self.invite("anna", room, file=room)))
            host.stop()
        return ports

    def test_it_is_listed_and_may_be_cancelled(self):
        self.meet("lobby")
        self.assertEqual(self.outbox("bob"), {"messages": [], "total": 0})
        self.assertEqual(self.check(self.sotto("bob", "outbox")).out, "Nothing waits.\n")
        one, two = self.queue("bob", "one", "two words")
        self.check(self.send("bob", "lobby", "three", "--id", "third", "--wait", "queued"))
        listed = self.outbox("bob")
        self.assertEqual(listed["total"], 3)
        first = listed["messages"][0]
        self.assertEqual(list(first)[:7],
                         ["id", "room", "to", "own", "queued", "age_ms", "size"])
        self.assertEqual((first["id"], first["room"], first["own"], first["size"]),
                         (one, "lobby", True, 3))
        self.assertEqual(first["to"]["name"], "anna")
        self.assertEqual(first["to"]["fingerprint"], self.identity("anna")["fingerprint"])

        done = self.check(self.sotto("bob", "--json", "outbox", "cancel", two))
        self.assertEqual(done.json, {"id": two, "status": "cancelled"})
        self.check(self.sotto("bob", "outbox", "cancel", "third"))
        self.refused(self.sotto("bob", "--json", "outbox", "cancel", two), 9, "message.unknown")
        self.assertEqual([m["id"] for m in self.outbox("bob")["messages"]], [one])
        self.assertEqual([m["stage"] for m in self.history("bob")],
                         ["queued", "cancelled", "cancelled"])
        host = self.host("anna")
        self.delivered(self.send("bob", "lobby", "now"))
        host.stop()
        self.assertEqual(host.messages(), ["one", "now"])

    def test_a_cancelled_message_may_be_sent_again(self):
        self.meet("lobby")
        self.check(self.send("bob", "lobby", "hi", "--id", "one", "--wait", "queued"))
        self.check(self.sotto("bob", "outbox", "cancel", "one"))
        host = self.host("anna")
        self.delivered(self.send("bob", "lobby", "hi", "--id", "one"))
        host.stop()
        self.assertEqual(host.messages(), ["hi"])

    def test_flush_tries_everything_now(self):
        self.meet("lobby", "study")
        self.queue("bob", *[f"to the lobby {n}" for n in range(150)])
        self.queue("bob", "to the study", room="study")
        lobby = self.host("anna", "lobby")
        done = self.sotto("bob", "--json", "outbox", "flush", "--timeout", "2s")
        self.refused(done, 3, "outbox.waits")
        self.assertEqual((done.json["delivered"], done.json["left"]), (150, 1))
        self.host("anna", "study")
        done = self.check(self.sotto("bob", "--json", "outbox", "flush"))
        self.assertEqual(done.json, {"delivered": 1, "left": 0})
        self.assertEqual(lobby.messages(), [f"to the lobby {n}" for n in range(150)])
        self.assertEqual(self.check(self.sotto("bob", "outbox", "flush")).out,
                         "0 delivered, 0 left\n")

    def test_flush_through_an_owner_tells_its_progress(self):
        self.meet("lobby")
        owner = self.host("bob", "den")
        self.queue("bob", "later")
        done = self.sotto("bob", "outbox", "flush", "--timeout", "2500ms")
        self.assertEqual(done.code, 3, str(done))
        self.assertIn("flush: delivering 0%, 1 message left", done.err)
        listed = self.outbox("bob")["messages"][0]
        self.assertGreaterEqual(listed["attempts"], 1)
        self.assertEqual(listed["error"]["code"], "route.unreachable", listed)
        self.assertEqual(owner.stop(), 143)

    def test_what_waits_leaves_by_itself_once_the_host_is_back(self):
        ports = self.meet("lobby")
        self.queue("bob", "one", "two")
        den = self.host("bob", "den")  # an owner that has nothing to do with the lobby
        host = self.host("anna", "lobby")
        self.assertEqual(harness.port_of(host), ports["lobby"])
        self.assertEqual([host.expect("message")["text"] for _ in range(2)], ["one", "two"])
        while self.outbox("bob")["total"] > 0:
            pass
        self.assertLessEqual({m["stage"] for m in self.history("bob")}, {"delivered", "read"})
        # And what is queued while it runs follows.
        self.queue("bob", "three")
        self.assertEqual(host.expect("message")["text"], "three")
        self.assertEqual(den.stop(), 143)

    def test_it_survives_a_kill_on_either_side(self):
        self.meet("lobby")
        self.queue("bob", *map(str, range(300)))
        host = self.host("anna")
        den = self.host("bob", "den")
        host.expect("message")
        den.send_signal(signal.SIGKILL)
        den.wait()
        self.host("bob", "den")
        for _ in range(100):
            host.expect("message")
        host.send_signal(signal.SIGKILL)
        host.wait()
        again = self.host("anna")
        while self.outbox("bob")["total"] > 0:
            pass
        again.stop()
        self.assertEqual(self.texts("anna"), list(map(str, range(300))))
        fresh = [event["id"] for stream in (host, again) for event in stream.all
                 if event["event"] == "message" and not event.get("again")]
        self.assertEqual(len(fresh), len(set(fresh)))

    def test_nobody_attached_means_nothing_leaves(self):
        self.meet("lobby")
        self.queue("bob", "later")
        host = self.host("anna")
        self.check(self.sotto("bob", "id"))
        self.check(self.sotto("bob", "outbox"))
        host.stop()
        self.assertEqual(host.messages(), [])


class Owners(harness.SottoTest):
    def test_of_many_that_start_at_once_one_owns_and_the_others_attach(self):
        self.init("anna")
        streams = [self.stream("anna", "host", f"room{n}", "--bind", "127.0.0.1")
                   for n in range(6)]
        for n, stream in enumerate(streams):
            self.assertEqual(stream.expect("ready")["room"], f"room{n}")
        for stream in streams:
            stream.send_signal(signal.SIGTERM)
        for stream in streams:
            self.assertEqual(stream.wait(), 143)

    def test_one_starts_as_another_ends(self):
        hosts = [self.host("anna")]
        for _ in range(5):
            hosts[-1].send_signal(signal.SIGTERM)
            following = self.stream("anna", "host", "lobby", "--bind", "127.0.0.1",
                                    stdin=subprocess.DEVNULL)
            following.expect("ready")
            hosts.append(following)
        # One that others came to while it was on its way out has served them until the end.
        hosts[-1].send_signal(signal.SIGTERM)
        for host in hosts:
            self.assertEqual(host.wait(), 143)


if __name__ == "__main__":
    harness.main()
