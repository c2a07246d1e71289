// Hashes, trees, keys, notes and checkpoints, after RFC 6962 and the C2SP
// documents signed-note, tlog-checkpoint and tlog-cosignature.

import { createHash, createPublicKey, verify } from "node:crypto";

/** The answer is no: what was looked at does not verify. */
export class Fault extends Error {}

/** There is no answer: the question is wrong, or what it takes is missing. */
export class Usage extends Error {}

export const sha256 = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const ZERO = Buffer.from([0]);
const ONE = Buffer.from([1]);
export const leafHash = (entry) => sha256(ZERO, entry);
export const nodeHash = (left, right) => sha256(ONE, left, right);

/**
 * Takes leaves one by one.  `complete(level, index, hash)` is told every
 * complete subtree, from the leaves up.
 */
export class Tree {
  constructor(complete = () => {}) {
    this.size = 0;
    this.edge = []; // edge[level]: the complete subtree that ends here, or null
    this.complete = complete;
  }

  add(leaf) {
    let hash = leaf;
    let index = this.size++;
    this.complete(0, index, hash);
    let level = 0;
    for (; this.edge[level]; level++) {
      hash = nodeHash(this.edge[level], hash);
      this.edge[level] = null;
      index = Math.floor(index / 2);
      this.complete(level + 1, index, hash);
    }
    this.edge[level] = hash;
  }

  root() {
    let root = null;
    for (const hash of this.edge)
      if (hash) root = root ? nodeHash(hash, root) : hash;
    return root ?? sha256();
  }
}

/** RFC 9162 section 2.1.3.2.  Numbers are BigInt. */
export function includes(size, root, index, leaf, path) {
  if (index >= size) return false;
  let fn = index;
  let sn = size - 1n;
  let hash = leaf;
  for (const other of path) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      hash = nodeHash(other, hash);
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      hash = nodeHash(hash, other);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && hash.equals(root);
}

/**
 * RFC 9162 section 2.1.4.2: whether `old` is the beginning of `now`.  Between
 * trees of one size, and from an empty one, the path is empty.
 */
export function extendsTree(old, now, path) {
  if (old.size === now.size) return !path.length && old.root.equals(now.root);
  if (old.size === 0n) return !path.length && old.root.equals(sha256());
  if (old.size > now.size) return false;
  const hashes = (old.size & (old.size - 1n)) === 0n ? [old.root, ...path] : [...path];
  let fn = old.size - 1n;
  let sn = now.size - 1n;
  for (; fn & 1n; sn >>= 1n) fn >>= 1n;
  let first = hashes.shift();
  let second = first;
  if (!first) return false;
  for (const hash of hashes) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      first = nodeHash(hash, first);
      second = nodeHash(hash, second);
      for (; !(fn & 1n) && fn !== 0n; sn >>= 1n) fn >>= 1n;
    } else {
      second = nodeHash(second, hash);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && first.equals(old.root) && second.equals(now.root);
}

/** Base64 has one text for the same bytes, or it is refused. */
export function base64(text, what) {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw new Fault(`${what}: not base64`);
  return bytes;
}

export function decimal(text, what) {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text)) throw new Fault(`${what}: no number`);
  return BigInt(text);
}

export function parseKey(line) {
  const [, name, id, rest] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/u.exec(line) ?? [];
  if (!name) throw new Fault(`no verifier key: '${line}'`);
  const bytes = base64(rest, "verifier key");
  const wanted = sha256(name, "\n", bytes).subarray(0, 4).toString("hex");
  if (wanted !== id) throw new Fault(`verifier key '${name}': its id is wrong`);
  const known = (bytes[0] === 1 || bytes[0] === 4) && bytes.length === 33;
  const der = Buffer.concat([
    Buffer.from("302a300506032b6570032100", "hex"), bytes.subarray(1)]);
  return { name, id, type: bytes[0], bytes,
    key: known ? createPublicKey({ key: der, format: "der", type: "spki" }) : null };
}

/** One a line. */
export const parseKeys = (text) => text.replace(/\n$/, "").split("\n").map(parseKey);

/** Text and lines of a note; nothing of it is verified. */
export function readNote(bytes) {
  const whole = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let all;
  try {
    all = whole.decode(bytes);
  } catch {
    throw new Fault("note: not UTF-8");
  }
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x09\x0b-\x1f]/.test(all)) throw new Fault("note: control characters");
  const split = all.lastIndexOf("\n\n");
  if (split < 0 || !all.endsWith("\n")) throw new Fault("note: no signatures");
  return { text: all.slice(0, split + 1), lines: all.slice(split + 2, -1).split("\n") };
}

/** Those of the keys that signed it; none may have signed wrongly. */
export const signersOf = ({ text, lines }, keys) =>
  lines.map((line) => checkLine(line, text, keys)).filter(Boolean);

/** Text and signatures of a note, which one of the keys must have signed. */
export function openNote(bytes, keys) {
  const note = readNote(bytes);
  const signers = signersOf(note, keys);
  if (!signers.length) throw new Fault(`note: signed by none of the keys, but by ${
    note.lines.map((line) => line.split(" ")[1]).join(", ")}`);
  return { text: note.text, signers };
}

function checkLine(line, text, keys) {
  const [, name, encoded] = /^\u2014 ([^+\s]+) (\S+)$/u.exec(line) ?? [];
  if (!name) throw new Fault("note: a line is no signature");
  const bytes = base64(encoded, "signature");
  if (bytes.length < 5) throw new Fault("note: a signature is too short");
  const id = bytes.subarray(0, 4).toString("hex");
  const key = keys.find((k) => k.name === name && k.id === id && k.key);
  if (!key) return null;
  let message = text;
  let signature = bytes.subarray(4);
  if (key.type === 4) {
    if (signature.length !== 72) throw new Fault(`note: cosignature of '${name}'`);
    const time = signature.readBigUInt64BE();
    if (time >> 63n) throw new Fault(`note: cosignature of '${name}': time`);
    message = `cosignature/v1\ntime ${time}\n${text}`;
    signature = signature.subarray(8);
  }
  if (signature.length !== 64 || !verify(null, Buffer.from(message), key.key, signature))
    throw new Fault(`note: the signature of '${name}' is wrong`);
  return key;
}

/** The text of a checkpoint. */
export function readCheckpoint(text) {
  const [origin, size, root, ...rest] = text.slice(0, -1).split("\n");
  if (!origin || rest.includes("")) throw new Fault("checkpoint: malformed");
  const hash = base64(root ?? "", "checkpoint: root");
  if (hash.length !== 32) throw new Fault("checkpoint: root of another length");
  return { origin, size: decimal(size ?? "", "checkpoint: size"), root: hash };
}

/** A checkpoint that the log's own key, or a cosigner among the keys, signed. */
export function openCheckpoint(bytes, keys) {
  const { text, signers } = openNote(bytes, keys);
  const head = readCheckpoint(text);
  const signer = signers.find((key) => key.type === 4 || key.name === head.origin);
  if (!signer) throw new Fault(`checkpoint: of '${head.origin}', signed by another`);
  return { ...head, signer };
}
