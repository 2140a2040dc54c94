"""STUN (RFC 8489) as far as the laboratory asks servers, apart from sotto's own."""
import hashlib
import hmac
import os
import socket
import struct
import time

COOKIE = 0x2112A442
HEADER = 20

BINDING = 0x001
RESPONSE, ERROR = 0x100, 0x110  # added to a request's method

MAPPED_ADDRESS, CHANGE_REQUEST, USERNAME, MESSAGE_INTEGRITY = 0x0001, 0x0003, 0x0006, 0x0008
ERROR_CODE, REALM, NONCE, XOR_MAPPED_ADDRESS = 0x0009, 0x0014, 0x0015, 0x0020
RESPONSE_ORIGIN, OTHER_ADDRESS = 0x802B, 0x802C
CHANGE_ADDRESS, CHANGE_PORT = 4, 2  # RFC 5780, 7.2: flags of CHANGE_REQUEST


def attribute(kind, value):
    return struct.pack(">HH", kind, len(value)) + value + bytes(-len(value) % 4)


def message(kind, attributes=(), transaction=None, key=None):
    """`attributes`: (kind, value) pairs; `key`: for MESSAGE-INTEGRITY at the end."""
    body = b"".join(attribute(*pair) for pair in attributes)
    transaction = transaction or os.urandom(12)
    length = len(body) + (24 if key else 0)
    out = struct.pack(">HHI", kind, length, COOKIE) + transaction + body
    if key:
        out += attribute(MESSAGE_INTEGRITY, hmac.new(key, out, hashlib.sha1).digest())
    return out


class Message:
    """One that has come.  Raises ValueError where it is none."""

    def __init__(self, data):
        if len(data) < HEADER or data[4:8] != COOKIE.to_bytes(4, "big"):
            raise ValueError("no message of STUN")
        self.kind, length = struct.unpack(">HH", data[:4])
        self.transaction = data[8:HEADER]
        self.values, rest = {}, data[HEADER:HEADER + length]
        while len(rest) >= 4:
            kind, length = struct.unpack(">HH", rest[:4])
            self.values.setdefault(kind, rest[4:4 + length])
            rest = rest[4 + length + -length % 4:]

    def error(self):
        """The code of an error, or None."""
        value = self.values.get(ERROR_CODE)
        return value and value[2] * 100 + value[3]

    def address(self, kind):
        """(address, port) out of an attribute that holds one plainly, or None."""
        value = self.values.get(kind)
        return value and (socket.inet_ntoa(value[4:8]), int.from_bytes(value[2:4], "big"))

    def xored_address(self, kind=XOR_MAPPED_ADDRESS):
        value = self.values.get(kind)
        return value and plain_address(value)


def plain_address(value):
    number = int.from_bytes(value[4:8], "big") ^ COOKIE
    return (socket.inet_ntoa(number.to_bytes(4, "big")),
            int.from_bytes(value[2:4], "big") ^ COOKIE >> 16)


def xored(address):
    """The value of an attribute for an address."""
    host, port = address
    number = int.from_bytes(socket.inet_aton(host), "big") ^ COOKIE
    return struct.pack(">BBHI", 0, 1, port ^ COOKIE >> 16, number)


def udp_socket():
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind(("0.0.0.0", 0))
    return one


def ask(one, server, change=0, patience=10, pause=0.4):
    """The answer to a binding request over a UDP socket, or None after `patience` seconds;
    asks again at each `pause`."""
    flags = [(CHANGE_REQUEST, change.to_bytes(4, "big"))] if change else []
    request = message(BINDING, flags)
    deadline = time.monotonic() + patience
    while (left := deadline - time.monotonic()) > 0:
        try:
            one.sendto(request, server)
        except OSError:
            pass  # an ICMP error of before
        again = time.monotonic() + min(pause, left)
        while (left := again - time.monotonic()) > 0:
            one.settimeout(left)
            try:
                answer = Message(one.recv(2048))
            except (OSError, ValueError):
                continue
            if answer.transaction == request[8:HEADER]:
                return answer
    return None
