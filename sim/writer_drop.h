#ifndef SIM_WRITER_DROP_H
#define SIM_WRITER_DROP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "sink.h"

/*
 * writer_drop - records that happen and are in no export, as when the suite
 * loses some: all of a period, or those of one log.
 */
struct drop {
	int64_t from_us, until_us;
	const char *type; /* content type or log; NULL: all */
	uint64_t records; /* that were left out */
};

#define DROPS_MAX 32

struct drops {
	struct drop list[DROPS_MAX];
	size_t n;
};

/* FROM..TO[:TYPE]: days or times; TO itself is not in it. */
int drops_add(struct drops *drops, const char *text, struct err *err);

/* Whether the record is left out; counts it, unless it is a repeat. */
bool drops_take(struct drops *drops, const struct sim_record *record);

/* A line of the truth for each, with line ends. */
void drops_lines(const struct drops *drops, struct buf *out);

#endif
