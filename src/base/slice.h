#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * slice - a view of bytes that someone else owns.
 *
 * Passed and returned by value (two words, two registers).  Not
 * NUL-terminated; may hold NULs; never freed through the slice.  The view is
 * good for as long as the owner says: every function that returns or keeps a
 * slice names that owner in its comment.
 */
struct slice {
	const char *ptr;
	size_t len;
};

#define SLICE(literal) ((struct slice){"" literal, sizeof(literal) - 1})

/* The same, as an initialiser in a static table, where SLICE() is none. */
#define SLICE_INIT(literal)                                                    \
	{                                                                      \
		"" literal, sizeof(literal) - 1                                \
	}

/* printf("value " SLICE_FMT "\n", SLICE_ARG(s)); prints at most 256 bytes */
#define SLICE_FMT    "%.*s"
#define SLICE_ARG(s) ((s).len < 256 ? (int)(s).len : 256), (s).ptr

static inline struct slice
slice_of(const void *ptr, size_t len)
{
	return (struct slice){ptr, len};
}

static inline struct slice
slice_cstr(const char *str)
{
	return (struct slice){str, strlen(str)};
}

static inline bool
slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len &&
	       (a.len == 0 || a.ptr == b.ptr || !memcmp(a.ptr, b.ptr, a.len));
}

/* Below, above or 0, as memcmp(); a beginning comes before the whole. */
static inline int
slice_order(struct slice a, struct slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n && a.ptr != b.ptr ? memcmp(a.ptr, b.ptr, n) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Equal but for the case of the letters A to Z. */
bool slice_alike(struct slice a, struct slice b);

/* The part from byte n on; empty if there is none. */
static inline struct slice
slice_skip(struct slice s, size_t n)
{
	if (n > s.len)
		n = s.len;
	/* Of a slice of nothing ptr may be NULL, to which C adds not even 0. */
	return (struct slice){n ? s.ptr + n : s.ptr, s.len - n};
}

/* Without blanks and tabs at either end. */
struct slice slice_trim(struct slice s);

/* The same, and without line ends: what may stand around a JSON value. */
struct slice slice_trim_json(struct slice s);

/*
 * Cuts everything before the first `sep` off the front of *rest and returns
 * it; the separator is dropped.  With no separator left, returns all of
 * *rest and leaves it empty.
 */
struct slice slice_cut(struct slice *rest, char sep);

/* Decimal digits only, all of them used.  False on anything else. */
bool slice_to_u64(struct slice s, uint64_t *out);

/* Eight, four, four, four, twelve hexadecimal digits, not all zero. */
bool slice_is_guid(struct slice s);

#endif
