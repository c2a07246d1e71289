#include "ledger/policy.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "ledger/checkpoint.h"

#define NO_WITNESS SIZE_MAX

/* What a name stands for: a witness, or some members of a group. */
struct party {
	struct slice name;
	size_t witness; /* NO_WITNESS: a group */
	size_t need;
	size_t count;
	size_t *members; /* parties that stand before it */
	bool used;       /* as a member of the group that is being read */
};

struct policy {
	struct arena arena; /* the text and the members */
	struct policy_peer logs[POLICY_PEERS];
	struct policy_peer witnesses[POLICY_PEERS];
	struct party parties[POLICY_PEERS];
	size_t log_count, witness_count, party_count;
	bool has_quorum;
	const struct party *quorum; /* NULL: none is needed */
};

/* --- reading --- */

static struct slice
next_word(struct slice *line)
{
	struct slice word;
	size_t n = 0;

	*line = slice_trim(*line);
	while (n < line->len && line->ptr[n] != ' ' && line->ptr[n] != '\t')
		n++;
	word = slice_of(line->ptr, n);
	*line = slice_trim(slice_skip(*line, n));
	return word;
}

static struct party *
find_party(struct policy *policy, struct slice name)
{
	for (size_t i = 0; i < policy->party_count; i++)
		if (slice_eq(policy->parties[i].name, name))
			return &policy->parties[i];
	return NULL;
}

static struct party *
add_party(struct policy *policy, struct slice name, struct err *err)
{
	struct party *party = &policy->parties[policy->party_count];

	if (!name.len || slice_eq(name, SLICE("none"))) {
		err_set(err, ERR_INPUT,
		    name.len ? "the name 'none' is taken"
		             : "a name is missing");
		return NULL;
	}
	if (find_party(policy, name)) {
		err_set(err, ERR_INPUT, "'" SLICE_FMT "' is defined twice",
		    SLICE_ARG(name));
		return NULL;
	}
	if (policy->party_count == POLICY_PEERS) {
		err_set(err, ERR_LIMIT, "more than %d witnesses and groups",
		    POLICY_PEERS);
		return NULL;
	}
	*party = (struct party){.name = name, .witness = NO_WITNESS};
	return party;
}

/* Key and URL, which end the line; one of the peers has the same key. */
static int
read_peer(struct policy_peer *peer, struct slice line,
    const struct policy_peer *peers, size_t count, struct err *err)
{
	struct slice text = next_word(&line);

	if (!text.len)
		return err_set(err, ERR_INPUT, "a verifier key is missing");
	if (key_parse(text, &peer->key, err))
		return -1;
	peer->url = next_word(&line);
	if (line.len)
		return err_set(err, ERR_INPUT,
		    "'" SLICE_FMT "' stands behind the URL", SLICE_ARG(line));
	for (size_t i = 0; i < count; i++)
		if (key_known(&peer->key) && key_known(&peers[i].key) &&
		    !memcmp(
		        peer->key.public, peers[i].key.public, KEY_PUBLIC_LEN))
			return err_set(err, ERR_INPUT,
			    "the key of '%s' is listed twice", peer->key.name);
	return 0;
}

static int
read_log(struct policy *policy, struct slice line, struct err *err)
{
	struct policy_peer *peer = &policy->logs[policy->log_count];

	if (policy->log_count == POLICY_PEERS)
		return err_set(
		    err, ERR_LIMIT, "more than %d logs", POLICY_PEERS);
	if (read_peer(peer, line, policy->logs, policy->log_count, err))
		return -1;
	policy->log_count++;
	return 0;
}

static int
read_witness(struct policy *policy, struct slice line, struct err *err)
{
	struct policy_peer *peer = &policy->witnesses[policy->witness_count];
	struct party *party = add_party(policy, next_word(&line), err);

	if (!party)
		return -1;
	peer->name = party->name;
	if (read_peer(
	        peer, line, policy->witnesses, policy->witness_count, err))
		return -1;
	if (peer->key.type == KEY_ED25519)
		return err_set(err, ERR_INPUT,
		    "the key of witness '" SLICE_FMT
		    "' is of type 1, which cosigns nothing",
		    SLICE_ARG(party->name));
	party->witness = policy->witness_count++;
	policy->party_count++;
	return 0;
}

static int
read_members(struct policy *policy, struct party *group, struct slice line,
    struct err *err)
{
	group->members = arena_calloc(&policy->arena,
	    policy->party_count ? policy->party_count : 1,
	    sizeof(*group->members));
	for (size_t i = 0; i < policy->party_count; i++)
		policy->parties[i].used = false;
	while (line.len) {
		struct slice name = next_word(&line);
		struct party *member = find_party(policy, name);

		if (!member || member->used)
			return err_set(err, ERR_INPUT,
			    member ? "'" SLICE_FMT "' is a member twice"
			           : "'" SLICE_FMT "' is defined nowhere above",
			    SLICE_ARG(name));
		member->used = true;
		group->members[group->count++] =
		    (size_t)(member - policy->parties);
	}
	return group->count ? 0 : err_set(err, ERR_INPUT, "no member");
}

static int
read_group(struct policy *policy, struct slice line, struct err *err)
{
	struct party *group = add_party(policy, next_word(&line), err);
	struct slice need = next_word(&line);
	uint64_t k = 1;

	if (!group || read_members(policy, group, line, err))
		return -1;
	if (slice_eq(need, SLICE("all")))
		k = group->count;
	else if (!slice_eq(need, SLICE("any")) && !slice_to_u64(need, &k))
		k = 0;
	if (!k || k > group->count)
		return err_set(err, ERR_INPUT,
		    "'" SLICE_FMT "' is neither all, any nor 1 to %zu",
		    SLICE_ARG(need), group->count);
	group->need = (size_t)k;
	policy->party_count++;
	return 0;
}

static int
read_quorum(struct policy *policy, struct slice line, struct err *err)
{
	struct slice name = next_word(&line);

	if (policy->has_quorum)
		return err_set(err, ERR_INPUT, "a second quorum");
	policy->quorum = find_party(policy, name);
	if (line.len || (!policy->quorum && !slice_eq(name, SLICE("none"))))
		return err_set(err, ERR_INPUT,
		    "the quorum is one name that is defined above, or none");
	policy->has_quorum = true;
	return 0;
}

static int
read_line(struct policy *policy, struct slice line, struct err *err)
{
	static const struct {
		struct slice word;
		int (*read)(
		    struct policy *policy, struct slice line, struct err *err);
	} kinds[] = {
	    {SLICE_INIT("log"), read_log},
	    {SLICE_INIT("witness"), read_witness},
	    {SLICE_INIT("group"), read_group},
	    {SLICE_INIT("quorum"), read_quorum},
	};
	struct slice word;

	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.ptr[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return err_set(err, ERR_INPUT,
			    "the control character %#04x in column %zu", c,
			    i + 1);
	}
	word = next_word(&line);
	if (!word.len || word.ptr[0] == '#')
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (slice_eq(word, kinds[i].word))
			return kinds[i].read(policy, line, err);
	return err_set(err, ERR_INPUT,
	    "'" SLICE_FMT "' is none of log, witness, group, quorum",
	    SLICE_ARG(word));
}

struct policy *
policy_parse(const char *file, struct slice text, struct err *err)
{
	struct policy *policy;
	struct slice rest;

	if (text.len > POLICY_TEXT_MAX) {
		err_set(err, ERR_LIMIT, "%s: %zu bytes, more than %zu", file,
		    text.len, POLICY_TEXT_MAX);
		return NULL;
	}
	policy = xcalloc(1, sizeof(*policy));
	rest = arena_copy(&policy->arena, text);
	for (size_t number = 1; rest.len; number++) {
		if (!read_line(policy, slice_cut(&rest, '\n'), err))
			continue;
		err_context(err, "%s:%zu", file, number);
		policy_free(policy);
		return NULL;
	}
	if (!policy->has_quorum) {
		err_set(err, ERR_INPUT, "%s: no quorum in it", file);
		policy_free(policy);
		return NULL;
	}
	return policy;
}

void
policy_free(struct policy *policy)
{
	if (!policy)
		return;
	arena_release(&policy->arena);
	free(policy);
}

size_t
policy_log_count(const struct policy *policy)
{
	return policy->log_count;
}

size_t
policy_witness_count(const struct policy *policy)
{
	return policy->witness_count;
}

const struct policy_peer *
policy_log(const struct policy *policy, size_t i)
{
	return &policy->logs[i];
}

const struct policy_peer *
policy_witness(const struct policy *policy, size_t i)
{
	return &policy->witnesses[i];
}

/* --- judging --- */

static int
check_logs(const struct policy *policy, const struct note *note,
    struct slice origin, struct err *err)
{
	bool any = !policy->log_count;

	for (size_t i = 0; i < policy->log_count; i++) {
		const struct key *key = &policy->logs[i].key;
		enum note_verdict verdict;

		if (!slice_eq(slice_cstr(key->name), origin))
			continue;
		verdict = note_verify(note, key, 1, NULL);
		if (verdict == NOTE_INVALID)
			return err_set(err, ERR_INPUT,
			    "the signature of log '%s' is wrong", key->name);
		any |= verdict == NOTE_OK;
	}
	return any ? 0
	           : err_set(err, ERR_INPUT,
	                 "no log of the policy signed the checkpoint of "
	                 "'" SLICE_FMT "'",
	                 SLICE_ARG(origin));
}

static int
check_witnesses(const struct policy *policy, const struct note *note,
    struct note_seal *seals, struct err *err)
{
	for (size_t i = 0; i < policy->witness_count; i++) {
		const struct policy_peer *peer = &policy->witnesses[i];

		if (note_verify(note, &peer->key, 1, &seals[i]) == NOTE_INVALID)
			return err_set(err, ERR_INPUT,
			    "the cosignature of witness '" SLICE_FMT
			    "' is wrong",
			    SLICE_ARG(peer->name));
	}
	return 0;
}

/* Parties stand behind their members: one pass decides all. */
static void
judge(const struct policy *policy, const struct note_seal *seals, bool *holds)
{
	for (size_t i = 0; i < policy->party_count; i++) {
		const struct party *party = &policy->parties[i];
		size_t have = 0;

		for (size_t k = 0; k < party->count; k++)
			have += holds[party->members[k]];
		holds[i] = party->witness == NO_WITNESS
		               ? have >= party->need
		               : seals[party->witness].valid;
	}
}

static int
missing(const struct policy *policy, const bool *holds, struct err *err)
{
	const struct party *quorum = policy->quorum;
	struct buf names = {0};
	size_t have = 0;

	if (quorum->witness != NO_WITNESS)
		return err_set(err, ERR_INPUT,
		    "witness '" SLICE_FMT "' has not cosigned",
		    SLICE_ARG(quorum->name));
	for (size_t k = 0; k < quorum->count; k++) {
		size_t member = quorum->members[k];

		have += holds[member];
		if (holds[member])
			continue;
		buf_str(&names, names.len ? ", " : "");
		buf_slice_add(&names, policy->parties[member].name);
	}
	err_set(err, ERR_INPUT,
	    "quorum '" SLICE_FMT "' needs %zu of %zu and has %zu; missing: "
	    "" SLICE_FMT,
	    SLICE_ARG(quorum->name), quorum->need, quorum->count, have,
	    SLICE_ARG(buf_slice(&names)));
	buf_release(&names);
	return -1;
}

int
policy_check(const struct policy *policy, const struct note *note,
    struct note_seal *seals, struct err *err)
{
	struct note_seal own[POLICY_PEERS];
	bool holds[POLICY_PEERS] = {false};
	struct checkpoint checkpoint;

	if (!seals)
		seals = own;
	memset(seals, 0, policy->witness_count * sizeof(*seals));
	if (checkpoint_parse(note->text, &checkpoint, err) ||
	    check_witnesses(policy, note, seals, err) ||
	    check_logs(policy, note, checkpoint.origin, err))
		return -1;
	judge(policy, seals, holds);
	if (policy->quorum && !holds[policy->quorum - policy->parties])
		return missing(policy, holds, err);
	return 0;
}
