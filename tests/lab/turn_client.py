#!/usr/bin/env python3
"""A bare client of TURN (RFC 8656) with long-term credentials, for looking at a server.

    turn_client.py SERVER PORT udp|tcp|tls --user NAME --password WORD [--certificate FILE]

Takes two addresses on the server and speaks from one to the other and back.  Prints JSON:
{"relayed": [address, port], "echoed": true}, or {"error": code} where the server refuses.
"""
import argparse
import hashlib
import json
import socket
import ssl

import stun

ALLOCATE, REFRESH, CREATE_PERMISSION = 0x003, 0x004, 0x008
SEND_INDICATION, DATA_INDICATION = 0x016, 0x017
LIFETIME, PEER_ADDRESS, DATA = 0x000D, 0x0012, 0x0013
RELAYED_ADDRESS, REQUESTED_TRANSPORT = 0x0016, 0x0019
UDP = bytes([17, 0, 0, 0])
PATIENCE = 20  # seconds


class Refused(Exception):
    """The server's answer is an error; its argument is the code."""


class Connection:
    """To a server, over what carries messages one by one or a stream of them."""

    def __init__(self, server, transport, certificate):
        self.server = server
        if transport == "udp":
            self.stream = None
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.connect(server)
        else:
            self.socket = socket.create_connection(server, PATIENCE)
            if transport == "tls":
                context = ssl.create_default_context(cafile=certificate)
                self.socket = context.wrap_socket(self.socket, server_hostname=server[0])
            self.stream = self.socket.makefile("rb")
        self.socket.settimeout(PATIENCE)

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        if not self.stream:
            return stun.Message(self.socket.recv(4096))
        header = self.stream.read(stun.HEADER)
        return stun.Message(header + self.stream.read(int.from_bytes(header[2:4], "big")))


class Allocation:
    """An address on the server, as long as the connection is there."""

    def __init__(self, connection, user, password):
        self.connection, self.user, self.password = connection, user, password
        self.credentials, self.key = [], None
        wanted = [(REQUESTED_TRANSPORT, UDP)]
        try:
            answer = self.ask(ALLOCATE, wanted)
        except Refused as refused:
            # 401 comes with what the credentials are made of.  RFC 8489, 9.2.2.
            if refused.args[0] != 401:
                raise
            realm, nonce = (self.last.values[kind] for kind in (stun.REALM, stun.NONCE))
            self.credentials = [(stun.USERNAME, user.encode()), (stun.REALM, realm),
                                (stun.NONCE, nonce)]
            self.key = hashlib.md5(b":".join((user.encode(), realm, password.encode()))).digest()
            answer = self.ask(ALLOCATE, wanted)
        self.relayed = answer.xored_address(RELAYED_ADDRESS)
        self.mapped = answer.xored_address()

    def ask(self, method, attributes):
        request = stun.message(method, [*attributes, *self.credentials], key=self.key)
        self.connection.send(request)
        while True:
            self.last = self.connection.receive()
            if self.last.transaction == request[8:stun.HEADER]:
                break
        if self.last.error():
            raise Refused(self.last.error())
        return self.last

    def permit(self, peer):
        self.ask(CREATE_PERMISSION, [(PEER_ADDRESS, stun.xored(peer))])

    def send(self, peer, data):
        self.connection.send(stun.message(
            SEND_INDICATION, [(PEER_ADDRESS, stun.xored(peer)), (DATA, data)]))

    def receive(self):
        """(who from, what) of the next that comes through."""
        while (message := self.connection.receive()).kind != DATA_INDICATION:
            pass
        return message.xored_address(PEER_ADDRESS), message.values[DATA]

    def end(self):
        self.ask(REFRESH, [(LIFETIME, bytes(4))])


def is_echoed(one, other):
    """Whether words get from an allocation to another, and back."""
    one.permit(other.relayed)
    other.permit(one.relayed)
    one.send(other.relayed, b"there")
    there = other.receive()
    other.send(one.relayed, b"and back")
    return there == (one.relayed, b"there") and one.receive() == (other.relayed, b"and back")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("port", type=int)
    parser.add_argument("transport", choices=["udp", "tcp", "tls"])
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--certificate")
    options = parser.parse_args()
    server = (options.server, options.port)
    try:
        one, other = (Allocation(Connection(server, options.transport, options.certificate),
                                 options.user, options.password) for _ in range(2))
        result = {"relayed": one.relayed, "mapped": one.mapped, "echoed": is_echoed(one, other)}
        one.end()
        other.end()
    except Refused as refused:
        result = {"error": refused.args[0]}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
