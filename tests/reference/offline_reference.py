#!/usr/bin/python3
"""Chains of offline messages and deposits, a second time: written from docs/protocol.md section
5 and the heads of src/room/offline_chain.h and deposit.h, not from their sources.

    offline_reference.py vectors    print test vectors (tests/data/offline-reference.json)
"""

import hashlib
import json
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

SIZES = [512, 4096, 16384, 65535]
OVERHEAD = 24 + 20 + 16 + 4


def derive(key, label, context=b"", length=32):
    label = label.encode()
    return hashlib.blake2b(bytes([len(label)]) + label + context, key=key,
                           digest_size=length).digest()


def quarter_round(state, a, b, c, d):
    def mix(target, add, turn, by):
        state[target] = (state[target] + state[add]) & 0xffffffff
        value = state[turn] ^ state[target]
        state[turn] = ((value << by) | (value >> (32 - by))) & 0xffffffff

    mix(a, b, d, 16)
    mix(c, d, b, 12)
    mix(a, b, d, 8)
    mix(c, d, b, 7)


def hchacha20(key, nonce16):
    """draft-irtf-cfrg-xchacha-03 section 2.2."""
    state = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce16))
    for _ in range(10):
        for column in range(4):
            quarter_round(state, column, column + 4, column + 8, column + 12)
        for i in range(4):
            quarter_round(state, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<8I", *state[:4], *state[12:])


def xchacha(key, nonce24, ad, plaintext):
    return ChaCha20Poly1305(hchacha20(key, nonce24[:16])).encrypt(
        bytes(4) + nonce24[16:], plaintext, ad)


class Chain:
    def __init__(self, exporter, direction):
        secret = derive(exporter, "sotto chain 1", bytes([direction]))
        self.id = derive(secret, "sotto chain id 1", length=16)
        self.header_key = derive(secret, "sotto chain header 1")
        self.key = derive(secret, "sotto chain key 1")
        self.next = 0

    def message_key(self):
        key = derive(self.key, "sotto chain message 1")
        self.key = derive(self.key, "sotto chain next 1")
        self.next += 1
        return key

    def deposit(self, mailbox, nonce, part, parts, content):
        size = next(size for size in SIZES if size - OVERHEAD >= len(content))
        header = nonce + xchacha(self.header_key, nonce, b"sotto deposit header 1" + mailbox,
                                 struct.pack(">I", self.next))
        body = struct.pack(">BBH", part, parts, len(content)) + content
        body = body.ljust(size - len(header) - 16, b"\0")
        return header + xchacha(self.message_key(), nonce,
                                b"sotto deposit body 1" + mailbox + header, body)


def sample(label, length=32):
    return hashlib.shake_256(label.encode()).digest(length)


def vector_of(direction):
    name = f"offline {direction}"
    exporter = sample(name + " exporter")
    mailbox = sample(name + " mailbox")
    chain = Chain(exporter, direction)
    vector = {"exporter": exporter.hex(), "direction": direction, "mailbox": mailbox.hex(),
              "id": chain.id.hex(), "header_key": chain.header_key.hex(), "deposits": []}
    for index, length in enumerate([0, 1, 448, 449]):
        nonce = sample(f"{name} nonce {index}", 24)
        content = sample(f"{name} content {index}", length)
        parts = 1 + 3 * (index % 2)
        deposit = chain.deposit(mailbox, nonce, index % parts, parts, content)
        vector["deposits"].append({"index": index, "part": index % parts, "parts": parts,
                                   "content": content.hex(), "deposit": deposit.hex()})
    vector["key_after"] = chain.key.hex()
    return vector


def vectors():
    return json.dumps({"vectors": [vector_of(1), vector_of(2)]}, indent=1)


if __name__ == "__main__":
    if sys.argv[1:] != ["vectors"]:
        sys.exit(__doc__)
    print(vectors())
