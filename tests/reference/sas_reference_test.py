#!/usr/bin/python3
"""Checks the reference itself: its cuts into bits, and the file that the unit tests of
src/crypto/ read."""

import pathlib
import unittest

import sas_reference as sas

COMMITTED = pathlib.Path(__file__).resolve().parent.parent / "data" / "sas-reference.json"


class SasReference(unittest.TestCase):
    def test_cuts_from_the_top(self):
        self.assertEqual(sas.emoji(bytes(11)), [0] * 7)
        self.assertEqual(sas.emoji(b"\xff" * 11), [63] * 7)
        self.assertEqual(sas.emoji(b"\x04" + bytes(10)), [1] + [0] * 6)
        self.assertEqual(sas.emoji(bytes(5) + b"\x7f" + bytes(5)), [0] * 6 + [1])
        self.assertEqual(sas.numbers(bytes(11)), [1000] * 3)
        self.assertEqual(sas.numbers(b"\xff" * 11), [9191] * 3)
        self.assertEqual(sas.numbers(bytes(10) + b"\x03"), [1000, 1000, 1001])

    def test_vectors_are_the_committed_ones(self):
        self.assertEqual(sas.vectors() + "\n", COMMITTED.read_text())


if __name__ == "__main__":
    unittest.main()
