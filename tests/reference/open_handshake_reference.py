#!/usr/bin/python3
"""The handshakes of open rooms, a second time: written from docs/protocol.md section 3 and the
heads of src/session/open_handshake.h and its neighbours, not from their sources.

    open_handshake_reference.py vectors   print vectors (tests/data/open-handshake-reference.json)
"""

import hashlib
import json
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cpace_reference import Cpace, psk_of
from noise_reference import Handshake, Key

VERSION = 1
XX, XX_PSK0 = 2, 3
MESSAGE_BYTES = 512
ENTER = 1


def first_bytes(pattern):
    return bytes([VERSION, pattern])


def prologue(pattern):
    return b"sotto link 1" + first_bytes(pattern)


def padded(payload, size):
    return (struct.pack(">H", len(payload)) + payload).ljust(size, b"\0")


def unpadded(message):
    length, = struct.unpack(">H", message[:2])
    payload, zeros = message[2:2 + length], message[2 + length:]
    if len(payload) != length or any(zeros):
        raise ValueError("bad padding")
    return payload


def frame(message):
    assert len(message) == MESSAGE_BYTES
    return struct.pack(">H", MESSAGE_BYTES) + message


def message_of(framed):
    if len(framed) != 2 + MESSAGE_BYTES or framed[:2] != struct.pack(">H", MESSAGE_BYTES):
        raise ValueError("no frame")
    return framed[2:]


def write(noise, payload, overhead):
    return frame(noise.write_message(padded(payload, MESSAGE_BYTES - overhead)))


def read(noise, framed):
    return unpadded(noise.read_message(message_of(framed)))


def field(number, value):
    """One field of a protobuf message: an integer under 128 or up to 16383 bytes."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    length = len(value)
    size = bytes([length]) if length < 128 else bytes([length % 128 + 128, length // 128])
    return bytes([number << 3 | 2]) + size + value


class Person:
    """Three key pairs and the card about them."""

    def __init__(self, name, identity, static, seal):
        self.secrets = {"identity": identity, "static": static, "seal": seal}
        self.static = Key(static)
        signer = Ed25519PrivateKey.from_private_bytes(identity)
        public = [signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
                  self.static.public, Key(seal).public]
        name = name.encode()
        signature = signer.sign(b"sotto card 1" + bytes([1]) + b"".join(public)
                                + bytes([len(name)]) + name)
        self.card = b"".join(field(number, value) for number, value in enumerate(
            [1, *public, name, signature], start=1))

    @property
    def auth(self):
        return field(1, self.card) + field(2, ENTER)


def exchange_password(password, joiner_random, host_random):
    """The two frames and the psk; the joiner's random bytes are its sid and its scalar."""
    sid, scalar = joiner_random
    inputs = (password, prologue(XX_PSK0), sid, b"joiner", b"host")
    joiner = Cpace(True, *inputs, scalar)
    host = Cpace(False, *inputs, host_random)
    psk = psk_of(joiner.isk(host.share))
    assert psk_of(host.isk(joiner.share)) == psk
    frames = [first_bytes(XX_PSK0) + frame(padded(sid + joiner.share, MESSAGE_BYTES)),
              frame(padded(host.share, MESSAGE_BYTES))]
    return frames, psk


def shake_hands(joiner, host, psk, joiner_ephemeral, host_ephemeral):
    """The three frames and the joiner's Handshake."""
    pattern, name = (XX, "XX") if psk is None else (XX_PSK0, "XXpsk0")
    psks = [] if psk is None else [psk]
    a = Handshake(name, True, prologue(pattern), joiner.static, Key(joiner_ephemeral), None, psks)
    b = Handshake(name, False, prologue(pattern), host.static, Key(host_ephemeral), None, psks)
    one = write(a, b"", 32 if psk is None else 48)
    assert read(b, one) == b""
    two = write(b, host.card, 96)
    assert read(a, two) == host.card
    three = write(a, joiner.auth, 64)
    assert read(b, three) == joiner.auth and a.handshake_hash == b.handshake_hash
    return [(first_bytes(XX) if psk is None else b"") + one, two, three], a


def vector_of(password):
    label = "open" if password is None else "password"

    def sample(what, length=32):
        return hashlib.shake_256(f"{label} {what}".encode()).digest(length)

    def person(role, name):
        return Person(name, *(sample(f"{role} {key}") for key in ("identity", "static", "seal")))

    joiner, host = person("joiner", "Jo"), person("host", "Hanna")
    draws = {"joiner": [sample("joiner e")], "host": [sample("host e")]}
    frames, psk = [], None
    if password is not None:
        draws["joiner"] = [sample("sid", 16), sample("ya"), *draws["joiner"]]
        draws["host"] = [sample("yb"), *draws["host"]]
        frames, psk = exchange_password(password, draws["joiner"][:2], draws["host"][0])
    more, end = shake_hands(joiner, host, psk, draws["joiner"][-1], draws["host"][-1])

    def described(person, role, name):
        return {"name": name, **{key: value.hex() for key, value in person.secrets.items()},
                "draws": b"".join(draws[role]).hex()}

    return {
        **({} if password is None else {"password": password.hex(), "psk": psk.hex()}),
        "joiner": described(joiner, "joiner", "Jo"), "host": described(host, "host", "Hanna"),
        "frames": [framed.hex() for framed in frames + more],
        "handshake_hash": end.handshake_hash.hex(), "exporter": end.exporter.hex(),
    }


def vectors():
    return json.dumps({"vectors": [vector_of(None), vector_of(b"correct horse")]}, indent=1)


if __name__ == "__main__":
    if sys.argv[1:] != ["vectors"]:
        sys.exit(__doc__)
    print(vectors())
