"""Takes the files of a segment apart, by docs/ledger.md alone, and puts others
in their place whose hashes are right: what a forger would do who has no key."""

import ctypes
import hashlib
import struct
import subprocess

from conftest import ROOT

KINDS = ("raw", "parquet", "idx")
DUCKDB = ROOT / "node_modules" / "@duckdb" / "node-bindings-linux-x64" / "libduckdb.so"
ERASED = 1
TOLD_ERASED = b"\xff" * 8


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# --- the manifest ---

def _lines(ledger):
    lines = (ledger.dir / "manifest").read_text().splitlines()
    assert lines[0] == "firn-manifest/1" and lines[-1].startswith("sha256 ")
    return [line.split() for line in lines[1:-1]]


def segments(ledger):
    """First, end of each."""
    return [(int(line[1]), int(line[2])) for line in _lines(ledger)]


def _path(ledger, line, kind):
    name = f"{int(line[1]):020}-{int(line[2]):020}-{line[4 + KINDS.index(kind)][:16]}.{kind}"
    return ledger.dir / "segment" / line[3] / name


def path_of(ledger, number, kind):
    return _path(ledger, _lines(ledger)[number], kind)


def write_manifest(ledger, lines):
    text = "".join(" ".join(line) + "\n" for line in [["firn-manifest/1"], *lines]).encode()
    (ledger.dir / "manifest").write_bytes(
        text + f"sha256 {hashlib.sha256(text).hexdigest()}\n".encode())


def replace(ledger, number, kind, content):
    """Another file in the place of one, with its name and hash."""
    lines = _lines(ledger)
    line = lines[number]
    _path(ledger, line, kind).unlink()
    line[4 + KINDS.index(kind)] = hashlib.sha256(content).hexdigest()
    _path(ledger, line, kind).write_bytes(content)
    write_manifest(ledger, lines)


def change_line(ledger, number, field, value):
    lines = _lines(ledger)
    lines[number][field] = value
    write_manifest(ledger, lines)


# --- .raw ---

def _zstd(content, folder, *options):
    # From a file, so that the frame says how long it is.
    path = folder / "block"
    path.write_bytes(content)
    return subprocess.run(["zstd", "-q", "-c", *options, path], check=True,
                          capture_output=True).stdout


class Frame:
    """A record as .raw has it."""

    def __init__(self, body, at):
        self.flags, self.stream, self.available, self.received, self.delivery = \
            struct.unpack_from("<BIqqQ", body, at)
        at += 29
        self.identity = body[at:at + 24] if self.flags & 4 else b""
        at += len(self.identity)
        self.salt = b"" if self.flags & ERASED else body[at:at + 16]
        at += len(self.salt)
        (size,) = struct.unpack_from("<I", body, at)
        self.raw = body[at + 4:at + 4 + size]
        self.end = at + 4 + size

    def bytes(self):
        return (struct.pack("<BIqqQ", self.flags, self.stream, self.available, self.received,
                            self.delivery) + self.identity + self.salt
                + struct.pack("<I", len(self.raw)) + self.raw)

    def erase(self, leaf, told=TOLD_ERASED):
        """Only the leaf's text stays."""
        self.flags |= ERASED
        self.salt, self.raw = b"", leaf
        self.identity = self.identity[:16] + told if self.identity else b""


class Raw:
    """The file's parts: head, streams, and of each block its frames."""

    def __init__(self, path, folder):
        self.folder = folder
        data = path.read_bytes()
        assert data[:16] == b"firn-raw/1\n" + bytes(5)
        self.first, self.end = struct.unpack_from("<QQ", data, 16)
        (at,) = struct.unpack_from("<Q", data, len(data) - 40)
        directory = data[at:-40]
        assert data[-32:] == sha256(b"firn-raw-directory/1\n", data[:32], directory, data[-40:-32])
        (count,) = struct.unpack_from("<I", directory)
        at, names = 4, []
        for _ in range(2 * count):
            (size,) = struct.unpack_from("<H", directory, at)
            names.append(directory[at + 2:at + 2 + size])
            at += 2 + size
        self.streams = list(zip(names[::2], names[1::2]))
        self.blocks = []
        for block in struct.iter_unpack("<QQIII32s", directory[at + 4:]):
            packed = data[block[1]:block[1] + block[2]]
            assert sha256(packed) == block[5]
            self.blocks.append((block[0], block[4], self._unpack(packed, block[3])))

    def _unpack(self, packed, size):
        body = _zstd(packed, self.folder, "-d")
        assert len(body) == size
        frames, at = [], 0
        while at < len(body):
            frames.append(Frame(body, at))
            at = frames[-1].end
        return frames

    def frames(self):
        """Index, first of the streams, frame."""
        for first, base, frames in self.blocks:
            for i, frame in enumerate(frames):
                yield first + i, base, frame

    def frame(self, index):
        return next(frame for i, _, frame in self.frames() if i == index)

    def leaf(self, index):
        """The leaf's text, of a record that is not erased."""
        _, base, frame = next(found for found in self.frames() if found[0] == index)
        source, tenant = self.streams[base + frame.stream]
        return b"firn-record/v1\nsource %s\ntenant %s\navailable %s\nreceived %s\n" \
            b"delivery %d\ncommit %s\n" % (
                source, tenant or b"-", _time(frame.available), _time(frame.received),
                frame.delivery, sha256(b"firn-commit/v1\n", frame.salt, frame.raw).hex().encode())

    def bytes(self):
        head = b"firn-raw/1\n" + bytes(5) + struct.pack("<QQ", self.first, self.end)
        data, entries = head, b""
        for first, base, frames in self.blocks:
            body = b"".join(frame.bytes() for frame in frames)
            packed = _zstd(body, self.folder, "-3")
            entries += struct.pack("<QQIII", first, len(data), len(packed), len(body), base)
            entries += sha256(packed)
            data += packed
        directory = struct.pack("<I", len(self.streams))
        for name in (name for stream in self.streams for name in stream):
            directory += struct.pack("<H", len(name)) + name
        directory += struct.pack("<I", len(self.blocks)) + entries
        at = struct.pack("<Q", len(data))
        return data + directory + at + sha256(b"firn-raw-directory/1\n", head, directory, at)


def _time(us):
    if us == -2**63:
        return b"-"
    seconds, micros = divmod(us, 10**6)
    text = subprocess.run(["date", "-u", "-d", f"@{seconds}", "+%FT%T"], check=True,
                          capture_output=True).stdout.strip()
    return text + b".%06dZ" % micros


# --- .idx ---

class Idx:
    """Head, entries (id, told, number) and filter."""

    def __init__(self, path):
        data = path.read_bytes()
        assert data[:16] == b"firn-idx/1\n" + bytes(5) and sha256(data[:-32]) == data[-32:]
        self.first, self.end, self.received, count, blocks = struct.unpack_from("<QQqQQ", data, 16)
        self.entries = list(struct.iter_unpack("<16s8sI", data[56:56 + 28 * count]))
        self.filter = bytearray(data[56 + 28 * count:-32])
        assert len(self.filter) == 32 * blocks and blocks == (count + 14) // 15

    def bytes(self):
        data = b"firn-idx/1\n" + bytes(5) + struct.pack(
            "<QQqQQ", self.first, self.end, self.received, len(self.entries),
            len(self.filter) // 32)
        data += b"".join(struct.pack("<16s8sI", *entry) for entry in self.entries) + self.filter
        return data + sha256(data)


# --- .parquet ---

def write_columns(ledger, number, select, folder):
    """The columns as a SELECT makes them of those that are there ({0})."""
    duck = ctypes.CDLL(str(DUCKDB))
    database, connection = ctypes.c_void_p(), ctypes.c_void_p()
    path = folder / "columns.parquet"
    query = select.format(f"read_parquet('{path_of(ledger, number, 'parquet')}')")
    assert duck.duckdb_open(None, ctypes.byref(database)) == 0
    assert duck.duckdb_connect(database, ctypes.byref(connection)) == 0
    sql = f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
    done = duck.duckdb_query(connection, sql.encode(), None)
    duck.duckdb_disconnect(ctypes.byref(connection))
    duck.duckdb_close(ctypes.byref(database))
    assert done == 0, sql
    replace(ledger, number, "parquet", path.read_bytes())
