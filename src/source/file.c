#include "source/file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "source/sniff.h"
#include "text/csv.h"
#include "text/decode.h"
#include "json/json.h"

#define STREAM_BYTES (4u << 20) /* a longer wrapper is opened here */
#define LEVELS_MAX   16

/* What encloses the elements that are being cut. */
enum level_kind { IN_ARRAY, IN_WRAPPER, BEHIND_LIST };

struct file {
	struct decode *decode;
	struct sniffed sniffed;
	struct buf carry; /* read, and from carry_at on not yet in a batch */
	size_t carry_at;
	struct buf header; /* the CSV header row */
	bool end;          /* nothing more comes from decode */
	char *broken;      /* why it ended early; owned */
	uint64_t line;     /* of the next line, from 1 */
	/* Something was not closed: line feeds count more than brackets do. */
	bool torn;
	enum level_kind levels[LEVELS_MAX];
	size_t level;
	/* Inside a record that is too long: what is left of it is dropped. */
	enum { SKIP_NOTHING, SKIP_LINE, SKIP_VALUE, SKIP_JUNK } skip;
	struct sniff_state skipped;
};

/* Fills buf up to `want` bytes from f->carry, then from the file. */
static void
fill(struct file *f, struct buf *buf, size_t want)
{
	size_t kept = f->carry.len - f->carry_at;
	struct err err;

	if (buf->len < want && kept) {
		kept = kept < want - buf->len ? kept : want - buf->len;
		buf_add(buf, f->carry.ptr + f->carry_at, kept);
		f->carry_at += kept;
	}
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

/* Nothing is left but what the batch holds. */
static bool
at_end(const struct file *f)
{
	return f->end && f->carry_at == f->carry.len;
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
	struct slice s = slice_skip(buf_slice(&f->carry), f->carry_at);
	size_t n = csv_row(s, f->sniffed.separator, true, &lines, &open);

	buf_add(&f->header, s.ptr, n);
	f->line += lines;
	f->carry_at += n;
}

/* Looks at what f->decode brings. */
static void
look(struct file *f)
{
	struct buf head = {0};

	f->line = 1;
	fill(f, &head, BATCH_BYTES);
	f->carry = head;
	f->sniffed = sniff(buf_slice(&head), f->end);
	if (f->sniffed.form != FORM_NONE) {
		f->carry_at = f->sniffed.skip;
		f->line += count_lines(slice_of(head.ptr, f->carry_at));
	}
	if (f->sniffed.form == FORM_ROWS)
		take_header(f);
}

int
file_open(struct file **out, const char *path, struct err *err)
{
	struct file *f = xcalloc(1, sizeof(*f));

	*out = NULL;
	if (decode_open(&f->decode, path, err)) {
		file_close(f);
		return -1;
	}
	look(f);
	*out = f;
	return 0;
}

int
file_open_bytes(struct file **out, struct slice bytes, struct err *err)
{
	struct file *f = xcalloc(1, sizeof(*f));

	*out = NULL;
	if (decode_open_bytes(&f->decode, bytes, err)) {
		file_close(f);
		return -1;
	}
	look(f);
	*out = f;
	return 0;
}

int
file_identify(const char *path, unsigned char digest[SHA256_LEN],
    unsigned char name[16], struct err *err)
{
	static const char label[] = "firn-delivery/1\nfile\n";
	unsigned char text[sizeof(label) - 1 + SHA256_LEN];
	unsigned char hash[SHA256_LEN];

	if (sha256_file(path, digest, err))
		return -1;
	memcpy(text, label, sizeof(label) - 1);
	memcpy(text + sizeof(label) - 1, digest, SHA256_LEN);
	sha256(slice_of(text, sizeof(text)), hash);
	memcpy(name, hash, 16);
	return 0;
}

const char *
file_no_log(const struct file *f)
{
	if (f->broken && f->sniffed.form == FORM_NONE)
		return f->broken;
	return f->sniffed.why;
}

const char *
file_form(const struct file *f)
{
	static const char *const names[] = {
	    [FORM_NONE] = "none",
	    [FORM_LINES] = "lines",
	    [FORM_ELEMENTS] = "elements",
	    [FORM_ROWS] = "rows",
	};

	return names[f->sniffed.form];
}

struct slice
file_header(const struct file *f)
{
	return buf_slice(&f->header);
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

/* Bytes from `at` on up to what separates or begins a value. */
static size_t
junk_len(struct slice s, size_t at, bool in_list)
{
	while (at < s.len && !memchr(",[{\"\n]", s.ptr[at], in_list ? 6 : 5))
		at++;
	return at;
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
		if (f->skipped.ended || f->skipped.torn)
			f->skip = SKIP_NOTHING;
	} else if (f->skip == SKIP_JUNK) {
		n = junk_len(s, 0, f->level > 0);
		if (n < s.len)
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
	f->skipped = (struct sniff_state){.lines = true};
	(void)skip_rest(f, s);
	return s.len;
}

/* Bytes of the byte-order mark that s begins with: files were put together. */
static size_t
mark_len(struct slice s)
{
	return s.len >= 3 && !memcmp(s.ptr, "\xef\xbb\xbf", 3) ? 3 : 0;
}

static size_t
cut_lines(struct file *f, struct batch *batch, size_t from, bool final)
{
	const char *base = batch->bytes.ptr;
	const char *p = base + from, *end = base + batch->bytes.len;

	while (p < end && batch->count < BATCH_CUTS) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t n, mark;

		if (!stop && !final)
			break;
		n = (size_t)((stop ? stop : end) - p);
		mark = mark_len(slice_of(p, n));
		p += mark;
		n -= mark;
		while (n && memchr("\r\t ,", p[n - 1], 4))
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

/*
 * As csv_row().  A quote that nothing closes would take the rest of the file
 * into its cell: where that is much, the cell ends with its line, and so do
 * all later ones, lest each of them is searched to the end of the file.
 */
static size_t
row_len(struct file *f, struct slice s, bool final, uint64_t *lines, bool *open)
{
	const char *feed;
	size_t n;

	if (!f->torn) {
		n = csv_row(s, f->sniffed.separator, final, lines, open);
		f->torn = *open && s.len > BATCH_BYTES &&
		          (final || s.len > FILE_RECORD_MAX);
		if (!f->torn)
			return n;
	}
	feed = memchr(s.ptr, '\n', s.len);
	if (!feed && !final)
		return 0;
	n = feed ? (size_t)(feed - s.ptr) + 1 : s.len;
	return csv_row(
	    slice_of(s.ptr, n), f->sniffed.separator, true, lines, open);
}

/* The header again, as where files were put together: no record. */
static bool
is_header(const struct file *f, struct slice row)
{
	return slice_eq(slice_skip(row, mark_len(row)), buf_slice(&f->header));
}

static size_t
cut_rows(struct file *f, struct batch *batch, size_t from, bool final)
{
	struct slice rest = slice_skip(buf_slice(&batch->bytes), from);
	size_t used = from;

	while (rest.len && batch->count < BATCH_CUTS) {
		uint64_t lines;
		bool open;
		size_t n = row_len(f, rest, final, &lines, &open);

		if (!n)
			break;
		if (open)
			cut_bad(f, batch, used, n,
			    arena_printf(&batch->arena,
			        "a quoted cell does not end; lines taken with "
			        "it: %ju",
			        (uintmax_t)lines)
			        .ptr);
		else if (n > FILE_RECORD_MAX)
			cut_bad(f, batch, used, n, "longer than 64 MiB");
		else if ((n > 2 ||
		             (rest.ptr[0] != '\n' && rest.ptr[0] != '\r')) &&
		         !is_header(f, slice_of(rest.ptr, n)))
			batch_cut(batch,
			    &(struct cut){used, n, f->line, CUT_ROW, NULL});
		f->line += lines;
		used += n;
		rest = slice_skip(rest, n);
	}
	return used;
}

static size_t
cut_whole(struct file *f, struct batch *batch, size_t at, size_t n)
{
	if (n > FILE_RECORD_MAX)
		cut_bad(f, batch, at, n, "longer than 64 MiB");
	else
		batch_cut(batch, &(struct cut){at, n, 0, CUT_JSON, NULL});
	return n;
}

/*
 * An object or a string at the start of s.  Returns how much of s is done.
 *
 * Where one does not end, the brackets of what follows mean nothing any more:
 * from then on, a line that begins with a bracket begins a value.
 */
static size_t
cut_value(struct file *f, struct batch *batch, size_t at, bool final)
{
	struct slice s = slice_skip(buf_slice(&batch->bytes), at);
	struct sniff_state state = {.lines = true};
	size_t n = f->torn ? 0 : sniff_json_end(s);

	if (n)
		return cut_whole(f, batch, at, n);
	if (!f->torn && !final) {
		if (s.len > STREAM_BYTES && s.ptr[0] == '{' &&
		    f->level < LEVELS_MAX && sniff_wrapper(s, &n)) {
			f->levels[f->level++] = IN_WRAPPER;
			return n;
		}
		if (s.len <= FILE_RECORD_MAX)
			return 0;
	}
	f->torn = true;
	n = sniff_step(&state, s);
	if (state.ended)
		return cut_whole(f, batch, at, n);
	if (!state.torn && !final)
		return s.len > FILE_RECORD_MAX ? too_long(f, batch, at) : 0;
	cut_bad(f, batch, at, n,
	    state.torn ? "the next record begins inside it"
	               : "the file ends inside it");
	return n;
}

/*
 * Behind the list of a wrapper: a step over its other members, up to its
 * brace.  Returns 0 if more has to be read.
 */
static size_t
skip_member(struct file *f, struct batch *batch, size_t at, bool final)
{
	struct slice s = slice_skip(buf_slice(&batch->bytes), at);
	size_t n;

	if (s.ptr[0] == '}')
		f->level--;
	if (!memchr("\"[{", s.ptr[0], 3))
		return 1;
	n = sniff_json_end(s);
	if (n || !final)
		return n || s.len <= FILE_RECORD_MAX ? n
		                                     : too_long(f, batch, at);
	f->level--;
	cut_bad(f, batch, at, s.len, "the file ends inside a wrapper");
	return s.len;
}

/* One step at the level where elements stand; 0 if more has to be read. */
static size_t
cut_element(struct file *f, struct batch *batch, size_t at, bool final)
{
	struct slice s = slice_skip(buf_slice(&batch->bytes), at);
	char c = s.ptr[0];
	size_t n;

	if (memchr(" \t\r\n,", c, 5))
		return 1;
	if (mark_len(s))
		return mark_len(s);
	if (c == '{' || c == '"')
		return cut_value(f, batch, at, final);
	if (c == '[') {
		if (f->level < LEVELS_MAX)
			f->levels[f->level++] = IN_ARRAY;
		return 1;
	}
	if (c == ']' && f->level) {
		if (f->levels[f->level - 1] == IN_WRAPPER)
			f->levels[f->level - 1] = BEHIND_LIST;
		else
			f->level--;
		return 1;
	}
	n = junk_len(s, 1, f->level > 0);
	if (n == s.len)
		f->skip = SKIP_JUNK;
	cut_bad(f, batch, at, n,
	    c == ']' ? "a bracket closes nothing" : "not a JSON object");
	return n;
}

static size_t
cut_elements(struct file *f, struct batch *batch, size_t from, bool final)
{
	size_t at = from, n;

	while (at < batch->bytes.len && batch->count < BATCH_CUTS) {
		if (f->level && f->levels[f->level - 1] == BEHIND_LIST)
			n = skip_member(f, batch, at, final);
		else
			n = cut_element(f, batch, at, final);
		if (!n)
			return at;
		at += n;
	}
	if (final && f->level && at == batch->bytes.len) {
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
	size_t unused = batch->bytes.len - used;

	if (f->carry_at < f->carry.len) {
		/* The batch came out of it, so that is where they stand. */
		f->carry_at -= unused;
	} else {
		buf_clear(&f->carry);
		f->carry_at = 0;
		buf_add(&f->carry, batch->bytes.ptr + used, unused);
	}
	batch->bytes.len = used;
}

/* Says why the file ended before its end, if it did. */
static void
tell_broken(struct file *f, struct batch *batch)
{
	if (!f->broken)
		return;
	cut_bad(f, batch, batch->bytes.len, 0,
	    arena_printf(&batch->arena, "%s; what follows is lost", f->broken)
	        .ptr);
	free(f->broken);
	f->broken = NULL;
}

int
file_next(struct file *f, struct batch *batch)
{
	size_t want = BATCH_BYTES, used;

	if (f->sniffed.form == FORM_NONE)
		return 0;
	if (f->sniffed.form == FORM_ROWS)
		batch->header = sniff_header(
		    buf_slice(&f->header), f->sniffed.separator, &batch->arena);
	for (;;) {
		size_t from = 0;

		fill(f, &batch->bytes, want);
		if (f->skip != SKIP_NOTHING)
			from = skip_rest(f, buf_slice(&batch->bytes));
		used = cut(f, batch, from, at_end(f));
		if (used || at_end(f))
			break;
		if (batch->bytes.len > FILE_RECORD_MAX) {
			used = too_long(f, batch, 0);
			break;
		}
		want = batch->bytes.len * 2;
	}
	if (!at_end(f) || used < batch->bytes.len) {
		keep_rest(f, batch, used);
	} else {
		tell_broken(f, batch);
		f->sniffed.form = FORM_NONE;
	}
	memset(buf_reserve(&batch->bytes, JSON_PADDING), 0, JSON_PADDING);
	return batch->count || f->sniffed.form != FORM_NONE;
}
