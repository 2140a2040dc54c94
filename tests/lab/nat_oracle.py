#!/usr/bin/env python3
"""What the NAT before this host does, in the terms of RFC 5780 and 4787: an oracle to compare a
program's findings with, and the laboratory itself.  Shares no line with what it judges.

    nat_oracle.py SERVER [--port 3478] [--only-outside]

SERVER speaks RFC 5780, with a second address and port.  Prints JSON:

    udp         whether any UDP comes back; without it there is nothing else
    outside     [address, port] of the first socket
    mapping     endpoint-independent, address-dependent or address-and-port-dependent
    filtering   the same three
    ports       preserved, counting or random: the outer ones of sockets one after the other
    hairpin     whether a packet for an outer address of our own comes back to us
"""
import argparse
import concurrent.futures
import json

import stun

# Seconds.  An answer that does not come is waited for this long, and for as long as it takes the
# server to answer something else meanwhile: on a busy machine both are late.
SILENCE = 1.5
PATIENCE = 20
NO_UDP = 5  # until it is said that no UDP comes back, with no such proof
SOCKETS = 8  # whose ports are compared


def answered(one, server, change):
    """Whether an answer from elsewhere gets through.  Three times, each time with the proof that
    the server would have answered by now."""
    for _ in range(3):
        if stun.ask(one, server, change, patience=SILENCE / 3):
            return True
        stun.ask(one, server, patience=PATIENCE)
    return False


def mapping(one, first, server, other):
    """RFC 5780, 4.3."""
    outside = first.xored_address()
    second = stun.ask(one, (other[0], server[1]), patience=PATIENCE).xored_address()
    if second == outside:
        return "endpoint-independent"
    third = stun.ask(one, other, patience=PATIENCE).xored_address()
    return "address-dependent" if second == third else "address-and-port-dependent"


def filtering(server):
    """RFC 5780, 4.4, by a socket that has spoken to nobody else."""
    one = stun.udp_socket()
    stun.ask(one, server, patience=PATIENCE)
    if answered(one, server, stun.CHANGE_ADDRESS | stun.CHANGE_PORT):
        return "endpoint-independent"
    if answered(one, server, stun.CHANGE_PORT):
        return "address-dependent"
    return "address-and-port-dependent"


def ports(server):
    pairs = []
    for _ in range(SOCKETS):
        one = stun.udp_socket()
        answer = stun.ask(one, server, patience=PATIENCE)
        pairs.append((one.getsockname()[1], answer.xored_address()[1]))
        one.close()
    if all(inside == outside for inside, outside in pairs):
        return "preserved"
    # A few more than the last one: others behind the same NAT take some.
    steps = [after - before for (_, before), (_, after) in zip(pairs, pairs[1:])]
    return "counting" if all(0 < step <= 8 for step in steps) else "random"


def hairpin(server):
    one, other = stun.udp_socket(), stun.udp_socket()
    outside = stun.ask(one, server, patience=PATIENCE).xored_address()
    # Whatever arrives at `one` now that is a request comes from ourselves.
    one.settimeout(SILENCE / 3)
    for _ in range(3):
        try:
            other.sendto(b"hairpin", outside)
            if one.recv(2048) == b"hairpin":
                return True
        except OSError:
            pass
        stun.ask(other, server, patience=PATIENCE)
    return False


def findings(server, only_outside):
    one = stun.udp_socket()
    first = stun.ask(one, server, patience=NO_UDP)
    if not first:
        return {"udp": False}
    found = {"udp": True, "outside": first.xored_address()}
    if only_outside:
        return found
    found["mapping"] = mapping(one, first, server, first.address(stun.OTHER_ADDRESS))
    # Before the others, which open sockets as well.
    found["ports"] = ports(server)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        filtered, returned = pool.submit(filtering, server), pool.submit(hairpin, server)
    return found | {"filtering": filtered.result(), "hairpin": returned.result()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("--port", type=int, default=3478)
    parser.add_argument("--only-outside", action="store_true")
    options = parser.parse_args()
    print(json.dumps(findings((options.server, options.port), options.only_outside)))


if __name__ == "__main__":
    main()
