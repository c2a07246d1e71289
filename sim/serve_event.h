#ifndef SIM_SERVE_EVENT_H
#define SIM_SERVE_EVENT_H

#include "serve_kind.h"
#include "serve_spool.h"
#include "sink.h"

/*
 * serve_event - a record from when it happens until its last copy is available,
 * and what the truth is to tell of it.
 */

/* One copy that became available. */
struct event_copy {
	const char *path;
	int64_t at_us;
	/* of the blob it is in, on the activity path */
	int64_t created_us;
	uint32_t seq;
};

struct serve_event {
	size_t tenant; /* index */
	enum stream stream;
	enum content_type type; /* of the audit log */
	int64_t time_us;
	struct slice id, operation, user;
	struct truth truth;
	struct spool_at bytes;
	unsigned unpublished; /* bit per path on which it never is */
	unsigned left;        /* copies that are still to come */
	unsigned pending;     /* copies that never came before the end */
	unsigned told;        /* that have been, and stand in `copies` */
	struct event_copy copies[];
};

/* Copies the record, but for its bytes; room for so many copies. */
struct serve_event *event_new(const struct sim_record *record, unsigned copies);

#define CONTENT_ID_MAX 176

/* A blob, as its id names it; those of two tenants have different ids. */
struct content_name {
	size_t tenant; /* index */
	enum content_type type;
	int64_t created_us;
	uint32_t seq;
};

/* Its content id, with a NUL. */
void content_id(char out[CONTENT_ID_MAX], const struct content_name *name);

/* The number in it; false if it has another shape. */
bool content_id_parse(struct slice id, enum content_type *type, uint32_t *seq);

#endif
