#include "duck_check.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/sha256.h"
#include "duck_bounds.h"
#include "duck_pages.h"

#define MEMORY_MIB 1024 /* of DuckDB */
#define KEY_LEN    32
#define CHECK_MAX  ((uint64_t)64 << 20) /* records */

/*
 * Rows are in the order of people, records in that of the log.  Instead of
 * sorting one of them, which takes longer than all else, each row's digest is
 * put in its record's place.  Its key is random and never leaves the process,
 * so nobody can make two rows with one digest.
 */
struct digest {
	unsigned char bytes[16];
};

struct check {
	const struct columns_check *args;
	uint64_t first, end;
	struct duck duck;
	struct bounds *bounds;
	struct err bounds_err; /* told if all rows are right */
	uint32_t which;        /* columns */
	struct digest *rows;   /* owned: of each record; zero: none was seen */
	struct sha256 *sha;
	struct buf bytes; /* the key, then those of a row */
	struct arena arena;
};

static void
digest_row(struct check *c, const struct row *row, struct digest *out)
{
	unsigned char sha[SHA256_LEN];

	c->bytes.len = KEY_LEN;
	row_bytes(row, c->which, &c->bytes);
	sha256_begin(c->sha);
	sha256_add(c->sha, c->bytes.ptr, c->bytes.len);
	sha256_end(c->sha, sha);
	memcpy(out, sha, sizeof(*out));
}

static bool
is_there(const struct digest *digest)
{
	static const struct digest none;

	return memcmp(digest, &none, sizeof(none)) != 0;
}

static int
open_file(struct check *c, struct pages **out, struct err *err)
{
	struct pages_of all = {.path = c->args->path};

	return pages_open(out, &c->duck, &all, err);
}

/* --- the file's rows --- */

static int
take_row(struct check *c, const struct row *row, struct err *err)
{
	struct digest *place;

	if (!(row->has & COLUMN_BIT(COLUMN_INDEX)))
		return err_set(err, ERR_CORRUPT, "'%s': a row is of no record",
		    c->args->path);
	if (row->index < c->first || row->index >= c->end)
		return err_set(err, ERR_CORRUPT,
		    "'%s': a row is of record %ju, which is in another segment",
		    c->args->path, (uintmax_t)row->index);
	place = &c->rows[row->index - c->first];
	if (is_there(place))
		return err_set(err, ERR_CORRUPT,
		    "'%s': record %ju has more than one row", c->args->path,
		    (uintmax_t)row->index);
	digest_row(c, row, place);
	return 0;
}

static int
take_page(struct check *c, const struct page *page, struct err *err)
{
	struct row row;

	arena_reset(&c->arena);
	bounds_page(c->bounds);
	for (size_t i = 0; i < page_rows(page); i++) {
		page_row(page, i, &row, &c->arena);
		if (take_row(c, &row, err))
			return -1;
		if (!c->bounds_err.code)
			bounds_row(c->bounds, &row, &c->bounds_err);
	}
	return 0;
}

static int
take_rows(struct check *c, struct err *err)
{
	struct pages *pages = NULL;
	struct page *page = NULL;
	int status = bounds_open(&c->bounds, c->args->path, err);

	if (!status)
		status = open_file(c, &pages, err);
	while (!status && !(status = pages_next(pages, &page, err)) && page) {
		status = take_page(c, page, err);
		page_free(page);
	}
	if (!status && !c->bounds_err.code)
		bounds_end(c->bounds, &c->bounds_err);
	pages_close(pages);
	bounds_close(c->bounds);
	return status;
}

/* --- the records --- */

/* The first column of the file's row that is not as in `row`. */
static enum column
find_difference(struct check *c, const struct row *row)
{
	enum column column = COLUMNS;
	struct pages *pages = NULL;
	struct page *page = NULL;
	struct row have;

	if (open_file(c, &pages, NULL))
		return COLUMNS;
	while (column == COLUMNS && !pages_next(pages, &page, NULL) && page) {
		arena_reset(&c->arena);
		for (size_t i = 0; i < page_rows(page); i++) {
			page_row(page, i, &have, &c->arena);
			if (have.index == row->index)
				column = row_differs(row, &have, c->which);
		}
		page_free(page);
	}
	pages_close(pages);
	return column;
}

static int
compare(struct check *c, const struct row *row, struct err *err)
{
	const struct digest *have = &c->rows[row->index - c->first];
	struct digest want;
	enum column column;

	digest_row(c, row, &want);
	if (!memcmp(have, &want, sizeof(want)))
		return 0;
	if (!is_there(have))
		return err_set(err, ERR_CORRUPT, "'%s': record %ju has no row",
		    c->args->path, (uintmax_t)row->index);
	column = find_difference(c, row);
	if (column == COLUMNS)
		return err_set(err, ERR_CORRUPT,
		    "'%s': record %ju: its row is not the same when it is read "
		    "again",
		    c->args->path, (uintmax_t)row->index);
	return err_set(err, ERR_CORRUPT,
	    "'%s': record %ju: column '%s' is not what the record says",
	    c->args->path, (uintmax_t)row->index, column_name(column));
}

static int
compare_records(struct check *c, struct err *err)
{
	struct reread *reread = reread_new(c->args->view, c->args->geo);
	struct row_room room = {0};
	struct reread_record record;
	struct row row;
	int status = 0;

	for (uint64_t i = c->first; !status && i < c->end; i++) {
		status = reread_record(reread, i, &record, err);
		if (!status) {
			row_read(&row, &room, i, &record);
			status = compare(c, &row, err);
		}
	}
	row_room_release(&room);
	reread_free(reread);
	return status;
}

static int
draw_key(struct check *c, struct err *err)
{
	if (getrandom(buf_reserve(&c->bytes, KEY_LEN), KEY_LEN, 0) != KEY_LEN)
		return err_sys(err, "no random numbers");
	return 0;
}

int
columns_check(const struct columns_check *args, struct err *err)
{
	struct check c = {
	    .args = args,
	    .first = args->segment->first,
	    .end = args->segment->end,
	    .which = ~UINT32_C(0),
	};
	int status;

	if (c.end - c.first > CHECK_MAX)
		return err_set(err, ERR_LIMIT,
		    "'%s': a segment of %ju records is more than can be "
		    "checked",
		    args->path, (uintmax_t)(c.end - c.first));
	c.sha = sha256_new();
	if (!args->same_geography)
		c.which &= ~COLUMN_BIT(column_of(EV_COUNTRY));
	c.rows = xcalloc(c.end - c.first, sizeof(*c.rows));
	status = draw_key(&c, err) ||
	         duck_open(&c.duck, MEMORY_MIB, NULL, err) ||
	         take_rows(&c, err) || compare_records(&c, err);
	if (!status && c.bounds_err.code) {
		status = -1;
		if (err)
			*err = c.bounds_err;
	}
	duck_close(&c.duck);
	sha256_free(c.sha);
	buf_release(&c.bytes);
	arena_release(&c.arena);
	free(c.rows);
	return status ? -1 : 0;
}
