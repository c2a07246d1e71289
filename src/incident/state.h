#ifndef INCIDENT_STATE_H
#define INCIDENT_STATE_H

#include <stdbool.h>

#include "incident/way.h"
#include "json/json.h"

/*
 * state - what the tenant is like, as its own lists say: the snapshots that
 * the source graph keeps (docs/sources.md, State), and exports of PowerShell.
 *
 * Only what a way back needs is kept.  A list shows what is present; that
 * something is absent it shows only if it is whole (state_list_whole()).  Pure.
 */
struct state;

struct state *state_new(void);
void state_free(struct state *state);

/* A record of a list, or of an export; what is none is passed over. */
struct state_record {
	uint64_t index;
	int64_t received_us;
	uint64_t delivery; /* records of one delivery are one list's */
	struct slice source, tenant; /* "graph/state.users" */
	struct json root;
};
void state_take(struct state *state, const struct state_record *record);

/* All of a list that was read then is in the ledger. */
void state_list_whole(struct state *state, struct slice stream,
    struct slice tenant, int64_t read_us);

/* What is asked: whether a way back is there. */
struct state_seen {
	bool known, present; /* known: a whole list says so */
	int64_t seen_us;     /* when that list was read */
	uint64_t index; /* record that shows it; NO_ACT: the list's absence */
	struct slice where; /* "state.inboxRules", "export Get-Mailbox" */
};
/* The newest that shows it; object and place as in struct way_change. */
struct state_seen state_ask(const struct state *state, enum way way,
    struct slice object, struct slice holder, struct slice place);

/*
 * All that are present, in the newest list of this kind, of that holder or
 * place (a mailbox's rules, a person's devices).
 */
struct state_way {
	enum way way;
	struct slice object, name, holder, place, detail;
	int64_t seen_us,
	    made_us; /* made: EVENT_NO_TIME if the list does not say */
	uint64_t index;
};
size_t state_of(const struct state *state, enum way way, struct slice of,
    const struct state_way **out);

/* Country (two letters) and name of a person; empty: not known. */
struct slice state_country(const struct state *state, struct slice upn);

#endif
