// Which segments a ledger has: docs/ledger.md, "Which segments there are".

import { join } from "node:path";
import { number } from "./files.mjs";
import { Fault, decimal, sha256 } from "./tlog.mjs";

const HASH = "([0-9a-f]{64})";
const NUMBER = "(0|[1-9][0-9]{0,18})";
const SEGMENT = new RegExp(`^segment ${NUMBER} ${NUMBER} ([0-9]{4}-[0-9]{2}-[0-9]{2}) ` +
  `${HASH} ${HASH} ${HASH} (?:0|[1-9][0-9]*) (?:-|${HASH})$`);

function isDay(text) {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.valueOf()) && date.toISOString().slice(0, 10) === text;
}

function parseSegment(dir, line) {
  const [, first, end, day, raw, parquet, idx] = SEGMENT.exec(line) ?? [];
  if (!first || !isDay(day)) throw new Fault(`no line of a manifest: '${line}'`);
  const segment = { first: number(decimal(first)), end: number(decimal(end)), day };
  const range = [first, end].map((n) => n.padStart(20, "0")).join("-");
  for (const [kind, hash] of Object.entries({ raw, parquet, idx }))
    segment[kind] = { hash, path: join(dir, "segment", day,
      `${range}-${hash.slice(0, 16)}.${kind}`) };
  return segment;
}

/** The segments, in order: first, end, day, and path and hash of each file. */
export function parseManifest(dir, bytes) {
  const text = bytes.toString("latin1");
  const foot = Math.max(0, text.length - "sha256 \n".length - 64);
  const [head, ...lines] = text.slice(0, foot).split("\n");
  if (text.slice(foot) !== `sha256 ${sha256(bytes.subarray(0, foot)).toString("hex")}\n`)
    throw new Fault("its last line is not the hash of those before");
  if (head !== "firn-manifest/1" || lines.pop() !== "") throw new Fault("no manifest");
  let next = 0;
  return lines.map((line) => {
    const segment = parseSegment(dir, line);
    if (segment.first !== next || segment.end <= next)
      throw new Fault(`a segment of record ${segment.first} where record ${next} comes next`);
    next = segment.end;
    return segment;
  });
}
