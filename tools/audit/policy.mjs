// Which signatures make a checkpoint believable, after C2SP's tlog-policy.

import { Fault, parseKey, readCheckpoint, signersOf, Usage } from "./tlog.mjs";

/** What is wrong is the question, not what is looked at. */
const wrong = (what) => { throw new Usage(what); };

function readPeer(peers, [word, , ...more]) {
  if (!word) wrong("a verifier key is missing");
  if (more.length) wrong(`'${more[0]}' stands behind the URL`);
  const key = parseKey(word);
  if (peers.some((peer) => peer.bytes.subarray(1).equals(key.bytes.subarray(1))))
    wrong(`the key of '${key.name}' is listed twice`);
  peers.push(key);
  return key;
}

function define(policy, name, party) {
  if (!name || name === "none") wrong("a name is missing, or is 'none'");
  if (policy.parties.has(name)) wrong(`'${name}' is defined twice`);
  policy.parties.set(name, { name, ...party });
}

const READERS = {
  log: (policy, words) => readPeer(policy.logs, words),
  witness(policy, [name, ...words]) {
    const key = readPeer(policy.witnesses, words);
    if (key.type === 1) wrong(`the key of witness '${name}' is of type 1, which cosigns nothing`);
    define(policy, name, { witness: key });
  },
  group(policy, [name, need, ...names]) {
    const members = names.map((one) =>
      policy.parties.get(one) ?? wrong(`'${one}' is defined nowhere above`));
    const k = { all: names.length, any: 1 }[need] ?? Number(need);
    if (new Set(names).size !== names.length) wrong("a member twice");
    if (!Number.isInteger(k) || k < 1 || k > names.length)
      wrong(`'${need}' is neither all, any nor 1 to ${names.length}`);
    define(policy, name, { need: k, members });
  },
  quorum(policy, [name, ...more]) {
    if (policy.quorum !== undefined) wrong("a second quorum");
    if (more.length || !(name === "none" || policy.parties.has(name)))
      wrong("the quorum is one name that is defined above, or none");
    policy.quorum = policy.parties.get(name) ?? null;
  },
};

function readLine(policy, line) {
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(line)) wrong("a control character");
  const [word, ...rest] = line.split(/[ \t]+/).filter(Boolean);
  if (!word || word.startsWith("#")) return;
  if (!Object.hasOwn(READERS, word)) wrong(`'${word}' is none of log, witness, group, quorum`);
  READERS[word](policy, rest);
}

/** The file's name stands in messages. */
export function parsePolicy(file, text) {
  const policy = { logs: [], witnesses: [], parties: new Map(), quorum: undefined };
  text.split("\n").forEach((line, i) => {
    try {
      readLine(policy, line);
    } catch (error) {
      if (!(error instanceof Usage || error instanceof Fault)) throw error;
      throw new Usage(`${file}:${i + 1}: ${error.message}`);
    }
  });
  if (policy.quorum === undefined) throw new Usage(`${file}: no quorum in it`);
  return policy;
}

const holds = (party, signers) => party.witness ? signers.includes(party.witness)
  : party.members.filter((one) => holds(one, signers)).length >= party.need;

/**
 * How many of its witnesses cosigned a checkpoint, which are enough for its
 * quorum.  `keys` are those of the log, where the policy names none.
 */
function judge(policy, note, keys) {
  const { origin } = readCheckpoint(note.text);
  const logs = policy.logs.length ? policy.logs : keys;
  if (!signersOf(note, logs).some((key) => key.type === 1 && key.name === origin))
    throw new Fault(`no log of the policy signed the checkpoint of '${origin}'`);
  const signers = signersOf(note, policy.witnesses);
  const lacking = policy.witnesses.filter((key) => !signers.includes(key));
  if (!holds(policy.quorum, signers))
    throw new Fault(`${signers.length} of ${policy.witnesses.length} witnesses cosigned, and ` +
      `the quorum '${policy.quorum.name}' of the policy wants more; missing: ` +
      lacking.map((key) => key.name).join(", "));
  return signers.length;
}

/** What is to be said of a cosigned checkpoint, {note, size}, or null. */
export function witnessed(policy, cosigned, keys) {
  if (!policy.quorum) return "witnessed: the policy wants no witness";
  if (!cosigned) throw new Fault("no witness cosigned anything, and the policy wants it");
  return `witnessed: ${judge(policy, cosigned.note, keys)} of ${policy.witnesses.length} ` +
    `witnesses of the policy cosigned ${cosigned.size} records, which is enough`;
}
