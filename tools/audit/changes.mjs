// How a ledger went on with another key or under another name: docs/ledger.md,
// "Changes".

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commit, parseLeaf } from "./leaf.mjs";
import {
  base64, decimal, Fault, leafHash, parseKey, readCheckpoint, readNote, signersOf,
} from "./tlog.mjs";

const KEY = /^firn-key\/1\norigin (\S+)\nsize (\d+)\nold (\S+)\nnew (\S+)\n$/;
const NAME = new RegExp("^firn-succession/1\\norigin (\\S+)\\nsize (\\d+)\\nold (\\S+)\\n" +
  "new (\\S+)\\nlost (\\d+) (\\d+)\\nwho (.+)\\nreason (.+)\\n((?:earlier \\S+\\n)*)" +
  "((?:checkpoint (?:kept|lost|other) \\S+\\n)*)$");

const same = (a, b) => a.name === b.name && a.id === b.id && a.type === b.type &&
  a.bytes.equals(b.bytes);

/** The record of a change: who hands over to whom, and from which record on. */
export function parseChange(bytes) {
  const note = readNote(bytes);
  const renames = note.text.startsWith("firn-succession/");
  const found = (renames ? NAME : KEY).exec(note.text);
  if (!found) throw new Fault("not the text of a change of key or of name");
  const [, origin, size, oldLine, newLine, from, end, who, reason, , notes] = found;
  const change = { renames, origin, size: Number(decimal(size, "change")),
    old: parseKey(oldLine), new: parseKey(newLine), who, reason };
  if (change.old.type !== 1 || change.new.type !== 1 || change.new.name !== origin ||
      (change.old.name !== origin) !== renames || same(change.old, change.new))
    throw new Fault("a change between keys that do not fit");
  const signers = signersOf(note, [change.old, change.new]);
  change.byOld = signers.includes(change.old);
  if (!signers.includes(change.new) || !(change.byOld || renames))
    throw new Fault(`the change of '${change.old.name}' lacks a signature`);
  if (renames) {
    change.lostEnd = Number(decimal(end, "lost"));
    if (Number(decimal(from, "lost")) !== change.size || change.lostEnd < change.size)
      throw new Fault("a range of lost records that does not fit");
    change.checkpoints = notes.split("\n").slice(0, -1).map((line) => {
      const [, fate, text] = line.split(" ");
      return { fate, ...readCheckpoint(readNote(base64(text, "checkpoint")).text) };
    });
  }
  return change;
}

/** Salt and leaf text, and what stands behind them: `more`. */
export function parseExtra(bytes) {
  const found = /^firn-proof\/v1\nsalt (-|[0-9a-f]{32})\n/.exec(bytes.toString("latin1"));
  if (!found) throw new Fault("'extra' is not firn's");
  const [head, salt] = found;
  let end = head.length;
  for (let line = 0; line < 7; line++) end = bytes.indexOf("\n", end) + 1 || bytes.length;
  const text = bytes.subarray(head.length, end);
  return { salt, text, leaf: parseLeaf(text), more: bytes.subarray(end).toString("latin1") };
}

function readLine(line, before) {
  const [extraText, noteText, ...rest] = line.split(" ");
  if (rest.length) throw new Fault("more than two words");
  const note = base64(noteText ?? "", "record");
  const { salt, text, leaf, more } = parseExtra(base64(extraText, "extra"));
  const change = parseChange(note);
  if (more || leaf.tenant !== "-" || Number(leaf.delivery) !== change.size ||
      leaf.source !== (change.renames ? "firn/succession" : "firn/key") ||
      salt === "-" || !commit(Buffer.from(salt, "hex"), note).equals(leaf.commit))
    throw new Fault("the leaf is that of another record");
  if (before && (change.size <= before.size || !same(change.old, before.new)))
    throw new Fault("does not go on from the change before it");
  return { ...change, leaf: leafHash(text) };
}

/** The file `changes`; without it there were none. */
export function readChanges(dir) {
  const path = join(dir, "changes");
  if (!existsSync(path)) return [];
  const [head, ...lines] = readFileSync(path, "latin1").split("\n");
  if (head !== "firn-changes/1" || lines.pop() !== "")
    throw new Fault("'changes': not whole lines behind 'firn-changes/1'");
  const changes = [];
  for (const line of lines)
    try {
      changes.push(readLine(line, changes.at(-1)));
    } catch (error) {
      if (error instanceof Fault)
        throw new Fault(`changes:${changes.length + 2}: ${error.message}`);
      throw error;
    }
  return changes;
}

/** Adds the keys that these hand over to. */
export function follow(keys, changes) {
  const all = [...keys];
  for (const change of changes)
    if (change.byOld && all.some((key) => same(key, change.old))) all.push(change.new);
  return all;
}

/**
 * The changes in force, which must account for each line of keys.pub: one more
 * may have been begun, and no more than that.
 */
export function inForce(changes, origin, keys) {
  const last = changes.at(-1);
  if (last?.renames && last.origin !== origin)
    throw new Fault(`on its way to the name '${last.origin}', which was cut off`);
  const pending = last && !last.renames && !same(last.new, keys.at(-1));
  const first = changes.findLastIndex((change) => change.renames);
  const wanted = changes.slice(first + 1).map((change) => change.new);
  wanted.unshift(first >= 0 ? changes[first].new : changes[0]?.old ?? keys[0]);
  keys.forEach((key, i) => {
    if (!wanted[i] || !same(key, wanted[i]))
      throw new Fault(`keys.pub:${i + 1}: no record of the log introduces the key ` +
        `${key.name}+${key.id}`);
  });
  if (keys.length + (pending ? 1 : 0) < wanted.length)
    throw new Fault("'keys.pub' lacks a key that a record introduces");
  return pending ? changes.slice(0, -1) : changes;
}

/** Whether the key may sign for so many records. */
export function checkTurn(signer, size, changes, keys) {
  const last = changes.at(-1);
  const before = last && !last.renames && same(signer, last.old) && size === last.size + 1;
  if (!same(signer, keys.at(-1)) && !before)
    throw new Fault(`'checkpoint': is signed by ${signer.name}+${signer.id}, ` +
      `after which ${keys.at(-1).id} came`);
}

/**
 * What a walk over the leaves shows of the changes, and of other checkpoints:
 * `also` are those that must be the beginning of this log.
 */
export class Claims {
  constructor(changes, also) {
    this.changes = changes;
    this.leaves = new Map(changes.map((change) => [change.size, change]));
    this.roots = new Map(also.map((head) => [Number(head.size), null]));
    for (const change of changes)
      for (const head of change.checkpoints ?? [])
        if (head.size <= change.size) this.roots.set(Number(head.size), null);
    this.also = also;
  }
  /** A leaf that the checkpoint signs for, and the tree with it. */
  see(index, leaf, tree) {
    const change = this.leaves.get(index);
    if (change?.leaf.equals(leaf)) change.holds = true;
    this.look(tree);
  }
  look(tree) {
    if (this.roots.has(tree.size)) this.roots.set(tree.size, tree.root());
  }
  begins = (head) => this.roots.get(Number(head.size))?.equals(head.root) ?? false;

  check() {
    this.changes.forEach((change, i) => {
      if (!change.holds)
        throw new Fault(`changes:${i + 2}: is not record ${change.size} of the log: nothing ` +
          `there introduces the key ${change.new.name}+${change.new.id}`);
      for (const head of change.checkpoints ?? []) this.checkFate(change, head);
    });
    for (const head of this.also)
      if (!this.begins(head))
        throw new Fault(`'${head.file}': is not over the first records of the ledger`);
  }
  checkFate(change, head) {
    const lost = head.size > change.size;
    const fate = lost ? "lost" : this.begins(head) ? "kept" : "other";
    if (head.origin !== change.old.name || head.size > change.lostEnd || fate !== head.fate)
      throw new Fault(`record ${change.size} is not true of '${change.old.name}': its ` +
        `checkpoint over ${head.size} is '${fate}', not '${head.fate}'`);
  }
}

/** The last name before this one, and what it lost, as a few words. */
export function tellFormer(changes) {
  const change = changes.findLast((one) => one.renames);
  if (!change) return "";
  const lost = change.lostEnd > change.size
    ? `whose records ${change.size} to ${change.lostEnd - 1} are lost`
    : "some of whose records are others here";
  return `; was ${change.old.name}, ${lost}: ${change.reason}` +
    (change.byOld ? "" : " (without the signature of the old key)");
}
