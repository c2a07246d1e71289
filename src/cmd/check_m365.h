#ifndef CMD_CHECK_M365_H
#define CMD_CHECK_M365_H

#include "cmd/run_config.h"
#include "event/event.h"

/*
 * check_m365 - what firn's questions need of a tenant, and whether it is there.
 *
 * Only asks, and takes nothing: one record of each list at most.  What it finds
 * is a list of answers, one for each thing that is needed.
 */
enum check_state {
	CHECK_GOOD,
	CHECK_MISSING,
	CHECK_UNKNOWN, /* cannot be seen from here; todo says how it can */
};

struct check_answer {
	const char *source; /* in the configuration */
	char *what;         /* owned, like what follows */
	enum check_state state;
	char *why;         /* what the API said; NULL */
	const char *todo;  /* static; NULL */
	const char *blind; /* what cannot be said without it; static, NULL */
	/* Rules that look at such records are blind, too. */
	enum event_kind kind;
};

struct check_answers {
	struct check_answer *list;
	size_t count, size;
};

/* Of the kinds of source that it knows; others are passed over. */
void check_m365(const struct run_source *source, struct check_answers *answers);

void check_answers_release(struct check_answers *answers);

#endif
