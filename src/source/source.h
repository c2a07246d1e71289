#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "source/hub.h"
#include "text/config.h"

/*
 * source - where records come from: what every collector is to `firn run`.
 *
 * A kind of source has a table for its part of the configuration and three
 * functions.  run() is called in a thread of its own and returns when the hub
 * is stopping; until then it never gives up: whatever fails is said
 * (hub_say()), counted, and tried again.  What it cannot get is a gap.
 */
struct source;

struct source_place {
	struct hub *hub;
	const char *name; /* in the configuration; lives on */
};

struct source_kind {
	const char *name; /* "m365" */
	const struct config_table *table;
	size_t config_size;
	/* Checks what the table cannot; opens nothing that may fail later. */
	int (*open)(struct source **out, const struct source_place *place,
	    const void *config, struct err *err);
	void (*run)(struct source *source);
	void (*close)(struct source *source); /* NULL is allowed */
	/* The id of firn's application in the tenant.  NULL: it has none. */
	const char *(*application)(const void *config);
};

/* NULL if there is none of that name. */
const struct source_kind *source_kind_find(struct slice name);

/* All of them, up to NULL. */
extern const struct source_kind *const source_kinds[];

#endif
