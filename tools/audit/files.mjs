// Reading files, and what is in them, from front to back.

import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { Fault } from "./tlog.mjs";

const PIECE = 1 << 20; // bytes

/** A file that is read where one wants. */
export class Input {
  constructor(path) {
    this.path = path;
    try {
      this.fd = openSync(path, "r");
    } catch (error) {
      throw error.code === "ENOENT" ? new Fault(`'${path}' is missing`) : error;
    }
    this.size = fstatSync(this.fd).size;
  }

  /** Less than n bytes only where the file ends. */
  read(at, n) {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(n, this.size - at)));
    let done = 0;
    while (done < bytes.length) {
      const got = readSync(this.fd, bytes, done, bytes.length - done, at + done);
      if (!got) break;
      done += got;
    }
    return bytes.subarray(0, done);
  }

  /** Piece by piece, [from, end). */
  *pieces(from = 0, end = this.size) {
    for (let at = from; at < end; at += PIECE) yield this.read(at, Math.min(PIECE, end - at));
  }

  sha256(from = 0, end = this.size) {
    const hash = createHash("sha256");
    for (const piece of this.pieces(from, end)) hash.update(piece);
    return hash.digest();
  }

  close() {
    closeSync(this.fd);
  }
}

/** What is wrong is wrong in this file; others' code may throw anything. */
export function inFile(path, error, where = "") {
  if (error.syscall) return error; // not what is in it: it cannot be read
  if (error instanceof Fault && error.message.startsWith(`'${path}'`)) return error;
  return new Fault(`'${path}': ${where}${error.message}`);
}

/** Index, length, number: exact as a double, or it is none that can be. */
export function number(big) {
  if (big > BigInt(Number.MAX_SAFE_INTEGER)) throw new Fault(`${big} is too large a number`);
  return Number(big);
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text, or null if the bytes are not UTF-8. */
export function utf8(bytes) {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

/** Reads forwards and refuses to read past the end. */
export class Reader {
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
  u64() { return number(this.take(8).readBigUInt64LE()); }
  i64() { return this.take(8).readBigInt64LE(); }
  left() { return this.bytes.length - this.at; }
}
