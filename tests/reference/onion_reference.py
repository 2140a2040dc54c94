#!/usr/bin/python3
"""What tor computes with onion addresses and cookies, a second time: written from tor's
specifications with Python's hashlib, hmac and cryptography, not from src/tor/.

    onion_reference.py vectors    print test vectors (tests/data/onion-reference.json)
"""

import base64
import hashlib
import hmac
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SERVER = b"Tor safe cookie authentication server-to-controller hash"
CLIENT = b"Tor safe cookie authentication controller-to-server hash"


def sample(label, length):
    return hashlib.shake_256(label.encode()).digest(length)


def raw(private):
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def address(public, version=3):
    """rend-spec-v3 section 6."""
    last = bytes([version])
    checksum = hashlib.sha3_256(b".onion checksum" + public + last).digest()[:2]
    return base64.b32encode(public + checksum + last).decode().lower()


def expanded(seed):
    """RFC 8032 section 5.1.5, steps 1 and 2."""
    digest = bytearray(hashlib.sha512(seed).digest())
    digest[0] &= 248
    digest[31] &= 127
    digest[31] |= 64
    return bytes(digest)


def service(name):
    seed = sample(f"{name} seed", 32)
    public = raw(Ed25519PrivateKey.from_private_bytes(seed))
    return {"seed": seed.hex(), "public": public.hex(), "id": address(public),
            "id_of_version_4": address(public, 4),
            "blob": base64.b64encode(expanded(seed)).decode()}


def cookie(name):
    """control-spec section 3.24."""
    values = {key: sample(f"{name} {key}", 32) for key in ("cookie", "client_nonce",
                                                           "server_nonce")}
    message = b"".join(values.values())
    return {**{key: value.hex() for key, value in values.items()},
            "server_hash": hmac.new(SERVER, message, hashlib.sha256).hexdigest(),
            "client_hash": hmac.new(CLIENT, message, hashlib.sha256).hexdigest()}


def client(name):
    secret = sample(f"{name} secret", 32)
    public = raw(X25519PrivateKey.from_private_bytes(secret))
    return {"secret": secret.hex(), "public": public.hex(),
            "base32_public": base64.b32encode(public).decode().rstrip("="),
            "base32_secret": base64.b32encode(secret).decode().rstrip("="),
            "base64_secret": base64.b64encode(secret).decode()}


def vectors():
    return json.dumps({"services": [service(f"onion {i}") for i in range(4)],
                       "cookies": [cookie(f"cookie {i}") for i in range(3)],
                       "clients": [client(f"client {i}") for i in range(3)]}, indent=1)


if __name__ == "__main__":
    if sys.argv[1:] != ["vectors"]:
        sys.exit(__doc__)
    print(vectors())
