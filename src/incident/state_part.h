#ifndef INCIDENT_STATE_PART_H
#define INCIDENT_STATE_PART_H

#include "base/arena.h"
#include "incident/act.h"
#include "incident/state.h"

/*
 * state_part - what the files of state.h share.
 *
 * A row is a thing that a list shows, with the newest list that does.
 */
struct state_row {
	struct state_way way;
	struct slice tenant;
	uint32_t list; /* the newest that shows it */
	bool also;     /* another name of what has a row of its own */
};

/* Rows that are no ways. */
enum {
	ROW_PERSON = WAY_COUNT, /* with the country as detail */
	ROW_DOMAIN,
	ROW_COVERS,  /* STREAM:MAILBOX: the list has all of the mailbox */
	ROW_CROWDED, /* an app that has more owners than the list shows */
	ROW_APP_ID,  /* of a service principal; its app id is the detail */
};

/* One reading of a list: a day's of the state, or an export. */
struct state_list {
	struct slice stream; /* "state.users", "Get-Mailbox" */
	struct slice tenant, source, day, of, where;
	int64_t read_us; /* when it began to be read */
	uint64_t delivery;
	bool whole, export;
};

#define NO_LIST UINT32_MAX

struct state_delivery {
	uint64_t index;
	uint32_t list;
	int64_t read_us;
	struct slice cmdlet; /* by the header; empty: by the records */
};

struct state {
	struct arena arena, answers; /* answers: until the next call */
	struct state_row *rows; /* the first `sorted` by way, object, place */
	size_t count, room, sorted;
	struct state_list *lists;
	size_t list_count, list_room;
	struct state_delivery *deliveries; /* by index */
	size_t delivery_count, delivery_room;
};

/* A record as a list shows it. */
struct state_item {
	struct state *state;
	const struct state_record *record;
	uint32_t list;
};

/* Adds a thing, or notes that it is seen again; texts are copied. */
void state_see(struct state_item *item, const struct state_way *way);

/* The same under another name, if that is one. */
void state_see_also(
    struct state_item *item, const struct state_way *way, struct slice object);

/* An inbox rule of way->place, by its name and its id. */
void state_see_rule(
    struct state_item *item, const struct state_way *way, struct slice id);

/* The list has all of this mailbox, or whatever else. */
void state_covers(struct state_item *item, struct slice what);

/* a:b; empty if one of them is.  Good for this record. */
struct slice state_join(struct state *state, struct slice a, struct slice b);

/*
 * A member as text, good for this record: a scalar, or of a list its texts
 * with commas between them, whatever objects they are in.
 */
struct slice
state_text(struct state *state, struct json root, const char *name);

/* EVENT_NO_TIME if it is none. */
int64_t state_time(struct json root, const char *name);

/* What a list shows; `stream` is "state.users". */
void state_graph(struct state_item *item, struct slice stream);

/* `cmdlet` is what state_export_of() said. */
void state_export(struct state_item *item, struct slice cmdlet);

/* The best of a way's rows: of this object, and where given place, tenant. */
const struct state_row *
state_find(const struct state *state, const struct state_question *question);

/*
 * Since when a list shows that it is not there: when the newest whole list
 * that would show it was read.  EVENT_NO_TIME: none would.
 */
int64_t state_absent(const struct state *state,
    const struct state_question *question, struct slice *where);

int state_row_order(const void *a, const void *b);

#endif
