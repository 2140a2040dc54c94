"""Senders and members that are killed at random moments: what they wrote arrives once, what was
said to them is shown, and told apart when it may have been shown before.
"""
import signal
import subprocess
import time

import crashes
import harness


class KilledSender(crashes.CrashTest):
    def kill_senders(self, kills, *flags):
        """Each message is sent until it is told to be delivered; many tries are killed."""
        host = self.host("anna")
        self.check(self.sotto("bob", "import", self.invite("anna")))
        sent, killed = 0, 0
        while killed < kills:
            killed += self.send_until_told("bob", f"bob {sent}", *flags, chance=0.7,
                                           longest=0.02)
            sent += 1
        return host, sent

    def test_retries_with_an_id_arrive_once(self):
        host, sent = self.kill_senders(60)
        wanted = [f"bob {number}" for number in range(sent)]
        self.assertEqual(self.texts("anna"), wanted)
        host.stop()
        self.assertEqual(host.messages(), wanted)

    def test_what_a_killed_sender_has_queued_leaves_later(self):
        """Never retried: either it was lost before anything was said of it, or it arrives."""
        host = self.host("anna")
        self.check(self.sotto("bob", "import", self.invite("anna")))
        told = []
        killed = 0
        for number in range(60):
            text = f"bob {number}"
            sender = self.start("bob", "--json", "send", "lobby", "--queue", stdin=text)
            self.kill_within(sender, 0.02)
            done = self.finish(sender)
            if done.code == 0:
                told.append(text)
            else:
                killed += 1
        self.assertGreater(killed, 10)
        self.delivered(self.send("bob", "lobby", "last"))
        history = self.texts("anna")
        self.assertEqual(len(history), len(set(history)))
        self.assertLessEqual(set(told), set(history))
        kept = self.texts("bob")
        self.assertEqual(sorted(kept), sorted(history), "what was kept has left, once")
        # Those of a dead sender may arrive behind the ones that came after it, never twice.
        host.stop()
        self.assertEqual(host.messages(), history)


class KilledMember(crashes.CrashTest):
    def test_it_hears_everything_and_what_it_has_kept_arrives(self):
        host = self.host("anna", stdin=subprocess.PIPE)
        known = self.join("bob", self.invite("anna"))  # what is said from now on is for bob, too
        known.end_input()
        self.assertEqual(known.wait(), 0)
        lives = []
        said = typed = 0
        for _ in range(60):
            bob = self.stream("bob", "join", "lobby", stdin=subprocess.PIPE)
            lives.append(bob)
            deadline = time.monotonic() + self.random.uniform(0, 0.3)
            while (left := deadline - time.monotonic()) > 0:
                host.type(f"anna {said}\n")
                said += 1
                bob.type(f"bob {typed}\n")
                typed += 1
                time.sleep(min(left, self.random.uniform(0, 0.04)))
            bob.send_signal(signal.SIGKILL)
            bob.process.wait()
        bob = self.stream("bob", "join", "lobby", stdin=subprocess.PIPE)
        lives.append(bob)
        host.type("the end\n")
        bob.expect("message", text="the end")
        bob.end_input()
        self.assertEqual(bob.wait(), 0, str(bob))
        host.stop()
        kept = [text for text in self.texts("bob") if text.startswith("bob")]
        self.assertGreater(len(kept), 20)
        self.assertEqual([text for text in self.texts("anna") if text.startswith("bob")], kept)
        self.assertEqual(host.messages(), kept)
        heard = [text for text in self.texts("bob") if text.startswith("anna")]
        self.in_order(heard, "anna")
        self.assertEqual(len(heard), said)
        self.assertEqual(self.shown_by(lives), sorted([*heard, "the end"]))


if __name__ == "__main__":
    harness.main()
