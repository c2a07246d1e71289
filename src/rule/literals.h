#ifndef RULE_LITERALS_H
#define RULE_LITERALS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

/*
 * literals - which of many literals occur in a text, at a cost that hardly
 * grows with their number.
 *
 * A literal is filed under four of its pieces in a row, each of eight bytes
 * (four if it is short), that the fewest other literals have.  One of them
 * stands at a multiple of four bytes before the text's end, so a walk over the
 * text looks at every fourth place's bytes in a bitmap, and only where that has
 * them compares whole literals.  A literal at the end needs one piece; what has
 * less than seven bytes is looked for at every place.  So there is no automaton
 * to build, and the tables of 10,000 literals stay in the cache.
 *
 * Immutable once made; any number of threads may search.
 */
enum literal_at {
	LITERAL_ANYWHERE,
	LITERAL_START,
	LITERAL_END,
};

struct literal {
	struct slice text; /* not empty */
	enum literal_at at;
	uint64_t value; /* what finding it means to the caller */
};

struct literals;

/* Made in the arena; the texts are borrowed as long.  NULL for none. */
struct literals *
literals_new(struct arena *arena, const struct literal *list, size_t count);

/* Where found values go; there may be more than there is room for. */
struct literal_hits {
	uint64_t *list;
	size_t size;  /* the room */
	size_t count; /* found */
};

/*
 * Puts the values of the literals that occur in the text into `hits`, one
 * perhaps several times; sets the count anew.
 */
void literals_find(const struct literals *literals, struct slice text,
    struct literal_hits *hits);

#endif
