#!/usr/bin/env node
// Checks what firn says of a ledger, without any of firn's code.

import {
  existsSync, openSync, readdirSync, readFileSync, readSync, statSync,
} from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import {
  checkTurn, Claims, follow, inForce, parseChange, parseExtra, readChanges, tellFormer,
} from "./changes.mjs";
import { commit, parseLeaf } from "./leaf.mjs";
import {
  base64, decimal, Fault, includes, leafHash, openCheckpoint, parseKey, Tree,
} from "./tlog.mjs";
import { walkWal } from "./wal.mjs";

const USAGE = `usage: audit.mjs ledger DIR [--key VKEY|FILE]
       audit.mjs published DIR --key VKEY|FILE
       audit.mjs proof FILE --key VKEY|FILE [--record RAW]

Checks a ledger of firn, a published copy of one, or the proof of a record.
Needs Node 18 and nothing else, and shares no code with firn.

exit codes: 0 all of it verifies, 1 it does not, 2 wrong usage, or it could not
be read
`;

class Usage extends Error {}

const keysIn = (text) => text.trimEnd().split("\n").map(parseKey);

/** A key, or a file with one a line. */
function readKeys(word) {
  if (!word) throw new Usage("--key is missing");
  return keysIn(existsSync(word) ? readFileSync(word, "utf8") : word);
}

const WINDOW = 1 << 20; // bytes; a multiple of a hash

/** A file of hashes, asked for from front to back. */
class Hashes {
  constructor(path) {
    this.path = path;
    this.fd = existsSync(path) ? openSync(path) : -1;
    this.from = 0;
    this.bytes = Buffer.alloc(0);
  }
  load(at) {
    const bytes = Buffer.alloc(WINDOW);
    this.from = at - (at % WINDOW);
    const n = this.fd < 0 ? 0 : readSync(this.fd, bytes, 0, WINDOW, this.from);
    this.bytes = bytes.subarray(0, n);
  }
  check(index, hash, why) {
    const at = index * 32;
    if (at < this.from || at >= this.from + this.bytes.length) this.load(at);
    if (!this.bytes.subarray(at - this.from, at - this.from + 32).equals(hash))
      throw new Fault(`'${this.path}': hash ${index} ${why}`);
  }
}

// --- a ledger ---

function walFiles(dir) {
  const names = readdirSync(join(dir, "wal")).sort();
  for (const name of names)
    if (!/^[0-9]{20}\.wal$/.test(name)) throw new Fault(`'wal/${name}': another name`);
  return names;
}

/** What witnesses cosigned, which must be the beginning of the ledger. */
function openCosigned(dir, keys) {
  const path = join(dir, "cosigned");
  if (!existsSync(path)) return [];
  return [{ file: "cosigned", ...openCheckpoint(readFileSync(path), keys) }];
}

/** The checkpoint, who signed it and why he may, and what is to be shown of it. */
function openLedger(dir, key) {
  const keys = keysIn(readFileSync(join(dir, "keys.pub"), "utf8"));
  const origin = readFileSync(join(dir, "origin"), "utf8");
  const changes = inForce(readChanges(dir), origin.trimEnd(), keys);
  const cosigned = openCosigned(dir, keys);
  const note = readFileSync(join(dir, "checkpoint"));
  const head = openCheckpoint(note, [...keys].reverse());
  if (origin !== `${head.origin}\n`) throw new Fault("'origin' is not the checkpoint's");
  checkTurn(head.signer, Number(head.size), changes, keys);
  if (key) head.signer = openCheckpoint(note, follow(readKeys(key), changes)).signer;
  return { head, changes, claims: new Claims(changes, cosigned) };
}

function auditLedger(dir, key) {
  if (readFileSync(join(dir, "format"), "utf8") !== "firn-ledger/1\n")
    throw new Usage(`'${dir}': a format of ledger that is not known here`);
  const { head, changes, claims } = openLedger(dir, key);
  const size = Number(head.size);
  const files = {};
  let where = "";
  const tree = new Tree((level, index, hash) => {
    if (level % 8) return;
    files[level] ??= new Hashes(join(dir, "hash", String(level)));
    files[level].check(index, hash, level
      ? "does not follow from those below" : `is not that of the record in '${where}'`);
  });
  claims.look(tree);
  let seen = 0;
  let torn = 0;
  // Counted first: a writer adds records before their hashes.
  const leaves = join(dir, "hash", "0");
  const known = existsSync(leaves) ? Math.floor(statSync(leaves).size / 32) : 0;
  const names = walFiles(dir);
  names.forEach((name, i) => {
    if (Number(name.slice(0, 20)) !== seen)
      throw new Fault(`'wal/${name}': record ${seen} comes next`);
    torn = walkWal(join(dir, "wal", name), seen, i === names.length - 1,
      (leaf, path) => {
        where = path;
        if (seen < size) {
          tree.add(leaf);
          claims.see(seen, leaf, tree);
        }
        seen++;
      });
  });
  for (const [end, what] of [[size, "for which the checkpoint signs"],
    [known, "which have a hash in hash/0"]])
    if (seen < end)
      throw new Fault(`'wal/${names.at(-1) ?? ""}': records ${seen} to ${end - 1}, ${what}, ` +
        `are ${torn ? "damaged or cut off" : "not there"}`);
  if (!tree.root().equals(head.root))
    throw new Fault("'checkpoint': signs for another root than that of the records");
  claims.check();
  return `ok: ledger ${head.origin}, ${size} records signed by ${head.signer.name}+` +
    `${head.signer.id}; ${seen - size} behind them, ${torn} bytes torn` +
    tellFormer(changes) + (key ? "" : " (the key is the ledger's own word)");
}

// --- a published copy ---

function tileName(number) {
  const groups = [String(number % 1000).padStart(3, "0")];
  for (let n = Math.floor(number / 1000); n; n = Math.floor(n / 1000))
    groups.unshift(`x${String(n % 1000).padStart(3, "0")}`);
  return groups.join("/");
}

/** The file of a tile, whole, or of that width. */
function readTile(dir, level, number, width) {
  const name = tileName(number) + (width < 256 ? `.p/${width}` : "");
  const path = join(dir, "tile", String(level), name);
  if (!existsSync(path)) throw new Fault(`'${path}' is missing`);
  return { path, bytes: readFileSync(path) };
}

function checkEntries(dir, number, leaves) {
  const { path, bytes } = readTile(dir, "entries", number, leaves.length);
  const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  let at = 0;
  leaves.forEach((leaf, i) => {
    const length = at + 2 <= text.length ? text.readUInt16BE(at) : -1;
    const entry = text.subarray(at + 2, at + 2 + length);
    if (entry.length !== length || !leafHash(entry).equals(leaf))
      throw new Fault(`'${path}': entry ${i} is not that of the leaf`);
    parseLeaf(entry);
    at += 2 + length;
  });
  if (at !== text.length) throw new Fault(`'${path}': bytes behind the last entry`);
}

/** The hashes of a level, tile by tile; each must be a file of its length. */
function* tilesOf(dir, level, count) {
  for (let number = 0; number * 256 < count; number++) {
    const width = Math.min(256, count - number * 256);
    const { path, bytes } = readTile(dir, level, number, width);
    if (bytes.length !== 32 * width) throw new Fault(`'${path}': of another length`);
    const hashes = [];
    for (let i = 0; i < width; i++) hashes.push(bytes.subarray(32 * i, 32 * i + 32));
    yield { path, number, hashes };
  }
}

function auditPublished(dir, key) {
  const head = openCheckpoint(readFileSync(join(dir, "checkpoint")), readKeys(key));
  const size = Number(head.size);
  const above = {}; // level: hashes that follow from the leaves
  const tree = new Tree((level, index, hash) => {
    if (level && level % 8 === 0) (above[level / 8] ??= []).push(hash);
  });
  const entries = existsSync(join(dir, "tile", "entries"));
  for (const { number, hashes } of tilesOf(dir, 0, size)) {
    if (entries) checkEntries(dir, number, hashes);
    hashes.forEach((hash) => tree.add(hash));
  }
  for (const [level, wanted] of Object.entries(above))
    for (const { path, number, hashes } of tilesOf(dir, level, wanted.length))
      hashes.forEach((hash, i) => {
        if (!hash.equals(wanted[number * 256 + i]))
          throw new Fault(`'${path}': hash ${i} does not follow from the tiles below`);
      });
  if (!tree.root().equals(head.root))
    throw new Fault("'checkpoint': signs for another root than that of the tiles");
  return `ok: copy of ${head.origin}, ${size} leaves signed by ${head.signer.name}+` +
    `${head.signer.id}, ${entries ? "entries, too" : "without entries"}`;
}

// --- a proof ---

function parseProof(bytes) {
  const text = bytes.toString("latin1");
  const end = text.indexOf("\n\n");
  const lines = text.slice(0, Math.max(end, 0)).split("\n");
  if (lines.shift() !== "c2sp.org/tlog-proof@v1") throw new Fault("no tlog-proof");
  const [, extra] = /^extra (.+)$/.exec(lines[0] ?? "") ?? [];
  if (!extra) throw new Fault("the proof has no line 'extra'");
  const [, index] = /^index (.+)$/.exec(lines[1] ?? "") ?? [];
  const path = lines.slice(2).map((line) => base64(line, "proof"));
  if (path.some((hash) => hash.length !== 32)) throw new Fault("proof: no hash");
  return { extra: base64(extra, "extra"), index: decimal(index ?? "", "proof: index"), path,
    note: bytes.subarray(end + 2) };
}

function auditProof(file, key, record) {
  const { extra, index, path, note } = parseProof(readFileSync(file));
  const { salt, text, leaf, more } = parseExtra(extra);
  const changes = more.split("\n").filter(Boolean).map((line) => {
    const [, word] = /^change (\S+)$/.exec(line) ?? [];
    return parseChange(base64(word ?? "-", "'extra': change"));
  });
  const head = openCheckpoint(note, follow(readKeys(key), changes));
  if (!includes(head.size, head.root, index, leafHash(text), path))
    throw new Fault("the proof does not lead from the leaf to the signed root");
  if (record) {
    if (salt === "-") throw new Fault(`record ${index} was erased`);
    if (!commit(Buffer.from(salt, "hex"), readFileSync(record)).equals(leaf.commit))
      throw new Fault(`'${record}' is not record ${index}`);
  }
  return `ok: ${record ? "this is" : "there is a"} record ${index} of ${head.origin}, ` +
    `received ${leaf.received} from ${leaf.source}; ${head.size} records signed by ` +
    `${head.signer.name}+${head.signer.id}`;
}

// --- the command ---

function run(args) {
  const { values, positionals } = parseArgs({ args, allowPositionals: true,
    options: { key: { type: "string" }, record: { type: "string" },
      help: { type: "boolean", short: "h" } } });
  if (values.help) return USAGE.trimEnd();
  const [verb, path] = positionals;
  if (positionals.length !== 2) throw new Usage("a verb and a path, please");
  if (!existsSync(path)) throw new Usage(`'${path}' is not there`);
  if (verb === "proof") return auditProof(path, values.key, values.record);
  if (!statSync(path).isDirectory()) throw new Usage(`'${path}' is no folder`);
  if (verb === "ledger") return auditLedger(path, values.key);
  if (verb === "published") return auditPublished(path, values.key);
  throw new Usage(`no verb '${verb}'`);
}

try {
  console.log(run(process.argv.slice(2)));
} catch (error) {
  const fault = error instanceof Fault;
  console.error(fault ? `fault: ${error.message}` : `audit: ${error.message}`);
  if (!fault && !error.code && !(error instanceof Usage)) throw error;
  process.exitCode = fault ? 1 : 2;
}
