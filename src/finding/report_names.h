#ifndef FINDING_REPORT_NAMES_H
#define FINDING_REPORT_NAMES_H

#include <stdint.h>

#include "base/arena.h"
#include "event/event.h"

/*
 * report_names - what the ids of people and apps are called.
 *
 * Some logs name an app or a person by id alone, others beside its name.  This
 * remembers each pair of them that it is shown, so that a report can write the
 * name where a record has only the id.  The first name of an id stays, case of
 * an id does not count, and past NAMES_MAX further ids stay without a name.
 *
 * One thread.  All zero is valid and empty.
 */

#define NAMES_MAX 200000

/* Longer ids and names are passed over. */
#define NAME_TEXT_MAX 512

struct names_entry;

struct names {
	struct arena arena;
	struct names_entry **table; /* open addressing; a power of two */
	size_t size, count;
	uint64_t seed;
};

/* Remembers what the event says of its actor and its app. */
void names_learn(struct names *names, const struct event *event);

/* The name; empty if none is known.  As good as `names`. */
struct slice names_of(const struct names *names, struct slice id);

void names_release(struct names *names);

#endif
