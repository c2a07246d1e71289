#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "json/json.h"

/*
 * event - what happened, as one record tells it, in one shape for every suite.
 *
 * A reader (event/read_*.c, one per kind of record) fills the columns from the
 * parsed record.  docs/fields.md says what each column means, where each kind
 * has it, and its OCSF path.  A column that the record does not tell is empty;
 * nothing is guessed.  Slices are borrowed from the record's parser, from its
 * arena, or are static: good until the record's batch is given back.
 */

/* What kind of record; also the `kind` column and the key in the tally. */
enum event_kind {
	KIND_UNKNOWN,
	KIND_O365_AUDIT,
	KIND_SIGNIN,
	KIND_SIGNIN_NONINTERACTIVE,
	KIND_SIGNIN_SP,
	KIND_SIGNIN_MI,
	KIND_ENTRA_AUDIT,
	KIND_ENTRA_RISK,
	KIND_GRAPH_ACTIVITY,
	KIND_MESSAGE_TRACE,
	KIND_GOOGLE,
	KIND_OKTA,
	KIND_GITHUB,
	KIND_COUNT,
};

/* "o365.audit", "entra.signin", ...; see event.c for all. */
const char *event_kind_name(enum event_kind kind);

/* False if no kind has that name. */
bool event_kind_parse(struct slice name, enum event_kind *out);

enum event_outcome {
	OUTCOME_UNKNOWN,
	OUTCOME_SUCCESS,
	OUTCOME_FAILURE,
};

/* "unknown", "success", "failure" */
const char *event_outcome_name(enum event_outcome outcome);

/* The columns that are text.  Rules read them as firn.<name>. */
enum event_column {
	EV_SOURCE,      /* <kind>/<stream>, e.g. o365/Exchange */
	EV_TENANT,      /* the suite's own id of the customer */
	EV_ID,          /* the record's own id, as it is spelled */
	EV_OPERATION,   /* what was done, in the suite's word */
	EV_STATUS_CODE, /* the suite's code or word for the result */
	EV_ACTOR_ID,    /* stable id: object id, profile id */
	EV_ACTOR_NAME,  /* user principal name, e-mail or the app's name */
	EV_ACTOR_TYPE,  /* user admin system app guest partner unknown */
	EV_SESSION,
	EV_TOKEN,
	EV_APP_ID,   /* the app that acted or was used, by id */
	EV_APP_NAME, /* the same, by name */
	EV_CLIENT,   /* the client's own description of itself */
	EV_USER_AGENT,
	EV_DEVICE,
	EV_IP, /* normalised: no port, no brackets, v4-in-v6 folded */
	EV_COUNTRY,
	EV_ASN,
	EV_AS_ORG,
	EV_TARGET_TYPE,
	EV_TARGET_ID,
	EV_TARGET_NAME,
	EV_MAILBOX,
	EV_COLUMNS,
};

const char *event_column_name(enum event_column column);

/* One thing that the record names as reached: a message, a file. */
struct event_item {
	struct slice id, parent, name;
	int64_t size; /* bytes, -1 unknown */
};

#define EVENT_NO_TIME INT64_MIN

struct event_facts;

struct event {
	enum event_kind kind;
	int64_t time_us;    /* UTC, EVENT_NO_TIME if the record has none */
	uint32_t class_uid; /* OCSF 1.x class */
	uint32_t activity;  /* OCSF activity_id within the class */
	enum event_outcome outcome;
	/*
	 * The family names what the id is an id of, so that two kinds of record
	 * about one event share it ("entra.signin" in the audit log and in
	 * Graph).  NULL: the id identifies nothing and no repeat is dropped.
	 */
	const char *family;
	/* A directory change's correlation id: both logs of it have it. */
	struct slice change;
	struct slice col[EV_COLUMNS];
	/* Known beyond the record, see fact.h; NULL: nothing.  No reader's. */
	const struct event_facts *facts;
};

struct json_index;

/*
 * A record ready to be read: the innermost object after wrappers and envelopes
 * are off.
 */
struct record {
	struct json root;          /* an object */
	struct arena *arena;       /* for what a reader has to build */
	struct json_parser *inner; /* for JSON held in strings; one at a time */
	/* Of the root's members; NULL: who needs one builds it. */
	const struct json_index *index;
	/* Room to index an envelope's body; NULL: it is walked. */
	struct json_index *body_index;
	/* Set by event_read() for the readers: what is in `properties`. */
	struct json body;
};

/* By shape alone.  KIND_UNKNOWN is an answer, not a failure. */
enum event_kind event_recognise(struct json root);

/*
 * Recognises and reads the record given; fills every field of *event.  Never
 * fails: what is not there stays empty.
 */
void event_read(const struct record *given, struct event *event);

/*
 * The things that the record names as reached, built when they are asked for
 * (few are).  Returns how many; *items are borrowed like the slices.  `kind`
 * is what event_read() said.
 */
size_t event_items(const struct record *record, enum event_kind kind,
    const struct event_item **items);

#endif
