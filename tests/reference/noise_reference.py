#!/usr/bin/python3
"""The Noise handshakes of sotto's links, a second time: written from the specification
(revision 34), not from src/noise/, so that the two can catch each other's mistakes.

Slow, with nothing wiped: for tests only.

    noise_reference.py vectors    print test vectors (tests/data/noise-reference.json)
"""

import hashlib
import hmac
import json
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, PublicFormat)

TAG_BYTES = 16
MESSAGE_LIMIT = 65535
MAX_NONCE = 2**64 - 1

# Section 7.5: is the responder's static key known beforehand, and the messages' tokens.
PATTERNS = {
    "XX": (False, [["e"], ["e", "ee", "s", "es"], ["s", "se"]]),
    "XK": (True, [["e", "es"], ["e", "ee"], ["s", "se"]]),
}


def hash_of(data):
    return hashlib.blake2b(data).digest()


def hkdf(chaining_key, material, outputs):
    """HKDF of section 4.3."""
    temp_key = hmac.new(chaining_key, material, hashlib.blake2b).digest()
    result = []
    previous = b""
    for counter in range(1, outputs + 1):
        previous = hmac.new(temp_key, previous + bytes([counter]), hashlib.blake2b).digest()
        result.append(previous)
    return result


class Key:
    """An X25519 key pair."""

    def __init__(self, secret=None):
        self._private = (X25519PrivateKey.generate() if secret is None
                         else X25519PrivateKey.from_private_bytes(secret))
        self.secret = self._private.private_bytes(
            Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        self.public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def dh(self, public):
        """Raises ValueError when the result would be all zero."""
        return self._private.exchange(X25519PublicKey.from_public_bytes(public))


class CipherState:
    """Section 5.1.  Raises cryptography.exceptions.InvalidTag for what is not authentic."""

    def __init__(self, key=None):
        self.key = key
        self.nonce = 0

    def encrypt_with_ad(self, ad, plaintext):
        if self.key is None:
            return plaintext
        sealed = ChaCha20Poly1305(self.key).encrypt(self._next_nonce(), plaintext, ad)
        self.nonce += 1
        return sealed

    def decrypt_with_ad(self, ad, ciphertext):
        if self.key is None:
            return ciphertext
        plaintext = ChaCha20Poly1305(self.key).decrypt(self._next_nonce(), ciphertext, ad)
        self.nonce += 1
        return plaintext

    def rekey(self):
        nonce = self._encoded(MAX_NONCE)
        self.key = ChaCha20Poly1305(self.key).encrypt(nonce, bytes(32), b"")[:32]

    def _next_nonce(self):
        if self.nonce == MAX_NONCE:
            raise OverflowError("the nonces of this key are used up")
        return self._encoded(self.nonce)

    @staticmethod
    def _encoded(nonce):
        return bytes(4) + struct.pack("<Q", nonce)


class SymmetricState:
    """Section 5.2."""

    def __init__(self, protocol_name):
        name = protocol_name.encode()
        self.h = name.ljust(64, b"\0") if len(name) <= 64 else hash_of(name)
        self.ck = self.h
        self.cipher = CipherState()

    def mix_hash(self, data):
        self.h = hash_of(self.h + data)

    def mix_key(self, material):
        self.ck, temp_key = hkdf(self.ck, material, 2)
        self.cipher = CipherState(temp_key[:32])

    def mix_key_and_hash(self, material):
        self.ck, temp_hash, temp_key = hkdf(self.ck, material, 3)
        self.mix_hash(temp_hash)
        self.cipher = CipherState(temp_key[:32])

    def encrypt_and_hash(self, plaintext):
        ciphertext = self.cipher.encrypt_with_ad(self.h, plaintext)
        self.mix_hash(ciphertext)
        return ciphertext

    def decrypt_and_hash(self, ciphertext):
        plaintext = self.cipher.decrypt_with_ad(self.h, ciphertext)
        self.mix_hash(ciphertext)
        return plaintext

    def split(self):
        return [CipherState(key[:32]) for key in hkdf(self.ck, b"", 2)]

    def export_key(self, label):
        """Not of the specification: see src/noise/symmetric_state.h."""
        return hkdf(self.ck, label.encode(), 1)[0][:32]


class Handshake:
    """Section 5.3, the side of the initiator or of the responder.

    `s` and `e` are Keys (`e` is drawn where it is missing), `rs` 32 bytes, `psks` a list in the
    order of use, to which a responder may append before the message that needs one.
    """

    def __init__(self, pattern, initiator, prologue=b"", s=None, e=None, rs=None, psks=()):
        self.protocol_name = f"Noise_{pattern}_25519_ChaChaPoly_BLAKE2b"
        self.initiator = initiator
        self.s, self.e, self.rs, self.re = s, e, rs, None
        self.psks = list(psks)
        self.uses_psk = "psk" in pattern
        responder_static_known, self.messages = self._parsed(pattern)
        self.symmetric = SymmetricState(self.protocol_name)
        self.symmetric.mix_hash(prologue)
        if responder_static_known:
            self.symmetric.mix_hash(rs if initiator else s.public)

    @staticmethod
    def _parsed(pattern):
        base, *modifiers = pattern.replace("+", "").split("psk")
        known, messages = PATTERNS[base]
        messages = [list(tokens) for tokens in messages]
        for place in map(int, modifiers):  # section 9.4
            if place == 0:
                messages[0].insert(0, "psk")
            else:
                messages[place - 1].append("psk")
        return known, messages

    @property
    def finished(self):
        return not self.messages

    def write_message(self, payload=b""):
        message = b""
        for token in self.messages.pop(0):
            if token == "e":
                self.e = self.e or Key()
                message += self.e.public
                self._mix_ephemeral(self.e.public)
            elif token == "s":
                message += self.symmetric.encrypt_and_hash(self.s.public)
            else:
                self._mix(token)
        message += self.symmetric.encrypt_and_hash(payload)
        if len(message) > MESSAGE_LIMIT:
            raise ValueError("a handshake message is too long")
        return message

    def read_message(self, message):
        for token in self.messages.pop(0):
            if token == "e":
                self.re, message = message[:32], message[32:]
                self._mix_ephemeral(self.re)
            elif token == "s":
                length = 32 + (TAG_BYTES if self.symmetric.cipher.key else 0)
                self.rs = self.symmetric.decrypt_and_hash(message[:length])
                message = message[length:]
            else:
                self._mix(token)
        return self.symmetric.decrypt_and_hash(message)

    def split(self):
        """The CipherStates for sending and for receiving."""
        first, second = self.symmetric.split()
        return (first, second) if self.initiator else (second, first)

    @property
    def handshake_hash(self):
        return self.symmetric.h

    @property
    def exporter(self):
        return self.symmetric.export_key("sotto exporter 1")

    def _mix_ephemeral(self, public):
        self.symmetric.mix_hash(public)
        if self.uses_psk:  # section 9.2
            self.symmetric.mix_key(public)

    def _mix(self, token):
        if token == "psk":
            self.symmetric.mix_key_and_hash(self.psks.pop(0))
            return
        # The first letter is the initiator's key, the second the responder's.
        ours, theirs = token if self.initiator else reversed(token)
        key = self.e if ours == "e" else self.s
        self.symmetric.mix_key(key.dh(self.re if theirs == "e" else self.rs))


def sample(label, length=32):
    """Bytes for the vectors that are the same every time."""
    return hashlib.blake2b(label.encode(), digest_size=length).digest()


def vector_of(pattern):
    """One vector in the shape of the published ones, with two members more: handshake_hash and
    exporter."""
    keys = {name: sample(f"{pattern} {name}") for name in (
        "init_static", "init_ephemeral", "resp_static", "resp_ephemeral")}
    psks = [sample(f"{pattern} psk")] if "psk" in pattern else []
    prologue = f"sotto reference {pattern}".encode()
    init = Handshake(pattern, True, prologue, Key(keys["init_static"]),
                     Key(keys["init_ephemeral"]), Key(keys["resp_static"]).public, psks)
    resp = Handshake(pattern, False, prologue, Key(keys["resp_static"]),
                     Key(keys["resp_ephemeral"]), None, psks)
    vector = {
        "protocol_name": init.protocol_name,
        "init_prologue": prologue.hex(), "init_psks": [psk.hex() for psk in psks],
        "resp_prologue": prologue.hex(), "resp_psks": [psk.hex() for psk in psks],
        **{name: key.hex() for name, key in keys.items()},
    }
    if PATTERNS[pattern[:2]][0]:
        vector["init_remote_static"] = init.rs.hex()

    messages = []
    for i in range(7):  # three of the handshake, then transport both ways, one of them empty
        payload = sample(f"{pattern} payload {i}", 8 * i) if i else b""
        writer, reader = (init, resp) if i % 2 == 0 else (resp, init)
        if i < 3:
            ciphertext = writer.write_message(payload)
            assert reader.read_message(ciphertext) == payload
        else:
            if i == 3:
                ends = {init: init.split(), resp: resp.split()}
            ciphertext = ends[writer][0].encrypt_with_ad(b"", payload)
            assert ends[reader][1].decrypt_with_ad(b"", ciphertext) == payload
        messages.append({"payload": payload.hex(), "ciphertext": ciphertext.hex()})
    vector["handshake_hash"] = init.handshake_hash.hex()
    vector["exporter"] = init.exporter.hex()
    vector["messages"] = messages
    return vector


def vectors():
    return json.dumps({"vectors": [vector_of(p) for p in ("XKpsk3", "XX", "XXpsk0")]}, indent=1)


if __name__ == "__main__":
    if sys.argv[1:] != ["vectors"]:
        sys.exit(__doc__)
    print(vectors())
