// What a record of the unified audit log says, in its own words: by JSON.parse
// of its bytes, for the columns that need no reader of records.

import { utf8 } from "./files.mjs";

const DEPTH_MAX = 200;
const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z?$/;
const SURROGATE = /\p{Surrogate}/u;

/** Other names for the same, or what the record may be held in. */
const NOT_PLAIN = ["id", "OfficeId", "operation", "CreationTime [UTC]", "AuditData",
  "auditData", "o365audit"];

/**
 * How many members the outermost object of a JSON text has as they are written:
 * more than JSON.parse() gives, if a name comes twice.  -1 if it is too deep.
 */
function countMembers(bytes) {
  let depth = 0;
  let colons = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case 0x22: // a string: to its end
        for (i++; bytes[i] !== 0x22; i++) if (bytes[i] === 0x5c) i++;
        break;
      case 0x3a:
        if (depth === 1) colons++;
        break;
      case 0x7b:
      case 0x5b:
        if (++depth > DEPTH_MAX) return -1;
        break;
      case 0x7d:
      case 0x5d:
        depth--;
    }
  }
  return colons;
}

/** Microseconds UTC, or null: no time as the log writes it. */
function parseTime(text) {
  const [, ...parts] = TIME.exec(text) ?? [];
  if (!parts.length) return null;
  const [year, month, day, hour, minute, second] = parts.map(Number);
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  // What does not exist, Date.UTC() moves to where it does.
  if (year < 1000 || hour > 23 || minute > 59 || second > 59 ||
      new Date(ms).getUTCDate() !== day || !month || month > 12) return null;
  return BigInt(ms) * 1000n + BigInt((parts[6] ?? "").slice(0, 6).padEnd(6, "0"));
}

const isText = (value) => typeof value === "string" && value !== "" && !SURROGATE.test(value);

/**
 * id, operation and time; null if the bytes are no such record, or if two
 * readers could rightly differ about it.
 */
export function auditEvent(bytes) {
  const text = bytes[0] === 0x7b ? utf8(bytes) : null;
  let record;
  try {
    record = JSON.parse(text);
  } catch {
    return null;
  }
  if (!record || !isText(record.Id) || !isText(record.Operation) || !isText(record.UserId) ||
      !isText(record.CreationTime) || NOT_PLAIN.some((name) => Object.hasOwn(record, name)) ||
      countMembers(bytes) !== Object.keys(record).length)
    return null;
  const time = parseTime(record.CreationTime);
  return time === null ? null : { id: record.Id, operation: record.Operation, time };
}
