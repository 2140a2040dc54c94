#!/usr/bin/env python3
"""Which hosts get to each other by UDP through their NATs, when both begin and each knows what STUN
has told the other about its own address: what can be had without guessing ports.

    together(server, [(anna, bob), (anna, carl), ...], expected=1)

is the list of pairs that have heard each other.  Each pair has sockets of its own.

As a script it is one end:  punching.py SERVER COUNT
It prints COUNT outer addresses as JSON, reads as many lines of the peers', and then prints the
number of each pair that has come together, until its standard input ends.
"""
import json
import selectors
import subprocess
import sys
import threading
import time

import stun

PATIENCE = 30  # seconds for what is expected to work
SILENCE = 1.5  # seconds more for what is not
SENT_AGAIN = 0.2  # seconds
NO_UDP = 5  # seconds until it is clear that no UDP comes back
KNOCK, HEARD = b"knock", b"heard you"


class End:
    """One host's part in all its pairs."""

    def __init__(self, host, server, count):
        self.count = count
        self.process = host.popen([sys.executable, "-B", __file__, server, str(count)], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.together = set()
        self._reader = threading.Thread(target=self._read)

    def addresses(self):
        return json.loads(self.process.stdout.readline())

    def begin(self, peers):
        self.process.stdin.write(json.dumps(peers) + "\n")
        self.process.stdin.flush()
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.together.add(int(line))

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        if self._reader.ident:
            self._reader.join()
        self.process.stdout.close()


def together(server, pairs, expected):
    """`server`: the address of one that speaks STUN."""
    slots = {}  # by host: the numbers of its pairs
    for number, pair in enumerate(pairs):
        for host in pair:
            slots.setdefault(host, []).append(number)
    ends = {host: End(host, server, len(numbers)) for host, numbers in slots.items()}
    try:
        outside = {host: dict(zip(slots[host], end.addresses())) for host, end in ends.items()}
        for host, end in ends.items():
            others = [pairs[number][pairs[number][0] is host] for number in slots[host]]
            end.begin([outside[other][number] for other, number in zip(others, slots[host])])

        def met():
            return [pair for number, pair in enumerate(pairs)
                    if all(slots[host].index(number) in ends[host].together for host in pair)]
        deadline = time.monotonic() + PATIENCE
        while len(met()) < expected and time.monotonic() < deadline:
            time.sleep(0.05)
        deadline = time.monotonic() + SILENCE
        while len(met()) < len(pairs) and time.monotonic() < deadline:
            time.sleep(0.05)
        return met()
    finally:
        for end in ends.values():
            end.close()


def outer_address(one, server):
    answer = stun.ask(one, (server, 3478), patience=NO_UDP)
    return answer and answer.xored_address()


def main():
    server, count = sys.argv[1], int(sys.argv[2])
    sockets = [stun.udp_socket() for _ in range(count)]
    outside = [outer_address(sockets[0], server)]
    # Without any UDP, one wait for an answer is enough.
    outside += [outside[0] and outer_address(one, server) for one in sockets[1:]]
    print(json.dumps(outside), flush=True)
    peers = [peer and tuple(peer) for peer in json.loads(sys.stdin.readline())]
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin, selectors.EVENT_READ)
    for number, one in enumerate(sockets):
        one.setblocking(False)
        selector.register(one, selectors.EVENT_READ, number)
    said, sent_at = set(), 0
    while True:
        if time.monotonic() > sent_at + SENT_AGAIN:
            sent_at = time.monotonic()
            for one, peer in zip(sockets, peers):
                send(one, KNOCK, peer)
        for key, _ in selector.select(SENT_AGAIN):
            if key.fileobj is sys.stdin:
                return
            try:
                data, source = key.fileobj.recvfrom(100)
            except OSError:
                continue
            # Back to where it came from, which a symmetric NAT told nobody before.
            if data == KNOCK:
                peers[key.data] = source
                send(key.fileobj, HEARD, source)
            elif data == HEARD and key.data not in said:
                said.add(key.data)
                print(key.data, flush=True)


def send(one, data, peer):
    if peer:
        try:
            one.sendto(data, peer)
        except OSError:
            pass  # an ICMP error of before


if __name__ == "__main__":
    main()
