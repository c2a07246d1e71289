#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/term.h"
#include "cmd/cosigned.h"
#include "cmd/ledger.h"
#include "ledger/streams.h"
#include "ledger/view.h"
#include "json/build.h"
#include "json/json.h"

#define NAME_COLUMNS 40

/* --- bytes --- */

/* The folders of a ledger; what lies beside them is `other`. */
static const char *const kinds[] = {
    "hash", "wal", "segment", "inputs", "other"};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* Of which kind the file is, by its path below the ledger's folder. */
static size_t
kind_of(struct slice path)
{
	struct slice top;
	size_t kind = 0;

	while (path.len && *path.ptr == '/')
		path = slice_skip(path, 1);
	top = slice_cut(&path, '/');
	while (kind + 1 < KINDS && !slice_eq(top, slice_cstr(kinds[kind])))
		kind++;
	return kind;
}

static int
count_bytes(const char *dir, uint64_t bytes[KINDS], struct err *err)
{
	char *path = xstrdup(dir), *paths[] = {path, NULL};
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *entry;
	int status = 0;

	while (walk && (entry = fts_read(walk)))
		if (entry->fts_info == FTS_F)
			bytes[kind_of(slice_skip(
			    slice_cstr(entry->fts_path), strlen(dir)))] +=
			    (uint64_t)entry->fts_statp->st_size;
	if (!walk || errno)
		status = err_sys(err, "cannot walk through '%s'", dir);
	if (walk)
		fts_close(walk);
	free(path);
	return status;
}

/* --- records --- */

struct tally {
	struct streams streams;
	uint64_t *records; /* owned; by number of stream */
	size_t room;
	uint64_t erased;
	uint64_t bytes[KINDS];
	struct cosigned cosigned;
};

static int
count_record(void *ctx, uint64_t index, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	struct tally *tally = ctx;
	uint32_t n =
	    streams_number(&tally->streams, stream->source, stream->tenant);

	(void)index;
	(void)err;
	if (n >= tally->room) {
		size_t room = 2 * tally->room + 16;

		tally->records =
		    xrealloc(tally->records, room * sizeof(*tally->records));
		memset(tally->records + tally->room, 0,
		    (room - tally->room) * sizeof(*tally->records));
		tally->room = room;
	}
	tally->records[n]++;
	tally->erased += frame->erased;
	return 0;
}

/* Numbers of streams, by source and tenant. */
static int
by_name(const void *a, const void *b, void *list)
{
	const struct stream *streams = list;
	const struct stream *x = &streams[*(const uint32_t *)a];
	const struct stream *y = &streams[*(const uint32_t *)b];
	int order = slice_order(x->source, y->source);

	return order ? order : slice_order(x->tenant, y->tenant);
}

/* Owned by the caller. */
static uint32_t *
sort_streams(const struct tally *tally)
{
	size_t count = tally->streams.count;
	uint32_t *order = xcalloc(count + 1, sizeof(*order));

	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	qsort_r(order, count, sizeof(*order), by_name, tally->streams.list);
	return order;
}

/* --- the answer --- */

static void
add_root(struct buf *out, const struct view *view)
{
	const struct merkle_hash *root = &view_tree(view)->root;

	base64_add(out, root->bytes, sizeof(root->bytes));
}

static void
add_streams_table(struct buf *out, const struct tally *tally)
{
	uint32_t *order = sort_streams(tally);
	size_t source = strlen("source"), tenant = strlen("tenant");

	for (size_t i = 0; i < tally->streams.count; i++) {
		const struct stream *s = &tally->streams.list[i];

		if (term_width(s->source) > source)
			source = term_width(s->source);
		if (term_width(s->tenant) > tenant)
			tenant = term_width(s->tenant);
	}
	source = source < NAME_COLUMNS ? source : NAME_COLUMNS;
	tenant = tenant < NAME_COLUMNS ? tenant : NAME_COLUMNS;
	buf_str(out, "\n");
	term_pad(out, SLICE("source"), source);
	buf_str(out, "  ");
	term_pad(out, SLICE("tenant"), tenant);
	buf_str(out, "       records\n");
	for (size_t i = 0; i < tally->streams.count; i++) {
		const struct stream *s = &tally->streams.list[order[i]];

		term_pad(out, s->source, source);
		buf_str(out, "  ");
		term_pad(out, s->tenant.len ? s->tenant : SLICE("-"), tenant);
		buf_printf(out, "  %12" PRIu64 "\n", tally->records[order[i]]);
	}
	free(order);
}

static void
add_table(struct buf *out, const struct view *view, const struct tally *tally)
{
	size_t count;
	const struct key *keys = view_keys(view, &count);

	buf_str(out, "ledger      ");
	buf_slice_add(out, view_origin(view));
	for (size_t i = 0; i < count; i++) {
		buf_str(out, i ? "\n            " : "\nkeys        ");
		key_print(out, &keys[i]);
	}
	buf_printf(out, "\ncheckpoint  %" PRIu64 " records, root ",
	    view_tree(view)->size);
	add_root(out, view);
	buf_char(out, '\n');
	cosigned_line(out, &tally->cosigned);
	if (tally->erased)
		buf_printf(out, "erased      %" PRIu64 "\n", tally->erased);
	for (size_t i = 0; i < KINDS; i++)
		if (tally->bytes[i] || i < 2)
			buf_printf(out, "%-10s  %" PRIu64 " bytes\n", kinds[i],
			    tally->bytes[i]);
	if (tally->streams.count)
		add_streams_table(out, tally);
}

static void
add_streams_json(struct buf *out, const struct tally *tally)
{
	uint32_t *order = sort_streams(tally);

	json_key(out, "streams");
	buf_char(out, '[');
	for (size_t i = 0; i < tally->streams.count; i++) {
		const struct stream *s = &tally->streams.list[order[i]];
		size_t mark = json_open(out, NULL, '{');

		json_text(out, "source", s->source);
		json_key(out, "tenant");
		if (s->tenant.len)
			json_add_str(out, s->tenant);
		else
			buf_str(out, "null");
		json_u64(out, "records", tally->records[order[i]]);
		json_close(out, mark);
	}
	buf_char(out, ']');
	free(order);
}

static void
add_json(struct buf *out, const struct view *view, const struct tally *tally)
{
	size_t count, all = json_open(out, NULL, '{'), mark;
	const struct key *keys = view_keys(view, &count);
	struct buf text = {0};

	json_text(out, "origin", view_origin(view));
	mark = json_open(out, "keys", '[');
	for (size_t i = 0; i < count; i++) {
		buf_clear(&text);
		key_print(&text, &keys[i]);
		json_text(out, NULL, buf_slice(&text));
	}
	json_close(out, mark);
	json_u64(out, "size", view_tree(view)->size);
	buf_clear(&text);
	add_root(&text, view);
	json_text(out, "root", buf_slice(&text));
	json_text(out, "checkpoint", view_checkpoint(view));
	cosigned_member(out, &tally->cosigned);
	json_u64(out, "erased", tally->erased);
	mark = json_open(out, "bytes", '{');
	for (size_t i = 0; i < KINDS; i++)
		json_u64(out, kinds[i], tally->bytes[i]);
	json_close(out, mark);
	add_streams_json(out, tally);
	json_close(out, all);
	buf_char(out, '\n');
	buf_release(&text);
}

static int
read_cosigned(struct cosigned *cosigned, const char *dir,
    const struct view *view, struct err *err)
{
	size_t count;
	const struct key *keys = view_keys(view, &count);

	if (cosigned_read(cosigned, dir, err))
		return -1;
	return cosigned_judge(
	    cosigned, dir, view_origin(view), keys, count, err);
}

int
ledger_stat(const struct ledger_args *args, struct err *err)
{
	struct tally tally = {0};
	struct buf out = {0};
	struct view *view;
	int code = 2;

	if (view_open(&view, args->words[0], err))
		return 2;
	if (read_cosigned(&tally.cosigned, args->words[0], view, err) ||
	    view_walk(
	        view, 0, view_tree(view)->size, count_record, &tally, err)) {
		code = err->code == ERR_CORRUPT ? 1 : 2;
	} else if (!count_bytes(args->words[0], tally.bytes, err)) {
		if (args->json)
			add_json(&out, view, &tally);
		else
			add_table(&out, view, &tally);
		fwrite(out.ptr, 1, out.len, stdout);
		code = 0;
	}
	view_close(view);
	cosigned_release(&tally.cosigned);
	streams_release(&tally.streams);
	free(tally.records);
	buf_release(&out);
	return code;
}
