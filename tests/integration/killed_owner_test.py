"""The process that owns a profile dies at random moments, and so do those that work through it:
what goes through its socket arrives once all the same, and nobody is left hanging.
"""
import signal
import subprocess
import threading
import time

import crashes
import harness


class KilledOwner(crashes.CrashTest):
    def setUp(self):
        super().setUp()
        self.host_stream = self.host("anna")
        known = self.join("bob", self.invite("anna"))
        known.end_input()
        self.assertEqual(known.wait(), 0)

    def test_sends_through_an_owner_that_dies_arrive_once(self):
        sender = crashes.RetryingSender(self, "bob", "lobby", "bob")
        sender.start()
        typed = 0
        for death in range(40):
            owner = self.stream("bob", "join", "lobby", stdin=subprocess.PIPE)
            attached = None
            if death % 4 == 0:
                owner.expect("link")
                attached = self.stream("bob", "join", "lobby", stdin=subprocess.PIPE)
            deadline = time.monotonic() + self.random.uniform(0, 0.25)
            while (left := deadline - time.monotonic()) > 0:
                owner.type(f"typed {typed}\n")
                typed += 1
                time.sleep(min(left, self.random.uniform(0, 0.05)))
            owner.send_signal(signal.SIGKILL)
            owner.wait()
            if attached:  # it may own the profile now, if the other died before it had asked
                attached.end_input()
                attached.wait(30)
        sender.finish()
        self.delivered(self.send("bob", "lobby", "last"))
        self.assertEqual(self.host_stream.stop(), 143)
        history = self.texts("anna")
        self.assertEqual(self.host_stream.messages(), history)
        self.assertEqual(self.in_order(history, "bob"), list(range(len(sender.sent))))
        self.assertGreater(len(sender.sent), 20)
        # Of what was typed, the host has what bob's store had kept, each once and in order.
        kept = [text for text in self.texts("bob") if text.startswith("typed")]
        self.assertEqual([text for text in history if text.startswith("typed")], kept)
        self.assertGreater(len(kept), 5)

    def test_clients_that_die_leave_the_owner_as_it_was(self):
        owner = self.join("bob", "lobby")
        sent = []
        killed = 0
        while killed < 40:
            text = f"bob {len(sent)}"
            killed += self.send_until_told("bob", text, chance=0.6, longest=0.012)
            sent.append(text)
        owner.type("typed\n")
        owner.expect("delivered")
        owner.end_input()
        self.assertEqual(owner.wait(), 0)
        self.host_stream.stop()
        self.assertEqual(self.texts("anna"), [*sent, "typed"])
        self.assertEqual(self.host_stream.messages(), [*sent, "typed"])


class Leaving(harness.SottoTest):
    def test_two_front_ends_may_leave_at_once(self):
        host = self.host("anna")
        self.check(self.sotto("bob", "import", self.invite("anna")))
        for number in range(10):
            with self.subTest(number):
                owner = self.join("bob", "lobby")
                second = self.join("bob", "lobby")
                for stream, name in ((owner, "owner"), (second, "second")):
                    stream.type(f"{name} {number}\n")
                leave = [threading.Thread(target=stream.end_input) if number % 2 else
                         threading.Thread(target=stream.send_signal, args=(signal.SIGTERM,))
                         for stream in (owner, second)]
                for thread in leave:
                    thread.start()
                for thread in leave:
                    thread.join()
                code = 0 if number % 2 else 143
                self.assertEqual(second.wait(), code, str(second))
                self.assertEqual(owner.wait(), code, str(owner))
                for stream in (owner, second):
                    self.assertEqual(stream.all[-1]["event"], "closed", str(stream))
        host.stop()
        seen = host.messages()
        self.assertEqual(len(seen), len(set(seen)))
        for number in range(1, 10, 2):  # at the end of input everything was delivered before
            self.assertLessEqual({f"owner {number}", f"second {number}"}, set(seen))


if __name__ == "__main__":
    harness.main()
