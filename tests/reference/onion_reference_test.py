#!/usr/bin/python3
"""Checks the reference itself against addresses that the world knows, and the file that the unit
tests of src/tor/ read."""

import base64
import pathlib
import unittest

import onion_reference as onion

COMMITTED = pathlib.Path(__file__).resolve().parent.parent / "data" / "onion-reference.json"

# Of the Tor Project and of DuckDuckGo.
KNOWN = ["2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid",
         "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad"]


class OnionReference(unittest.TestCase):
    def test_known_addresses(self):
        for known in KNOWN:
            public = base64.b32decode(known.upper())[:32]
            self.assertEqual(onion.address(public), known)

    def test_an_expanded_key_is_clamped(self):
        key = onion.expanded(bytes(32))
        self.assertEqual((key[0] & 7, key[31] & 0xC0, len(key)), (0, 0x40, 64))

    def test_vectors_are_the_committed_ones(self):
        self.assertEqual(onion.vectors() + "\n", COMMITTED.read_text())


if __name__ == "__main__":
    unittest.main()
