#include "store/parquet.h"

#include <assert.h>

#include "base/bloom.h"
#include "base/bytes.h"

#define DEPTH_MAX   16
#define COLUMNS_MAX 256
#define GROUPS_MAX  65536

/*
 * Thrift's compact protocol.  A struct is fields of ascending number, each with
 * a type, and a zero byte.
 */
enum type {
	TYPE_END,
	TYPE_TRUE,
	TYPE_FALSE,
	TYPE_I8,
	TYPE_I16,
	TYPE_I32,
	TYPE_I64,
	TYPE_DOUBLE,
	TYPE_BYTES,
	TYPE_LIST,
	TYPE_SET,
	TYPE_MAP,
	TYPE_STRUCT,
};

struct thrift {
	struct slice rest;
	bool bad; /* nothing behind this counts */
};

static unsigned
get_byte(struct thrift *t)
{
	unsigned char c;

	if (!t->rest.len) {
		t->bad = true;
		return 0;
	}
	c = (unsigned char)t->rest.ptr[0];
	t->rest = slice_skip(t->rest, 1);
	return c;
}

static uint64_t
get_varint(struct thrift *t)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && !t->bad; shift += 7) {
		unsigned byte = get_byte(t);

		v |= (uint64_t)(byte & 0x7f) << shift;
		/* The tenth byte has one bit; and no byte is for nothing. */
		if (byte < 0x80 && (byte || !shift) && (shift < 63 || byte < 2))
			return v;
		if (byte < 0x80)
			break;
	}
	t->bad = true;
	return 0;
}

/* Numbers that are never negative in what we read. */
static uint64_t
get_count(struct thrift *t)
{
	uint64_t v = get_varint(t);

	if (v & 1)
		t->bad = true;
	return v >> 1;
}

static struct slice
get_bytes(struct thrift *t)
{
	uint64_t n = get_varint(t);
	struct slice bytes;

	if (n > t->rest.len) {
		t->bad = true;
		return SLICE("");
	}
	bytes = slice_of(t->rest.ptr, (size_t)n);
	t->rest = slice_skip(t->rest, (size_t)n);
	return bytes;
}

/* The next field; *number is that of the one before, 0 at first. */
static enum type
get_field(struct thrift *t, unsigned *number)
{
	unsigned byte = get_byte(t), step = byte >> 4, type = byte & 15;

	if (!byte || t->bad)
		return TYPE_END;
	/* A step of more than 15 is written otherwise; no struct has one. */
	if (!step || type == TYPE_END || type > TYPE_STRUCT)
		t->bad = true;
	*number += step;
	return t->bad ? TYPE_END : (enum type)type;
}

static size_t
get_list(struct thrift *t, enum type *type)
{
	unsigned byte = get_byte(t);
	uint64_t n = byte >> 4;

	*type = (enum type)(byte & 15);
	if (n == 15)
		n = get_varint(t);
	/* Each has a byte at least. */
	if (n > t->rest.len)
		t->bad = true;
	return t->bad ? 0 : (size_t)n;
}

static void pass(struct thrift *t, enum type type, unsigned depth);

static void
pass_struct(struct thrift *t, unsigned depth)
{
	unsigned number = 0;
	enum type type;

	while ((type = get_field(t, &number)) != TYPE_END)
		pass(t, type, depth);
}

static void
pass_list(struct thrift *t, unsigned depth)
{
	enum type type;
	size_t n = get_list(t, &type);

	for (size_t i = 0; i < n && !t->bad; i++) {
		/* Within a list a truth has a byte. */
		if (type == TYPE_TRUE || type == TYPE_FALSE)
			get_byte(t);
		else
			pass(t, type, depth);
	}
}

/* Passes over a value that says nothing of rows. */
static void
pass(struct thrift *t, enum type type, unsigned depth)
{
	if (depth == DEPTH_MAX) {
		t->bad = true;
		return;
	}
	switch (type) {
	case TYPE_TRUE:
	case TYPE_FALSE:
		break;
	case TYPE_I8:
		get_byte(t);
		break;
	case TYPE_I16:
	case TYPE_I32:
	case TYPE_I64:
		get_varint(t);
		break;
	case TYPE_BYTES:
		get_bytes(t);
		break;
	case TYPE_LIST:
		pass_list(t, depth + 1);
		break;
	case TYPE_STRUCT:
		pass_struct(t, depth + 1);
		break;
	default: /* Parquet has none of the others. */
		t->bad = true;
	}
}

/* False, and bad, if a field that we read is of another type. */
static bool
expect(struct thrift *t, enum type have, enum type want)
{
	if (have != want)
		t->bad = true;
	return !t->bad;
}

/* --- the footer --- */

struct footer {
	struct thrift thrift;
	struct parquet *parquet;
	bool has_rows, has_schema, has_groups;
};

static void
read_statistics(struct thrift *t, struct parquet_chunk *chunk)
{
	unsigned number = 0;
	enum type type;

	while ((type = get_field(t, &number)) != TYPE_END) {
		unsigned place = number < 5 ? 0 : 1;

		switch (number) {
		case 1: /* max */
		case 5: /* max_value */
			expect(t, type, TYPE_BYTES);
			chunk->max[place] = get_bytes(t);
			chunk->has_max[place] = true;
			break;
		case 2: /* min */
		case 6: /* min_value */
			expect(t, type, TYPE_BYTES);
			chunk->min[place] = get_bytes(t);
			chunk->has_min[place] = true;
			break;
		case 3: /* null_count */
			expect(t, type, TYPE_I64);
			chunk->nulls = get_count(t);
			chunk->has_nulls = true;
			break;
		default:
			pass(t, type, 0);
		}
	}
}

static void
read_column(struct thrift *t, struct parquet_chunk *chunk)
{
	unsigned number = 0;
	enum type type;

	while ((type = get_field(t, &number)) != TYPE_END) {
		switch (number) {
		case 5: /* num_values */
			expect(t, type, TYPE_I64);
			chunk->values = get_count(t);
			break;
		case 12: /* statistics */
			if (expect(t, type, TYPE_STRUCT))
				read_statistics(t, chunk);
			break;
		case 14: /* bloom_filter_offset */
			expect(t, type, TYPE_I64);
			chunk->filter_at = get_count(t);
			chunk->has_filter = true;
			break;
		case 15: /* bloom_filter_length */
			expect(t, type, TYPE_I32);
			chunk->filter_len = get_count(t);
			break;
		default:
			pass(t, type, 0);
		}
	}
}

static void
read_chunk(struct thrift *t, struct parquet_chunk *chunk)
{
	bool has_column = false;
	unsigned number = 0;
	enum type type;

	while ((type = get_field(t, &number)) != TYPE_END) {
		/* Of what is elsewhere or encrypted we know nothing. */
		if (number == 1 || number == 8 || number == 9)
			t->bad = true;
		if (number != 3) {
			pass(t, type, 0);
		} else if (expect(t, type, TYPE_STRUCT)) {
			read_column(t, chunk);
			has_column = true;
		}
	}
	if (!has_column)
		t->bad = true;
}

static void
read_chunks(struct footer *f, struct parquet_group *group)
{
	struct thrift *t = &f->thrift;
	struct parquet_chunk *chunks;
	enum type type;
	size_t n = get_list(t, &type);

	if (!expect(t, type, TYPE_STRUCT) || n != f->parquet->columns ||
	    n > COLUMNS_MAX) {
		t->bad = true;
		return;
	}
	chunks = arena_calloc(&f->parquet->arena, n + 1, sizeof(*chunks));
	group->chunks = chunks;
	for (size_t i = 0; i < n && !t->bad; i++)
		read_chunk(t, &chunks[i]);
}

static void
read_group(struct footer *f, struct parquet_group *group)
{
	struct thrift *t = &f->thrift;
	bool has_rows = false;
	unsigned number = 0;
	enum type type;

	while ((type = get_field(t, &number)) != TYPE_END) {
		if (number == 1) {
			if (expect(t, type, TYPE_LIST))
				read_chunks(f, group);
		} else if (number == 3) {
			expect(t, type, TYPE_I64);
			group->rows = get_count(t);
			has_rows = true;
		} else {
			pass(t, type, 0);
		}
	}
	if (!has_rows || !group->chunks)
		t->bad = true;
}

static void
read_groups(struct footer *f)
{
	struct thrift *t = &f->thrift;
	struct parquet *p = f->parquet;
	enum type type;
	size_t n = get_list(t, &type);

	if ((n && !expect(t, type, TYPE_STRUCT)) || n > GROUPS_MAX) {
		t->bad = true;
		return;
	}
	p->groups = arena_calloc(&p->arena, n + 1, sizeof(*p->groups));
	p->group_count = n;
	for (size_t i = 0; i < n && !t->bad; i++)
		read_group(f, &p->groups[i]);
	f->has_groups = true;
}

/* Of an element of the schema: whether it has values, not others within. */
static bool
has_values(struct thrift *t)
{
	unsigned number = 0;
	bool is = true;
	enum type type;

	while ((type = get_field(t, &number)) != TYPE_END) {
		if (number == 5) /* num_children */
			is = false;
		pass(t, type, 0);
	}
	return is;
}

static void
read_schema(struct footer *f)
{
	struct thrift *t = &f->thrift;
	enum type type;
	size_t n = get_list(t, &type);

	if (!expect(t, type, TYPE_STRUCT))
		return;
	for (size_t i = 0; i < n && !t->bad; i++)
		if (has_values(t))
			f->parquet->columns++;
	f->has_schema = true;
}

static void
read_footer(struct footer *f)
{
	struct thrift *t = &f->thrift;
	unsigned number = 0;
	enum type type;

	while ((type = get_field(t, &number)) != TYPE_END) {
		switch (number) {
		case 2: /* schema */
			if (expect(t, type, TYPE_LIST))
				read_schema(f);
			break;
		case 3: /* num_rows */
			expect(t, type, TYPE_I64);
			f->parquet->rows = get_count(t);
			f->has_rows = true;
			break;
		case 4: /* row_groups */
			if (expect(t, type, TYPE_LIST) && f->has_schema)
				read_groups(f);
			break;
		default:
			pass(t, type, 0);
		}
	}
	if (t->rest.len || !f->has_rows || !f->has_groups)
		t->bad = true;
}

int
parquet_read(struct parquet *parquet, struct slice footer, struct err *err)
{
	struct footer f = {.thrift.rest = footer, .parquet = parquet};
	uint64_t rows = 0;

	*parquet = (struct parquet){0};
	read_footer(&f);
	for (size_t i = 0; !f.thrift.bad && i < parquet->group_count; i++)
		if (__builtin_add_overflow(
		        rows, parquet->groups[i].rows, &rows))
			f.thrift.bad = true;
	if (!f.thrift.bad && rows == parquet->rows)
		return 0;
	err_set(err, ERR_CORRUPT,
	    f.thrift.bad ? "not the end of a Parquet file"
	                 : "it counts its rows in two ways");
	parquet_release(parquet);
	return -1;
}

void
parquet_release(struct parquet *parquet)
{
	arena_release(&parquet->arena);
	*parquet = (struct parquet){0};
}

/* --- filters --- */

/* A union of which only the first is in use, an empty struct. */
static void
expect_first(struct thrift *t, enum type type)
{
	if (expect(t, type, TYPE_STRUCT) &&
	    (get_byte(t) != (1 << 4 | TYPE_STRUCT) || get_byte(t) ||
	        get_byte(t)))
		t->bad = true;
}

int
parquet_filter_read(struct parquet_filter *filter, struct slice bytes)
{
	struct thrift t = {.rest = bytes};
	unsigned number = 0, seen = 0;
	uint64_t len = 0;
	enum type type;

	while ((type = get_field(&t, &number)) != TYPE_END) {
		seen++;
		if (number == 1) { /* numBytes */
			expect(&t, type, TYPE_I32);
			len = get_count(&t);
		} else if (number <= 4) {
			expect_first(&t, type);
		} else {
			t.bad = true;
		}
	}
	if (t.bad || seen != 4 || !len || len % BLOOM_BLOCK_LEN ||
	    len != t.rest.len)
		return -1;
	filter->blocks = slice_of(t.rest.ptr, (size_t)len);
	return 0;
}

bool
parquet_filter_has(const struct parquet_filter *filter, uint64_t hash)
{
	return bloom_has((const unsigned char *)filter->blocks.ptr,
	    filter->blocks.len / BLOOM_BLOCK_LEN, hash);
}
