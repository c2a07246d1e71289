// The records of a segment: docs/ledger.md, "Records: .raw".

import { Input, Reader, inFile } from "./files.mjs";
import { RAW_MAX, readFrame, readStreams } from "./frame.mjs";
import { Fault, sha256 } from "./tlog.mjs";

const MAGIC = Buffer.from("firn-raw/1\n\0\0\0\0\0");
const HEAD = 32;
const FOOT = 40;
const DIRECTORY_MAX = 1 << 30; // bytes
const UNPACKED_MAX = (512 << 10) + RAW_MAX + 4096;

export class Raw {
  constructor(path, unzstd) {
    this.path = path;
    this.unzstd = unzstd;
    this.input = new Input(path);
    try {
      this.open();
    } catch (error) {
      this.close();
      throw inFile(path, error);
    }
  }

  close() {
    this.input.close();
  }

  open() {
    const { size } = this.input;
    if (size < HEAD + FOOT) throw new Fault("cut short");
    const head = this.input.read(0, HEAD);
    const foot = this.input.read(size - FOOT, FOOT);
    const at = new Reader(foot).u64();
    if (!head.subarray(0, 16).equals(MAGIC)) throw new Fault("its head is wrong");
    if (at < HEAD || at > size - FOOT || size - FOOT - at > DIRECTORY_MAX)
      throw new Fault("its end is wrong");
    const directory = this.input.read(at, size - FOOT - at);
    if (!sha256("firn-raw-directory/1\n", head, directory, foot.subarray(0, 8))
      .equals(foot.subarray(8)))
      throw new Fault("its directory does not verify");
    const numbers = new Reader(head.subarray(16));
    this.first = numbers.u64();
    this.end = numbers.u64();
    this.readDirectory(new Reader(directory), at);
  }

  /** Blocks follow on one another, in the file and in the log. */
  readDirectory(reader, end) {
    this.streams = readStreams(reader, Infinity);
    const count = reader.u32();
    this.blocks = [];
    let at = HEAD;
    let least = this.first;
    for (let i = 0; i < count; i++) {
      const block = { first: reader.u64(), at: reader.u64(), packed: reader.u32(),
        unpacked: reader.u32(), stream: reader.u32(), hash: reader.take(32) };
      if (block.at !== at || (i ? block.first < least : block.first !== least) ||
          block.first >= this.end || block.unpacked > UNPACKED_MAX)
        throw new Fault(`block ${i} is not where it should be`);
      if (i) this.blocks[i - 1].end = block.first;
      this.blocks.push({ ...block, end: this.end });
      at += block.packed;
      least = block.first + 1;
    }
    if (reader.left() || at !== end || !count) throw new Fault("its directory is none");
  }

  /** The frames of a block's records. */
  read(block) {
    try {
      return this.unpack(block);
    } catch (error) {
      throw inFile(this.path, error, `records ${block.first} to ${block.end - 1}: `);
    }
  }

  unpack(block) {
    const packed = this.input.read(block.at, block.packed);
    if (!sha256(packed).equals(block.hash)) throw new Fault("their block does not verify");
    const bytes = this.unzstd(packed, block.unpacked);
    const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    const frames = [];
    for (let i = block.first; i < block.end; i++)
      frames.push(readFrame(reader, this.streams, block.stream));
    if (reader.left()) throw new Fault("more of them than should be there");
    return frames;
  }
}
