"""A second implementation of a relay's client (docs/protocol.md section 7), which may break any
rule: TLS by OpenSSL, WebSocket and protobuf by hand.
"""
import base64
import hashlib
import os
import re
import socket
import struct
import urllib.error
import urllib.request

import OpenSSL.SSL
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import harness

PATIENCE = harness.PATIENCE

# Fields of RelayRequest, which are the numbers of its actions but for 2.
LISTEN, OPEN, TAKE, PUT, GET, DELETE, OPEN_MAILBOX, CLOSE_MAILBOX, DEPOSIT, FETCH, ACKNOWLEDGE = (
    range(3, 14))
REFUSALS = [None, "token", "signature", "nobody", "busy", "ticket", "unknown", "older", "quota",
            "id_reused", "rate", "draining", "store"]


# --- protobuf

def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7f | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(data):
    """[(number, value)], in their order."""
    out, at = [], 0

    def take():
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
        key = take()
        if key & 7 == 0:
            out.append((key >> 3, take()))
            continue
        assert key & 7 == 2, key
        size = take()
        out.append((key >> 3, data[at:at + size]))
        at += size
    return out


# --- keys

def pin_text(spki):
    return base64.urlsafe_b64encode(spki).decode().rstrip("=")


class Owner:
    """Of a slot, a record or a mailbox."""

    def __init__(self):
        self.secret = Ed25519PrivateKey.generate()
        self.key = self.secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def record(self, seq, content=b"r"):
        sealed = content.ljust(892, b".")
        numbered = struct.pack(">Q", seq) + sealed
        return self.key + numbered + self.secret.sign(b"sotto record blob 1" + numbered)


class Closed(Exception):
    """By the relay; code 0: without a close frame."""

    def __init__(self, code=0, reason=""):
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class Relayed:
    """One connection to a relay."""

    def __init__(self, port, source="127.0.0.1", hello=True):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE, (source, 0))
        # Not Python's own timeout, which makes a socket that does not block.
        self.socket.settimeout(None)
        limit = struct.pack("ll", int(PATIENCE), 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context = OpenSSL.SSL.Context(OpenSSL.SSL.TLS_CLIENT_METHOD)
        self.tls = OpenSSL.SSL.Connection(context, self.socket)
        self.tls.set_connect_state()
        self.number = 0
        self.buffer = b""
        self.incoming = []
        try:
            self.tls.do_handshake()
        except (OpenSSL.SSL.Error, OSError):
            self.socket.close()
            raise Closed() from None
        certificate = self.tls.get_peer_certificate().to_cryptography()
        self.certificate = certificate
        self.spki = hashlib.sha256(certificate.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
        self.exporter = self.tls.export_keying_material(b"EXPORTER-sotto-relay-1", 32)
        self._upgrade()
        self.nonce = self.token_wanted = None
        if hello:
            self.hello()

    def hello(self):
        message = dict(fields(self.read()))
        greeting = dict(fields(message[1]))
        assert greeting[1] == 1, greeting
        self.nonce, self.token_wanted = greeting[2], bool(greeting.get(3, 0))

    def _upgrade(self):
        self._write(b"GET / HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\n"
                    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                    b"Sec-WebSocket-Protocol: sotto-relay.1\r\n\r\n")
        while b"\r\n\r\n" not in self.buffer:
            self._fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101 "), head

    # --- bytes and frames

    def _write(self, data):
        try:
            self.tls.sendall(data)
        except (OpenSSL.SSL.SysCallError, OpenSSL.SSL.ZeroReturnError, OpenSSL.SSL.Error):
            raise Closed() from None

    def _fill(self):
        try:
            self.buffer += self.tls.recv(1 << 16)
        except OpenSSL.SSL.WantReadError:
            raise AssertionError("the relay said nothing in time") from None
        except OpenSSL.SSL.Error:
            raise Closed() from None

    def _take(self, size):
        while len(self.buffer) < size:
            self._fill()
        out, self.buffer = self.buffer[:size], self.buffer[size:]
        return out

    def frame(self, opcode, data):
        mask = os.urandom(4)
        head = bytes([0x80 | opcode])
        if len(data) < 126:
            head += bytes([0x80 | len(data)])
        elif len(data) < 1 << 16:
            head += bytes([0x80 | 126]) + struct.pack(">H", len(data))
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", len(data))
        key = int.from_bytes((mask * (len(data) // 4 + 1))[:len(data)], "big")
        masked = (int.from_bytes(data, "big") ^ key).to_bytes(len(data), "big")
        self._write(head + mask + masked)

    def write(self, data):
        self.frame(2, data)

    def read(self):
        """The next message; answers pings and takes closes."""
        message = b""
        while True:
            first, second = self._take(2)
            size = second & 0x7f
            if size == 126:
                size = struct.unpack(">H", self._take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self._take(8))[0]
            data = self._take(size)
            opcode = first & 0x0f
            if opcode == 9:
                self.frame(10, data)
            elif opcode == 8:
                code = struct.unpack(">H", data[:2])[0] if data else 1005
                try:
                    self.frame(8, data)
                except Closed:
                    pass
                raise Closed(code, data[2:].decode())
            elif opcode in (0, 1, 2):
                message += data
                if first & 0x80:
                    return message

    def expect_close(self):
        """Reads to the end; what closed it."""
        try:
            while True:
                self.read()
        except Closed as closed:
            return closed

    def leave(self):
        """An orderly end."""
        self.frame(8, struct.pack(">H", 1000))
        self.expect_close()
        self.close()

    def close(self):
        self.socket.close()

    # --- requests

    def ask(self, action, body, token=None, number=None):
        self.number = self.number + 1 if number is None else number
        request = field(1, self.number)
        if token is not None:
            request += field(2, token.encode())
        self.write(request + field(action, body))

    def answer(self):
        """("done", None), ("refused", reason), ("spliced", None), ("found", blob),
        ("deposits", ([(number, id, content)], more))."""
        while True:
            message = dict(fields(self.read()))
            if 3 in message:
                self.incoming.append(dict(fields(message[3]))[1])
                continue
            reply = dict(fields(message[2]))
            assert reply[1] == self.number, (reply, self.number)
            if 2 in reply:
                return "done", None
            if 3 in reply:
                return "refused", REFUSALS[dict(fields(reply[3]))[1]]
            if 4 in reply:
                return "spliced", None
            if 5 in reply:
                return "found", dict(fields(reply[5]))[1]
            deposits = fields(reply[6])
            found = [dict(fields(value)) for number, value in deposits if number == 1]
            return "deposits", ([(one[1], one[2], one[3]) for one in found],
                                bool(dict(deposits).get(2, 0)))

    def request(self, action, body, **more):
        self.ask(action, body, **more)
        return self.answer()

    def signature(self, owner, action, detail=b"", number=None):
        number = self.number + 1 if number is None else number
        return owner.secret.sign(b"sotto relay 1" + bytes([action - 2]) + owner.key + self.nonce +
                                 self.spki + self.exporter + struct.pack(">I", number) + detail)

    def owned(self, owner, action, rest=b"", detail=b"", **more):
        signature = self.signature(owner, action, detail, number=more.get("number"))
        return self.request(action, field(1, owner.key) + field(2, signature) + rest, **more)

    def listen(self, owner, **more):
        return self.owned(owner, LISTEN, **more)

    def next_ticket(self):
        while not self.incoming:
            message = dict(fields(self.read()))
            self.incoming.append(dict(fields(message[3]))[1])
        return self.incoming.pop(0)

    def deposit(self, mailbox, ident, content, **more):
        return self.request(DEPOSIT, field(1, mailbox) + field(2, ident) + field(3, content),
                            **more)

    def fetch(self, owner, after=0):
        rest = field(3, after) if after else b""
        return self.owned(owner, FETCH, rest, struct.pack(">Q", after))

    def acknowledge(self, owner, numbers):
        return self.owned(owner, ACKNOWLEDGE, b"".join(field(3, n) for n in numbers),
                          b"".join(struct.pack(">Q", n) for n in numbers))


class RelayTest(harness.SottoTest):
    """Starts relays of its own."""

    def start_relay(self, *flags, store="relay", port=0, certificate=("--self-signed",)):
        stream = self.stream("relay-home", "relay", "--listen", f"127.0.0.1:{port}", *certificate,
                            "--store", self.path(store), *flags)
        ready = stream.expect("ready")
        stream.port = int(ready["listen"][0].rpartition(":")[2])
        stream.admin = ready["admin"]
        return stream

    def connect(self, relay, **more):
        connection = Relayed(relay.port, **more)
        self.addCleanup(connection.close)
        return connection

    def page(self, relay, path):
        """(status, text) of the second port."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://{relay.admin}{path}", timeout=PATIENCE) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, relay, name):
        page = self.page(relay, "/metrics")[1]
        found = re.search(rf"^sotto_relay_{re.escape(name)} (-?\d+)$", page, re.M)
        self.assertTrue(found, f"{name} is not in\n{page}")
        return int(found[1])
