#ifndef INCIDENT_STATE_H
#define INCIDENT_STATE_H

#include <stdbool.h>

#include "incident/way.h"
#include "json/json.h"

/*
 * state - what the tenant is like, as its own lists say: the snapshots that
 * the source graph keeps (docs/sources.md, State), and exports of PowerShell,
 * which are recognised by their columns.
 *
 * Only what a way back needs is kept, of each thing when it was last seen.  A
 * list shows what is present; that something is absent it shows only if all of
 * it is in the ledger: of a day's snapshot the clock of its source says so, of
 * an export the end of its delivery.  An export was read when its file was
 * written last, as far as that is known.  Pure.
 */
struct state;

struct state *state_new(void);
void state_free(struct state *state);

/*
 * Which cmdlet's output it is, "Get-Mailbox", by its members or by the header
 * of the file that it is a row of; empty if it is none.
 */
struct slice state_export_of(struct json root, struct slice header);

/*
 * A record of the ledger, in the order of the ledger: of a list, of an export
 * (whatever its source), or firn's own about deliveries and clocks
 * (firn/delivery, firn/delivered, firn/clock).  What is none is passed over.
 */
struct state_record {
	uint64_t index;
	int64_t received_us;
	uint64_t delivery; /* records of one delivery are one list's */
	struct slice source, tenant; /* "graph/state.users" */
	struct json root;
};
void state_take(struct state *state, const struct state_record *record);

/*
 * What is asked: whether a way back is there.  object, also, holder and place
 * as in struct way_change; a tenant that is empty is any.
 */
struct state_question {
	enum way way;
	struct slice object, also, holder, place, tenant;
};
struct state_seen {
	bool known, present; /* known: a list says so */
	int64_t seen_us;     /* when that list was read */
	int64_t made_us;     /* made, or set, by the list; EVENT_NO_TIME */
	uint64_t index; /* record that shows it; NO_ACT: the list's absence */
	struct slice where; /* "state.inboxRules", "export Get-Mailbox" */
};
/* The newest list that shows it. */
struct state_seen
state_ask(const struct state *state, const struct state_question *question);

/*
 * All that are present, in the newest list of this kind, of that holder or
 * place (a mailbox's rules); good until the next call.  Sorted by object.
 */
struct state_way {
	enum way way;
	struct slice object, name, holder, place, detail;
	struct slice to; /* outside: where it leads */
	struct slice where;
	int64_t seen_us,
	    made_us; /* made: EVENT_NO_TIME if the list does not say */
	uint64_t index;
};
size_t state_of(struct state *state, enum way way, struct slice of,
    const struct state_way **out);

/* Two letters, from a person's address or object id; empty: not known. */
struct slice state_country(const struct state *state, struct slice person);

/* The object id of a person, or the app id of an app; empty: not known. */
struct slice state_person_id(const struct state *state, struct slice upn);
struct slice state_app_id(const struct state *state, struct slice object);

/* Whether a list of domains has it. */
bool state_is_domain(const struct state *state, struct slice domain);

#endif
