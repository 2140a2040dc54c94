"""A host that is killed at random moments while others write to it: nothing lost or doubled."""
import signal
import time

import crashes
import harness

KILLS = 150


class KilledHost(crashes.CrashTest):
    def test_everything_arrives_once(self):
        lives = [self.host("anna")]
        path = self.invite("anna", "lobby", "--uses", "2")
        self.init("bob", "carl")
        self.delivered(self.send("bob", path, "bob 0", "--id", "bob 0"))
        carl = self.join("carl", path)  # one who stays, and reconnects
        bob = crashes.RetryingSender(self, "bob", "lobby", "bob")  # one who comes for each word
        bob.start()
        typed = 0
        for _ in range(KILLS):
            deadline = time.monotonic() + self.random.uniform(0, 0.3)
            while (left := deadline - time.monotonic()) > 0:
                carl.type(f"carl {typed}\n")
                typed += 1
                time.sleep(min(left, self.random.uniform(0, 0.05)))
            lives[-1].send_signal(signal.SIGKILL)
            lives[-1].process.wait()
            # Perhaps killed again before it is ready.
            lives.append(self.stream("anna", "host", "lobby", "--direct", "--bind", "127.0.0.1"))
        bob.finish()
        carl.end_input()  # leaves once the host has everything
        self.assertEqual(carl.wait(60), 0, str(carl))
        self.assertEqual(lives[-1].stop(), 143)
        self.assertGreater(len(bob.sent), 20, "the host lived too short for anything to happen")
        told = sum(1 for event in carl.all if event["event"] == "delivered")
        self.assertEqual(told, typed)
        wanted = sorted([*bob.sent, *(f"carl {number}" for number in range(typed))])
        history = self.texts("anna")
        self.assertEqual(sorted(history), wanted)
        self.in_order(history, "bob")
        self.in_order(history, "carl")
        self.assertEqual(self.shown_by(lives), wanted)
        print(f"{KILLS} deaths, {len(wanted)} messages, {bob.tries} tries")


if __name__ == "__main__":
    harness.main()
