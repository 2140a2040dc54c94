#!/usr/bin/python3
"""CPace on ristretto255, a second time: written from draft-irtf-cfrg-cpace-21 and RFC 9496, not
from src/crypto/cpace.cpp or libsodium, so that they can catch each other's mistakes.

Slow, not in constant time, with nothing wiped: for tests only.

    cpace_reference.py vectors    print test vectors (tests/data/cpace-reference.json)
"""

import hashlib
import hmac
import json
import sys

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P

# RFC 9496, section 4.1.
SQRT_M1 = pow(2, (P - 1) // 4, P)
SQRT_AD_MINUS_ONE = (
    25063068953384623474111414158702152701244531502492656460079210482610430750235)
INVSQRT_A_MINUS_D = (
    54469307008909316920995813868745141605393597292927456921205312896311721017578)
ONE_MINUS_D_SQ = (1 - D * D) % P
D_MINUS_ONE_SQ = (D - 1) ** 2 % P


def is_negative(x):
    return x % P % 2 == 1


def absolute(x):
    return -x % P if is_negative(x) else x % P


def sqrt_ratio_m1(u, v):
    """(whether u/v is a square, its root or that of SQRT_M1 * u/v): RFC 9496, section 4.2."""
    r = u * v**3 * pow(u * v**7, (P - 5) // 8, P) % P
    check = v * r * r % P
    flipped = check in (-u % P, -u * SQRT_M1 % P)
    if flipped:
        r = r * SQRT_M1 % P
    return check in (u % P, -u % P), absolute(r)


class Element:
    """An element of ristretto255: a point of edwards25519 in extended coordinates."""

    def __init__(self, x, y, z, t):
        self.x, self.y, self.z, self.t = x % P, y % P, z % P, t % P

    @classmethod
    def decode(cls, data):
        """Section 4.3.1.  None for what encodes no element."""
        s = int.from_bytes(data, "little")
        if len(data) != 32 or s >= P or is_negative(s):
            return None
        u1, u2 = (1 - s * s) % P, (1 + s * s) % P
        v = (-D * u1 * u1 - u2 * u2) % P
        was_square, root = sqrt_ratio_m1(1, v * u2 * u2 % P)
        den_x = root * u2 % P
        den_y = root * den_x * v % P
        x = absolute(2 * s * den_x)
        y = u1 * den_y % P
        t = x * y % P
        if not was_square or is_negative(t) or y == 0:
            return None
        return cls(x, y, 1, t)

    def encode(self):
        """Section 4.3.2."""
        u1 = (self.z + self.y) * (self.z - self.y) % P
        u2 = self.x * self.y % P
        root = sqrt_ratio_m1(1, u1 * u2 * u2 % P)[1]
        den1, den2 = root * u1 % P, root * u2 % P
        z_inv = den1 * den2 * self.t % P
        x, y, den_inv = self.x, self.y, den2
        if is_negative(self.t * z_inv):
            x, y = self.y * SQRT_M1 % P, self.x * SQRT_M1 % P
            den_inv = den1 * INVSQRT_A_MINUS_D % P
        if is_negative(x * z_inv):
            y = -y
        return absolute(den_inv * (self.z - y)).to_bytes(32, "little")

    @classmethod
    def derive(cls, data):
        """The element derivation function, section 4.3.4, from 64 bytes."""
        return cls._map(data[:32]) + cls._map(data[32:])

    @classmethod
    def _map(cls, data):
        t = int.from_bytes(data, "little") % 2**255 % P
        r = SQRT_M1 * t * t % P
        u = (r + 1) * ONE_MINUS_D_SQ % P
        v = (-1 - r * D) * (r + D) % P
        was_square, s = sqrt_ratio_m1(u, v)
        c = -1
        if not was_square:
            s, c = -absolute(s * t) % P, r
        n = (c * (r - 1) * D_MINUS_ONE_SQ - v) % P
        w0, w1 = 2 * s * v, n * SQRT_AD_MINUS_ONE
        w2, w3 = 1 - s * s, 1 + s * s
        return cls(w0 * w3, w2 * w1, w1 * w3, w0 * w2)

    def __add__(self, other):
        """RFC 8032, section 5.1.4."""
        a = (self.y - self.x) * (other.y - other.x)
        b = (self.y + self.x) * (other.y + other.x)
        c = 2 * D * self.t * other.t
        d = 2 * self.z * other.z
        e, f, g, h = b - a, d - c, d + c, b + a
        return Element(e * f, g * h, f * g, e * h)

    def __rmul__(self, scalar):
        result, power = Element(0, 1, 1, 0), self
        while scalar:
            if scalar & 1:
                result = result + power
            power = power + power
            scalar >>= 1
        return result


DSI = b"CPaceRistretto255"
BLOCK_BYTES = 128
NEUTRAL = bytes(32)


def prepend_len(data):
    """LEB128 of the length, then the data: appendix A.1.1 of the draft."""
    length, prefix = len(data), b""
    while length >= 128:
        prefix += bytes([128 + length % 128])
        length //= 128
    return prefix + bytes([length]) + data


def lv_cat(*fields):
    return b"".join(map(prepend_len, fields))


def generator_string(password, channel, sid):
    used = 1 + len(lv_cat(DSI, password))
    return lv_cat(DSI, password, bytes(max(0, BLOCK_BYTES - used)), channel, sid)


def calculate_generator(password, channel, sid):
    digest = hashlib.sha512(generator_string(password, channel, sid)).digest()
    return Element.derive(digest)


def sample_scalar(random):
    """From 32 random bytes: section 8.3."""
    return int.from_bytes(random, "little") % 2**252


def scalar_mult_vfy(scalar, encoded):
    element = Element.decode(encoded)
    return NEUTRAL if element is None else (scalar * element).encode()


class Cpace:
    """One side; the initiator is A.  `random` is 32 bytes."""

    def __init__(self, initiator, password, channel, sid, ad_a, ad_b, random):
        self.initiator, self.sid, self.ad_a, self.ad_b = initiator, sid, ad_a, ad_b
        self.scalar = sample_scalar(random)
        self.share = (self.scalar * calculate_generator(password, channel, sid)).encode()

    def isk(self, theirs):
        """Section 7.2.  Raises ValueError where the draft says abort."""
        k = scalar_mult_vfy(self.scalar, theirs)
        if k == NEUTRAL:
            raise ValueError("the other side's share is no element that may be used")
        ya, yb = (self.share, theirs) if self.initiator else (theirs, self.share)
        return hashlib.sha512(lv_cat(DSI + b"_ISK", self.sid, k) + lv_cat(ya, self.ad_a)
                              + lv_cat(yb, self.ad_b)).digest()


def psk_of(isk):
    """Not of the draft: see src/crypto/cpace.h."""
    return hmac.new(isk, b"sotto cpace 1", hashlib.blake2b).digest()[:32]


def sample(label, length=32):
    """Bytes for the vectors that are the same every time."""
    return hashlib.shake_256(label.encode()).digest(length)


def vector_of(name, lengths):
    """One exchange; `lengths` are those of PRS, CI, sid, ADa and ADb."""
    keys = ("PRS", "CI", "sid", "ADa", "ADb")
    inputs = {key: sample(f"{name} {key}", length) for key, length in zip(keys, lengths)}
    randoms = {key: sample(f"{name} {key}") for key in ("ya", "yb")}
    a = Cpace(True, *inputs.values(), randoms["ya"])
    b = Cpace(False, *inputs.values(), randoms["yb"])
    isk = a.isk(b.share)
    assert b.isk(a.share) == isk
    values = {**inputs, **randoms, "Ya": a.share, "Yb": b.share, "ISK_IR": isk, "psk": psk_of(isk)}
    return {"name": name, **{key: value.hex() for key, value in values.items()}}


def vectors():
    return json.dumps({"vectors": [
        vector_of("nothing but scalars", (0, 0, 0, 0, 0)),
        vector_of("usual lengths", (12, 14, 16, 6, 4)),
        vector_of("no room for zeros", (108, 1, 16, 0, 0)),
        vector_of("one zero", (107, 1, 16, 0, 0)),
        vector_of("lengths of two bytes", (128, 300, 127, 129, 500)),
    ]}, indent=1)


if __name__ == "__main__":
    if sys.argv[1:] != ["vectors"]:
        sys.exit(__doc__)
    print(vectors())
