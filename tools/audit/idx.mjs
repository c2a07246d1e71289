// Which event is which record of a segment: docs/ledger.md, "Events: .idx".

import { Input, Reader, inFile } from "./files.mjs";
import { Fault } from "./tlog.mjs";

const MAGIC = Buffer.from("firn-idx/1\n\0\0\0\0\0");
const HEAD = 56;
const ENTRY = 28;
const FOOT = 32;
const BLOCK = 32;
const BLOCK_IDS = 15;
const AT_ONCE = 1 << 15; // entries
const SALTS = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b,
  0x9efc4947, 0x5c6bfb31];

/** The split-block Bloom filter over ids, as it must come out. */
class Filter {
  constructor(count) {
    this.blocks = Math.ceil(count / BLOCK_IDS);
    this.bytes = Buffer.alloc(this.blocks * BLOCK);
  }
  add(id) {
    const low = id.readUInt32LE(8);
    // (high * blocks) >> 32, in halves that a double holds exactly
    const upper = id.readUInt16LE(14) * this.blocks;
    const lower = id.readUInt16LE(12) * this.blocks;
    const block = Math.floor((upper + Math.floor(lower / 65536)) / 65536);
    for (let word = 0; word < 8; word++) {
      const bit = Math.imul(low, SALTS[word]) >>> 27;
      this.bytes[block * BLOCK + word * 4 + (bit >>> 3)] |= 1 << (bit & 7);
    }
  }
}

/** Ids in order; of one id, records in order. */
function checkOrder(before, entry) {
  const order = before.compare(entry, 0, 16, 0, 16);
  if (order > 0 || (!order && before.readUInt32LE(24) >= entry.readUInt32LE(24)))
    throw new Fault("its entries are not in order");
}

function readHead(input) {
  if (input.size < HEAD + FOOT) throw new Fault("cut short");
  const head = input.read(0, HEAD);
  if (!head.subarray(0, 16).equals(MAGIC)) throw new Fault("its head is wrong");
  const reader = new Reader(head.subarray(16));
  const [first, end, received, count, blocks] =
    [reader.u64(), reader.u64(), reader.i64(), reader.u64(), reader.u64()];
  if (blocks !== Math.ceil(count / BLOCK_IDS) ||
      input.size !== HEAD + count * ENTRY + blocks * BLOCK + FOOT)
    throw new Fault("it is not as long as it says");
  return { first, end, received, count };
}

function walk(input, head, entry) {
  const filter = new Filter(head.count);
  const filterAt = HEAD + head.count * ENTRY;
  let before = Buffer.alloc(ENTRY);
  for (let i = 0; i < head.count; i += AT_ONCE) {
    const some = input.read(HEAD + i * ENTRY, Math.min(AT_ONCE, head.count - i) * ENTRY);
    for (let at = 0; at < some.length; at += ENTRY) {
      const one = some.subarray(at, at + ENTRY);
      const index = head.first + one.readUInt32LE(24);
      if (i || at) checkOrder(before, one);
      if (index >= head.end) throw new Fault(`record ${index} is not in its segment`);
      filter.add(one);
      entry(index, one.subarray(0, 24));
      before = one;
    }
  }
  if (!filter.bytes.equals(input.read(filterAt, filter.bytes.length)))
    throw new Fault("its filter is not that of its entries");
  const end = input.size - FOOT;
  if (!input.sha256(0, end).equals(input.read(end, FOOT)))
    throw new Fault("its last bytes are not the hash of those before");
}

/**
 * Calls back for every entry with the record's index, and its identity: 24
 * bytes, good until the next.  Returns what the head says.
 */
export function walkIdx(path, entry) {
  const input = new Input(path);
  try {
    const head = readHead(input);
    walk(input, head, entry);
    return head;
  } catch (error) {
    throw inFile(path, error);
  } finally {
    input.close();
  }
}
