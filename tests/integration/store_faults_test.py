"""A disk that fails for a while: it is said, nothing that was not written is acknowledged, and
once the disk works again everything arrives exactly once.
"""
import subprocess

import broken_machine
import harness


class FailingDisk(broken_machine.BrokenMachineTest):
    WAYS = (("write",), ("sync",), ("write", "sync"))

    def fresh(self, *streams):
        """The texts that were shown as new."""
        for stream in streams:
            stream.messages()
        return [event["text"] for stream in streams for event in stream.all
                if event["event"] == "message" and not event.get("again")]

    def test_a_host_says_so_acknowledges_nothing_and_goes_on(self):
        self.break_machine("anna")
        host = self.host("anna", stdin=subprocess.PIPE)
        path = self.invite("anna", "lobby", "--uses", "2")
        self.delivered(self.send("bob", path, "before"))
        carl = self.join("carl", path)
        host.expect("member", joined=True)
        expected = ["before"]
        for number, way in enumerate(self.WAYS):
            with self.subTest(way):
                from_bob, from_carl = f"bob {number}", f"carl {number}"
                self.fail_disk("anna", *way)
                done = self.send("bob", "lobby", from_bob, "--id", from_bob.replace(" ", "-"),
                                 "--timeout", "1s")
                self.assertEqual(done.code, 3, str(done))
                self.assertNotEqual(done.json.get("status"), "delivered", str(done))
                carl.type(from_carl + "\n")
                host.expect("error", code="store.io")
                self.assertNotIn("delivered", [event["event"] for event in carl.pending])
                self.assertIsNone(host.process.poll(), "the host lives on")
                self.heal_disk("anna")
                carl.expect("delivered")
                self.delivered(self.send("bob", "lobby", from_bob, "--id",
                                         from_bob.replace(" ", "-")))
                expected += [from_bob, from_carl]
        carl.end_input()
        self.assertEqual(carl.wait(), 0)
        host.stop()
        self.assertEqual(sorted(self.fresh(host)), sorted(expected))
        self.assertEqual(sorted(self.texts("anna")), sorted(expected))

    def test_a_member_says_so_acknowledges_nothing_and_can_go_on(self):
        self.break_machine("bob")
        host = self.host("anna", stdin=subprocess.PIPE)
        streams = [self.join("bob", self.invite("anna"))]
        expected = []
        for number, way in enumerate(self.WAYS):
            with self.subTest(way):
                host.type(f"before {number}\n")
                streams[-1].expect("message", text=f"before {number}")
                host.expect("delivered")
                self.fail_disk("bob", *way)
                host.type(f"meanwhile {number}\n")
                self.assertEqual(streams[-1].wait(), 7)
                self.assertEqual(streams[-1].expect("error")["code"], "store.io")
                self.refused(self.send("bob", "lobby", "in vain"), 7, "store.io")
                self.assertNotIn("delivered", [event["event"] for event in host.pending])
                self.heal_disk("bob")
                streams.append(self.join("bob", "lobby"))
                streams[-1].expect("message", text=f"meanwhile {number}")
                host.expect("delivered")
                streams[-1].type(f"bob {number}\n")
                host.expect("message", text=f"bob {number}")
                streams[-1].expect("delivered")
                expected += [f"before {number}", f"meanwhile {number}", f"bob {number}"]
        streams[-1].end_input()
        self.assertEqual(streams[-1].wait(), 0)
        host.stop()
        self.assertEqual(self.texts("bob"), expected)
        self.assertEqual(self.texts("anna"), expected)
        shown = self.fresh(*streams)
        self.assertEqual(len(shown), len(set(shown)))

    def test_what_could_not_be_written_is_not_said_to_be_queued(self):
        self.break_machine("bob")
        self.host("anna")
        self.check(self.sotto("bob", "import", self.invite("anna")))
        for way in self.WAYS:
            with self.subTest(way):
                self.fail_disk("bob", *way)
                done = self.send("bob", "lobby", "lost", "--wait", "queued")
                self.refused(done, 7, "store.io")
                self.heal_disk("bob")
                self.assertNotEqual(done.json["status"], "queued", str(done))
        self.delivered(self.send("bob", "lobby", "kept"))


if __name__ == "__main__":
    harness.main()
