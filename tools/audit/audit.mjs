#!/usr/bin/env node
// Checks what firn says of a ledger, without any of firn's code.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { auditBundle } from "./bundle.mjs";
import { follow, parseChange, parseExtra } from "./changes.mjs";
import { commit, parseLeaf } from "./leaf.mjs";
import { auditLedger } from "./ledger.mjs";
import { parsePolicy } from "./policy.mjs";
import {
  base64, decimal, Fault, includes, leafHash, openCheckpoint, parseKeys, Tree, Usage,
} from "./tlog.mjs";

const USAGE = `usage: audit.mjs ledger DIR [--key VKEY|FILE] [--policy FILE]
       audit.mjs published DIR --key VKEY|FILE
       audit.mjs proof FILE --key VKEY|FILE [--record RAW]
       audit.mjs bundle DIR --key VKEY|FILE [--policy FILE]

Checks a ledger of firn, a published copy of one, the proof of a record, or a
report of damage with its evidence; by a policy (C2SP's tlog-policy), whether
enough witnesses cosigned the ledger, or what the report rests on, too.
Needs Node 18, and for a ledger with segments what 'npm ci' installs beside it.
Shares no code with firn.

exit codes: 0 all of it verifies, 1 it does not, 2 wrong usage, or it could not
be read
`;

/** A key, or a file with one a line. */
function readKeys(word) {
  if (!word) throw new Usage("--key is missing");
  return parseKeys(existsSync(word) ? readFileSync(word, "utf8") : word);
}

function readPolicy(file) {
  if (file && !existsSync(file)) throw new Usage(`'${file}' is not there`);
  return file && parsePolicy(file, readFileSync(file, "utf8"));
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

async function run(args) {
  const { values, positionals } = parseArgs({ args, allowPositionals: true,
    options: { key: { type: "string" }, record: { type: "string" },
      policy: { type: "string" }, help: { type: "boolean", short: "h" } } });
  if (values.help) return USAGE.trimEnd();
  const [verb, path] = positionals;
  if (positionals.length !== 2) throw new Usage("a verb and a path, please");
  if (!existsSync(path)) throw new Usage(`'${path}' is not there`);
  if (values.policy && verb !== "ledger" && verb !== "bundle")
    throw new Usage("--policy is for a ledger or a bundle");
  if (verb === "proof") return auditProof(path, values.key, values.record);
  if (!statSync(path).isDirectory()) throw new Usage(`'${path}' is no folder`);
  if (verb === "ledger")
    return auditLedger(path, values.key && readKeys(values.key), readPolicy(values.policy));
  if (verb === "bundle") return auditBundle(path, readKeys(values.key), readPolicy(values.policy));
  if (verb === "published") return auditPublished(path, values.key);
  throw new Usage(`no verb '${verb}'`);
}

/** What is said may hold words of those who wrote the ledger. */
const plain = (line) => line.replace(/[\x00-\x1f\x7f-\x9f]/g, "?");

try {
  console.log((await run(process.argv.slice(2))).split("\n").map(plain).join("\n"));
} catch (error) {
  const fault = error instanceof Fault;
  if (!fault && !error.code && !(error instanceof Usage)) throw error;
  console.error(plain(`${fault ? "fault" : "audit"}: ${error.message}`));
  process.exitCode = fault ? 1 : 2;
}
