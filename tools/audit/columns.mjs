// The event columns of a segment, as far as they can be checked without a
// reader of records: docs/ledger.md, "Segments".

import { randomBytes } from "node:crypto";
import { auditEvent } from "./event.mjs";
import { Input, inFile, number } from "./files.mjs";
import { Fault, sha256 } from "./tlog.mjs";

const COMPARED = ["received", "source", "tenant", "time", "id", "operation"];
const KEPT = new Set(["index", "received", "source", "tenant"]); // of an erased record
const ERASED = "erased"; // its kind
const NO_TIME = -(1n << 63n); // null
const DIGEST = 8; // bytes

/** Whoever made the columns cannot know it: so no other texts have one digest. */
const SECRET = randomBytes(16);

const digest = (id, operation) => sha256(SECRET,
  `${id?.length ?? "-"} ${operation?.length ?? "-"} ${id ?? ""}${operation ?? ""}`)
  .subarray(0, DIGEST);

/** Small numbers for pairs of source and tenant. */
class Pairs {
  constructor() {
    this.numbers = new Map();
  }
  number(source, tenant) {
    const key = `${source?.length ?? "-"} ${source}${tenant ?? ""}`;
    let found = this.numbers.get(key);
    if (found === undefined) this.numbers.set(key, found = this.numbers.size);
    return found;
  }
}

/** What rows say of the records [from, end), by record. */
class Rows {
  constructor(from, end) {
    this.from = from;
    this.end = end;
    this.count = 0;
    this.there = new Uint8Array(end - from);
    this.received = new BigInt64Array(end - from);
    this.time = new BigInt64Array(end - from);
    this.pair = new Uint32Array(end - from);
    this.digests = Buffer.alloc((end - from) * DIGEST);
    this.pairs = new Pairs();
  }

  add(index, row) {
    const i = index - this.from;
    if (this.there[i]) throw new Fault(`record ${index} is there twice`);
    this.there[i] = 1;
    this.count++;
    this.received[i] = row.received ?? NO_TIME;
    this.time[i] = row.time ?? NO_TIME;
    this.pair[i] = this.pairs.number(row.source, row.tenant);
    digest(row.id, row.operation).copy(this.digests, i * DIGEST);
  }

  /** Which columns say something else of the record; "" if none does. */
  differ(index, frame, event) {
    const i = index - this.from;
    const { source, tenant } = frame.stream;
    if (this.received[i] !== frame.received) return "received is";
    if (this.pair[i] !== this.pairs.number(source, tenant)) return "source or tenant is";
    if (!event) return "";
    if (this.time[i] !== (event.time ?? NO_TIME)) return "time is";
    return digest(event.id, event.operation).equals(
      this.digests.subarray(i * DIGEST, (i + 1) * DIGEST)) ? "" : "id or operation is";
  }
}

const NOTHING = { id: null, operation: null, time: null };

/** The columns of a segment: open(), then load() and compare() by ranges. */
export class Columns {
  constructor(path, first, end, packages) {
    this.path = path;
    this.first = first;
    this.end = end;
    this.packages = packages;
    this.input = new Input(path);
    this.judged = 0; // records of which id, operation and time were compared
    this.erased = null; // of each record whether it is, if any is
  }

  close() {
    this.input.close();
  }

  async open() {
    const { input, packages } = this;
    const slice = (at, end = input.size) => {
      const bytes = input.read(at, end - at);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    };
    this.options = {
      file: { byteLength: input.size, slice },
      compressors: { ZSTD: packages.unzstd },
      parsers: { timestampFromMicroseconds: (us) => us },
    };
    try {
      const { ranges, metadata } = await packages.parquetScan(this.options);
      this.ranges = ranges; // of rows: the row groups
      this.names = packages.parquetSchema(metadata).children.map((child) => child.element.name);
      const rows = number(metadata.num_rows);
      if (rows !== this.end - this.first)
        throw new Fault(`it has ${rows} rows, not ${this.end - this.first}`);
    } catch (error) {
      throw inFile(this.path, error);
    }
  }

  /** One column of some rows.  A scan of its own: one that lives keeps them all. */
  async read(column, range) {
    const scan = await this.packages.parquetScan(this.options);
    return scan.readColumn({ column, ...range });
  }

  async readIndex(range) {
    const column = await this.read("index", range);
    return Array.from(column, (index) => {
      if (typeof index !== "bigint") throw new Fault("a row without an index");
      return number(index);
    });
  }

  /** Reads what the rows say of the records [from, end). */
  async load(from, end) {
    try {
      this.rows = new Rows(from, end);
      for (const range of this.ranges) await this.loadRange(range);
      if (this.rows.count !== end - from)
        throw new Fault(`record ${from + this.rows.there.indexOf(0)} is not there`);
    } catch (error) {
      throw inFile(this.path, error);
    }
  }

  async loadRange(range) {
    const indexes = await this.readIndex(range);
    const columns = {};
    for (const column of COMPARED) columns[column] = await this.read(column, range);
    for (let i = 0; i < indexes.length; i++) {
      const index = indexes[i];
      if (index < this.rows.from || index >= this.rows.end) continue;
      this.rows.add(index, { received: columns.received[i], time: columns.time[i],
        source: columns.source[i], tenant: columns.tenant[i], id: columns.id[i],
        operation: columns.operation[i] });
    }
  }

  /** A record of the range that was loaded. */
  compare(index, frame) {
    const own = frame.stream.source.startsWith("firn/");
    const event = frame.erased || own ? NOTHING : auditEvent(frame.raw);
    const wrong = this.rows.differ(index, frame, event);
    if (wrong) throw new Fault(`'${this.path}': ${wrong} not that of record ${index}`);
    if (event) this.judged++;
    if (!frame.erased) return;
    this.erased ??= new Uint8Array(this.end - this.first);
    this.erased[index - this.first] = 1;
  }

  /** Of erased records nothing is left in any column but what their leaves say. */
  async checkErased() {
    try {
      for (const range of this.erased ? this.ranges : []) await this.checkRange(range);
    } catch (error) {
      throw inFile(this.path, error);
    }
  }

  async checkRange(range) {
    const indexes = await this.readIndex(range);
    const places = [...indexes.keys()].filter((i) => this.erased[indexes[i] - this.first]);
    for (const column of places.length ? this.names : []) {
      if (KEPT.has(column)) continue;
      const values = await this.read(column, range);
      const empty = column === "kind" ? ERASED : null;
      const left = places.find((i) => (values[i] ?? null) !== empty);
      if (left !== undefined)
        throw new Fault(`record ${indexes[left]} was erased, and has still its ${column}`);
    }
  }
}
