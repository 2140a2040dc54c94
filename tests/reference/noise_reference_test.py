#!/usr/bin/python3
"""Checks the reference itself: against the published vectors, and against the file that the
unit tests of src/noise/ read."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

from cryptography.exceptions import InvalidTag
from noise_reference import PATTERNS, CipherState, Handshake, Key

HERE = pathlib.Path(__file__).resolve().parent
COMMITTED = HERE.parent / "data" / "noise-reference.json"
PUBLISHED = pathlib.Path(os.environ.get("SOTTO_NOISE_VECTORS", (
    HERE.parents[2] / "shared" / "vectors" / "noise-snow-25519-chachapoly-blake2b.json")))


def run_vector(test, vector):
    pattern = vector["protocol_name"].split("_")[1]

    def side(name):
        def value(key, make):
            text = vector.get(f"{name}_{key}")
            return None if text is None else make(bytes.fromhex(text))

        return Handshake(pattern, name == "init", value("prologue", bytes), value("static", Key),
                         value("ephemeral", Key), value("remote_static", bytes),
                         map(bytes.fromhex, vector[f"{name}_psks"]))

    init, resp = side("init"), side("resp")
    ends = None
    for i, message in enumerate(vector["messages"]):
        payload, expected = bytes.fromhex(message["payload"]), message["ciphertext"]
        writer, reader = (init, resp) if i % 2 == 0 else (resp, init)
        if not init.finished:
            ciphertext = writer.write_message(payload)
            test.assertEqual(ciphertext.hex(), expected)
            test.assertEqual(reader.read_message(ciphertext), payload)
        else:
            ends = ends or {init: init.split(), resp: resp.split()}
            ciphertext = ends[writer][0].encrypt_with_ad(b"", payload)
            test.assertEqual(ciphertext.hex(), expected)
            test.assertEqual(ends[reader][1].decrypt_with_ad(b"", ciphertext), payload)
    test.assertEqual(init.handshake_hash, resp.handshake_hash)
    test.assertEqual(init.exporter, resp.exporter)


class NoiseReference(unittest.TestCase):
    def test_prints_the_committed_vectors(self):
        printed = subprocess.run([sys.executable, "-B", HERE / "noise_reference.py", "vectors"],
                                 check=True, capture_output=True, text=True).stdout
        self.assertEqual(printed, COMMITTED.read_text())

    def test_passes_its_own_vectors(self):
        for vector in json.loads(COMMITTED.read_text())["vectors"]:
            with self.subTest(vector["protocol_name"]):
                run_vector(self, vector)

    def test_passes_the_published_vectors(self):
        if not PUBLISHED.exists():
            self.skipTest(f"the published vectors are not at {PUBLISHED}")
        run = 0
        for vector in json.loads(PUBLISHED.read_text())["vectors"]:
            name = vector["protocol_name"].split("_")[1]
            if name.split("psk")[0] not in PATTERNS:
                continue
            with self.subTest(name):
                run_vector(self, vector)
            run += 1
        self.assertGreaterEqual(run, 7)

    def test_rekey_changes_both_sides_alike(self):
        ours, theirs = CipherState(bytes(32)), CipherState(bytes(32))
        ours.rekey()
        self.assertNotEqual(ours.key, theirs.key)
        theirs.rekey()
        self.assertEqual(theirs.decrypt_with_ad(b"", ours.encrypt_with_ad(b"", b"x")), b"x")

    def test_notices_a_flipped_bit(self):
        host = Key()
        joiner = Handshake("XKpsk3", True, s=Key(), rs=host.public, psks=[bytes(32)])
        message = bytearray(joiner.write_message(b"ref"))
        message[-1] ^= 1
        with self.assertRaises(InvalidTag):
            Handshake("XKpsk3", False, s=host).read_message(bytes(message))


if __name__ == "__main__":
    unittest.main()
