"""What tests of sudden deaths share: a seed that is printed, a sender that retries until it is
told that its message arrived, and the check that everything arrived exactly once.
"""
import os
import random
import signal
import subprocess
import sys
import threading

import harness


def seeded():
    """Random numbers from SOTTO_SEED, or from a seed that is printed so that it can be set."""
    seed = int(os.environ.get("SOTTO_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"SOTTO_SEED={seed}", file=sys.stderr, flush=True)
    return random.Random(seed)


class RetryingSender(threading.Thread):
    """Sends one message after the other, each with an id of its own, again until exit 0."""

    def __init__(self, test, home, target, label, flags=("--timeout", "5s")):
        super().__init__(daemon=True)
        self.test, self.home, self.target, self.label = test, home, target, label
        self.flags = flags
        self.sent = []  # what was told to be delivered
        self.tries = 0
        self.trouble = None
        self._enough = threading.Event()

    def run(self):
        try:
            while not self._enough.is_set():
                self._send(f"{self.label} {len(self.sent)}")
        except Exception as trouble:  # noqa: BLE001: shown by finish()
            self.trouble = trouble

    def _send(self, text):
        for _ in range(200):
            self.tries += 1
            done = self.test.sotto(self.home, "--json", "send", self.target, "--id", text,
                                   *self.flags, stdin=text)
            if done.code == 0:
                self.sent.append(text)
                return
            # Not reached, or an owner that died while it was asked; never anything else.
            assert done.code in (3, 7) or "rpc.failed" in done.err, str(done)
        raise AssertionError(f"{text} was given up after 200 tries")

    def finish(self, timeout=60):
        """Ends after the message under way."""
        self._enough.set()
        self.join(timeout)
        assert not self.is_alive(), "the sender still sends"
        if self.trouble:
            raise self.trouble


class CrashTest(harness.SottoTest):
    def setUp(self):
        super().setUp()
        self.random = seeded()

    def kill_within(self, process, longest):
        """Kills it at some moment before `longest` seconds have passed, unless it has ended."""
        try:
            process.wait(self.random.uniform(0, longest))
        except subprocess.TimeoutExpired:
            process.kill()

    def send_until_told(self, home, text, *flags, chance, longest):
        """Sends the text again until it is told to be delivered; each try is killed with this
        `chance`, within `longest` seconds.  How many were.
        """
        killed = 0
        while True:
            sender = self.start(home, "--json", "send", "lobby", "--id", text, *flags, stdin=text)
            if self.random.random() < chance:
                self.kill_within(sender, longest)
            done = self.finish(sender)
            if done.code == 0:
                return killed
            self.assertEqual(done.code, -signal.SIGKILL, str(done))
            killed += 1

    def shown_by(self, streams):
        """Every text that these lives of one program have shown; a second showing says `again`."""
        texts = {}
        for stream in streams:
            stream.messages()
            for event in stream.all:
                if event["event"] != "message":
                    continue
                if event["id"] in texts:
                    self.assertTrue(event.get("again"), f"shown twice as new: {event}")
                texts[event["id"]] = event["text"]
        self.assertEqual(len(set(texts.values())), len(texts), "one text under two ids")
        return sorted(texts.values())

    def in_order(self, texts, label):
        """The numbers behind `label`, which must count up without a gap."""
        numbers = [int(text.split()[1]) for text in texts if text.split()[0] == label]
        self.assertEqual(numbers, list(range(len(numbers))), f"{label}: lost, doubled or moved")
        return numbers
