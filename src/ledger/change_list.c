#include "ledger/change_list.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "ledger/dir.h"

#define HEAD      "firn-changes/1\n"
#define NAME      "changes"
#define BYTES_MAX ((size_t)16 << 20)

/* --- reading --- */

/* What base64 stands for, at the end of bytes that do not move. */
static bool
decode(struct buf *bytes, struct slice base64, struct slice *out)
{
	size_t len;

	if (!base64.len || !base64_len(base64, &len))
		return false;
	assert(bytes->size - bytes->len >= len);
	*out = slice_of(bytes->ptr + bytes->len, len);
	bytes->len += len;
	return base64_read(base64, bytes->ptr + bytes->len - len, len);
}

/* Whether the leaf is that of this record. */
static bool
leaf_fits(const struct change_entry *entry)
{
	const char *source = entry->change.kind == CHANGE_KEY
	                         ? CHANGE_KEY_SOURCE
	                         : CHANGE_NAME_SOURCE;
	const struct leaf *leaf = &entry->extra.leaf;
	struct sha256 *sha;
	bool fits;

	if (entry->extra.more.len || leaf->tenant.len ||
	    leaf->delivery != entry->change.size ||
	    !slice_eq(leaf->source, slice_cstr(source)))
		return false;
	sha = sha256_new();
	fits = extra_opens(sha, &entry->extra, entry->note);
	sha256_free(sha);
	return fits;
}

static bool
follows(const struct change *before, const struct change *change)
{
	return change->size > before->size &&
	       key_same(&change->old, &before->new);
}

static int
read_line(struct changes *changes, struct slice line, struct err *err)
{
	struct change_entry *entry = &changes->list[changes->count];
	struct slice extra;

	if (changes->count == CHANGES_MAX)
		return err_set(
		    err, ERR_LIMIT, "more than %d changes", CHANGES_MAX);
	if (!decode(&changes->bytes, slice_cut(&line, ' '), &extra) ||
	    !decode(&changes->bytes, line, &entry->note))
		return err_set(err, ERR_CORRUPT, "not base64");
	if (extra_parse(extra, &entry->extra, err) ||
	    change_read(entry->note, &entry->change, err))
		return -1;
	if (!leaf_fits(entry))
		return err_set(
		    err, ERR_CORRUPT, "the leaf is that of another record");
	if (changes->count && !follows(&entry[-1].change, &entry->change))
		return err_set(err, ERR_CORRUPT,
		    "does not go on from the change before it");
	changes->count++;
	return 0;
}

/* Room for as many as there are lines, and no more than there may be. */
static void
make_room(struct changes *changes, struct slice text)
{
	size_t lines = 0;

	free(changes->list);
	while (text.len && lines < CHANGES_MAX) {
		slice_cut(&text, '\n');
		lines++;
	}
	changes->list = xcalloc(lines + 1, sizeof(*changes->list));
	changes->count = 0;
	buf_clear(&changes->bytes);
	buf_reserve(&changes->bytes, changes->text.len);
}

/* What the text says, which must have its head. */
static int
parse(struct changes *changes, const char *dir, struct err *err)
{
	struct slice rest = buf_slice(&changes->text);
	struct slice head = SLICE(HEAD);

	make_room(changes, rest);
	if (rest.len < head.len || memcmp(rest.ptr, head.ptr, head.len) != 0 ||
	    rest.ptr[rest.len - 1] != '\n')
		return err_set(err, ERR_CORRUPT,
		    "'%s/" NAME "' is not whole lines behind 'firn-changes/1'",
		    dir);
	rest = slice_skip(rest, head.len);
	while (rest.len) {
		if (!read_line(changes, slice_cut(&rest, '\n'), err))
			continue;
		if (err)
			err->code = ERR_CORRUPT;
		return err_context(
		    err, "%s/" NAME ":%zu", dir, changes->count + 2);
	}
	return 0;
}

int
changes_read(struct changes *changes, const char *dir, struct err *err)
{
	char *path = dir_path(dir, NAME);
	bool found;
	int status = dir_read(path, BYTES_MAX, &changes->text, &found, err);

	free(path);
	return status || !found ? status : parse(changes, dir, err);
}

void
changes_release(struct changes *changes)
{
	buf_release(&changes->text);
	buf_release(&changes->bytes);
	free(changes->list);
	*changes = (struct changes){0};
}

const struct change_entry *
changes_last(const struct changes *changes)
{
	return changes->count ? &changes->list[changes->count - 1] : NULL;
}

size_t
changes_first(const struct changes *changes)
{
	size_t i = changes->count;

	while (i && changes->list[i - 1].change.kind == CHANGE_KEY)
		i--;
	return i;
}

/* --- writing --- */

/* Takes the text, which is in the place of the old one when back with 0. */
static int
replace(
    struct changes *changes, const char *dir, struct buf *text, struct err *err)
{
	if (dir_replace(dir, NAME, buf_slice(text), err)) {
		buf_release(text);
		return -1;
	}
	buf_release(&changes->text);
	changes->text = *text;
	return parse(changes, dir, err);
}

/* The head and the first `keep` lines. */
static void
add_kept(struct buf *text, const struct changes *changes, size_t keep)
{
	struct slice all = buf_slice(&changes->text), rest = all;

	assert(keep <= changes->count);
	if (!all.len)
		rest = all = SLICE(HEAD);
	for (size_t i = 0; i < keep + 1; i++)
		slice_cut(&rest, '\n');
	buf_slice_add(text, slice_of(all.ptr, all.len - rest.len));
}

int
changes_put(struct changes *changes, const char *dir, size_t keep,
    struct slice extra, struct slice note, struct err *err)
{
	struct buf text = {0};

	if (keep == CHANGES_MAX)
		return err_set(err, ERR_LIMIT,
		    "the ledger '%s' has changed key or name %d times, which "
		    "is all that can be kept",
		    dir, CHANGES_MAX);
	add_kept(&text, changes, keep);
	base64_add(&text, extra.ptr, extra.len);
	buf_char(&text, ' ');
	base64_add(&text, note.ptr, note.len);
	buf_char(&text, '\n');
	return replace(changes, dir, &text, err);
}

int
changes_keep(
    struct changes *changes, const char *dir, size_t keep, struct err *err)
{
	struct buf text = {0};

	add_kept(&text, changes, keep);
	return replace(changes, dir, &text, err);
}
