#ifndef EVENT_READ_PATH_H
#define EVENT_READ_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "json/index.h"

/*
 * read_path - the places that a reader looks at, split and hashed once.
 *
 * A text as read_any() takes it, "a/b|c", is three steps: a (deeper), b, c.
 * Any thread may ask.
 */
struct read_step {
	struct json_key key;
	bool
	    deeper; /* the next step goes on inside; else an alternative ends */
};

struct read_path {
	const char *text;
	size_t count;
	struct read_step steps[];
};

/*
 * `literal` must be a string literal: it is known again by where it stands,
 * and what is made of it is kept as long as the program runs.
 */
const struct read_path *read_path_of(const char *literal);

#endif
