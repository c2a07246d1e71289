#include "source/file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "source/sniff.h"
#include "text/csv.h"
#include "text/decode.h"
#include "json/json.h"

#define HEAD_BYTES (64u << 10)
#define STREAM_BYTES                                                           \
	(4u << 20) /* a wrapper longer than this is opened here                \
	            */
#define LEVELS_MAX 16

/* What encloses the elements that are being cut. */
enum level_kind { IN_ARRAY, IN_WRAPPER, BEHIND_LIST };

struct file {
	struct decode *decode;
	struct sniffed sniffed;
	struct buf carry;  /* read, and not yet in a batch */
	struct buf header; /* the CSV header row */
	bool end;          /* nothing more comes from decode */
	char *broken;      /* why it ended early; owned */
	uint64_t line;     /* of the next line, from 1 */
	uint64_t cuts;
	enum level_kind levels[LEVELS_MAX];
	size_t level;
	/* Inside a record that is too long: what is left of it is dropped. */
	enum { SKIP_NOTHING, SKIP_LINE, SKIP_VALUE } skip;
	struct sniff_state skipped;
};

/* Reads until buf has `want` bytes or the file ends. */
static void
fill(struct file *f, struct buf *buf, size_t want)
{
	struct err err;

	while (buf->len < want && !f->end) {
		size_t room = want - buf->len;
		ssize_t got;

		room = room < 4096 ? 4096 : room;
		got = decode_read(f->decode,
		    buf_reserve(buf, room + JSON_PADDING), room, &err);
		if (got < 0) {
			f->broken = xstrdup(err.msg);
			f->end = true;
			return;
		}
		buf->len += (size_t)got;
		f->end = got == 0;
	}
}

static uint64_t
count_lines(struct slice s)
{
	uint64_t n = 0;
	const char *p = s.ptr, *end = s.ptr + s.len;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		n++;
		p++;
	}
	return n;
}

/* Takes the CSV header off f->carry. */
static void
take_header(struct file *f)
{
	uint64_t lines;
	bool open;
	size_t n = csv_row(
	    buf_slice(&f->carry), f->sniffed.separator, true, &lines, &open);

	buf_add(&f->header, f->carry.ptr, n);
	f->line += lines;
	memmove(f->carry.ptr, f->carry.ptr + n, f->carry.len - n);
	f->carry.len -= n;
}

int
file_open(struct file **out, const char *path, struct err *err)
{
	struct file *f = xcalloc(1, sizeof(*f));
	struct slice head;

	*out = NULL;
	f->line = 1;
	if (decode_open(&f->decode, path, err)) {
		file_close(f);
		return -1;
	}
	fill(f, &f->carry, HEAD_BYTES);
	head = buf_slice(&f->carry);
	f->sniffed = sniff(head, f->end);
	if (f->sniffed.form != FORM_NONE) {
		size_t skip = f->sniffed.skip;

		f->line += count_lines(slice_of(head.ptr, skip));
		memmove(f->carry.ptr, f->carry.ptr + skip, head.len - skip);
		f->carry.len -= skip;
	}
	if (f->sniffed.form == FORM_ROWS)
		take_header(f);
	*out = f;
	return 0;
}

const char *
file_no_log(const struct file *f)
{
	if (f->broken && f->sniffed.form == FORM_NONE)
		return f->broken;
	return f->sniffed.why;
}

uint64_t
file_taken(const struct file *f)
{
	return decode_taken(f->decode);
}

void
file_close(struct file *f)
{
	if (!f)
		return;
	decode_close(f->decode);
	buf_release(&f->carry);
	buf_release(&f->header);
	free(f->broken);
	free(f);
}

/*
 * The three ways of cutting.  Each cuts what it can off the bytes of the batch
 * from `from` on, and returns how many bytes are used; what it leaves is
 * carried into the next batch, or shown again with more behind it.  `final`:
 * nothing more will come.
 */

static void
cut_bad(
    struct file *f, struct batch *batch, size_t at, size_t len, const char *why)
{
	batch_cut(batch,
	    &(struct cut){at, len,
	        f->sniffed.form == FORM_ELEMENTS ? 0 : f->line, CUT_BAD, why});
}

/*
 * Drops what belongs to a record that is too long.  Returns how many of the
 * bytes that is.
 */
static size_t
skip_rest(struct file *f, struct slice s)
{
	const char *feed;
	size_t n = s.len;

	if (f->skip == SKIP_LINE) {
		feed = memchr(s.ptr, '\n', s.len);
		n = feed ? (size_t)(feed - s.ptr) + 1 : s.len;
		f->line += feed != NULL;
		if (feed)
			f->skip = SKIP_NOTHING;
	} else if (f->skip == SKIP_VALUE) {
		n = sniff_step(&f->skipped, s);
		if (!f->skipped.depth)
			f->skip = SKIP_NOTHING;
	}
	return n;
}

/*
 * A record that begins at `at` is longer than allowed and does not end yet:
 * says so, and drops it as it comes.  Returns the bytes used.
 */
static size_t
too_long(struct file *f, struct batch *batch, size_t at)
{
	struct slice s = slice_skip(buf_slice(&batch->bytes), at);

	cut_bad(f, batch, at, s.len, "longer than 64 MiB");
	f->skip = f->sniffed.form == FORM_ELEMENTS ? SKIP_VALUE : SKIP_LINE;
	f->skipped = (struct sniff_state){0};
	(void)skip_rest(f, s);
	return s.len;
}

static size_t
cut_lines(struct file *f, struct batch *batch, size_t from, bool final)
{
	const char *base = batch->bytes.ptr;
	const char *p = base + from, *end = base + batch->bytes.len;

	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t n;

		if (!stop && !final)
			break;
		n = (size_t)((stop ? stop : end) - p);
		while (n &&
		       (p[n - 1] == '\r' || p[n - 1] == ' ' || p[n - 1] == ','))
			n--;
		if (n > FILE_RECORD_MAX)
			cut_bad(f, batch, (size_t)(p - base), n,
			    "longer than 64 MiB");
		else if (n)
			batch_cut(batch, &(struct cut){(size_t)(p - base), n,
			                     f->line, CUT_JSON, NULL});
		f->line++;
		p = stop ? stop + 1 : end;
	}
	return (size_t)(p - base);
}

static size_t
cut_rows(struct file *f, struct batch *batch, size_t from, bool final)
{
	struct slice rest = slice_skip(buf_slice(&batch->bytes), from);
	size_t used = from;

	while (rest.len) {
		uint64_t lines;
		bool open;
		size_t n =
		    csv_row(rest, f->sniffed.separator, final, &lines, &open);

		if (!n)
			break;
		if (open)
			cut_bad(f, batch, used, n,
			    "a quoted cell does not end before the file does");
		else if (n > 2 || (rest.ptr[0] != '\n' && rest.ptr[0] != '\r'))
			batch_cut(batch,
			    &(struct cut){used, n, f->line, CUT_ROW, NULL});
		f->line += lines;
		used += n;
		rest = slice_skip(rest, n);
	}
	return used;
}

/* Bytes up to the next line that begins with a bracket, or all of them. */
static size_t
to_next_value(struct slice s)
{
	size_t at = 1;

	while (at < s.len) {
		const char *feed = memchr(s.ptr + at, '\n', s.len - at);

		if (!feed)
			return s.len;
		at = (size_t)(feed - s.ptr) + 1;
		if (at < s.len && (s.ptr[at] == '{' || s.ptr[at] == '['))
			return at;
	}
	return s.len;
}

/* Bytes of something that is no value: up to a separator or bracket. */
static size_t
junk_len(struct slice s)
{
	size_t n = 1;

	while (n < s.len && !strchr(",[]{}\"\n", s.ptr[n]))
		n++;
	return n;
}

/* An object or a string at the start of s.  Returns how much of s is done. */
static size_t
cut_value(struct file *f, struct batch *batch, size_t at, bool final)
{
	struct slice s = slice_skip(buf_slice(&batch->bytes), at);
	size_t n = sniff_json_end(s);

	if (n) {
		if (n > FILE_RECORD_MAX)
			cut_bad(f, batch, at, n, "longer than 64 MiB");
		else
			batch_cut(
			    batch, &(struct cut){at, n, 0, CUT_JSON, NULL});
		return n;
	}
	if (!final && s.len > STREAM_BYTES && s.ptr[0] == '{' &&
	    f->level < LEVELS_MAX && sniff_wrapper(s, &n)) {
		f->levels[f->level++] = IN_WRAPPER;
		return n;
	}
	if (!final)
		return s.len > FILE_RECORD_MAX ? too_long(f, batch, at) : 0;
	n = to_next_value(s);
	cut_bad(f, batch, at, n, "the file ends inside it");
	return n;
}

/*
 * Behind the list of a wrapper: its other members, up to its brace.  Returns
 * 0 if the brace has not come yet.
 */
static size_t
skip_members(struct slice s)
{
	size_t at = 0;

	while (at < s.len && s.ptr[at] != '}') {
		size_t n = 1;

		if (strchr("\"[{", s.ptr[at]))
			n = sniff_json_end(slice_skip(s, at));
		if (!n)
			return 0;
		at += n;
	}
	return at < s.len ? at + 1 : 0;
}

/* A closing bracket: leaves the innermost level. */
static void
leave(struct file *f, struct batch *batch, size_t at)
{
	if (!f->level) {
		cut_bad(f, batch, at, 1, "a bracket closes nothing");
		return;
	}
	f->level--;
	if (f->levels[f->level] == IN_WRAPPER)
		f->levels[f->level++] = BEHIND_LIST;
}

static size_t
cut_elements(struct file *f, struct batch *batch, size_t from, bool final)
{
	size_t at = from, n;

	while (at < batch->bytes.len) {
		struct slice s = slice_skip(buf_slice(&batch->bytes), at);

		if (f->level && f->levels[f->level - 1] == BEHIND_LIST) {
			n = skip_members(s);
			if (!n && !final)
				return at;
			f->level--;
			if (!n)
				cut_bad(f, batch, at, s.len,
				    "the file ends inside a wrapper");
			at = n ? at + n : batch->bytes.len;
			continue;
		}
		n = 1;
		switch (s.ptr[0]) {
		case ' ':
		case '\t':
		case '\r':
		case '\n':
		case ',':
			break;
		case '[':
			if (f->level < LEVELS_MAX)
				f->levels[f->level++] = IN_ARRAY;
			break;
		case ']':
			leave(f, batch, at);
			break;
		case '{':
		case '"':
			n = cut_value(f, batch, at, final);
			break;
		default:
			n = junk_len(s);
			if (n == s.len && !final)
				return at;
			cut_bad(f, batch, at, n, "not a JSON object");
		}
		if (!n)
			break;
		at += n;
	}
	if (final && f->level) {
		cut_bad(f, batch, at, 0, "the file ends inside a list");
		f->level = 0;
	}
	return at;
}

static size_t
cut(struct file *f, struct batch *batch, size_t from, bool final)
{
	switch (f->sniffed.form) {
	case FORM_LINES:
		return cut_lines(f, batch, from, final);
	case FORM_ROWS:
		return cut_rows(f, batch, from, final);
	default:
		return cut_elements(f, batch, from, final);
	}
}

/* Puts what was read and not used back into f->carry. */
static void
keep_rest(struct file *f, struct batch *batch, size_t used)
{
	buf_clear(&f->carry);
	buf_add(&f->carry, batch->bytes.ptr + used, batch->bytes.len - used);
	batch->bytes.len = used;
}

int
file_next(struct file *f, struct batch *batch)
{
	size_t want = BATCH_BYTES, used;

	if (f->sniffed.form == FORM_NONE)
		return 0;
	batch->first_cut = f->cuts;
	buf_add(&batch->bytes, f->carry.ptr, f->carry.len);
	buf_clear(&f->carry);
	if (f->sniffed.form == FORM_ROWS)
		batch->header = sniff_header(
		    buf_slice(&f->header), f->sniffed.separator, &batch->arena);
	for (;;) {
		size_t from = 0;

		fill(f, &batch->bytes, want);
		if (f->skip != SKIP_NOTHING)
			from = skip_rest(f, buf_slice(&batch->bytes));
		used = cut(f, batch, from, f->end);
		if (used || f->end)
			break;
		if (batch->bytes.len > FILE_RECORD_MAX) {
			used = too_long(f, batch, 0);
			break;
		}
		want = batch->bytes.len * 2;
	}
	if (!f->end)
		keep_rest(f, batch, used);
	if (f->end && f->broken) {
		const char *why = arena_printf(
		    &batch->arena, "%s; what follows is lost", f->broken)
		                      .ptr;

		cut_bad(f, batch, batch->bytes.len, 0, why);
		free(f->broken);
		f->broken = NULL;
	}
	f->cuts += batch->count;
	memset(buf_reserve(&batch->bytes, JSON_PADDING), 0, JSON_PADDING);
	if (f->end && !batch->count)
		return 0;
	if (f->end)
		f->sniffed.form = FORM_NONE;
	return 1;
}
