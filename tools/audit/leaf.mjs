// What a ledger's log says of a record: docs/ledger.md, "Leaves".

import { Fault, sha256 } from "./tlog.mjs";

const FIRST_US = -62167219200000000n; // the year 0
const LAST_US = 253402300799999999n; // the end of the year 9999
const NO_TIME = -(1n << 63n);

/** Records that follow each other are often of one second. */
let last = { seconds: 0, text: "1970-01-01T00:00:00" };

export function timeText(us) {
  if (us === NO_TIME) return "-";
  if (us < FIRST_US) us = FIRST_US;
  if (us > LAST_US) us = LAST_US;
  const micros = ((us % 1000000n) + 1000000n) % 1000000n;
  const seconds = Number((us - micros) / 1000000n);
  if (seconds !== last.seconds)
    last = { seconds, text: new Date(seconds * 1000).toISOString().slice(0, 19) };
  return `${last.text}.${micros.toString().padStart(6, "0")}Z`;
}

export const commit = (salt, raw) => sha256("firn-commit/v1\n", salt, raw);

export function leafText({ source, tenant, available, received, delivery, committed }) {
  return Buffer.from(
    `firn-record/v1\nsource ${source}\ntenant ${tenant || "-"}\n` +
    `available ${timeText(available)}\nreceived ${timeText(received)}\n` +
    `delivery ${delivery}\ncommit ${committed.toString("hex")}\n`);
}

const TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z";
const LEAF = new RegExp(
  `^firn-record/v1\\nsource (.+)\\ntenant (.+)\\navailable (-|${TIME})\\n` +
  `received (${TIME})\\ndelivery (0|[1-9][0-9]*)\\ncommit ([0-9a-f]{64})\\n$`, "u");

export function parseLeaf(bytes) {
  const found = LEAF.exec(bytes.toString("utf8"));
  if (!found) throw new Fault("not the text of a leaf");
  const [, source, tenant, available, received, delivery, hex] = found;
  return { source, tenant, available, received, delivery, commit: Buffer.from(hex, "hex") };
}
