// A whole ledger: docs/ledger.md, "Verifying".

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  checkTurn, Claims, follow, inForce, readChanges, tellFormer,
} from "./changes.mjs";
import { Input, inFile } from "./files.mjs";
import { parseManifest } from "./manifest.mjs";
import { loadPackages } from "./packages.mjs";
import { witnessed } from "./policy.mjs";
import { checkSegment } from "./segment.mjs";
import { Fault, openCheckpoint, parseKeys, readNote, sha256, Tree } from "./tlog.mjs";
import { walkWal } from "./wal.mjs";

const WINDOW = 1 << 20; // bytes; a multiple of a hash
const TRIES = 5;

/** A file of hashes, asked for from front to back; opened when it is. */
class Hashes {
  constructor(path) {
    this.path = path;
    this.input = null;
    this.from = 0;
    this.bytes = Buffer.alloc(0);
  }
  check(index, hash, why) {
    const at = index * 32;
    if (at < this.from || at >= this.from + this.bytes.length) {
      this.input ??= new Input(this.path);
      this.from = at - (at % WINDOW);
      this.bytes = this.input.read(this.from, WINDOW);
    }
    if (!this.bytes.subarray(at - this.from, at - this.from + 32).equals(hash))
      throw new Fault(`'${this.path}': hash ${index} ${why}`);
  }
  close() {
    this.input?.close();
  }
}

/** The tree as it follows from the records, compared with the hash files. */
class Leaves {
  constructor(dir, size, claims) {
    this.dir = dir;
    this.size = size; // of the checkpoint
    this.claims = claims; // what is said of some leaves, and of the tree at some sizes
    this.files = {};
    this.again = new Hashes(join(dir, "hash", "0"));
    this.path = ""; // of the record that is added
    this.tree = new Tree((level, index, hash) => {
      if (level % 8) return;
      this.files[level] ??= new Hashes(join(dir, "hash", String(level)));
      this.files[level].check(index, hash, level
        ? "does not follow from those below" : this.#other());
    });
    claims.look(this.tree);
  }

  #other() {
    return `is not that of the record in '${this.path}'`;
  }

  /** Each record comes once into the tree, whether it is there once or twice. */
  add(index, leaf, path, sealed) {
    this.path = path;
    if (index === this.tree.size && index < this.size) {
      this.tree.add(leaf);
      this.claims.see(index, leaf, this.tree);
    } else if (index < this.size || sealed) {
      this.again.check(index, leaf, this.#other());
    }
  }

  close() {
    for (const file of [this.again, ...Object.values(this.files)]) file.close();
  }
}

/** Files of the WAL by the index of their first record. */
function walFiles(dir) {
  return readdirSync(join(dir, "wal")).sort().map((name) => {
    const path = join(dir, "wal", name);
    if (!/^[0-9]{20}\.wal$/.test(name)) throw new Fault(`'${path}': another name`);
    return { path, first: Number(name.slice(0, 20)) };
  });
}

/** What `read` makes of a small file's bytes. */
function readAs(dir, name, read) {
  const path = join(dir, name);
  try {
    return read(readFileSync(path));
  } catch (error) {
    throw inFile(path, error);
  }
}

async function checkSegments(dir, leaves) {
  const segments = existsSync(join(dir, "manifest"))
    ? readAs(dir, "manifest", (bytes) => parseManifest(dir, bytes)) : [];
  const packages = segments.length ? await loadPackages() : null;
  let judged = 0;
  for (const segment of segments)
    judged += await checkSegment(segment, packages,
      (index, leaf, file) => leaves.add(index, leaf, file, true));
  return { count: segments.length, records: segments.at(-1)?.end ?? 0, judged };
}

/** Records may be in a segment and still in the WAL, which may begin before. */
function checkWal(dir, sealed, leaves) {
  const files = walFiles(dir);
  let next = Math.min(files[0]?.first ?? sealed, sealed);
  let torn = 0;
  files.forEach(({ path, first }, i) => {
    if (first !== next) throw new Fault(`'${path}': record ${next} comes next`);
    torn = walkWal(path, next, i === files.length - 1, (index, leaf) => {
      leaves.add(index, leaf, path, false);
      next = index + 1;
    });
  });
  const path = files.at(-1)?.path ?? join(dir, "wal");
  return { next: files.length ? next : sealed, torn, path };
}

/** What witnesses cosigned, which must be the beginning of the ledger. */
function openCosigned(dir, keys) {
  if (!existsSync(join(dir, "cosigned"))) return [];
  return [readAs(dir, "cosigned", (bytes) => ({
    file: "cosigned", note: readNote(bytes), ...openCheckpoint(bytes, keys) }))];
}

/** The checkpoint, who signed it and why he may, and what is to be shown of it. */
function openHead(dir, given) {
  const keys = readAs(dir, "keys.pub", (bytes) => parseKeys(bytes.toString("utf8")));
  const origin = readFileSync(join(dir, "origin"), "utf8");
  const changes = inForce(readChanges(dir), origin.trimEnd(), keys);
  const cosigned = openCosigned(dir, keys);
  const claims = new Claims(changes, cosigned);
  const head = readAs(dir, "checkpoint", (bytes) => {
    const own = openCheckpoint(bytes, [...keys].reverse());
    if (`${own.origin}\n` !== origin) throw new Fault("its origin is not that of 'origin'");
    checkTurn(own.signer, Number(own.size), changes, keys);
    return given ? openCheckpoint(bytes, follow(given, changes)) : own;
  });
  return { head, changes, claims, cosigned: cosigned[0],
    keys: given ? follow(given, changes) : keys };
}

/** Enough witnesses must have cosigned it; what came since is said. */
function checkPolicy(dir, policy, { cosigned, keys }) {
  try {
    return policy && witnessed(policy, cosigned, keys);
  } catch (error) {
    throw inFile(join(dir, "cosigned"), error);
  }
}

async function check(dir, given, policy) {
  const opened = openHead(dir, given);
  const { head, changes, claims } = opened;
  const size = Number(head.size);
  const leaves = new Leaves(dir, size, claims);
  try {
    // Counted first: a writer adds records before their hashes.
    const hashes = join(dir, "hash", "0");
    const known = existsSync(hashes) ? Math.floor(statSync(hashes).size / 32) : 0;
    const sealed = await checkSegments(dir, leaves);
    const wal = checkWal(dir, sealed.records, leaves);
    for (const [end, what] of [[sealed.records, "which are sealed"],
      [size, "for which the checkpoint signs"], [known, "which have a hash in hash/0"]])
      if (wal.next < end)
        throw new Fault(`'${wal.path}': records ${wal.next} to ${end - 1}, ${what}, ` +
          `are ${wal.torn ? "damaged or cut off" : "not there"}`);
    if (!leaves.tree.root().equals(head.root))
      throw new Fault(`'${join(dir, "checkpoint")}': signs for another root than that of ` +
        "the records");
    claims.check();
    return { head, changes, size, sealed, wal, said: checkPolicy(dir, policy, opened) };
  } finally {
    leaves.close();
  }
}

function report({ head, changes, size, sealed, wal, said }, keys) {
  const lines = [`ok: ledger ${head.origin}, ${size} records signed by ${head.signer.name}+` +
    `${head.signer.id}; ${wal.next - size} behind them, ${wal.torn} bytes torn` +
    tellFormer(changes) + (keys ? "" : " (the key is the ledger's own word)")];
  if (sealed.count)
    lines.push(`segments: ${sealed.records} records in ${sealed.count}`,
      "columns: index received source tenant of all, id operation time of " +
      `${sealed.judged} of ${sealed.records}; no others were compared`);
  return lines.concat(said ?? []).join("\n");
}

/** What changes when records leave the WAL, and when segments are made anew. */
function filesNow(dir) {
  const names = readdirSync(join(dir, "wal")).sort();
  const path = join(dir, "manifest");
  return `${names[0]} ${existsSync(path) ? sha256(readFileSync(path)).toString("hex") : "-"}`;
}

/** keys, policy: from elsewhere, or nothing. */
export async function auditLedger(dir, keys, policy) {
  readAs(dir, "format", (bytes) => {
    if (bytes.toString("latin1") !== "firn-ledger/1\n")
      throw new Fault("a format of ledger that is not known here");
  });
  for (let tries = 1; ; tries++) {
    const before = filesNow(dir);
    try {
      return report(await check(dir, keys, policy), keys);
    } catch (error) {
      // Whoever seals removes files, and Node.js cannot take the lock against it.
      if (tries === TRIES || filesNow(dir) === before) throw error;
    }
  }
}
