"""`neighbour.py DEVICE PEER_MAC OWN PEER OWN6 PEER6`, in the network namespace of whoever attacks a neighbour.

A first packet of a connection to the metadata server's address is put on the wire to the neighbour, in each of the ways
below, and then one to the neighbour's own address, which its kernel refuses at once. The wire keeps the order,
so that whatever was to come of the former has come before that refusal. Prints the names of those that were answered.
"""

import json
import socket
import struct
import sys

from packets import ipv4, ipv6, tcp_syn

DEVICE, PEER_MAC, OWN, PEER, OWN6, PEER6 = sys.argv[1:7]
METADATA, METADATA6 = "169.254.169.254", "fd20:ce::254"
CLOSED_PORT = 9


def source_routed():
    # loose source route: to the neighbour first, from there to what it listens on
    options = struct.pack("!BBB", 131, 7, 4) + socket.inet_aton(METADATA) + b"\0"
    return [ipv4(OWN, PEER, tcp_syn(OWN, METADATA, 4003, 80), options)]


def segment_routed():
    # the last segment comes first (RFC 8754)
    segments = [socket.inet_pton(socket.AF_INET6, a) for a in (METADATA6, PEER6)]
    routing = struct.pack("!BBBBBBH", 6, 4, 4, 1, 1, 0, 0) + b"".join(segments)
    return [ipv6(OWN6, PEER6, routing + tcp_syn(OWN6, METADATA6, 4007, 80), 43)]


def fragmented():
    whole = tcp_syn(OWN, METADATA, 4002, 80)
    return [ipv4(OWN, METADATA, whole[:8], fragment=0x2000), ipv4(OWN, METADATA, whole[8:], fragment=1)]


WAYS = {
    "plain": lambda: [ipv4(OWN, METADATA, tcp_syn(OWN, METADATA, 4001, 80))],
    "fragmented": fragmented,
    "source-routed": source_routed,
    "from the neighbour itself": lambda: [ipv4(PEER, METADATA, tcp_syn(PEER, METADATA, 4004, 80))],
    "from the metadata server": lambda: [ipv4(METADATA, METADATA, tcp_syn(METADATA, METADATA, 4005, 80))],
    "plain, IPv6": lambda: [ipv6(OWN6, METADATA6, tcp_syn(OWN6, METADATA6, 4006, 80))],
    "segment-routed": segment_routed,
}

wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
wire.bind((DEVICE, 0))
wire.settimeout(10)
own_mac = wire.getsockname()[4]


def send(packet):
    kind = b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"
    wire.send(bytes.fromhex(PEER_MAC.replace(":", "")) + own_mac + kind + packet)


ports = {4001 + at: name for at, name in enumerate(WAYS)}
for name in WAYS:
    for packet in WAYS[name]():
        send(packet)
send(ipv4(OWN, PEER, tcp_syn(OWN, PEER, 4999, CLOSED_PORT)))
answered = []
while True:
    frame = wire.recv(65535)
    if frame[:6] != own_mac:
        continue
    at = 14 + (frame[14] & 15) * 4 if frame[12:14] == b"\x08\x00" else 54
    if len(frame) < at + 14:
        continue
    protocol = frame[23] if frame[12:14] == b"\x08\x00" else frame[20]
    sport, dport = struct.unpack("!HH", frame[at : at + 4])
    # a refusal is no answer
    if protocol == 6 and dport in ports and frame[at + 13] & 0x12 == 0x12:
        answered.append(ports[dport])
    if protocol == 6 and dport == 4999:
        break
print(json.dumps(answered))
