#!/usr/bin/env python3
"""A bare client of routers that open ports: PCP (RFC 6887), NAT-PMP (RFC 6886) and UPnP IGD.
For looking at a router, and at what a program has left behind on it.

    port_mapping.py pcp ROUTER OWN_ADDRESS PORT [--tcp] [--life SECONDS] [--nonce HEX]
    port_mapping.py announce ROUTER OWN_ADDRESS                 PCP, without asking for a port
    port_mapping.py natpmp ROUTER OWN_ADDRESS PORT [--tcp] [--life SECONDS]
    port_mapping.py upnp OWN_ADDRESS PORT [--tcp] [--life SECONDS]
    port_mapping.py upnp-list                                   all that stand there now

Prints JSON with what the router said; `null` where none has answered.  A life of 0 takes the port
back.
"""
import argparse
import ipaddress
import json
import os
import re
import socket
import struct
import time
import urllib.error
import urllib.parse
import urllib.request

PORT = 5351
SSDP = ("239.255.255.250", 1900)
PATIENCE = 20  # seconds
PCP_MAP, PCP_ANNOUNCE = 1, 0
PROTOCOLS = {False: 17, True: 6}  # UDP, TCP
SERVICE = "urn:schemas-upnp-org:service:WANIPConnection:"  # 1, or 2 which has all of it
ENVELOPE = """<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" \
s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>\
<u:{action} xmlns:u="{service}">{arguments}</u:{action}></s:Body></s:Envelope>"""


def exchange(router, request, is_answer):
    """What comes back for a request, which is repeated until it does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect((router, PORT))
        one.settimeout(1)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                one.send(request)
                answer = one.recv(1100)
            except OSError:
                continue
            if is_answer(answer):
                return answer
    return None


def as_ipv6(address):
    return ipaddress.IPv6Address(f"::ffff:{address}").packed


def pcp(options):
    """RFC 6887, 7.1 and 11.1."""
    ask_port = options.what == "pcp"
    opcode = PCP_MAP if ask_port else PCP_ANNOUNCE
    nonce = bytes.fromhex(options.nonce) if options.nonce else os.urandom(12)
    request = struct.pack(">BBHI", 2, opcode, 0, options.life if ask_port else 0)
    request += as_ipv6(options.own)
    if ask_port:
        request += nonce + struct.pack(">B3xHH", PROTOCOLS[options.tcp], options.port, 0)
        request += as_ipv6("0.0.0.0")
    answer = exchange(options.router, request, lambda data: data[1] == opcode | 0x80)
    if not answer:
        return None
    version, _, result, life, epoch = struct.unpack(">BBxBII", answer[:12])
    said = {"version": version, "result": result, "life": life, "epoch": epoch}
    if ask_port and len(answer) >= 60 and not result:
        outside = ipaddress.IPv6Address(answer[44:60]).ipv4_mapped
        said |= {"nonce": answer[24:36].hex(), "outside": [
            str(outside), int.from_bytes(answer[42:44], "big")]}
    return said


def natpmp(options):
    """RFC 6886, 3.2 and 3.3."""
    answer = exchange(options.router, bytes(2), lambda data: data[:2] == b"\x00\x80")
    if not answer:
        return None
    result, epoch = struct.unpack(">HI", answer[2:8])
    said = {"result": result, "epoch": epoch}
    if result:
        return said
    opcode = 2 if options.tcp else 1
    request = struct.pack(">BBHHHI", 0, opcode, 0, options.port,
                          options.port if options.life else 0, options.life)
    mapped = exchange(options.router, request, lambda data: data[1] == opcode | 0x80)
    result, epoch, _, outer, life = struct.unpack(">HIHHI", mapped[2:16])
    return {"result": result, "epoch": epoch, "life": life,
            "outside": [socket.inet_ntoa(answer[8:12]), outer]}


def find_router():
    """(service, URL) to send actions to, as the router that answers first says, or None."""
    search = ("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n"
              f"MX: 1\r\nST: {SERVICE}1\r\n\r\n").encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(2)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                one.sendto(search, SSDP)
                answer = one.recv(2048).decode()
                break
            except OSError:
                continue
        else:
            return None
    location = re.search(r"^location:\s*(\S+)", answer, re.I | re.M)[1]
    described = urllib.request.urlopen(location, timeout=PATIENCE).read().decode()
    service, path = re.search(rf"<serviceType>({SERVICE}[12])</.*?<controlURL>(.*?)<", described,
                              re.S).groups()
    return service, urllib.parse.urljoin(location, path)


def act(router, action, **arguments):
    """What an action returns, or {"error": its code}."""
    service, control = router
    body = ENVELOPE.format(action=action, service=service, arguments="".join(
        f"<{name}>{value}</{name}>" for name, value in arguments.items()))
    request = urllib.request.Request(control, body.encode(), {
        "Content-Type": "text/xml", "SOAPAction": f'"{service}#{action}"'})
    try:
        answer = urllib.request.urlopen(request, timeout=PATIENCE).read().decode()
    except urllib.error.HTTPError as error:
        return {"error": int(re.search(r"<errorCode>(\d+)", error.read().decode())[1])}
    return dict(re.findall(r"<(New\w+)>([^<]*)<", answer))


def upnp(options):
    router = find_router()
    if not router:
        return None
    protocol = "TCP" if options.tcp else "UDP"
    which = {"NewRemoteHost": "", "NewExternalPort": options.port, "NewProtocol": protocol}
    if not options.life:
        return act(router, "DeletePortMapping", **which)
    added = act(router, "AddPortMapping", **which, NewInternalPort=options.port,
                NewInternalClient=options.own, NewEnabled=1, NewPortMappingDescription="lab",
                NewLeaseDuration=options.life)
    if "error" in added:
        return added
    outside = act(router, "GetExternalIPAddress")["NewExternalIPAddress"]
    return {"outside": [outside, options.port]}


def upnp_list(options):
    router = find_router()
    if not router:
        return None
    found = []
    while "error" not in (entry := act(router, "GetGenericPortMappingEntry",
                                       NewPortMappingIndex=len(found))):
        found.append({"protocol": entry["NewProtocol"].lower(),
                      "outer": int(entry["NewExternalPort"]),
                      "inner": [entry["NewInternalClient"], int(entry["NewInternalPort"])],
                      "life": int(entry["NewLeaseDuration"]),
                      "description": entry["NewPortMappingDescription"]})
    return found


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="what", required=True)
    for name, run, words in (("pcp", pcp, ("router", "own", "port")),
                             ("announce", pcp, ("router", "own")),
                             ("natpmp", natpmp, ("router", "own", "port")),
                             ("upnp", upnp, ("own", "port")), ("upnp-list", upnp_list, ())):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        for word in words:
            command.add_argument(word, type=int if word == "port" else str)
        if "port" in words:
            command.add_argument("--tcp", action="store_true")
            command.add_argument("--life", type=int, default=7200)
        command.add_argument("--nonce")
    options = parser.parse_args()
    print(json.dumps(options.run(options)))


if __name__ == "__main__":
    main()
