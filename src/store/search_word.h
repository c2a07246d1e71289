#ifndef STORE_SEARCH_WORD_H
#define STORE_SEARCH_WORD_H

#include "store/plan.h"

/*
 * search_word - what the words of the query language mean in SQL.  For
 * store/search.c only.
 */
struct search_word {
	const char *name;
	/*
	 * A word is true if it is in one of its columns.  Columns are apart,
	 * because DuckDB looks a condition up only if it is over one.
	 */
	size_t columns;
	/* Adds the condition of a column; NULL, or what is wrong with value. */
	const char *(*add)(struct buf *sql, size_t column, struct slice value);
	/*
	 * Adds conditions that are one of add() together, and are looked up
	 * faster; false if there are none.  NULL: there never are.
	 */
	bool (*split)(struct plan *plan, struct plan_list *to, size_t column,
	    struct slice value);
	struct plan_groups *(*groups)(struct plan *plan); /* no column has it */
	size_t max; /* bytes of a value; 0: no limit of its own */
	/*
	 * Of several words the one with the highest is looked up first: how
	 * few records it leaves.  0: no use to look it up apart.
	 */
	unsigned rank;
	/* One value is looked up where it stands alone, not in coalesce(). */
	bool plain;
};

/* NULL if there is no such word. */
const struct search_word *search_word(struct slice name);
/* Of a text without a word before it. */
extern const struct search_word search_anywhere;

#endif
