"""A joiner of its own: the documented bytes, written a second time, over the Noise reference.

Knows the sealed file (src/crypto/sealed_file.h), the handshake (src/session/handshake.h), records
and frames (src/session/record.h, src/wire/frame.h) and the protobuf fields (proto/*.proto) from
their documentation alone.  For tests: nothing is wiped.
"""
import base64
import hashlib
import os
import pathlib
import socket
import struct
import sys
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "reference"))
import noise_reference  # noqa: E402
from cpace_reference import Cpace, psk_of  # noqa: E402

PING, PONG, GOODBYE, ACK, WELCOME, REFUSED = 1, 2, 3, 4, 8, 9
DATA, OPEN, CREDIT, CLOSE = 16, 17, 18, 19
CONTROL, CHAT = 0, 1
ENTER, SEND = 1, 2
RECORD_SIZES = (512, 4096, 16384, 65535)


def blake2b_256(data, key=b""):
    return hashlib.blake2b(data, digest_size=32, key=key).digest()


# --- protobuf: a message is {field number: value}; values are int, bytes, dict, or lists of them


def varint(value):
    out = b""
    while value > 0x7f:
        out += bytes([value & 0x7f | 0x80])
        value >>= 7
    return out + bytes([value])


def encode(fields):
    out = b""
    for number, value in sorted(fields.items()):
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, int):
                out += varint(number << 3) + varint(one)
            else:
                body = encode(one) if isinstance(one, dict) else one
                out += varint(number << 3 | 2) + varint(len(body)) + body
    return out


def decode(data):
    """The last value of each field; bytes stay bytes."""
    fields, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = number()
        if tag & 7 == 0:
            fields[tag >> 3] = number()
        else:
            assert tag & 7 == 2, "only varints and bytes are in use"
            length = number()
            fields[tag >> 3] = data[at:at + length]
            at += length
    return fields


# --- sealed files


def hchacha20(key, nonce16):
    """draft-irtf-cfrg-xchacha section 2.2."""
    words = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce16))

    def quarter(a, b, c, d):
        for x, y, z, left in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            words[x] = (words[x] + words[y]) & 0xffffffff
            mixed = words[z] ^ words[x]
            words[z] = (mixed << left | mixed >> (32 - left)) & 0xffffffff

    for _ in range(10):
        for column in range(4):
            quarter(column, column + 4, column + 8, column + 12)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<8I", *words[:4], *words[12:])


def derive(key, label, context):
    return blake2b_256(bytes([len(label)]) + label.encode() + context, key)


def open_unsealed(file):
    """The content of a connection file that is locked with nothing."""
    assert hashlib.blake2b(file[:-32], digest_size=32).digest() == file[-32:], "damaged"
    assert file[:8] == b"SOTTO" + bytes([1, 1, 0]), "magic, kind, version, no lock"
    up_to_nonce, nonce = file[:32], file[8:32]
    commitment, length = file[32:64], struct.unpack(">Q", file[64:72])[0]
    header, body = file[:72], file[72:-32]
    assert len(body) == length
    key = derive(bytes(32), "sotto file key 1", up_to_nonce)
    assert derive(bytes(32), "sotto file commitment 1", up_to_nonce) == commitment
    subkey = hchacha20(key, nonce[:16])
    padded = ChaCha20Poly1305(subkey).decrypt(bytes(4) + nonce[16:], body, header)
    size = struct.unpack(">I", padded[:4])[0]
    assert not any(padded[4 + size:]), "padding is zero"
    return padded[4:4 + size]


class ConnectionFile:
    def __init__(self, path):
        fields = decode(open_unsealed(pathlib.Path(path).read_bytes()))
        self.host = decode(fields[2])
        self.room_id, self.room_name = fields[3], fields[4].decode()
        self.invite_id, self.psk = fields[5], fields[6]
        direct = decode(decode(fields[11])[1])
        self.address = (direct[1].decode(), direct[2])
        self.host_identity, self.host_static = self.host[2], self.host[3]


# --- identities


class Identity:
    def __init__(self, name="python"):
        self.signing = Ed25519PrivateKey.generate()
        self.public = self.signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.static, self.seal = noise_reference.Key(), noise_reference.Key()
        self.name = name.encode()

    def card(self, static=None):
        static = static or self.static.public
        signed = (b"sotto card 1" + bytes([1]) + self.public + static + self.seal.public +
                  bytes([len(self.name)]) + self.name)
        return {1: 1, 2: self.public, 3: static, 4: self.seal.public, 5: self.name,
                6: self.signing.sign(signed)}

    def message(self, room_id, text, message_id=None, when=None):
        message_id = message_id or os.urandom(16)
        when = when or int(time.time() * 1000)
        content = hashlib.blake2b(b"sotto content 1" + text.encode(), digest_size=32).digest()
        signature = self.signing.sign(b"sotto message 1" + room_id + message_id +
                                      struct.pack(">Q", when) + content)
        return {1: message_id, 2: self.public, 3: when, 4: text.encode(), 5: signature}


# --- links


class Closed(Exception):
    """The host ended the connection."""


class Link:
    """One connection: handshake, then records of frames."""

    def __init__(self, file, timeout=10):
        self.file = file
        self.socket = socket.create_connection(file.address, timeout=timeout)
        self.seq = 0
        self.received = 0
        self.frames = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def read(self, length):
        data = b""
        while len(data) < length:
            try:
                more = self.socket.recv(length - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                raise Closed(f"after {len(data)} of {length} bytes")
            data += more
        return data

    # What may be varied to be a bad joiner has an argument.
    def hello(self, identity, ref=None, psk=None):
        prologue = (b"sotto link 1" + bytes([1, 1]) +
                    blake2b_256(self.file.host_identity + self.file.host_static))
        self.noise = noise_reference.Handshake(
            "XKpsk3", True, prologue, s=identity.static, rs=self.file.host_static,
            psks=[psk or self.file.psk])
        self.socket.sendall(bytes([1, 1]) +
                            self._padded({1: ref or self.file.invite_id}, overhead=48))

    def finish(self, identity, purpose=ENTER, resume=None, static=None):
        message = self.read(514)
        assert message[:2] == b"\x02\x00"
        answer = self.noise.read_message(message[2:])
        assert not any(answer), "message 2 has nothing to say"
        auth = {1: identity.card(static), 2: purpose}
        if resume:
            auth[3] = resume
        self.socket.sendall(self._padded(auth, overhead=64))
        self.sealer, self.opener = self.noise.split()

    def handshake(self, identity, **more):
        self.hello(identity)
        self.finish(identity, **more)
        return self

    def _padded(self, fields, overhead):
        payload = encode(fields) if isinstance(fields, dict) else fields
        padded = struct.pack(">H", len(payload)) + payload
        message = self.noise.write_message(padded.ljust(512 - overhead, b"\0"))
        assert len(message) == 512
        return struct.pack(">H", 512) + message

    def send_record(self, frames):
        plain = b"".join(bytes([kind]) + struct.pack(">H", len(body)) + body
                         for kind, body in frames)
        size = next(size for size in RECORD_SIZES if len(plain) + 16 <= size)
        record = self.sealer.encrypt_with_ad(b"", plain.ljust(size - 16, b"\0"))
        self.socket.sendall(struct.pack(">H", size) + record)

    def send_message(self, fields, channel=CHAT):
        """A RoomFrame as data frames of one record each."""
        data = encode({1: fields})
        chunk = RECORD_SIZES[-1] - 16 - 3 - 13
        for at in range(0, len(data), chunk):
            self.seq += 1
            last = at + chunk >= len(data)
            self.send_record([(DATA, struct.pack(">QIB", self.seq, channel, last) +
                               data[at:at + chunk])])

    def next_frame(self):
        while not self.frames:
            size = struct.unpack(">H", self.read(2))[0]
            assert size in RECORD_SIZES, size
            plain = self.opener.decrypt_with_ad(b"", self.read(size))
            while plain and plain[0] != 0:
                length = struct.unpack(">H", plain[1:3])[0]
                self.frames.append((plain[0], plain[3:3 + length]))
                plain = plain[3 + length:]
            assert not any(plain), "padding is zero"
        return self.frames.pop(0)

    def expect(self, wanted):
        """The body of the next frame of this type; others are passed over."""
        while True:
            kind, body = self.next_frame()
            if kind == DATA:
                self.received = struct.unpack(">Q", body[:8])[0]
            if kind == wanted:
                return body

    def room_frame(self, number):
        """The next RoomFrame of this kind (its field number in proto/room.proto)."""
        while True:
            body = self.expect(DATA)
            assert body[12] == 1, "short ones come whole"
            frame = decode(body[13:])
            if number in frame:
                return decode(frame[number])

    def goodbye(self):
        self.send_record([(ACK, struct.pack(">Q", self.received)), (GOODBYE, b"\0")])


# --- open rooms: an address and no file


def fingerprint(card):
    """Of a decoded card, as `sotto id` shows it."""
    digest = hashlib.blake2b(b"sotto fingerprint 1" + card[2] + card[3] + card[4]).digest()[:20]
    text = base64.b32encode(digest).decode().lower()
    return "-".join(text[at:at + 4] for at in range(0, 32, 4))


def unpadded(message):
    size, = struct.unpack(">H", message[:2])
    assert not any(message[2 + size:]), "padding is zero"
    return message[2:2 + size]


def open_prologue(pattern):
    return b"sotto link 1" + bytes([1, pattern])


def plain_frame(payload):
    return struct.pack(">H", 512) + (struct.pack(">H", len(payload)) + payload).ljust(512, b"\0")


class OpenLink(Link):
    """A joiner at the door of an open room: Noise XX, or CPace and XXpsk0 with a password."""

    def __init__(self, address, password=None, timeout=10):
        self.socket = socket.create_connection(address, timeout=timeout)
        self.password = password
        self.seq = 0
        self.received = 0
        self.frames = []

    def frame(self):
        message = self.read(514)
        assert message[:2] == b"\x02\x00"
        return message[2:]

    def exchange(self):
        """The psk of a room with a password."""
        sid = os.urandom(16)
        cpace = Cpace(True, self.password, open_prologue(3), sid, b"joiner", b"host",
                      os.urandom(32))
        self.socket.sendall(bytes([1, 3]) + plain_frame(sid + cpace.share))
        return psk_of(cpace.isk(unpadded(self.frame())))

    def peek(self, identity):
        """The host's card, decoded; finish() goes on from here."""
        psks = [] if self.password is None else [self.exchange()]
        pattern = 3 if psks else 2
        self.noise = noise_reference.Handshake("XXpsk0" if psks else "XX", True,
                                               open_prologue(pattern), s=identity.static,
                                               psks=psks)
        first = self._padded(b"", overhead=48 if psks else 32)
        self.socket.sendall(first if psks else bytes([1, pattern]) + first)
        card = decode(unpadded(self.noise.read_message(self.frame())))
        assert card[3] == self.noise.rs, "the card's static key is the one of the handshake"
        return card

    def finish(self, identity, purpose=ENTER, resume=None, static=None):
        auth = {1: identity.card(static), 2: purpose}
        self.socket.sendall(self._padded(auth, overhead=64))
        self.sealer, self.opener = self.noise.split()
        return self


class OpenHost:
    """The other side, one connection after the other, each as another identity."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(10)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]

    def close(self):
        self.listener.close()

    def show(self, identity):
        """Answers the next joiner with this identity's card; returns all it says after that."""
        peer, _ = self.listener.accept()
        with peer:
            peer.settimeout(10)
            first = peer.recv(516, socket.MSG_WAITALL)
            assert first[:4] == b"\x01\x02\x02\x00", first[:4]
            noise = noise_reference.Handshake("XX", False, open_prologue(2), s=identity.static)
            assert unpadded(noise.read_message(first[4:])) == b""
            card = encode(identity.card())
            padded = (struct.pack(">H", len(card)) + card).ljust(512 - 96, b"\0")
            peer.sendall(b"\x02\x00" + noise.write_message(padded))
            return peer.recv(514, socket.MSG_WAITALL)
