#ifndef SOURCE_SPLIT_H
#define SOURCE_SPLIT_H

#include <stdbool.h>

#include "base/slice.h"

/*
 * split - the records of a list as they stand in the text, byte for byte.
 *
 * A parsed list says what its elements are, not where they were.  What is kept
 * of a record are its own bytes, so the text is walked beside the parsed list,
 * by brackets and quotes alone.  The text has been parsed before; where it is
 * no list after all, there are no elements.
 */
struct split {
	struct slice rest; /* behind the elements given so far */
};

/* Over the elements of the array that is the text. */
bool split_array(struct slice text, struct split *split);

/*
 * Over those of the array that is the first member `name` of the object that
 * is the text.
 */
bool split_member(struct slice text, struct slice name, struct split *split);

/* The next element, without blanks around it; false if there is none. */
bool split_next(struct split *split, struct slice *element);

#endif
