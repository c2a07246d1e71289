#include "ledger/keys.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

/* The first that signed; those of the log's type must bear its name. */
static const struct key *
find_signer(
    const struct keys *keys, const struct note_seal *seals, struct slice origin)
{
	for (size_t i = 0; i < keys->count; i++) {
		const struct key *key = &keys->list[i];

		if (seals[i].valid &&
		    (key->type == KEY_COSIGNER ||
		        slice_eq(slice_cstr(key->name), origin)))
			return key;
	}
	return NULL;
}

/* None of the keys signed: who says that he did? */
static int
refuse(const struct keys *keys, const struct note *note, struct slice origin,
    struct err *err)
{
	const char *more = keys->count > 1 ? " or another of the keys" : "";
	char other[64] = "";

	for (size_t i = 0; i < note->count && !*other; i++)
		if (slice_eq(note->lines[i].name, origin))
			snprintf(other, sizeof(other),
			    ", but in the name of %08x", note->lines[i].id);
	return err_set(err, ERR_CORRUPT,
	    "the checkpoint of '" SLICE_FMT "' is not signed by '%s+%08x'%s%s",
	    SLICE_ARG(origin), keys->list[0].name, keys->list[0].id, more,
	    other);
}

int
keys_checkpoint(const struct keys *keys, struct slice bytes,
    struct checkpoint *checkpoint, struct key *signer, struct err *err)
{
	struct note_seal seals[KEYS_MAX];
	const struct key *found = NULL;
	struct note note;
	enum note_verdict verdict;

	if (!keys->count || keys->count > KEYS_MAX)
		return err_set(err, ERR_USAGE,
		    "%zu keys: there must be 1 to %d", keys->count, KEYS_MAX);
	if (note_parse(bytes, &note, err))
		return -1;
	verdict = note_verify(&note, keys->list, keys->count, seals);
	if (verdict == NOTE_INVALID)
		return err_set(err, ERR_CORRUPT,
		    "a signature in the name of a known key is not by that "
		    "key");
	if (checkpoint_parse(note.text, checkpoint, err))
		return -1;
	if (verdict == NOTE_OK)
		found = find_signer(keys, seals, checkpoint->origin);
	if (!found)
		return refuse(keys, &note, checkpoint->origin, err);
	*signer = *found;
	return 0;
}

void
keys_add(struct keys *keys, const struct key *list, size_t count)
{
	keys->list =
	    xrealloc(keys->list, (keys->count + count) * sizeof(*keys->list));
	memcpy(keys->list + keys->count, list, count * sizeof(*list));
	keys->count += count;
}

bool
keys_have(const struct keys *keys, const struct key *key)
{
	for (size_t i = 0; i < keys->count; i++)
		if (key_same(&keys->list[i], key))
			return true;
	return false;
}

void
keys_follow(struct keys *keys, const struct change *change)
{
	if (change->by_old && keys_have(keys, &change->old) &&
	    !keys_have(keys, &change->new))
		keys_add(keys, &change->new, 1);
}

void
keys_release(struct keys *keys)
{
	free(keys->list);
	*keys = (struct keys){0};
}
