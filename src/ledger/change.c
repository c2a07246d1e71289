#include "ledger/change.h"

#include <assert.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "ledger/checkpoint.h"

static const struct slice heads[] = {
    [CHANGE_KEY] = SLICE_INIT("firn-key/1"),
    [CHANGE_NAME] = SLICE_INIT("firn-succession/1"),
};

static const struct slice fates[] = {
    [CHANGE_KEPT] = SLICE_INIT("kept"),
    [CHANGE_LOST] = SLICE_INIT("lost"),
    [CHANGE_OTHER] = SLICE_INIT("other"),
};

bool
change_text_ok(struct slice text)
{
	const unsigned char *p = (const unsigned char *)text.ptr;

	for (size_t i = 0, n; i < text.len; i += n) {
		n = utf8_len(p + i, text.len - i);
		if (!n || p[i] < 0x20)
			return false;
	}
	return text.len && text.len <= CHANGE_TEXT_MAX &&
	       slice_trim(text).len == text.len;
}

/* --- reading --- */

/* The value of the next line, which must begin with the word. */
static bool
take(struct slice *rest, const char *word, struct slice *value)
{
	struct slice line = slice_cut(rest, '\n');
	struct slice first = slice_cut(&line, ' ');

	*value = line;
	return line.len && slice_eq(first, slice_cstr(word));
}

static bool
take_number(struct slice *rest, const char *word, uint64_t *number)
{
	struct slice value;

	return take(rest, word, &value) && checkpoint_number(value, number);
}

/* One of a log, whose name becomes that of the key. */
static bool
take_key(struct slice *rest, const char *word, struct key *key)
{
	struct slice value;

	return take(rest, word, &value) && !key_parse(value, key, NULL) &&
	       key->type == KEY_ED25519;
}

static bool
take_lost(struct slice *rest, struct change *change)
{
	struct slice value, first;
	uint64_t from;

	if (!take(rest, "lost", &value))
		return false;
	first = slice_cut(&value, ' ');
	return checkpoint_number(first, &from) && from == change->size &&
	       checkpoint_number(value, &change->lost_end) &&
	       change->lost_end >= from;
}

/* The lines of `more`, one by one. */
static bool
more_ok(struct slice more)
{
	struct slice note, rest = more;
	enum change_fate fate;
	struct key key;
	size_t bytes;

	while (rest.len && rest.ptr[0] == 'e')
		if (!take_key(&rest, "earlier", &key))
			return false;
	while (rest.len && rest.ptr[0] == 'c' &&
	       change_next_checkpoint(&rest, &fate, &note))
		if (!base64_len(note, &bytes))
			return false;
	return !rest.len;
}

static bool
read_text(struct slice text, struct change *change)
{
	struct slice rest = text, head = slice_cut(&rest, '\n'), origin;
	bool renames;

	change->kind =
	    slice_eq(head, heads[CHANGE_NAME]) ? CHANGE_NAME : CHANGE_KEY;
	renames = change->kind == CHANGE_NAME;
	if (!slice_eq(head, heads[change->kind]) ||
	    !take(&rest, "origin", &origin) ||
	    !take_number(&rest, "size", &change->size) ||
	    !take_key(&rest, "old", &change->old) ||
	    !take_key(&rest, "new", &change->new) ||
	    !slice_eq(origin, slice_cstr(change->new.name)) ||
	    slice_eq(origin, slice_cstr(change->old.name)) == renames)
		return false;
	if (!renames)
		return !rest.len &&
		       memcmp(change->old.public, change->new.public,
		           KEY_PUBLIC_LEN) != 0;
	if (!take_lost(&rest, change) || !take(&rest, "who", &change->who) ||
	    !take(&rest, "reason", &change->reason))
		return false;
	change->more = rest;
	return change_text_ok(change->who) && change_text_ok(change->reason) &&
	       more_ok(rest);
}

int
change_read(struct slice bytes, struct change *change, struct err *err)
{
	struct note_seal seals[2];
	struct key keys[2];
	struct note note;

	*change = (struct change){0};
	if (note_parse(bytes, &note, err))
		return -1;
	if (!read_text(note.text, change))
		return err_set(err, ERR_INPUT,
		    "not the text of a change of key or of name");
	keys[0] = change->new;
	keys[1] = change->old;
	if (note_verify(&note, keys, 2, seals) != NOTE_OK || !seals[0].valid)
		return err_set(err, ERR_CORRUPT,
		    "the change of '%s' is not signed by its new key %08x",
		    keys[1].name, keys[0].id);
	change->by_old = seals[1].valid;
	if (!change->by_old && change->kind == CHANGE_KEY)
		return err_set(err, ERR_CORRUPT,
		    "the change of '%s' is not signed by its old key %08x",
		    keys[1].name, keys[1].id);
	return 0;
}

/* --- writing --- */

static void
add_key(struct buf *out, const char *word, const struct key *key)
{
	buf_str(out, word);
	key_print(out, key);
	buf_char(out, '\n');
}

static void
add_text(struct buf *out, const struct change *change)
{
	buf_slice_add(out, heads[change->kind]);
	buf_printf(out, "\norigin %s\nsize ", change->new.name);
	buf_u64(out, change->size);
	buf_char(out, '\n');
	add_key(out, "old ", &change->old);
	add_key(out, "new ", &change->new);
	if (change->kind == CHANGE_KEY)
		return;
	buf_str(out, "lost ");
	buf_u64(out, change->size);
	buf_char(out, ' ');
	buf_u64(out, change->lost_end);
	buf_str(out, "\nwho ");
	buf_slice_add(out, change->who);
	buf_str(out, "\nreason ");
	buf_slice_add(out, change->reason);
	buf_char(out, '\n');
	buf_slice_add(out, change->more);
}

void
change_print(struct buf *out, const struct change *change,
    const struct signer *old, const struct signer *new)
{
	struct buf text = {0};

	assert(old || change->kind == CHANGE_NAME);
	add_text(&text, change);
	note_begin(out, buf_slice(&text));
	if (old)
		note_sign(out, buf_slice(&text), old);
	note_sign(out, buf_slice(&text), new);
	buf_release(&text);
}

/* --- more --- */

void
change_add_earlier(struct buf *more, const struct key *key)
{
	add_key(more, "earlier ", key);
}

void
change_add_checkpoint(
    struct buf *more, enum change_fate fate, struct slice note)
{
	buf_str(more, "checkpoint ");
	buf_slice_add(more, fates[fate]);
	buf_char(more, ' ');
	base64_add(more, note.ptr, note.len);
	buf_char(more, '\n');
}

bool
change_next_checkpoint(
    struct slice *more, enum change_fate *fate, struct slice *note)
{
	struct slice rest = *more;

	while (rest.len && rest.ptr[0] == 'e')
		slice_cut(&rest, '\n');
	if (!take(&rest, "checkpoint", note))
		return false;
	for (int i = CHANGE_KEPT; i <= CHANGE_OTHER; i++) {
		struct slice value = *note;

		if (!slice_eq(slice_cut(&value, ' '), fates[i]) || !value.len)
			continue;
		*fate = (enum change_fate)i;
		*note = value;
		*more = rest;
		return true;
	}
	return false;
}
