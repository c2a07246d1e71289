#ifndef SOURCE_SNIFF_H
#define SOURCE_SNIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"
#include "source/batch.h"

/*
 * sniff - which form a text has, told from its beginning.
 */
enum form {
	FORM_NONE,
	FORM_LINES,
	FORM_ELEMENTS,
	FORM_ROWS,
};

struct sniffed {
	enum form form;
	size_t skip;     /* bytes before the first record or the CSV header */
	char separator;  /* of FORM_ROWS */
	const char *why; /* of FORM_NONE, static */
};

/* `head` is the text's beginning; `whole` says that nothing follows it. */
struct sniffed sniff(struct slice head, bool whole);

/*
 * A walk over one JSON value, told by brackets and quotes alone.  All zero: it
 * begins, with a bracket or a quote.
 */
struct sniff_state {
	size_t depth;
	bool string, escape, feed;
	bool
	    lines; /* in: a line that begins with a bracket is the next value */
	bool ended; /* out: the value is whole */
	bool torn;  /* out: the next value came before its end */
};

/*
 * Walks on over s.  Stops behind the end of the value, or in front of the next
 * one, and says so; else goes to the end.  Returns the bytes walked.
 */
size_t sniff_step(struct sniff_state *state, struct slice s);

/*
 * Length of the JSON value (object, array or string) at the start of s, told
 * by its brackets and quotes alone; 0 if it does not end within s.
 */
size_t sniff_json_end(struct slice s);

/*
 * Whether the object that begins s and does not end in it is a wrapper around
 * a list of records; then *behind is where the first element may begin.
 */
bool sniff_wrapper(struct slice s, size_t *behind);

/*
 * Reads a CSV header row.  NULL if no column tells a time or holds records, and
 * it is no list of Exchange's either; the result is in the arena.
 */
const struct csv_header *
sniff_header(struct slice row, char separator, struct arena *arena);

#endif
