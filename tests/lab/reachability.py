#!/usr/bin/env python3
"""Who reaches whom, by TCP and UDP.

    with Listener(bob, [("tcp", 443), ("udp", 5000)]):
        answers = reached(anna, [("tcp", bob.address, 443), ...], expected=1)

`answers` tells for each target that has answered, who: {("tcp", "5.5.0.21", 443): "bob"}.

As a script it is the two ends:  reachability.py listen NAME PROTOCOL:PORT...
                                 reachability.py try EXPECTED PROTOCOL:ADDRESS:PORT...
"""
import json
import pathlib
import selectors
import socket
import subprocess
import sys
import threading
import time

from network_namespace import LabError

PATIENCE = 30  # seconds for what is expected to answer
SILENCE = 1.5  # seconds more for what is not
TRY = {"tcp": 1.5, "udp": 0.4}  # seconds until it is tried once more
KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


class Listener:
    """Says the name of a host to whoever comes to one of its ports."""

    def __init__(self, host, ports):
        words = [f"{protocol}:{port}" for protocol, port in ports]
        self._process = host.popen([sys.executable, "-B", __file__, "listen", host.name, *words],
                                   stdout=subprocess.PIPE)
        if self._process.stdout.readline() != b"ready\n":
            self.close()
            raise LabError(f"{host.name} cannot listen at {' '.join(words)}")

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.close()


def reached(host, targets, expected=0):
    """Who answers at which of the targets.  Waits long for as many as are `expected`, then a little
    for more."""
    words = [f"{protocol}:{address}:{port}" for protocol, address, port in targets]
    answers = host.script(pathlib.Path(__file__), "try", expected, *words)
    return {tuple(target): who for target, who in answers}


def listen(name, *words):
    selector = selectors.DefaultSelector()
    for word in words:
        protocol, port = word.split(":")
        one = socket.socket(socket.AF_INET, KINDS[protocol])
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(("0.0.0.0", int(port)))
        if protocol == "tcp":
            one.listen(64)
        selector.register(one, selectors.EVENT_READ, protocol)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            try:
                if key.data == "tcp":
                    with key.fileobj.accept()[0] as stream:
                        stream.sendall(name.encode())
                else:
                    key.fileobj.sendto(name.encode(), key.fileobj.recvfrom(100)[1])
            except OSError:
                pass  # it has gone again


def ask(protocol, address, port):
    """The name of who is there; raises OSError where nobody answers in time."""
    with socket.socket(socket.AF_INET, KINDS[protocol]) as one:
        one.settimeout(TRY[protocol])
        one.connect((address, port))
        if protocol == "udp":
            one.send(b"who is there?")
        return one.recv(100).decode()


def keep_asking(target, answers, over):
    """Again where it is refused: who listens there may not have begun."""
    while not over.is_set():
        try:
            answers[target] = ask(*target)
            return
        except OSError:
            over.wait(0.1)


def try_all(expected, *words):
    targets = [(protocol, address, int(port))
               for protocol, address, port in (word.split(":") for word in words)]
    answers, over = {}, threading.Event()
    for target in targets:
        threading.Thread(target=keep_asking, args=(target, answers, over), daemon=True).start()
    deadline = time.monotonic() + PATIENCE
    while len(answers) < int(expected) and time.monotonic() < deadline:
        time.sleep(0.02)
    deadline = time.monotonic() + SILENCE
    while len(answers) < len(targets) and time.monotonic() < deadline:
        time.sleep(0.02)
    over.set()
    print(json.dumps(list(answers.items())))


if __name__ == "__main__":
    {"listen": listen, "try": try_all}[sys.argv[1]](*sys.argv[2:])
