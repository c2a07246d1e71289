#include "ledger/keys.h"

#include <stdlib.h>

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
		return err_set(err, ERR_CORRUPT,
		    "the checkpoint of '" SLICE_FMT
		    "' is not signed by '%s+%08x'%s",
		    SLICE_ARG(checkpoint->origin), keys->list[0].name,
		    keys->list[0].id,
		    keys->count > 1 ? " or another of the keys" : "");
	*signer = *found;
	return 0;
}

void
keys_release(struct keys *keys)
{
	free(keys->list);
	*keys = (struct keys){0};
}
