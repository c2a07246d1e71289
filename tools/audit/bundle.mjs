// A report of damage with its evidence: every record against its proof, and the
// tree that they prove against the signed checkpoint.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { follow, readChanges } from "./changes.mjs";
import { Input, inFile, utf8 } from "./files.mjs";
import { commit, parseLeaf } from "./leaf.mjs";
import { witnessed } from "./policy.mjs";
import {
  base64, decimal, extendsTree, Fault, includes, leafHash, openCheckpoint, parseKey, parseKeys,
  readCheckpoint, readNote, signersOf,
} from "./tlog.mjs";

const FILES = ["README.txt", "evidence/inputs.json", "evidence/records.ndjson", "items.csv",
  "report.html", "report.json"];
const SIGNED = ["checkpoint", "checkpoint.consistency", "keys.pub"];
const MAYBE = ["changes", "cosigned", "cosigned.consistency", "witnesses"];
const CERTAINTIES = ["accessed", "possibly accessed"];

// --- the files ---

function filesIn(dir, under = dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return filesIn(path, under);
    if (!entry.isFile()) throw new Fault(`'${path}': no plain file`);
    return [relative(under, path)];
  }).sort();
}

/** The names in SHA256SUMS, each of which has the hash that it says. */
function checkSums(dir) {
  const path = join(dir, "SHA256SUMS");
  const text = readFile(path).toString("latin1");
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Fault(`'${path}': no line feed at its end`);
  return lines.map((line) => {
    const [, hex, name] = /^([0-9a-f]{64}) {2}([A-Za-z0-9./]+)$/.exec(line) ?? [];
    if (!name || name.includes("..")) throw new Fault(`'${path}': no line of a hash`);
    const file = new Input(join(dir, name));
    const found = file.sha256().toString("hex");
    file.close();
    if (found !== hex) throw new Fault(`'${join(dir, name)}': is not as it was made`);
    return name;
  }).sort();
}

function checkFiles(dir) {
  const signed = join(dir, "evidence", "signed");
  const all = checkSums(dir);
  const below = checkSums(signed);
  const same = (a, b) => a.length === b.length && a.every((name, i) => name === b[i]);
  if (!same(all, FILES)) throw new Fault(`'${join(dir, "SHA256SUMS")}': names other files`);
  if (!SIGNED.every((name) => below.includes(name)) || new Set(below).size !== below.length ||
      !below.every((name) => SIGNED.includes(name) || MAYBE.includes(name)))
    throw new Fault(`'${join(signed, "SHA256SUMS")}': names other files`);
  const wanted = [...all, "SHA256SUMS", "evidence/signed/SHA256SUMS",
    ...below.map((name) => `evidence/signed/${name}`)].sort();
  const other = filesIn(dir).find((name) => !wanted.includes(name));
  if (other) throw new Fault(`'${join(dir, other)}': is not of the report`);
}

function readFile(path) {
  if (!existsSync(path)) throw new Fault(`'${path}' is missing`);
  return readFileSync(path);
}

function readJson(path) {
  try {
    return JSON.parse(utf8(readFile(path)));
  } catch (error) {
    throw inFile(path, error);
  }
}

/** What `read` makes of a file in evidence/signed/. */
function readAs(dir, name, read) {
  const path = join(dir, "evidence", "signed", name);
  const bytes = readFile(path);
  try {
    return read(bytes);
  } catch (error) {
    throw inFile(path, error);
  }
}

// --- what was signed ---

function parseConsistency(bytes) {
  const lines = bytes.toString("latin1").split("\n");
  const [, old] = /^old (\S+)$/.exec(lines[1] ?? "") ?? [];
  const [, size] = /^new (\S+)$/.exec(lines[2] ?? "") ?? [];
  if (lines[0] !== "firn-consistency/1" || lines.pop() !== "")
    throw new Fault("no proof of consistency");
  const path = lines.slice(3).map((line) => base64(line, "proof"));
  if (path.some((hash) => hash.length !== 32)) throw new Fault("no hash");
  return { old: decimal(old ?? "", "old"), size: decimal(size ?? "", "new"), path };
}

/** Whichever tree is smaller is the beginning of the other. */
function checkBinds(dir, name, tree, head) {
  const [small, large] = head.size < tree.size ? [head, tree] : [tree, head];
  readAs(dir, name, (bytes) => {
    const proof = parseConsistency(bytes);
    if (proof.old !== small.size || proof.size !== large.size ||
        !extendsTree(small, large, proof.path))
      throw new Fault("does not lead from the tree of the report to the one that was signed");
  });
}

/** Keys of the ledger's own policy: its word, but a wrong signature is a fault. */
function policyKeys(dir) {
  if (!existsSync(join(dir, "evidence", "signed", "witnesses"))) return [];
  return readAs(dir, "witnesses", (bytes) => bytes.toString("utf8").split("\n")
    .map((line) => /^\s*witness\s+\S+\s+(\S+)/.exec(line)?.[1]).filter(Boolean).map(parseKey));
}

/** What witnesses cosigned of the log; null: nothing. */
function readCosigned(dir, tree, keys) {
  if (!existsSync(join(dir, "evidence", "signed", "cosigned"))) return null;
  return readAs(dir, "cosigned", (bytes) => {
    const note = readNote(bytes);
    const head = readCheckpoint(note.text);
    openCheckpoint(bytes, keys);
    if (head.origin !== tree.origin) throw new Fault("of another log");
    checkBinds(dir, "cosigned.consistency", tree, head);
    return { note, size: head.size };
  });
}

function tellCosigned(dir, cosigned, keys) {
  const known = new Set(keys.map((key) => key.id));
  const witnesses = readAs(dir, "cosigned", () =>
    signersOf(cosigned.note, [...keys, ...policyKeys(dir)]).filter((key) => key.type === 4)
      .map((key) => `${key.name}+${key.id}${
        known.has(key.id) ? "" : " (the key is the ledger's own word)"} over ${cosigned.size}`));
  return `cosigned: ${[...new Set(witnesses)].join(", ") || "by nobody whose key is known"}`;
}

/** Enough witnesses must have cosigned all records that the report rests on. */
function checkPolicy(dir, policy, cosigned, keys, records) {
  const last = [...records.keys()].at(-1) ?? -1;
  try {
    const said = witnessed(policy, cosigned, keys);
    if (policy.quorum && last >= cosigned.size)
      throw new Fault(`witnesses cosigned ${cosigned.size} records, and the report rests on ` +
        `record ${last}, too`);
    return said;
  } catch (error) {
    throw inFile(join(dir, "evidence", "signed", "cosigned"), error);
  }
}

// --- records ---

const FEED = 0x0a;

/** Line by line, however long the file is. */
function* linesOf(path) {
  const file = new Input(path);
  let parts = [];
  try {
    for (const piece of file.pieces()) {
      let at = 0;
      for (let end; (end = piece.indexOf(FEED, at)) >= 0; at = end + 1) {
        parts.push(piece.subarray(at, end));
        yield Buffer.concat(parts);
        parts = [];
      }
      parts.push(Buffer.from(piece.subarray(at)));
    }
  } finally {
    file.close();
  }
  if (parts.some((part) => part.length)) throw new Fault("the last line is cut");
}

function checkRecord(line, tree) {
  const record = JSON.parse(utf8(line));
  const { index, salt, path, raw, raw64 } = record;
  if (!Number.isSafeInteger(index) || index < 0 || !Array.isArray(path))
    throw new Fault("no record");
  const text = Buffer.from(String(record.leaf));
  const leaf = parseLeaf(text);
  if (!includes(tree.size, tree.root, BigInt(index), leafHash(text),
    path.map((hash) => base64(hash, "path"))))
    throw new Fault(`the proof of record ${index} does not lead to the tree's root`);
  if (salt === null) {
    if (raw !== undefined || raw64 !== undefined)
      throw new Fault(`record ${index} has bytes and no salt`);
  } else {
    if (!/^[0-9a-f]{32}$/.test(salt)) throw new Fault(`record ${index}: no salt`);
    const bytes = raw === undefined ? base64(raw64, "raw64") : Buffer.from(raw);
    if (!commit(Buffer.from(salt, "hex"), bytes).equals(leaf.commit))
      throw new Fault(`record ${index} is not the one that was committed to`);
  }
  return { index, erased: salt === null, own: leaf.source.startsWith("firn/"),
    delivery: Number(leaf.delivery) };
}

/** Index of each record, and whether it was erased. */
function checkRecords(dir, tree) {
  const path = join(dir, "evidence", "records.ndjson");
  const records = new Map();
  let last = -1;
  let erased = 0;
  try {
    for (const line of linesOf(path)) {
      const record = checkRecord(line, tree);
      if (record.index <= last) throw new Fault(`record ${record.index} out of order`);
      last = record.index;
      records.set(record.index, record);
      erased += record.erased;
    }
    for (const { index, own, delivery } of records.values())
      if (!own && !records.has(delivery))
        throw new Fault(`record ${index} came by delivery ${delivery}, which is missing`);
  } catch (error) {
    throw inFile(path, error);
  }
  return { records, erased };
}

// --- the report ---

/** Every record that it names, wherever. */
function namedIn(value, found) {
  if (Array.isArray(value)) value.forEach((one) => namedIn(one, found));
  else if (value && typeof value === "object")
    for (const [key, one] of Object.entries(value))
      if (key === "index") { if (one !== null) found.add(one); } else namedIn(one, found);
  return found;
}

function checkReport(dir, report, records) {
  const path = join(dir, "report.json");
  const named = namedIn(report, new Set(report.evidence));
  for (const index of named)
    if (!records.has(index)) throw new Fault(`'${path}': record ${index} is not in the evidence`);
  for (const certainty of CERTAINTIES) {
    const items = report.items.filter((item) => item.certainty === certainty).length;
    if (report.counts[certainty].items !== items)
      throw new Fault(`'${path}': does not have as many items '${certainty}' as it counts`);
  }
  const rows = readFile(join(dir, "items.csv")).toString("utf8").replace(/"[^"]*"/g, "")
    .split("\r\n").length - 2;
  if (rows !== report.items.length)
    throw new Fault(`'${join(dir, "items.csv")}': not the items of report.json`);
  return named.size;
}

function readTree(dir, report) {
  const inputs = readJson(join(dir, "evidence", "inputs.json"));
  const { origin, size, root } = report.ledger ?? {};
  if (report.format !== "firn-damage/1" || !Array.isArray(report.items) ||
      !Array.isArray(report.evidence) || !Number.isSafeInteger(size))
    throw new Fault(`'${join(dir, "report.json")}': no report of damage`);
  for (const name of ["origin", "size", "root"])
    if (inputs.ledger?.[name] !== report.ledger[name])
      throw new Fault(`'${join(dir, "evidence", "inputs.json")}': of another ledger`);
  return { origin, size: BigInt(size), root: base64(root, "root"), inputs };
}

/** keys and policy: from elsewhere; without a policy no witness must have cosigned. */
export function auditBundle(dir, keys, policy) {
  checkFiles(dir);
  const report = readJson(join(dir, "report.json"));
  const tree = readTree(dir, report);
  const all = follow(keys, readAs(dir, "keys.pub", () =>
    readChanges(join(dir, "evidence", "signed"))));
  const head = readAs(dir, "checkpoint", (bytes) => openCheckpoint(bytes, all));
  readAs(dir, "keys.pub", (bytes) => parseKeys(bytes.toString("utf8")));
  if (head.origin !== tree.origin)
    throw new Fault(`'${join(dir, "report.json")}': of another ledger than the checkpoint`);
  checkBinds(dir, "checkpoint.consistency", tree, head);
  const cosigned = readCosigned(dir, tree, all);
  const { records, erased } = checkRecords(dir, tree);
  if (tree.inputs.records !== records.size || tree.inputs.erased !== erased)
    throw new Fault(`'${join(dir, "evidence", "records.ndjson")}': not as many records as ` +
      "inputs.json says");
  const named = checkReport(dir, report, records);
  return [`ok: report of ${tree.origin} at ${tree.size}, ${head.size} records signed by ` +
    `${head.signer.name}+${head.signer.id}`,
  `records: ${records.size}, ${erased} of them erased; the report names ${named}`,
  cosigned && tellCosigned(dir, cosigned, all),
  policy && checkPolicy(dir, policy, cosigned, all, records)].filter(Boolean).join("\n");
}
