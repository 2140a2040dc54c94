#!/usr/bin/python3
"""Short authentication strings, a second time: written from docs/protocol.md section 5 and the
head of src/crypto/sas.h, not from sas.cpp.

    sas_reference.py vectors    print test vectors (tests/data/sas-reference.json)
"""

import hashlib
import json
import sys


def commitment(ra):
    return hashlib.blake2b(b"sotto sas commit 1" + ra, digest_size=32).digest()


def short_string(handshake_hash, joiner, host, ra, rb):
    return hashlib.blake2b(b"sotto sas 1" + handshake_hash + b"joiner" + joiner + b"host" + host
                           + ra + rb).digest()[:11]


def bits_of(data):
    return "".join(f"{byte:08b}" for byte in data)


def emoji(sas):
    bits = bits_of(sas[:6])
    return [int(bits[at:at + 6], 2) for at in range(0, 42, 6)]


def numbers(sas):
    bits = bits_of(sas[6:])
    return [1000 + int(bits[at:at + 13], 2) for at in range(0, 39, 13)]


def vector_of(name):
    def sample(label, length):
        return hashlib.shake_256(f"{name} {label}".encode()).digest(length)

    inputs = {"handshake_hash": sample("h", 64), "joiner": sample("joiner", 20),
              "host": sample("host", 20), "ra": sample("ra", 32), "rb": sample("rb", 32)}
    sas = short_string(*inputs.values())
    return {**{key: value.hex() for key, value in inputs.items()},
            "commitment": commitment(inputs["ra"]).hex(),
            "emoji": emoji(sas), "numbers": numbers(sas)}


def vectors():
    return json.dumps({"vectors": [vector_of(f"sas {i}") for i in range(4)]}, indent=1)


if __name__ == "__main__":
    if sys.argv[1:] != ["vectors"]:
        sys.exit(__doc__)
    print(vectors())
