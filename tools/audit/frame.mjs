// A record in the files of a ledger: docs/ledger.md, "Frames".

import { utf8 } from "./files.mjs";
import { commit, leafText, parseLeaf } from "./leaf.mjs";
import { Fault, leafHash } from "./tlog.mjs";

const ERASED = 1;
const IDENTITY = 4;
const FLAGS = 7;
const NO_TIME = -(1n << 63n);
export const RAW_MAX = 64 << 20; // bytes of one record
const TEXT_MAX = 4096;
const NAME_MAX = 512;
const ALL_TOLD = Buffer.alloc(8, 255);

/** Of a source or a tenant; an empty one is of neither but where it may be. */
function readName(reader, mayBeEmpty) {
  const bytes = reader.take(reader.u16());
  const name = utf8(bytes);
  const ok = name && bytes.length <= NAME_MAX && name !== "-" && !/[\x00-\x1f\x7f-\x9f]/.test(name);
  if (!ok && !(mayBeEmpty && name === "")) throw new Fault("no name of a source or a tenant");
  return name;
}

/** The pairs of source and tenant that frames name by number. */
export function readStreams(reader, most) {
  const streams = [];
  const count = reader.u32();
  if (count > most) throw new Fault("too many streams");
  for (let i = 0; i < count; i++)
    streams.push({ source: readName(reader, false), tenant: readName(reader, true) });
  return streams;
}

/**
 * The record that comes next.  `bare` is the frame without the record's bytes
 * or the leaf's text, `first` what the stream's number counts from.
 */
export function readFrame(reader, streams, first = 0) {
  const start = reader.at;
  const flags = reader.u8();
  if (flags & ~FLAGS) throw new Fault("unknown flags");
  const erased = Boolean(flags & ERASED);
  const stream = streams[first + reader.u32()];
  if (!stream) throw new Fault("a stream that is not in the table");
  const available = reader.i64();
  const received = reader.i64();
  if (received === NO_TIME) throw new Fault("a record that was never received");
  const delivery = reader.take(8).readBigUInt64LE();
  const identity = flags & IDENTITY ? reader.take(24) : null;
  const salt = erased ? null : reader.take(16);
  const length = reader.u32();
  if (length > (erased ? TEXT_MAX : RAW_MAX)) throw new Fault("a record that is too long");
  const bare = reader.bytes.subarray(start, reader.at);
  const raw = reader.take(length);
  const committed = erased ? parseLeaf(raw).commit : commit(salt, raw);
  const text = leafText({ ...stream, available, received, delivery, committed });
  if (erased && !text.equals(raw)) throw new Fault("an erased record says two things");
  if (erased && identity && !identity.subarray(16).equals(ALL_TOLD))
    throw new Fault("an erased record still says what its event tells");
  return { erased, stream, received, identity, raw, bare, leaf: leafHash(text) };
}
