#ifndef FINDING_OUTBOX_STATE_H
#define FINDING_OUTBOX_STATE_H

#include "finding/output.h"

/*
 * outbox_state - what an outbox keeps on disk: how far it is, and the letters
 * that nobody took.
 */
struct outbox_cursor {
	uint64_t next; /* index from which findings are to be sent */
	uint64_t sent, dead;
};

/* *found is false, and the cursor as it was, if there is none yet. */
int outbox_cursor_read(const char *dir, const char *name,
    struct outbox_cursor *cursor, bool *found, struct err *err);

/* Durable when back with 0. */
int outbox_cursor_write(const char *dir, const char *name,
    const struct outbox_cursor *cursor, struct err *err);

struct outbox_letter {
	const struct output_item *item;
	const char *output; /* its name */
	const char *why;
	int64_t time_us;
};

/*
 * Adds a line for each: {"time", "output", "index", "reason", "finding"}.
 * Durable when back with 0; after a failure some may be there.
 */
int outbox_letters_add(const char *path, const struct outbox_letter *letters,
    size_t n, struct err *err);

#endif
