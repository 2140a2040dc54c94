"""Speaks JSON-RPC to an owner's socket, well or badly."""
import json
import os
import socket


class RpcConnection:
    def __init__(self, path, timeout=20):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        # A path longer than a socket's name may be: through its open folder.
        folder = os.open(path.parent, os.O_PATH)
        try:
            self.socket.connect(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)
        self.rest = b""
        self.number = 0
        self.notices = []

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def line(self):
        """The next line, or None at the end."""
        while b"\n" not in self.rest:
            chunk = self.socket.recv(1 << 16)
            if not chunk:
                return None
            self.rest += chunk
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)

    def ask(self, method, params=None):
        """The whole answer to one request; notifications are kept."""
        self.number += 1
        self.send(json.dumps({"jsonrpc": "2.0", "id": self.number, "method": method,
                              "params": params or {}}) + "\n")
        while (answer := self.line()) is not None:
            if answer.get("id") == self.number:
                return answer
            self.notices.append(answer)
        raise ConnectionError("the owner hung up")

    def call(self, method, params=None):
        answer = self.ask(method, params)
        if "result" not in answer:
            raise AssertionError(answer)
        return answer["result"]

    def close(self):
        self.socket.close()
