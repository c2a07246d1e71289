// The files of a ledger's write-ahead log: docs/ledger.md, "The write-ahead log".

import { Input, Reader } from "./files.mjs";
import { readFrame, readStreams } from "./frame.mjs";
import { Fault, sha256 } from "./tlog.mjs";

const HEAD = Buffer.from("firn-wal/1\n\0\0\0\0\0");
const BATCH_HEAD = 24; // bytes
const BODY_MAX = 256 << 20;
const STREAMS_MAX = 65536;
const MARKS_MAX = 1 << 20;
const SECTOR = 512; // is written whole or not at all

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

function readBody(body, count) {
  const reader = new Reader(body);
  const streams = readStreams(reader, STREAMS_MAX);
  const marks = reader.u32();
  if (marks > MARKS_MAX) throw new Fault("too many marks");
  reader.take(16 * marks);
  const tables = body.subarray(0, reader.at);
  const frames = [];
  for (let n = count; n; n--) frames.push(readFrame(reader, streams));
  if (reader.left()) throw new Fault("bytes behind the last frame");
  return { tables, frames };
}

/** Nothing but zeros: where the file's size reached the disk, its bytes did not. */
function isBlank(input, at) {
  for (const piece of input.pieces(at)) if (piece.some((byte) => byte)) return false;
  return true;
}

/** The same from a batch on, of whose head the first sector's part may be there. */
function isBlankBatch(input, at) {
  const sector = (Math.floor(at / SECTOR) + 1) * SECTOR;
  return isBlank(input, sector < at + BATCH_HEAD ? sector : at);
}

/**
 * Calls back with the leaf hash of each record, in order.  Returns the number
 * of bytes behind the last whole batch: only a torn write may stand there,
 * and only at the end of the last file.
 */
export function walkWal(path, first, last, record) {
  const input = new Input(path);
  try {
    let next = first;
    let at = HEAD.length + 8;
    const head = input.read(0, at);
    if (last && (head.length < at || isBlank(input, 0))) return input.size;
    if (head.length < at || !head.subarray(0, 16).equals(HEAD) ||
        head.readBigUInt64LE(16) !== BigInt(next))
      throw new Fault(`'${path}': its head is wrong`);
    let seal = sha256(head);
    while (at < input.size) {
      const batch = readBatch(input, at, seal, next);
      // What does not verify and reaches to the end was never acknowledged.
      if (batch.torn && last && (batch.toEnd || isBlankBatch(input, at)))
        return input.size - at;
      if (batch.torn) throw new Fault(`'${path}': record ${next}: ${batch.torn}`);
      for (const { leaf } of batch.frames) record(next++, leaf);
      seal = batch.seal;
      at = batch.end;
    }
    return 0;
  } finally {
    input.close();
  }
}

function readBatch(input, at, seal, next) {
  const head = input.read(at, BATCH_HEAD);
  if (head.length < BATCH_HEAD) return { torn: "a head that is cut short", toEnd: true };
  const length = head.readUInt32LE(4);
  if (head.toString("latin1", 0, 4) !== "FWB1" || length > BODY_MAX ||
      head.readUInt32LE(20) !== crc32(head.subarray(0, 20)))
    return { torn: "no head of a batch", toEnd: false };
  if (head.readBigUInt64LE(8) !== BigInt(next))
    return { torn: "another record's number", toEnd: false };
  const end = at + BATCH_HEAD + length + 32;
  const torn = (why) => ({ torn: why, toEnd: end >= input.size });
  if (end > input.size) return torn("a batch that is cut short");
  const bytes = input.read(at + BATCH_HEAD, length + 32);
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
