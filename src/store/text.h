#ifndef STORE_TEXT_H
#define STORE_TEXT_H

#include <stdbool.h>

#include "base/slice.h"

/*
 * text - a word that is looked for in the bytes of records.
 *
 * Upper and lower case of ASCII letters are the same; all other bytes are what
 * they are.  Pure; a struct text may be used by any number of threads.
 */
#define TEXT_MAX 256 /* bytes: a bound on what a hostile record can cost */

struct text {
	size_t len;
	/* A byte b of a record fits place i if (b | mask[i]) == want[i]. */
	unsigned char want[TEXT_MAX], mask[TEXT_MAX];
};

/* The word is of 1 to TEXT_MAX bytes. */
void text_init(struct text *text, struct slice word);

bool text_is_in(const struct text *text, struct slice bytes);

#endif
