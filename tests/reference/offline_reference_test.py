#!/usr/bin/python3
"""Checks the reference itself: HChaCha20 by its draft's example, and the file that the unit
tests of src/room/ read."""

import pathlib
import unittest

import offline_reference as offline

COMMITTED = pathlib.Path(__file__).resolve().parent.parent / "data" / "offline-reference.json"


class OfflineReference(unittest.TestCase):
    def test_hchacha20_is_the_drafts(self):
        self.assertEqual(
            offline.hchacha20(bytes(range(32)),
                              bytes.fromhex("000000090000004a0000000031415927")).hex(),
            "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")

    def test_the_two_directions_share_nothing(self):
        one, two = offline.Chain(bytes(32), 1), offline.Chain(bytes(32), 2)
        self.assertNotEqual(one.id, two.id)
        self.assertNotEqual(one.header_key, two.header_key)
        self.assertNotEqual(one.message_key(), two.message_key())

    def test_deposits_have_four_sizes(self):
        chain = offline.Chain(bytes(32), 1)
        sizes = [len(chain.deposit(bytes(32), bytes(24), 0, 1, bytes(length)))
                 for length in (0, 448, 449, 4032, 4033, 16320, 16321, 65471)]
        self.assertEqual(sizes, [512, 512, 4096, 4096, 16384, 16384, 65535, 65535])

    def test_vectors_are_the_committed_ones(self):
        self.assertEqual(offline.vectors() + "\n", COMMITTED.read_text())


if __name__ == "__main__":
    unittest.main()
