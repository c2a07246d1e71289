"""Reads the records of a ledger from its files, by docs/ledger.md alone."""

import hashlib
import struct
from pathlib import Path


class Record:
    def __init__(self, index, source, tenant, delivery, historic, identity,
                 salt, raw):
        self.index = index
        self.source = source
        self.tenant = tenant
        self.delivery = delivery
        self.historic = historic
        self.identity = identity
        self.salt = salt
        self.raw = raw


def _names(body, at):
    (count,) = struct.unpack_from('<I', body, at)
    at += 4
    names = []
    for _ in range(2 * count):
        (size,) = struct.unpack_from('<H', body, at)
        names.append(body[at + 2:at + 2 + size].decode())
        at += 2 + size
    return list(zip(names[::2], names[1::2])), at


def _frame(body, at):
    flags, stream, _, _, delivery = struct.unpack_from('<BIqqQ', body, at)
    at += 29
    identity = None
    if flags & 4:
        identity = body[at:at + 16]
        at += 24
    salt = body[at:at + 16]
    (size,) = struct.unpack_from('<I', body, at + 16)
    raw = body[at + 20:at + 20 + size]
    return flags, stream, delivery, identity, salt, raw, at + 20 + size


def records(ledger, whole=True):
    """All records in the WAL of a ledger without erased ones; `whole`: and none is sealed."""
    out, before = [], 0
    for path in sorted((Path(ledger) / 'wal').glob('*.wal')):
        data = path.read_bytes()
        assert data[:16] == b'firn-wal/1\n' + bytes(5)
        at = 24
        while at < len(data):
            magic, size, first, count, _ = struct.unpack_from('<4sIQII', data,
                                                              at)
            if not whole and not out:
                before = first
            assert magic == b'FWB1' and first == before + len(out)
            body = data[at + 24:at + 24 + size]
            streams, pos = _names(body, 0)
            (marks,) = struct.unpack_from('<I', body, pos)
            pos += 4 + 16 * marks
            for _ in range(count):
                flags, stream, delivery, identity, salt, raw, pos = _frame(
                    body, pos)
                out.append(Record(before + len(out), *streams[stream], delivery,
                                  bool(flags & 2), identity, salt, raw))
            assert pos == size
            at += 24 + size + 32
    return out


def checkpoint(ledger):
    """Origin, size and root of a ledger's checkpoint."""
    lines = (Path(ledger) / 'checkpoint').read_text().split('\n')
    return lines[0], int(lines[1]), lines[2]


def commitment(record):
    return hashlib.sha256(b'firn-commit/v1\n' + record.salt +
                          record.raw).hexdigest()
