#ifndef INCIDENT_WAYS_H
#define INCIDENT_WAYS_H

#include "incident/intruder.h"
#include "incident/state.h"
#include "incident/statement.h"

/*
 * ways - the ways back that an intrusion left, each with its state and where
 * that was read.
 *
 * They come from the acts (what was opened, closed, used) and from the tenant's
 * state (state.h); those that nothing shows are listed as unchecked.  Of people
 * and apps as which the intruder acted, password, session, refresh token and
 * credential are ways back from the first act on.  docs/damage.md has the
 * rules.  Pure.
 */
enum way_state {
	WAY_OPEN,      /* opened, and not closed as far as the log says */
	WAY_SHUT,      /* closed in the log, or absent in a later state */
	WAY_GONE,      /* closed in the log and absent in a later state */
	WAY_UNCHECKED, /* nothing that firn reads shows whether there is one */
	WAY_STATED,    /* someone says that it was checked elsewhere */
	WAY_STATES,
};
extern const char *const way_state_names[WAY_STATES];

struct way_back {
	enum way way;
	enum way_state state;
	enum certainty intruder; /* of who opened it */
	uint32_t statement;      /* that covers it; NO_MARK */
	struct slice object, name, holder, holder_name, place, detail;
	int64_t opened_us, used_us, closed_us, seen_us; /* seen: in a state */
	bool seen_present; /* in the newest state that shows it */
	uint64_t opened_index, used_index, closed_index,
	    seen_index;     /* NO_ACT */
	struct slice where; /* where its state was read, for people */
};

struct ways_of {
	const struct act *acts; /* attributed, sorted by time */
	size_t act_count;
	const struct mark *marks; /* intruder_mark(), all of them */
	size_t mark_count;
	struct state *state; /* its answers change; NULL: none */
	const struct damage_statement *statements;
	size_t statement_count;
	int64_t as_of_us; /* what ends by itself before it has ended */
	struct arena *arena;
};

/* Open ones first, then by kind and time; *out lies in the arena. */
size_t ways_find(const struct ways_of *of, const struct way_back **out);

#endif
