"""What a program can do with sockets: `sockets.py NAME …`."""

import json
import os
import resource
import socket
import sys
import time

METADATA = ("169.254.169.254", 80)
REQUEST = (
    b"GET /computeMetadata/v1/instance/service-accounts/default/token HTTP/1.1\r\n"
    b"Host: 169.254.169.254\r\nMetadata-Flavor: Google\r\nConnection: close\r\n\r\n"
)


def ask(connected):
    connected.settimeout(5)
    connected.sendall(REQUEST)
    answer = b""
    while chunk := connected.recv(65536):
        answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    print(head.split(b" ")[1].decode(), body.decode().strip(), flush=True)


def handed_over(cgroup):
    """A socket that was made here is connected, and used, by a process that is elsewhere."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    made = socket.socket()
    if os.fork() == 0:
        with open(f"{cgroup}/cgroup.procs", "w") as procs:
            procs.write(str(os.getpid()))
        _, fds, _, _ = socket.recv_fds(there, 1, 1)
        given = socket.socket(fileno=fds[0])
        given.connect(METADATA)
        ask(given)
        os._exit(0)
    socket.send_fds(here, [b"x"], [made.fileno()])
    made.close()
    _, status = os.wait()
    sys.exit(os.waitstatus_to_exitcode(status))


def many(count):
    """One after the other, until one has to wait."""
    begun = time.monotonic()
    for at in range(int(count)):
        try:
            socket.create_connection(METADATA, timeout=0.5).close()
        except TimeoutError:
            break
    print(json.dumps({"connected": at, "seconds": time.monotonic() - begun}))


def packet():
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))


def raw():
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)


def until_told():
    print("at it", flush=True)
    sys.stdin.read()


def half_open(count):
    """First packets alone, each from an address that nobody has."""
    from packets import ipv4, tcp_syn

    wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for at in range(int(count)):
        source = f"10.200.{at >> 8 & 255}.{at & 255}"
        try:
            wire.sendto(ipv4(source, METADATA[0], tcp_syn(source, METADATA[0], 1024 + at % 60000, 80)), METADATA)
        except PermissionError:
            # that is how the kernel says that a rule dropped it
            pass
    until_told()


def half_asked(count):
    """The beginning of a request on each connection, and nothing else."""
    sockets = connected(int(count))
    for one in sockets:
        send(one, b"GET /computeMetadata/v1/ HTTP/1.1\r\nHost: 169")
    until_told()


def never_reads(count):
    sockets = connected(int(count))
    for _ in range(50):
        for one in sockets:
            send(one, REQUEST.replace(b"close", b"keep-alive"))
    until_told()


def pipelines(count):
    """As many requests as the other side takes, without a look at an answer; again where it is cut off."""
    many = REQUEST.replace(b"close", b"keep-alive") * 200
    sockets = connected(int(count))
    for _ in range(200):
        for at, one in enumerate(sockets):
            if not send(one, many):
                sockets[at] = connected(1)[0]
    until_told()


def connected(count):
    resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
    sockets = []
    for _ in range(count):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(METADATA)
        sockets.append(one)
    return sockets


def send(one, data):
    """`False`: it is not connected any more."""
    try:
        one.send(data)
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True


if __name__ == "__main__":
    programs = [handed_over, half_asked, half_open, many, never_reads, packet, pipelines, raw]
    {program.__name__.replace("_", "-"): program for program in programs}[sys.argv[1]](*sys.argv[2:])
