#ifndef PIPELINE_DAMAGE_H
#define PIPELINE_DAMAGE_H

#include "cmd/child.h"
#include "coverage/coverage.h"
#include "incident/damage.h"
#include "ledger/view.h"
#include "pipeline_damage_uses.h"
#include "pipeline_recall.h"

/*
 * pipeline_damage - from what is known to be an intruder's to the damage: the
 * way of an assessment, from top to bottom.
 *
 *	marks ─▶ records that they touch ─▶ acts ─▶ attribution ─▶ more marks ─▶
 *... acts, coverage, state, statements ─▶ items, unseen, ways back, verdict
 *
 * Records are found by firn-query over the columns, and read again.  The result
 * is a function of the first records of the ledger, up to a size, and of what
 * was given.
 */
struct damage_given {
	enum mark_kind kind;
	enum mark_rule rule; /* RULE_GIVEN, RULE_ADDED, RULE_FINDING */
	bool cut;
	struct slice value;
};

/*
 * What one assessment of a ledger leaves for the next, which would else begin
 * from nothing; all zero at first.
 */
struct damage_kept {
	struct child_session query; /* closed: each has its own */
	struct coverage *coverage;  /* of its first records; NULL: of none */
	struct recall *recall;      /* NULL */
	struct set missed;          /* what it did not have */
};

struct damage_ask {
	const char *dir;
	uint64_t size; /* 0: all that the checkpoint is over */
	const struct damage_given *given;
	size_t given_count;
	const char *finding;    /* uid of one; NULL */
	int64_t from_us, to_us; /* of the intrusion; INT64_MIN, INT64_MAX */
	struct slice command;   /* what was given, for the report */
	/* Besides what the ledger has of them: those of this call. */
	const struct damage_statement *statements;
	size_t statement_count;
	/* Called now and then, for people who wait; NULL. */
	void (*progress)(void *ctx, const char *what, uint64_t done);
	void *progress_ctx;
	struct damage_kept *kept; /* its coverage is used up; NULL */
};

/*
 * Fills `out`, which is released by damage_release() in any case.  *view
 * becomes the view that it was made from, for view_close().
 */
int damage_assess(const struct damage_ask *ask, struct damage *out,
    struct view **view, struct err *err);
void damage_release(struct damage *damage);

/*
 * Brings the coverage up to date, and reads what was missed.  With -1 there is
 * no coverage.
 */
int damage_keep(const char *dir, struct damage_kept *kept, struct err *err);

/*
 * Operations that are looked at whoever did them, in lower case, without blanks
 * and full stops at the end.  Static; returns how many.
 */
size_t damage_always(const char *const **operations);

/* --- pipeline_damage_cases.c --- */

/* An assessment that is followed: made, and not closed. */
struct damage_case {
	uint64_t index;          /* of the record of the assessment */
	struct slice command;    /* as it was asked */
	struct slice verdict;    /* what was told last */
	int64_t since_us;        /* since when that is so */
	uint64_t told;           /* index of the record that says so */
	struct damage_uses uses; /* that were told */
};

/*
 * The newest of each command, in the order of their records; in the arena.
 * Those that look back at an earlier size are not followed.  `kept` may be
 * NULL.
 */
int damage_cases(const char *dir, struct damage_kept *kept,
    const struct damage_case **out, size_t *count, struct arena *arena,
    struct err *err);

#endif
