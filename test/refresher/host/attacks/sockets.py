"""What a program can do with sockets: `sockets.py NAME …`."""

import json
import os
import socket
import sys

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
    """All at once, none of which sends anything: so many connect before the kernel says that they have to wait."""
    sockets = []
    for _ in range(int(count)):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(METADATA)
        sockets.append(one)
    connected = sum(one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0 and is_connected(one) for one in sockets)
    print(json.dumps({"connected": connected}))


def is_connected(one):
    try:
        one.getpeername()
        return True
    except OSError:
        return False


def packet():
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))


def raw():
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)


if __name__ == "__main__":
    {"handed-over": handed_over, "many": many, "packet": packet, "raw": raw}[sys.argv[1]](*sys.argv[2:])
