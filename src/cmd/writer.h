#ifndef CMD_WRITER_H
#define CMD_WRITER_H

#include "ledger/append.h"

/*
 * writer - opens a ledger for a command that adds to it, with the secret key
 * and the state where cmd/place.h says.
 */
struct writer_options {
	const char *dir;
	const char *key; /* NULL: where the ledger's own is by default */
	bool serve;
	unsigned patience_ms;
};

int writer_open(
    struct append **out, const struct writer_options *options, struct err *err);

/*
 * Closes it and says on standard error what a user must know of how it was
 * opened.  NULL is allowed.
 */
void writer_close(struct append *append);

/*
 * Adds one record of firn's own, of this stream, and is done: durable, and
 * under a checkpoint, when back.  *index is its place.
 */
int writer_add(const char *dir, const char *stream, struct slice raw,
    uint64_t *index, struct err *err);

#endif
