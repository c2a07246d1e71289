#ifndef SIM_SERVE_FORM_H
#define SIM_SERVE_FORM_H

#include "base/arena.h"
#include "base/buf.h"

/*
 * serve_form - the names and values of a query string or a posted form.
 */
#define FORM_FIELDS_MAX 64

struct form {
	struct form_field {
		struct slice name, value; /* decoded, with a NUL behind */
	} fields[FORM_FIELDS_MAX];
	size_t n;
};

/*
 * Reads name=value, apart by &, with %XX and + decoded, into the arena.  What
 * is no %XX stays as it is.  Fields beyond the limit are dropped.
 */
void form_read(struct form *form, struct arena *arena, struct slice text);

/* The first of that name, letters of either case; a NULL ptr if none. */
struct slice form_get(const struct form *form, const char *name);

/* Adds a text so that form_read() decodes it to the same. */
void form_add(struct buf *out, struct slice text);

#endif
