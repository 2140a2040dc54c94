#!/usr/bin/python3
"""Checks the reference itself: against what RFC 9496 and the CPace draft publish, and against
the file that the unit tests of src/crypto/ read."""

import json
import pathlib
import unittest

import cpace_reference as cpace
from cpace_reference import Cpace, Element

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
DRAFT = DATA / "cpace-draft-21.json"
COMMITTED = DATA / "cpace-reference.json"


def unhex(value):
    return {key: bytes.fromhex(text) for key, text in value.items() if isinstance(text, str)
            and key != "section"}


class Ristretto255(unittest.TestCase):
    def test_multiples_of_the_base_point(self):
        # RFC 9496, appendix A.1.
        base = Element.decode(bytes.fromhex(
            "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"))
        for scalar, expected in (
                (0, "00" * 32),
                (1, "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"),
                (2, "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919"),
                (3, "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259")):
            self.assertEqual((scalar * base).encode().hex(), expected)

    def test_every_element_has_one_encoding(self):
        element = Element.derive(bytes(range(64)))
        encoded = element.encode()
        self.assertEqual(Element.decode(encoded).encode(), encoded)
        number = int.from_bytes(encoded, "little")
        for other in (cpace.P - number, cpace.P + number, number + 2**255):
            if other < 2**256:
                self.assertIsNone(Element.decode(other.to_bytes(32, "little")))


class CpaceDraft(unittest.TestCase):
    def setUp(self):
        self.draft = json.loads(DRAFT.read_text())
        self.inputs = unhex(self.draft["inputs"])

    def side(self, initiator, random):
        i = self.inputs
        return Cpace(initiator, i["PRS"], i["CI"], i["sid"], i["ADa"], i["ADb"], random)

    def test_prepend_len(self):
        # Appendix A.1.2.
        self.assertEqual(cpace.prepend_len(b""), b"\0")
        self.assertEqual(cpace.prepend_len(b"1234"), b"\x041234")
        self.assertEqual(cpace.prepend_len(bytes(127))[:1], b"\x7f")
        self.assertEqual(cpace.prepend_len(bytes(128))[:2], b"\x80\x01")

    def test_generator(self):
        i, expected = self.inputs, unhex(self.draft["generator"])
        self.assertEqual(cpace.generator_string(i["PRS"], i["CI"], i["sid"]),
                         expected["generator_string"])
        self.assertEqual(cpace.calculate_generator(i["PRS"], i["CI"], i["sid"]).encode(),
                         expected["g"])

    def test_exchange(self):
        m, r = unhex(self.draft["messages"]), unhex(self.draft["result"])
        a, b = self.side(True, m["ya"]), self.side(False, m["yb"])
        self.assertEqual((a.share, b.share), (m["Ya"], m["Yb"]))
        self.assertEqual(cpace.scalar_mult_vfy(a.scalar, b.share), r["K"])
        self.assertEqual(a.isk(b.share), r["ISK_IR"])
        self.assertEqual(b.isk(a.share), r["ISK_IR"])

    def test_points(self):
        v = unhex(self.draft["valid"])
        self.assertEqual(cpace.scalar_mult_vfy(cpace.sample_scalar(v["s"]), v["X"]), v["sX"])
        scalar = bytes.fromhex(self.draft["invalid"]["s"])
        for text in self.draft["invalid"]["Y"]:
            for initiator in (True, False):
                with self.assertRaises(ValueError):
                    self.side(initiator, scalar).isk(bytes.fromhex(text))

    def test_vectors_are_the_committed_ones(self):
        self.assertEqual(cpace.vectors() + "\n", COMMITTED.read_text())


if __name__ == "__main__":
    unittest.main()
