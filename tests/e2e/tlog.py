"""Logs, notes and witnesses once more, in Python: slow, plain, and written from
RFC 6962, RFC 8032 and C2SP's texts alone, to compare with."""

import base64
import hashlib

# --- Ed25519, RFC 8032 section 6 ---

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def _add(a, b):
    x = (a[1] - a[0]) * (b[1] - b[0]) % P
    y = (a[1] + a[0]) * (b[1] + b[0]) % P
    z, t = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = y - x, t - z, t + z, y + x
    return e * f % P, g * h % P, f * g % P, e * h % P


def _mul(s, point):
    out = (0, 1, 1, 0)
    while s:
        if s & 1:
            out = _add(out, point)
        point = _add(point, point)
        s >>= 1
    return out


def _recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P)
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - x2) % P == 0
    return P - x if x & 1 != sign else x


_GY = 4 * pow(5, P - 2, P) % P
_GX = _recover_x(_GY, 0)
G = (_GX, _GY, 1, _GX * _GY % P)


def _compress(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decompress(octets):
    y = int.from_bytes(octets, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x = _recover_x(y, sign)
    return x, y, 1, x * y % P


def _h(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def _expand(seed):
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little")
    return (a & (1 << 254) - 8) | 1 << 254, h[32:]


def public_of(seed):
    return _compress(_mul(_expand(seed)[0], G))


def sign(seed, message):
    a, prefix = _expand(seed)
    public = _compress(_mul(a, G))
    r = _h(prefix, message) % Q
    big_r = _compress(_mul(r, G))
    s = (r + _h(big_r, public, message) * a) % Q
    return big_r + s.to_bytes(32, "little")


def verify(public, message, signature):
    s = int.from_bytes(signature[32:], "little")
    h = _h(signature[:32], public, message) % Q
    left = _mul(s, G)
    right = _add(_decompress(signature[:32]), _mul(h, _decompress(public)))
    return _compress(left) == _compress(right)


# --- trees, RFC 6962 section 2.1 ---


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def _split(n):
    return 1 << (n - 1).bit_length() - 1


def root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = _split(len(leaves))
    return hashlib.sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()


def consistency(m, leaves, whole=True):
    n = len(leaves)
    if m in (0, n):
        return [] if whole else [root(leaves)]
    k = _split(n)
    if m <= k:
        return consistency(m, leaves[:k], whole) + [root(leaves[k:])]
    return consistency(m - k, leaves[k:], False) + [root(leaves[:k])]


# --- notes ---


def b64(octets):
    return base64.b64encode(octets).decode()


class Key:
    """A key of signed-note: type 1 signs, type 4 cosigns."""

    def __init__(self, name, seed, kind=1):
        self.name, self.seed, self.kind = name, seed, kind
        self.public = public_of(seed)
        self.id = hashlib.sha256(
            name.encode() + b"\n" + bytes([kind]) + self.public).digest()[:4]

    @property
    def vkey(self):
        return f"{self.name}+{self.id.hex()}+{b64(bytes([self.kind]) + self.public)}"

    @property
    def secret(self):
        return (f"PRIVATE+KEY+{self.name}+{self.id.hex()}+"
                f"{b64(bytes([self.kind]) + self.seed)}\n")

    def line(self, text):
        return f"\u2014 {self.name} {b64(self.id + sign(self.seed, text.encode()))}\n"

    def cosign(self, text, when=1):
        message = f"cosignature/v1\ntime {when}\n{text}".encode()
        octets = self.id + when.to_bytes(8, "big") + sign(self.seed, message)
        return f"\u2014 {self.name} {b64(octets)}\n"

    def cosigned(self, text, line):
        """When the line cosigns the text; fails if it does not."""
        dash, name, encoded = line.rstrip("\n").split(" ")
        octets = base64.b64decode(encoded, validate=True)
        when = int.from_bytes(octets[4:12], "big")
        message = f"cosignature/v1\ntime {when}\n{text}".encode()
        assert (dash, name, octets[:4]) == ("\u2014", self.name, self.id)
        assert verify(self.public, message, octets[12:])
        return when


class Log:
    """A log whose entries are numbers; fork: from there on they are others."""

    def __init__(self, key, origin=None):
        self.key, self.origin = key, origin or key.name

    def leaves(self, size, fork=None):
        return [leaf_hash(f"{i}{'' if fork is None or i < fork else '!'}".encode())
                for i in range(size)]

    def text(self, size, fork=None):
        return f"{self.origin}\n{size}\n{b64(root(self.leaves(size, fork)))}\n"

    def note(self, size, fork=None):
        text = self.text(size, fork)
        return text + "\n" + self.key.line(text)

    def request(self, old, size, fork=None):
        proof = consistency(old, self.leaves(size, fork)) if old <= size else []
        return (f"old {old}\n" + "".join(b64(h) + "\n" for h in proof) + "\n"
                + self.note(size, fork))
