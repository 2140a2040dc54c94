#!/usr/bin/python3
"""Checks the reference itself: its frames, and the file that the unit tests of src/session/
read.  What is inside the frames has its own tests: noise_ and cpace_reference_test.py."""

import json
import pathlib
import unittest

import open_handshake_reference as reference

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
COMMITTED = DATA / "open-handshake-reference.json"


class OpenHandshakeReference(unittest.TestCase):
    def test_frames(self):
        for vector in json.loads(reference.vectors())["vectors"]:
            first, *others = map(bytes.fromhex, vector["frames"])
            pattern = reference.XX_PSK0 if "password" in vector else reference.XX
            self.assertEqual(first[:4], bytes([1, pattern, 2, 0]))
            self.assertEqual(len(first), 516)
            self.assertEqual({len(other) for other in others}, {514})

    def test_padding(self):
        self.assertEqual(reference.unpadded(reference.padded(b"abc", 512)), b"abc")
        for bad in (b"\0", b"\0\4abc", b"\0\2abc"):
            with self.assertRaises((ValueError, reference.struct.error)):
                reference.unpadded(bad)

    def test_vectors_are_the_committed_ones(self):
        self.assertEqual(reference.vectors() + "\n", COMMITTED.read_text())


if __name__ == "__main__":
    unittest.main()
