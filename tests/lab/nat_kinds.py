"""The kinds of NAT and firewall that the laboratory has, as rules of nftables for a gateway whose
links are `lan` and `wan`.

Mapping and filtering are said in the words of RFC 4787, sections 4.1 and 5; the old names (cone,
symmetric) are the kinds' names.
"""
import dataclasses
import random

INDEPENDENT, ADDRESS, ADDRESS_AND_PORT = \
    "endpoint-independent", "address-dependent", "address-and-port-dependent"
PRESERVED, RANDOM, COUNTING = "preserved", "random", "counting"

COUNTED = 1024  # ports before a counting NAT begins again
HASHED = 16_384  # ports of an address-dependent one; two inner ports that hash alike collide


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a host behind it finds; None where no UDP gets through."""
    name: str
    mapping: str
    filtering: str
    ports: str  # the outer ones: the same as inside, at random, or each one more than the last


KINDS = {kind.name: kind for kind in (
    Kind("open", INDEPENDENT, INDEPENDENT, PRESERVED),  # all goes to one host ("DMZ")
    Kind("full-cone", INDEPENDENT, INDEPENDENT, PRESERVED),
    Kind("address-restricted", INDEPENDENT, ADDRESS, PRESERVED),
    Kind("port-restricted", INDEPENDENT, ADDRESS_AND_PORT, PRESERVED),
    Kind("address-symmetric", ADDRESS, ADDRESS_AND_PORT, RANDOM),
    Kind("symmetric", ADDRESS_AND_PORT, ADDRESS_AND_PORT, RANDOM),
    Kind("counting", ADDRESS_AND_PORT, ADDRESS_AND_PORT, COUNTING),
    Kind("router", INDEPENDENT, ADDRESS_AND_PORT, PRESERVED),  # with room for miniupnpd's rules
    Kind("no-udp", None, None, None),
    Kind("firewall", None, None, None),  # TCP to port 443, and nothing else
)}

# What comes from outside and belongs to nothing is dropped before the gateway itself has it: else
# it would be a flow of its own, whose ports the flow of a host inside that wants them cannot have.
RULES = """
flush ruleset
table inet gateway {{
  {sets}
  chain input {{
    type filter hook input priority filter
    iifname wan ct state established,related accept
    iifname wan drop
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop
    ct state established,related accept
    {leaving}
    iifname lan oifname lan accept
    iifname wan ct status dnat accept
    {asked_for}
  }}
  chain prerouting {{
    type nat hook prerouting priority dstnat
    {arriving}
  }}
  chain postrouting {{
    type nat hook postrouting priority srcnat
    {returning}
    {translated}
    oifname wan masquerade
  }}
  {more}
}}
"""

# The kernel has no cones.  They are made of three things: masquerading keeps the inner port for
# whatever destination (the mapping is endpoint-independent); a chain behind it learns which inner
# endpoint has which outer port, and to whom it has spoken; and what arrives for a learned port goes
# in, from anybody or from those that were spoken to (the filtering).  For UDP only.
LEARNED_SETS = """
  map learned {
    type inet_service : ipv4_addr . inet_service
    flags dynamic,timeout
    timeout 5m
    size 65535
  }
  set spoken_to {
    type inet_service . ipv4_addr
    flags dynamic,timeout
    timeout 5m
    size 65535
  }
"""
LEARN = """
  chain learn {
    type filter hook postrouting priority srcnat + 10
    oifname wan meta l4proto udp \
update @learned { udp sport : ct original ip saddr . ct original proto-src }
    oifname wan meta l4proto udp update @spoken_to { udp sport . ip daddr }
  }
"""
TO_LEARNED = "dnat ip to udp dport map @learned"

# Where miniupnpd writes what hosts have asked for.
ROUTER_CHAINS = """
  chain miniupnpd { }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
"""


def ports_by(key, address, first, count):
    """Source ports chosen by a key; a map of them all is the only way to say so."""
    elements = ", ".join(f"{number} : {address} . {first + number}" for number in range(count))
    return f"oifname wan meta l4proto {{ tcp, udp }} snat ip to {key} map {{ {elements} }}"


def rules(kind, address, inner, hairpin=False):
    """The rules of a gateway with this outer address.  `inner`: the host that an open one passes
    all to; `hairpin`: hosts inside reach each other by outer addresses (open and cones)."""
    part = dict.fromkeys(("sets", "asked_for", "arriving", "returning", "translated", "more"), "")
    part["leaving"] = "iifname lan oifname wan accept"
    if kind == "open":
        to_inner = f"meta l4proto {{ tcp, udp }} dnat ip to {inner}"
        part["arriving"] = f"iifname wan {to_inner}"
        if hairpin:
            part["arriving"] += f"\n    iifname lan ip daddr {address} {to_inner}"
    elif kind in ("full-cone", "address-restricted"):
        part["sets"], part["more"] = LEARNED_SETS, LEARN
        who = "udp dport . ip saddr @spoken_to" if kind == "address-restricted" \
            else "meta l4proto udp"
        part["arriving"] = f"iifname wan {who} {TO_LEARNED}"
        if hairpin:
            part["arriving"] += (f"\n    iifname lan ip daddr {address} meta l4proto udp "
                                 f"{TO_LEARNED}")
    elif kind == "address-symmetric":
        part["translated"] = ports_by(f"jhash ip daddr . th sport mod {HASHED}", address, 30_000,
                                      HASHED)
    elif kind == "symmetric":
        part["translated"] = "oifname wan masquerade fully-random"
    elif kind == "counting":
        # Not from the same port each time: servers remember the flows of an earlier run.
        part["translated"] = ports_by(f"numgen inc mod {COUNTED}", address,
                                      random.randrange(20_000, 60_000), COUNTED)
    elif kind == "router":
        part["sets"] = ROUTER_CHAINS
        part["asked_for"] = "jump miniupnpd"
        part["arriving"] = "fib daddr type local jump prerouting_miniupnpd"
        part["returning"] = "jump postrouting_miniupnpd"
    elif kind == "no-udp":
        part["leaving"] = "iifname lan oifname wan meta l4proto != udp accept"
    elif kind == "firewall":
        part["leaving"] = "iifname lan oifname wan tcp dport 443 accept"
    if hairpin:
        part["returning"] += "\n    iifname lan oifname lan ct status dnat masquerade"
    return RULES.format(**part)
