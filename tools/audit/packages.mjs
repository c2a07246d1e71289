// What comes from npm: only segments need it.

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault, Usage } from "./tlog.mjs";

export async function loadPackages() {
  try {
    const [fzstd, hyparquet] = await Promise.all([import("fzstd"), import("hyparquet")]);
    return { unzstd: (packed, size) => unzstd(fzstd, packed, size), ...hyparquet };
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    const here = dirname(fileURLToPath(import.meta.url));
    throw new Usage(`the ledger has segments, and what reads them is not installed: run ` +
      `'npm ci --ignore-scripts' in '${here}'`);
  }
}

/** What the head of a zstd frame says of the bytes in it (RFC 8878, 3.1.1.1). */
function contentSize(frame) {
  if (frame.length < 6 || frame.readUInt32LE(0) !== 0xfd2fb528) return -1;
  const flags = frame[4];
  const single = flags & 32;
  const at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][flags & 3];
  const bytes = [single ? 1 : 0, 2, 4, 8][flags >> 6];
  if (!bytes || at + bytes > frame.length) return -1;
  const size = bytes === 8 ? Number(frame.readBigUInt64LE(at)) : frame.readUIntLE(at, bytes);
  return bytes === 2 ? size + 256 : size;
}

/**
 * Exactly `size` bytes.  The size is looked at before: a few bytes may say that
 * they are gigabytes.
 */
function unzstd(fzstd, packed, size) {
  const frame = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  if (contentSize(frame) !== size) throw new Fault("a zstd frame of another length");
  const bytes = fzstd.decompress(frame);
  if (bytes.length !== size) throw new Fault("a zstd frame that is not whole");
  return bytes;
}
