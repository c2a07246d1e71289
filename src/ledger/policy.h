#ifndef LEDGER_POLICY_H
#define LEDGER_POLICY_H

#include "ledger/note.h"

/*
 * policy - which signatures make a checkpoint believable (C2SP tlog-policy):
 *
 *	log <verifier key> [<url>]
 *	witness <name> <verifier key> [<url>]
 *	group <name> all|any|<k> <name>...
 *	quorum <name>|none
 *
 * Words are parted by blanks and tabs; lines that are empty or begin with '#'
 * say nothing; a name is defined before it is used; there is one quorum.
 *
 * A checkpoint satisfies it if one of the logs signed, whose key bears the
 * name that is the checkpoint's origin, and the quorum's witnesses cosigned.
 * Without a log in the policy, whoever asks knows and verifies the log.
 *
 * Immutable once parsed: threads may share it.
 */
#define POLICY_TEXT_MAX ((size_t)1 << 20)
#define POLICY_PEERS    256 /* logs, at most; witnesses and groups together */

/* Someone who signs.  Good as long as the policy. */
struct policy_peer {
	struct slice name; /* of a witness: in the policy; of a log: empty */
	struct key key;
	struct slice url; /* empty: none */
};

struct policy;

/* The file's name stands in messages: file:line: reason. */
struct policy *
policy_parse(const char *file, struct slice text, struct err *err);
void policy_free(struct policy *policy);

size_t policy_log_count(const struct policy *policy);
size_t policy_witness_count(const struct policy *policy);
const struct policy_peer *policy_log(const struct policy *policy, size_t i);
const struct policy_peer *policy_witness(const struct policy *policy, size_t i);

/*
 * 0 if the note is a checkpoint that satisfies the policy.  Otherwise -1, and
 * the message says whose signature is missing or wrong.  seals, if not NULL,
 * becomes what each witness did, also if too few cosigned or no log signed.
 */
int policy_check(const struct policy *policy, const struct note *note,
    struct note_seal *seals, struct err *err);

#endif
