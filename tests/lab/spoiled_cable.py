#!/usr/bin/env python3
"""A cable between two links of a network namespace that delays, loses and holds up frames.

    spoiled_cable.py LINK LINK DELAY LOSS RATE SEED

DELAY in seconds and LOSS as a share from 0 to 1, each way; RATE in bits a second, 0 for none, with
a buffer of 256 KiB before it.  Both links are up and in no bridge.  Says "ready" and runs until it
is ended.  A kernel has this as netem, but not every kernel has netem.
"""
import collections
import random
import selectors
import socket
import sys
import time

BUFFER = 256 * 1024  # bytes that wait for a thin cable; what comes then is lost
FRAME = 65_536 + 64
BATCH = 64  # frames from one side before the other has its turn

# linux/if_packet.h
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 1, 15, 23
PACKET_MR_PROMISC = 1
SO_RCVBUFFORCE, SO_SNDBUFFORCE = 33, 32
ETH_P_ALL = 3
VNET_HEADER = 10  # bytes before each frame: sums that the hardware would have computed


def tap(link):
    """Every frame that comes out of a link, and a way into it."""
    tapped = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    tapped.setblocking(False)
    tapped.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    tapped.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    for option in (SO_RCVBUFFORCE, SO_SNDBUFFORCE):
        tapped.setsockopt(socket.SOL_SOCKET, option, 8 << 20)
    tapped.bind((link, ETH_P_ALL))
    membership = (socket.if_nametoindex(link).to_bytes(4, sys.byteorder)
                  + PACKET_MR_PROMISC.to_bytes(2, sys.byteorder) + bytes(10))
    tapped.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership)
    return tapped


class Direction:
    """What goes one way."""

    def __init__(self, source, sink, delay, loss, rate, chance):
        self.source, self.sink = source, sink
        self.delay, self.loss, self.rate, self.chance = delay, loss, rate, chance
        self.waiting = collections.deque()  # (when, frame)
        self.free_at = 0  # when the thin part has let through all before

    def take(self, now):
        """Frames that have come, until there are none or it is the other direction's turn."""
        for _ in range(BATCH):
            try:
                frame = self.source.recv(FRAME)
            except BlockingIOError:
                return
            if self.loss and self.chance.random() < self.loss:
                continue
            leaves = now
            if self.rate:
                begins = max(now, self.free_at)
                if (begins - now) * self.rate / 8 > BUFFER:
                    continue
                leaves = self.free_at = begins + (len(frame) - VNET_HEADER) * 8 / self.rate
            self.waiting.append((leaves + self.delay, frame))

    def give(self, now):
        """Frames that are due.  Returns when the next one is, or None."""
        while self.waiting:
            due, frame = self.waiting[0]
            if due > now:
                return due
            try:
                self.sink.send(frame)
            except BlockingIOError:
                return now + 0.0005
            except OSError:
                pass  # longer than the link takes, or the link is down: lost
            self.waiting.popleft()
        return None


def main():
    near, far = map(tap, sys.argv[1:3])
    delay, loss, rate = map(float, sys.argv[3:6])
    chance = random.Random(int(sys.argv[6]))
    ways = [Direction(near, far, delay, loss, rate, chance),
            Direction(far, near, delay, loss, rate, chance)]
    selector = selectors.DefaultSelector()
    for way in ways:
        selector.register(way.source, selectors.EVENT_READ, way)
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        due = [when for way in ways if (when := way.give(now)) is not None]
        wait = max(0, min(due) - time.monotonic()) if due else None
        for key, _ in selector.select(wait):
            key.data.take(time.monotonic())


if __name__ == "__main__":
    main()
