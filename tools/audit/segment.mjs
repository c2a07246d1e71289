// Whether a segment is what its ledger holds: docs/ledger.md, "Segments".

import { Columns } from "./columns.mjs";
import { Input } from "./files.mjs";
import { walkIdx } from "./idx.mjs";
import { timeText } from "./leaf.mjs";
import { Raw } from "./raw.mjs";
import { Fault } from "./tlog.mjs";

const IDENTITY = 24; // bytes
/** Records that are compared at once, for which 60 bytes each are kept. */
const AT_ONCE = 1 << 22;

function checkFile({ path, hash }) {
  const input = new Input(path);
  try {
    if (input.sha256().toString("hex") !== hash)
      throw new Fault(`'${path}' is not the file that the manifest names`);
  } finally {
    input.close();
  }
}

/** The identities that .idx has of the records [from, end). */
class Identities {
  constructor(path, from, end) {
    this.path = path;
    this.from = from;
    this.there = new Uint8Array(end - from);
    this.bytes = Buffer.alloc((end - from) * IDENTITY);
    this.head = walkIdx(path, (index, identity) => {
      if (index < from || index >= end) return;
      if (this.there[index - from])
        throw new Fault(`'${path}': record ${index} has two events`);
      this.there[index - from] = 1;
      identity.copy(this.bytes, (index - from) * IDENTITY);
    });
  }

  compare(index, { identity }) {
    const i = index - this.from;
    const at = i * IDENTITY;
    if (Boolean(identity) !== Boolean(this.there[i]) ||
        (identity && this.bytes.compare(identity, 0, IDENTITY, at, at + IDENTITY)))
      throw new Fault(`'${this.path}': record ${index} tells another event, or none`);
  }
}

class Segment {
  constructor(segment, packages) {
    Object.assign(this, segment); // first, end, day; raw, parquet, idx
    this.records = new Raw(this.raw.path, packages.unzstd);
    this.columns = new Columns(this.parquet.path, this.first, this.end, packages);
    this.latest = null; // time at which a record was received
    this.loaded = this.first; // up to here it is known what .idx and columns say
  }

  close() {
    this.records.close();
    this.columns.close();
  }

  async open() {
    if (this.records.first !== this.first || this.records.end !== this.end)
      throw new Fault(`'${this.raw.path}': it is of other records`);
    await this.columns.open();
  }

  /** What is said of the records of a block and some behind it. */
  async load({ first, end }) {
    const ends = this.records.blocks.map((block) => block.end);
    this.loaded = ends.filter((at) => at <= first + AT_ONCE).at(-1) ?? end;
    this.loaded = Math.max(this.loaded, end);
    this.identities = new Identities(this.idx.path, first, this.loaded);
    const { head } = this.identities;
    if (head.first !== this.first || head.end !== this.end)
      throw new Fault(`'${this.idx.path}': it is of other records`);
    await this.columns.load(first, this.loaded);
  }

  compare(index, frame) {
    if (index === this.first && timeText(frame.received).slice(0, 10) !== this.day)
      throw new Fault(`'${this.raw.path}': its first record is not of ${this.day}`);
    if (this.latest === null || frame.received > this.latest) this.latest = frame.received;
    this.identities.compare(index, frame);
    this.columns.compare(index, frame);
  }

  async check(record) {
    await this.open();
    for (const block of this.records.blocks) {
      const frames = this.records.read(block);
      if (block.first >= this.loaded) await this.load(block);
      frames.forEach((frame, i) => {
        record(block.first + i, frame.leaf, this.raw.path);
        this.compare(block.first + i, frame);
      });
    }
    if (this.identities.head.received !== this.latest)
      throw new Fault(`'${this.idx.path}': another time for the latest record`);
    await this.columns.checkErased();
  }
}

/**
 * Calls back with index, leaf hash and path for every record, in order; then
 * all that is beside the records was right.  Returns of how many all columns
 * were compared that can be.
 */
export async function checkSegment(segment, packages, record) {
  for (const kind of ["raw", "parquet", "idx"]) checkFile(segment[kind]);
  const open = new Segment(segment, packages);
  try {
    await open.check(record);
    return open.columns.judged;
  } finally {
    open.close();
  }
}
