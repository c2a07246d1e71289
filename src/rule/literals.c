#include "rule/literals.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define STRIDE   4
#define BITS_MIN 10
#define BITS_MAX 21

/* A literal under one of its pieces. */
struct entry {
	uint32_t piece;  /* its hash */
	uint32_t offset; /* of the piece in the literal */
	const struct literal *literal;
};

/* The entries of one piece stand together. */
struct slot {
	uint32_t piece;        /* its hash */
	uint32_t first, count; /* count 0: the slot is free */
};

/* Literals by pieces of `length` bytes. */
struct table {
	size_t length;
	struct entry *entries;
	size_t count, room; /* of entries */
	bool anywhere;      /* one of them may stand anywhere */
	uint64_t *bitmap;
	unsigned bits; /* the bitmap has 2^bits */
	struct slot *slots;
	size_t size; /* a power of two */
};

/*
 * STRIDED and LONG are looked up at every fourth place, counted from the
 * text's end, LONG by eight bytes, which hardly occur without the rest of their
 * literal.  The others are looked up at every place: PIECES, of three bytes if
 * one of its literals has no more, those that are too short for that, and the
 * shorter ones by length.
 */
enum { ONE_BYTE, TWO_BYTES, PIECES, STRIDED, LONG, TABLES };

struct literals {
	struct literal *list;
	struct table tables[TABLES];
};

/* What stands for a piece; of eight bytes others may have the same. */
static inline uint32_t
hash_piece(const char *p, size_t length)
{
	const unsigned char *b = (const unsigned char *)p;
	uint32_t piece = b[0];
	uint64_t wide;

	if (length == 8) {
		memcpy(&wide, p, sizeof(wide));
		return (uint32_t)(wide * 0x9e3779b97f4a7c15u >> 32);
	}
	if (length == 4)
		memcpy(&piece, p, sizeof(piece));
	else if (length == 3)
		piece |= (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16;
	else if (length == 2)
		piece |= (uint32_t)b[1] << 8;
	return piece * 0x9e3779b1u;
}

/* --- making --- */

/* How many literals have a piece; a count may be too high, never too low. */
struct counts {
	uint32_t *list; /* owned */
	unsigned bits;  /* there are 2^ this many */
};

static uint32_t *
count_of(const struct counts *counts, const char *piece)
{
	return &counts->list[hash_piece(piece, STRIDE) >> (32 - counts->bits)];
}

static struct counts
count_pieces(const struct literal *list, size_t count)
{
	struct counts counts = {.bits = 8};
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += list[i].text.len;
	while (counts.bits < 18 && (size_t)1 << counts.bits < bytes * 2)
		counts.bits++;
	counts.list = xcalloc((size_t)1 << counts.bits, sizeof(*counts.list));
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k + STRIDE <= list[i].text.len; k++)
			++*count_of(&counts, list[i].text.ptr + k);
	return counts;
}

/*
 * How many pieces in a row a literal is filed under.  At one of four places in
 * a row every fourth is looked up; where a literal ends with the text, it is
 * known which.
 */
static size_t
row_of(const struct literal *literal)
{
	return literal->at == LITERAL_END ? 1 : STRIDE;
}

static struct table *
table_of(struct literals *literals, const struct literal *literal)
{
	size_t n = literal->text.len, more = row_of(literal) - 1;

	if (n < 3)
		return &literals->tables[n - 1];
	if (n < 4 + more)
		return &literals->tables[PIECES];
	return &literals->tables[n < 8 + more ? STRIDED : LONG];
}

/*
 * The place of the first of `row` pieces that are rarest.  If it is one alone,
 * it stands a multiple of STRIDE before the end.
 */
static size_t
rarest(
    struct slice text, const struct counts *counts, size_t length, size_t row)
{
	uint64_t least = UINT64_MAX;
	size_t step = row == 1 ? STRIDE : 1, best = 0;

	for (size_t k = row == 1 ? text.len % STRIDE : 0;
	     k + length + row - 1 <= text.len; k += step) {
		uint64_t sum = 0;

		for (size_t i = k; i < k + row; i++) {
			uint32_t a = *count_of(counts, text.ptr + i);
			uint32_t b =
			    *count_of(counts, text.ptr + i + length - STRIDE);

			sum += a < b ? a : b;
		}
		if (sum < least) {
			least = sum;
			best = k;
		}
	}
	return best;
}

/* Files the literal; without entries it only counts them. */
static void
file(struct literals *literals, const struct literal *literal,
    const struct counts *counts)
{
	struct table *table = table_of(literals, literal);
	bool strided = table >= &literals->tables[STRIDED];
	size_t row = strided ? row_of(literal) : 1, at = 0;

	if (!table->entries) {
		table->room += row;
		if (literal->text.len < table->length)
			table->length = literal->text.len;
		return;
	}
	if (strided)
		at = rarest(literal->text, counts, table->length, row);
	for (size_t i = at; i < at + row; i++)
		table->entries[table->count++] = (struct entry){
		    hash_piece(literal->text.ptr + i, table->length),
		    (uint32_t)i, literal};
	table->anywhere |= literal->at == LITERAL_ANYWHERE;
}

static int
by_piece(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->piece != y->piece)
		return x->piece < y->piece ? -1 : 1;
	return x->literal < y->literal ? -1 : x->literal > y->literal;
}

static void
add_slot(struct table *table, uint32_t piece, size_t first, size_t count)
{
	size_t at = piece >> 7;
	uint32_t bit = piece >> (32 - table->bits);

	while (table->slots[at & (table->size - 1)].count)
		at++;
	table->slots[at & (table->size - 1)] =
	    (struct slot){piece, (uint32_t)first, (uint32_t)count};
	table->bitmap[bit / 64] |= UINT64_C(1) << bit % 64;
}

static void
fill_table(struct arena *arena, struct table *table)
{
	size_t first = 0;

	if (!table->count)
		return;
	qsort(table->entries, table->count, sizeof(*table->entries), by_piece);
	table->bits = BITS_MIN;
	while (table->bits < BITS_MAX &&
	       (size_t)1 << table->bits < table->count * 32)
		table->bits++;
	table->bitmap = arena_calloc(
	    arena, ((size_t)1 << table->bits) / 64, sizeof(*table->bitmap));
	table->size = 16;
	while (table->size < table->count * 2)
		table->size *= 2;
	table->slots = arena_calloc(arena, table->size, sizeof(*table->slots));
	for (size_t i = 1; i <= table->count; i++) {
		if (i < table->count &&
		    table->entries[i].piece == table->entries[first].piece)
			continue;
		add_slot(table, table->entries[first].piece, first, i - first);
		first = i;
	}
}

struct literals *
literals_new(struct arena *arena, const struct literal *list, size_t count)
{
	static const size_t lengths[TABLES] = {1, 2, 4, 4, 8};
	struct literals *literals;
	struct counts counts;
	struct table *tables;

	if (!count)
		return NULL;
	literals = arena_calloc(arena, 1, sizeof(*literals));
	literals->list = arena_alloc(arena, count * sizeof(*list));
	memcpy(literals->list, list, count * sizeof(*list));
	tables = literals->tables;
	counts = count_pieces(list, count);
	for (size_t t = 0; t < TABLES; t++)
		tables[t].length = lengths[t];
	for (size_t i = 0; i < count; i++)
		file(literals, &literals->list[i], &counts);
	for (size_t t = 0; t < TABLES; t++)
		tables[t].entries = arena_calloc(
		    arena, tables[t].room + 1, sizeof(*tables[t].entries));
	for (size_t i = 0; i < count; i++)
		file(literals, &literals->list[i], &counts);
	for (size_t t = 0; t < TABLES; t++)
		fill_table(arena, &tables[t]);
	free(counts.list);
	return literals;
}

/* --- finding --- */

/* Whether the literal stands in the text with its piece at `at`. */
static inline bool
stands(const struct entry *entry, struct slice text, size_t at)
{
	const struct literal *literal = entry->literal;
	size_t start = at - entry->offset;

	if (at < entry->offset || text.len - start < literal->text.len)
		return false;
	if (literal->at == LITERAL_START && start)
		return false;
	if (literal->at == LITERAL_END && start + literal->text.len != text.len)
		return false;
	return !memcmp(text.ptr + start, literal->text.ptr, literal->text.len);
}

static __attribute__((noinline)) void
compare(const struct table *table, uint32_t piece, struct slice text, size_t at,
    struct literal_hits *hits)
{
	const struct slot *slot;
	size_t place = piece >> 7;

	do {
		slot = &table->slots[place++ & (table->size - 1)];
		if (!slot->count)
			return;
	} while (slot->piece != piece);
	for (size_t i = slot->first; i < slot->first + slot->count; i++) {
		const struct entry *entry = &table->entries[i];

		if (!stands(entry, text, at))
			continue;
		if (hits->count < hits->size)
			hits->list[hits->count] = entry->literal->value;
		hits->count++;
	}
}

/*
 * Looks up the pieces at `at` and every `step` bytes on.  In line for each
 * length, so that a piece is one load.
 */
static inline __attribute__((always_inline)) void
scan(const struct table *table, size_t length, size_t at, size_t step,
    struct slice text, struct literal_hits *hits)
{
	const uint64_t *bitmap = table->bitmap;
	unsigned shift = 32 - table->bits;

	for (; at + length <= text.len; at += step) {
		uint32_t piece = hash_piece(text.ptr + at, length);
		uint32_t bit = piece >> shift;

		if (bitmap[bit / 64] >> bit % 64 & 1)
			compare(table, piece, text, at, hits);
	}
}

static void
scan_all(
    const struct table *table, struct slice text, struct literal_hits *hits)
{
	size_t last = text.len - table->length;

	if (!table->count || text.len < table->length)
		return;
	/* What can only stand at the ends is looked for there alone. */
	if (!table->anywhere) {
		scan(table, table->length, 0, last ? last : 1, text, hits);
		return;
	}
	switch (table->length) {
	case 1:
		scan(table, 1, 0, 1, text, hits);
		break;
	case 2:
		scan(table, 2, 0, 1, text, hits);
		break;
	case 3:
		scan(table, 3, 0, 1, text, hits);
		break;
	default:
		scan(table, 4, 0, 1, text, hits);
	}
}

void
literals_find(const struct literals *literals, struct slice text,
    struct literal_hits *hits)
{
	const struct table *strided = &literals->tables[STRIDED];
	const struct table *of_long = &literals->tables[LONG];
	size_t first = text.len % STRIDE;

	hits->count = 0;
	if (strided->count)
		scan(strided, 4, first, STRIDE, text, hits);
	if (of_long->count)
		scan(of_long, 8, first, STRIDE, text, hits);
	for (size_t t = 0; t < STRIDED; t++)
		scan_all(&literals->tables[t], text, hits);
}
