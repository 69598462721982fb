"""Packets as only root can make them."""

import socket
import struct


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def tcp_syn(pseudo_source, pseudo_destination, sport, dport):
    bare = struct.pack("!HHIIBBHHH", sport, dport, 1, 0, 5 << 4, 2, 65535, 0, 0)
    if ":" in pseudo_source:
        pair = [socket.inet_pton(socket.AF_INET6, a) for a in (pseudo_source, pseudo_destination)]
        pseudo = b"".join(pair) + struct.pack("!II", len(bare), 6)
    else:
        pair = [socket.inet_aton(a) for a in (pseudo_source, pseudo_destination)]
        pseudo = b"".join(pair) + struct.pack("!BBH", 0, 6, len(bare))
    return bare[:16] + struct.pack("!H", checksum(pseudo + bare)) + bare[18:]


def ipv4(source, destination, payload, options=b"", fragment=0):
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH", 0x40 | words, 0, words * 4 + len(payload), 77, fragment, 64, 6, 0)
    head += socket.inet_aton(source) + socket.inet_aton(destination) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(source, destination, payload, following=6):
    head = struct.pack("!IHBB", 6 << 28, len(payload), following, 64)
    return head + b"".join(socket.inet_pton(socket.AF_INET6, a) for a in (source, destination)) + payload
