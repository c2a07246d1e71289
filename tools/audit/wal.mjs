// The files of a ledger's write-ahead log: docs/ledger.md, "WAL".

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { commit, leafText, parseLeaf } from "./leaf.mjs";
import { Fault, leafHash, sha256 } from "./tlog.mjs";

const HEAD = Buffer.from("firn-wal/1\n\0\0\0\0\0");
const BODY_MAX = 256 << 20;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Reads forwards and refuses to read past the end. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  take(n) {
    if (this.at + n > this.bytes.length) throw new Fault("cut short");
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }
  u8() { return this.take(1).readUInt8(); }
  u16() { return this.take(2).readUInt16LE(); }
  u32() { return this.take(4).readUInt32LE(); }
  u64() { return this.take(8).readBigUInt64LE(); }
  i64() { return this.take(8).readBigInt64LE(); }
}

/** A frame's leaf, and the bytes of it that a seal covers. */
function readFrame(reader, streams) {
  const start = reader.at;
  const flags = reader.u8();
  if (flags & ~7) throw new Fault("unknown flags");
  const stream = streams[reader.u32()];
  if (!stream) throw new Fault("a stream that is not in the table");
  const available = reader.i64();
  const received = reader.i64();
  const delivery = reader.u64();
  if (flags & 4) reader.take(24);
  const salt = flags & 1 ? null : reader.take(16);
  const length = reader.u32();
  const bare = reader.bytes.subarray(start, reader.at);
  const bytes = reader.take(length);
  const committed = salt ? commit(salt, bytes) : parseLeaf(bytes).commit;
  const text = leafText({ ...stream, available, received, delivery, committed });
  if (!salt && !text.equals(bytes)) throw new Fault("an erased record says two things");
  return { leaf: leafHash(text), bare };
}

function readBody(body, count) {
  const reader = new Reader(body);
  const name = () => reader.take(reader.u16()).toString("utf8");
  const streams = [];
  for (let n = reader.u32(); n; n--) streams.push({ source: name(), tenant: name() });
  for (let n = reader.u32(); n; n--) reader.take(16);
  const tables = body.subarray(0, reader.at);
  const frames = [];
  for (let n = count; n; n--) frames.push(readFrame(reader, streams));
  if (reader.at !== body.length) throw new Fault("bytes behind the last frame");
  return { tables, frames };
}

/**
 * Calls back with the leaf hash of each record, in order.  Returns the number
 * of bytes behind the last whole batch: only a torn write may stand there,
 * and only at the end of the last file.
 */
export function walkWal(path, first, last, record) {
  const fd = openSync(path, "r");
  try {
    const size = fstatSync(fd).size;
    let next = BigInt(first);
    let at = HEAD.length + 8;
    const read = (from, n) => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(n, size - from)));
      return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from));
    };
    const head = read(0, at);
    if (head.length < at && last) return size;
    if (head.length < at || !head.subarray(0, 16).equals(HEAD) ||
        head.readBigUInt64LE(16) !== next)
      throw new Fault(`'${path}': its head is wrong`);
    let seal = sha256(head);
    while (at < size) {
      const batch = readBatch(read, at, size, seal, next);
      // What does not verify and reaches to the end was never acknowledged,
      // and neither were zeros up to there: the file grew, its bytes did not.
      if (batch.torn && last && (batch.toEnd || isBlank(read, at, size)))
        return size - at;
      if (batch.torn) throw new Fault(`'${path}': record ${next}: ${batch.torn}`);
      for (const { leaf } of batch.frames) record(leaf, path);
      next += BigInt(batch.frames.length);
      seal = batch.seal;
      at = batch.end;
    }
    return 0;
  } finally {
    closeSync(fd);
  }
}

function isBlank(read, at, size) {
  for (; at < size; at += 65536) if (read(at, 65536).some((byte) => byte)) return false;
  return true;
}

function readBatch(read, at, size, seal, next) {
  const head = read(at, 24);
  if (head.length < 24) return { torn: "a head that is cut short", toEnd: true };
  if (head.toString("latin1", 0, 4) !== "FWB1" ||
      head.readUInt32LE(20) !== crc32(head.subarray(0, 20)))
    return { torn: "no head of a batch", toEnd: false };
  const length = head.readUInt32LE(4);
  const end = at + 24 + length + 32;
  const torn = (why) => ({ torn: why, toEnd: end >= size });
  if (length > BODY_MAX) return torn("a batch that is too long");
  if (head.readBigUInt64LE(8) !== next) return torn("another record's number");
  if (end > size) return torn("a batch that is cut short");
  const bytes = read(at + 24, length + 32);
  let body;
  try {
    body = readBody(bytes.subarray(0, length), head.readUInt32LE(16));
  } catch (error) {
    if (error instanceof Fault) return torn(error.message);
    throw error;
  }
  const { tables, frames } = body;
  const wanted = sha256("firn-batch/1\n", seal, head, tables,
    ...frames.map((f) => f.bare), ...frames.map((f) => f.leaf));
  if (!wanted.equals(bytes.subarray(length))) return torn("the seal is wrong");
  return { frames, seal: wanted, end };
}
