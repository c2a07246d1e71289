#ifndef CMD_READS_H
#define CMD_READS_H

#include <stddef.h>

#include "base/slice.h"

/*
 * reads - who reads people's records is recorded in the ledger that holds them.
 */
struct read_asked {
	const char *command; /* "search" */
	struct slice query;  /* what was asked, as it was typed */
	/* What it was limited to; none: all that the ledger has. */
	const struct slice *tenants;
	size_t tenant_count;
	struct slice purpose; /* empty: none was given */
};

/*
 * Adds a record of source firn/read and makes it durable; to be called before
 * anything is shown.  Where that cannot be, for want of the secret key or of a
 * place to write, the command goes on, and a line on standard error says so.
 */
void reads_record(const char *dir, const struct read_asked *asked);

#endif
