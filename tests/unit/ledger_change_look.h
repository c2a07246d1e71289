#ifndef LEDGER_CHANGE_LOOK_H
#define LEDGER_CHANGE_LOOK_H

#include "ledger/verify.h"
#include "ledger_change_case.h"

/*
 * ledger_change_look - what became of a ledger whose key, or name, changed.
 */

/* With the key that somebody has, or NULL. */
static inline enum verify_verdict
case_check(const struct ledger_case *c, const struct key *key, bool quick,
    struct verify_report *report, struct err *err)
{
	struct key copy = key ? *key : (struct key){0};
	const struct keys keys = {&copy, 1};
	const struct verify_options options = {
	    .keys = key ? &keys : NULL, .quick = quick};

	*err = (struct err){0};
	return verify_ledger(c->dir, &options, report, err);
}

/* Whole and quick: it verifies. */
static inline struct verify_report
case_fine(const struct ledger_case *c, const struct key *key)
{
	struct verify_report report;
	struct err err;

	for (int quick = 1; quick >= 0; quick--)
		if (case_check(c, key, quick, &report, &err) != VERIFY_FINE)
			fail_msg("%s", err.msg);
	return report;
}

/* Whole and quick: it does not, and the message has the words. */
static inline void
case_faulty(
    const struct ledger_case *c, const struct key *key, const char *words)
{
	struct verify_report report;
	struct err err;

	for (int quick = 0; quick < 2; quick++) {
		if (case_check(c, key, quick, &report, &err) != VERIFY_FAULT)
			fail_msg("no fault (%s)", words);
		if (!strstr(err.msg, words))
			fail_msg("'%s' lacks '%s'", err.msg, words);
	}
}

struct case_count {
	const char *source;
	uint64_t count, last;
};

static inline int
case_count_one(void *ctx, uint64_t index, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	struct case_count *counted = ctx;

	(void)frame;
	(void)err;
	if (!slice_eq(stream->source, slice_cstr(counted->source)))
		return 0;
	counted->count++;
	counted->last = index;
	return 0;
}

/* How many records of a source are signed for. */
static inline struct case_count
case_count(const struct ledger_case *c, const char *source)
{
	struct case_count counted = {.source = source};
	struct view *view = case_view(c);
	struct err err = {0};

	if (view_walk(
	        view, 0, view_tree(view)->size, case_count_one, &counted, &err))
		fail_msg("%s", err.msg);
	view_close(view);
	return counted;
}

#endif
