"""A relay of its own kind: it speaks the protocol of docs/protocol.md section 7 over WebSocket and
TLS, written here from the documents, checks nothing, and does wrong what a test tells it to.

A test of what a relay must do uses `sotto relay`; this one is for what a client must bear.
"""
import asyncio
import base64
import datetime
import hashlib
import os
import socket
import ssl
import struct
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LISTEN, OPEN, TAKE = 3, 4, 5  # fields of a RelayRequest
TOKEN, NOBODY = 1, 3  # of RelayRefusal
WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def make_certificate(folder):
    """A key and a self-signed certificate in one file, and the pin."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay.test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256()))
    file = folder / f"relay-{os.urandom(4).hex()}.pem"
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM,
                                       serialization.PrivateFormat.PKCS8,
                                       serialization.NoEncryption())
                     + certificate.public_bytes(serialization.Encoding.PEM))
    spki = key.public_key().public_bytes(serialization.Encoding.DER,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)
    pin = base64.urlsafe_b64encode(hashlib.sha256(spki).digest()).rstrip(b"=").decode()
    return file, pin


# --- as much of protobuf as the messages need

def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(data):
    out, at = {}, 0

    def number():
        nonlocal at
        result = shift = 0
        while True:
            byte = data[at]
            at += 1
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return result

    while at < len(data):
        tag = number()
        if tag & 7 == 0:
            out[tag >> 3] = number()
        else:
            size = number()
            out[tag >> 3] = data[at:at + size]
            at += size
    return out


def hello(token_wanted=False):
    return field(1, field(1, 1) + field(2, os.urandom(32)) + field(3, int(token_wanted)))


def reply(number, kind, body=b""):
    return field(2, field(1, number) + field(kind, body))


def done(number):
    return reply(number, 2)


def refused(number, reason):
    return reply(number, 3, field(1, reason))


def spliced(number):
    return reply(number, 4)


def incoming(ticket):
    return field(3, field(1, ticket))


class Caller:
    """One connection to the relay, from the WebSocket's messages on."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.partner = None

    async def shake(self):
        """The upgrade; yields the lines of its request by their names."""
        request = await self.reader.readuntil(b"\r\n\r\n")
        lines = dict(line.split(b": ", 1) for line in request.split(b"\r\n")[1:] if line)
        lines = {name.lower(): value for name, value in lines.items()}
        key = hashlib.sha1(lines[b"sec-websocket-key"] + WEBSOCKET_GUID).digest()
        self.writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          b"Connection: Upgrade\r\nSec-WebSocket-Accept: "
                          + base64.b64encode(key)
                          + b"\r\nSec-WebSocket-Protocol: sotto-relay.1\r\n\r\n")
        return lines

    async def read(self):
        """The next binary message."""
        whole = b""
        while True:
            first, second = await self.reader.readexactly(2)
            size = second & 127
            if size == 126:
                size = struct.unpack(">H", await self.reader.readexactly(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", await self.reader.readexactly(8))[0]
            assert second & 128, "a client masks"
            mask = await self.reader.readexactly(4)
            data = await self.reader.readexactly(size)
            data = (int.from_bytes(data, "big")
                    ^ int.from_bytes((mask * (size // 4 + 1))[:size], "big")).to_bytes(size, "big")
            opcode = first & 15
            if opcode == 8:
                raise ConnectionError("closed")
            if opcode == 9:
                self._frame(10, data)
            elif opcode in (0, 2):
                whole += data
                if first & 128:
                    return whole

    def _frame(self, opcode, data):
        head = bytes([128 | opcode])
        if len(data) < 126:
            head += bytes([len(data)])
        elif len(data) < 1 << 16:
            head += bytes([126]) + struct.pack(">H", len(data))
        else:
            head += bytes([127]) + struct.pack(">Q", len(data))
        self.writer.write(head + data)

    def write(self, message):
        self._frame(2, message)

    def close(self):
        self.writer.close()


class Relay:
    """Does what a relay should, but for what a test's own class does otherwise.

    on_hello(caller) greets; on_listen, on_open and on_take answer; carry(caller, message), of a
    spliced one, yields what its partner is sent.  All on a loop in a thread of its own.
    """

    token = None

    def __init__(self, test, port=0):
        self.certificate, self.pin = make_certificate(test.folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(self.certificate)
        self.listeners, self.waiting, self.callers = {}, {}, set()
        self.opened = self.taken = 0
        self.changed = threading.Condition()
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        test.addCleanup(self.close)

    @property
    def url(self):
        return f"wss://127.0.0.1:{self.port}/#pin={self.pin}"

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def close(self):
        """As if it was killed."""
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()

    def until(self, condition, patience=20):
        with self.changed:
            assert self.changed.wait_for(condition, patience), "the relay saw nothing of it"

    def say(self, function):
        """Runs it on the relay's loop, and waits until that is done."""
        asyncio.run_coroutine_threadsafe(self._call(function), self.loop).result(20)

    async def _call(self, function):
        function()

    def _run(self):
        asyncio.set_event_loop(self.loop)
        starting = asyncio.start_server(self._serve, sock=self.socket, ssl=self.context)
        server = self.loop.run_until_complete(starting)
        self.loop.run_forever()
        server.close()
        for caller in self.callers:
            caller.writer.transport.abort()
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.loop.close()

    async def _serve(self, reader, writer):
        caller = Caller(reader, writer)
        self.callers.add(caller)
        try:
            await caller.shake()
            await self.on_hello(caller)
            while caller.partner is None:
                await self._request(caller, fields(await caller.read()))
            while True:
                message = await caller.read()
                for piece in self.carry(caller, message):
                    caller.partner.write(piece)
                    await caller.partner.writer.drain()
        except (OSError, EOFError, asyncio.TimeoutError, asyncio.CancelledError):
            pass
        finally:
            self.callers.discard(caller)
            self.note()
            caller.close()
            if caller.partner is not None:
                caller.partner.close()

    def note(self):
        with self.changed:
            self.changed.notify_all()

    async def _request(self, caller, request):
        number = request.get(1, 0)
        if self.token is not None and number == 1 and request.get(2) != self.token.encode():
            caller.write(refused(number, TOKEN))
        elif LISTEN in request:
            await self.on_listen(caller, number, fields(request[LISTEN])[1])
        elif OPEN in request:
            self.opened += 1
            self.note()
            await self.on_open(caller, number, fields(request[OPEN])[1])
        elif TAKE in request:
            await self.on_take(caller, number, fields(request[TAKE])[1])

    # --- what it does

    async def on_hello(self, caller):
        caller.write(hello(self.token is not None))

    async def on_listen(self, caller, number, slot):
        caller.write(done(number))
        self.listeners[slot] = caller
        self.note()

    async def on_open(self, caller, number, slot):
        listener = self.listeners.get(slot)
        if listener is None or listener not in self.callers:
            caller.write(refused(number, NOBODY))
            return
        ticket = os.urandom(32)
        taken = asyncio.Event()
        self.waiting[ticket] = (caller, number, taken)
        listener.write(incoming(ticket))
        # What it says is read once it is spliced.
        await asyncio.wait_for(taken.wait(), 60)

    async def on_take(self, caller, number, ticket):
        opener, opened, taken = self.waiting.pop(ticket)
        caller.partner, opener.partner = opener, caller
        caller.write(spliced(number))
        opener.write(spliced(opened))
        self.taken += 1
        taken.set()
        self.note()

    def carry(self, caller, message):
        yield message
