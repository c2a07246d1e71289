// Changes a bundle of evidence in many ways, each of which tools/audit must find.
//
//	node bundle_flips.mjs FOLDER VKEY

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { auditBundle } from "../../tools/audit/bundle.mjs";
import { Fault, parseKeys } from "../../tools/audit/tlog.mjs";

const FLIPS = 40; // of each file
const [, , dir, vkey] = process.argv;
const keys = parseKeys(vkey);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

const files = (path) => statSync(path).isDirectory()
  ? readdirSync(path).flatMap((name) => files(join(path, name))) : [path];

let failed = 0;
function mustFail(what) {
  try {
    auditBundle(dir, keys);
    console.error(`not found: ${what}`);
    failed++;
  } catch (error) {
    if (error instanceof Fault) return;
    console.error(`${what}: ${error.stack}`);
    failed++;
  }
}

/** The hash of a file, as whoever changed it would write it into the list. */
function fixSum(path) {
  const signed = path.includes("/signed/");
  const top = signed ? join(dir, "evidence", "signed") : dir;
  const sums = join(top, "SHA256SUMS");
  const name = relative(top, path);
  writeFileSync(sums, readFileSync(sums, "latin1").split("\n").map((line) =>
    line.endsWith(`  ${name}`) ? `${sha256(readFileSync(path))}  ${name}` : line).join("\n"));
}

console.log(auditBundle(dir, keys));
for (const path of files(dir)) {
  const whole = readFileSync(path);
  const step = Math.max(1, Math.floor(whole.length / FLIPS));
  for (let at = 0; at < whole.length; at += step) {
    const bytes = Buffer.from(whole);
    bytes[at] ^= 1 << (at % 8);
    writeFileSync(path, bytes);
    mustFail(`${path}: byte ${at}`);
  }
  writeFileSync(path, whole.subarray(0, whole.length - 1));
  mustFail(`${path}: cut`);
  writeFileSync(path, whole);
}

// Changed by somebody who knows how the folder is made: what is signed shows it.
const deep = ["evidence/records.ndjson", "evidence/signed/checkpoint",
  "evidence/signed/checkpoint.consistency"].map((name) => join(dir, name));
for (const path of deep) {
  const whole = readFileSync(path);
  const sums = [join(dir, "SHA256SUMS"), join(dir, "evidence", "signed", "SHA256SUMS")]
    .map((name) => [name, readFileSync(name)]);
  const text = whole.toString("latin1");
  const places = [text.length >> 1, text.length >> 2, text.length >> 3, 3];
  for (const at of places) {
    const bytes = Buffer.from(whole);
    bytes[at] ^= 1;
    writeFileSync(path, bytes);
    fixSum(path);
    mustFail(`${path}: byte ${at}, with its hash`);
  }
  writeFileSync(path, whole);
  sums.forEach(([name, bytes]) => writeFileSync(name, bytes));
}

/** A file changed as text, with its hash. */
function mustFailAs(name, change) {
  const path = join(dir, name);
  const whole = readFileSync(path);
  const sums = readFileSync(join(dir, "SHA256SUMS"));
  const changed = change(whole.toString("utf8"));
  if (changed === whole.toString("utf8")) throw new Error(`${name}: nothing changed`);
  writeFileSync(path, changed);
  fixSum(path);
  mustFail(`${name}: ${change}`);
  writeFileSync(path, whole);
  writeFileSync(join(dir, "SHA256SUMS"), sums);
}
const RECORDS = "evidence/records.ndjson";
mustFailAs(RECORDS, (text) => text.split("\n").slice(1).join("\n")); // the delivery
mustFailAs(RECORDS, (text) => text.split("\n").slice(0, -2).join("\n") + "\n");
mustFailAs(RECORDS, (text) => text.replace("\n", "\n" + text.split("\n")[0] + "\n"));
mustFailAs(RECORDS, (text) => text.replace(/"raw":"\{/, '"raw":" {'));
mustFailAs(RECORDS, (text) => text.replace(/"index":1([0-9])/, '"index":2$1'));
mustFailAs("report.json", (text) => text.replace('"evidence":[', '"evidence":[7,'));
mustFailAs("report.json", (text) => text.replace(/"items":5,/, '"items":4,'));
mustFailAs("report.json", (text) => text.replace('"size":1000,', '"size":999,'));
mustFailAs("items.csv", (text) => text.split("\r\n").slice(1).join("\r\n"));

writeFileSync(join(dir, "evidence", "more"), "");
mustFail("a file more");
process.exitCode = failed ? 1 : 0;
