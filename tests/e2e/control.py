"""The socket `control` of a ledger that is being written, by docs/ledger.md alone."""

import socket
import struct

HELLO = b"firn-control/1\n\0"


def text(form, value):
    """Bytes behind their length, of the form "H" or "I"."""
    return struct.pack("<" + form, len(value)) + value


def connect(ledger):
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(ledger / "control"))
    client.sendall(HELLO)
    assert client.recv(16) == HELLO
    return client


def ask(client, body):
    client.sendall(struct.pack("<I", len(body)) + body)
    answer = b""
    while len(answer) < 4 or len(answer) < 4 + struct.unpack_from("<I", answer)[0]:
        piece = client.recv(65536)
        assert piece
        answer += piece
    return answer[4], answer[5:]
