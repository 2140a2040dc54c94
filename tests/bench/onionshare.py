"""OnionShare, for comparison: Debian's onionshare-cli on a tor of the private network.

It is given that tor's control socket.  Where it does not like its settings it would start a tor of
its own, a client of the public network: the only `tor` that it finds is one that ends at once.
"""
import base64
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import tor_network

PROGRAM = shutil.which("onionshare-cli")


class OnionShare:
    """A running one; `folder` becomes its home."""

    def __init__(self, folder, tor, *flags):
        self.folder = pathlib.Path(folder)
        (self.folder / "bin").mkdir(parents=True)
        stand_in = self.folder / "bin" / "tor"
        stand_in.write_text("#!/bin/sh\nexit 1\n")
        stand_in.chmod(0o700)
        settings = self.folder / "settings.json"
        settings.write_text(json.dumps({
            "connection_type": "socket_file", "socket_file_path": str(tor.control_socket),
            "auth_type": "no_auth", "bridges_enabled": False, "use_autoupdate": False}))
        self.output = self.folder / "output"
        self.began = time.monotonic()
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [PROGRAM, "--config", settings, "--public", *flags], stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, cwd=self.folder,
                env={"HOME": str(self.folder), "PATH": str(self.folder / "bin"),
                     "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1",
                     "PYTHONDONTWRITEBYTECODE": "1"})

    def await_address(self, timeout):
        """The name of its onion service, and after how many seconds it was shown."""
        deadline = time.monotonic() + timeout
        while not (found := re.search(r"http://([a-z2-7]{56}\.onion)$", self.said(), re.M)):
            assert self.process.poll() is None, f"onionshare-cli has ended:\n{self.said()}"
            assert time.monotonic() < deadline, f"it shows no address:\n{self.said()}"
            time.sleep(0.01)
        return found[1], time.monotonic() - self.began

    def said(self):
        return self.output.read_text(errors="replace")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


def upload(stream, host, size):
    """Posts a file of that size as the form of its page does; until it is answered."""
    edge = "sotto-bench"
    head = (f"--{edge}\r\nContent-Disposition: form-data; name=\"file[]\"; filename=\"bulk\"\r\n"
            "Content-Type: application/octet-stream\r\n\r\n").encode()
    tail = f"\r\n--{edge}--\r\n".encode()
    stream.sendall((f"POST /upload-ajax HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
                    f"Content-Type: multipart/form-data; boundary={edge}\r\n"
                    f"Content-Length: {len(head) + size + len(tail)}\r\n\r\n").encode() + head)
    stream.sendall(bytes(size))
    stream.sendall(tail)
    answer = http.client.HTTPResponse(stream)
    answer.begin()
    assert answer.status == 200, answer.status
    answer.read()


class Chat:
    """Somebody in its chat: Socket.IO 5 over a WebSocket, as its page speaks it."""

    def __init__(self, dial, host):
        """`dial` opens a stream to it."""
        page = dial()
        page.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = http.client.HTTPResponse(page)
        answer.begin()
        cookie = answer.getheader("Set-Cookie").split(";")[0]
        page.close()
        self.stream = dial()
        key = base64.b64encode(os.urandom(16)).decode()
        self.stream.sendall(
            ("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
             f"Host: {host}\r\nCookie: {cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += tor_network.exactly(self.stream, 1)
        assert head.startswith(b"HTTP/1.1 101"), head
        self.await_text("0{")
        self.send("40/chat,")
        self.await_text("40/chat,")

    def say(self, text):
        """Until it comes back, as what everybody in the room is told."""
        self.send("42/chat," + json.dumps(["text", {"msg": text}]))
        while text not in self.await_text('42/chat,["chat_message"'):
            pass

    def send(self, text):
        data, mask = text.encode(), os.urandom(4)
        assert len(data) < 126
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
        self.stream.sendall(bytes([0x81, 0x80 | len(data)]) + mask + masked)

    def await_text(self, begin):
        while True:
            _, size = tor_network.exactly(self.stream, 2)
            if size == 126:
                size = int.from_bytes(tor_network.exactly(self.stream, 2), "big")
            text = tor_network.exactly(self.stream, size).decode()
            if text == "2":
                self.send("3")
            elif text.startswith(begin):
                return text

    def close(self):
        self.stream.close()
