#ifndef CMD_CHECK_M365_H
#define CMD_CHECK_M365_H

#include "cmd/run_config.h"
#include "event/event.h"

/*
 * check_m365 - what firn's questions need of a tenant, and whether it is there.
 *
 * Only asks, and takes nothing: one record of each list at most.  What it finds
 * is a list of answers, one for each thing that is needed (check_m365.c asks
 * the tenant, check_ledger.c the ledger, check_record.c keeps what was found).
 */
enum check_state {
	CHECK_GOOD,
	CHECK_MISSING,
	CHECK_UNKNOWN, /* cannot be seen from here; todo says how it can */
};

struct check_answer {
	const char *source; /* in the configuration; "ledger" */
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

/* Adds an answer, whose what and why are copied. */
void
check_add(struct check_answers *answers, const struct check_answer *answer);
void check_answers_release(struct check_answers *answers);

/* Whether it is of a kind that can be asked. */
bool check_m365_knows(const struct run_source *source);

/* Others are passed over. */
void check_m365(const struct run_source *source, struct check_answers *answers);

/*
 * What the ledger shows: which logs came lately, and what PowerShell told of
 * auditing, in exports that were collected or imported.  `now_us` is when it
 * is asked.
 */
int check_ledger(const char *dir, int64_t now_us, struct check_answers *answers,
    struct err *err);

/*
 * Adds a record firn/check where something is known to be otherwise than the
 * last one says (docs/sources.md); *changed is how many things are.
 */
int check_record(const char *dir, const struct check_answers *answers,
    size_t *changed, struct err *err);

extern const char *const check_states[];

/* Members of a JSON object: what was found, without what to do. */
void check_members(struct buf *out, const struct check_answer *answer);

#endif
