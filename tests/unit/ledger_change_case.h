#ifndef LEDGER_CHANGE_CASE_H
#define LEDGER_CHANGE_CASE_H

#include "ledger/ledger_change.h"
#include "ledger/verify.h"
#include "ledger_fill.h"

/*
 * ledger_change_case - a ledger_case whose key, or name, changes.
 */
#define CASE_NEW_NAME "log.example/next"

/* The path of a file beside the ledger. */
static inline const char *
case_path(const struct ledger_case *c, const char *name, char path[512])
{
	snprintf(path, 512, "%s/%s", c->root, name);
	return path;
}

/* Makes a key of that name in a file beside the ledger. */
static inline struct key
case_key(const struct ledger_case *c, const char *file, const char *name)
{
	char path[512];
	struct key key;
	struct err err = {0};

	if (signer_create(case_path(c, file, path), slice_cstr(name),
	        KEY_ED25519, &key, &err))
		fail_msg("%s", err.msg);
	return key;
}

/* The key of a file beside the ledger. */
static inline struct key
case_key_of(const struct ledger_case *c, const char *file)
{
	char path[512];
	struct err err = {0};
	struct signer *signer = signer_open(case_path(c, file, path), &err);
	struct key key;

	if (!signer)
		fail_msg("%s", err.msg);
	key = *signer_key(signer);
	signer_free(signer);
	return key;
}

/* From the key in one file to that in the other. */
static inline int
case_rotate(struct ledger_case *c, const char *old, const char *new,
    struct ledger_rotated *done, struct err *err)
{
	struct ledger_options options = c->options;
	char from[512], to[512];

	options.key = case_path(c, old, from);
	return ledger_rotate(
	    c->dir, &options, case_path(c, new, to), done, err);
}

/* To the name of the key in the file `new`; `old` may be NULL. */
static inline int
case_rename(struct ledger_case *c, const char *old, const char *new,
    struct ledger_renamed *done, struct err *err)
{
	char from[512], to[512];
	struct ledger_rename how = {
	    .old_key = old ? case_path(c, old, from) : NULL,
	    .new_key = case_path(c, new, to),
	    .state = c->state,
	    .now_us = case_now,
	    .now_ctx = &c->now_us,
	    .who = SLICE("kim"),
	    .reason = SLICE("the disk died")};

	return ledger_rename(c->dir, &how, done, err);
}

/* Opens with the key in that file. */
static inline int
case_try_open(struct ledger_case *c, const char *key, struct ledger **ledger,
    struct err *err)
{
	struct ledger_options options = c->options;
	char path[512];

	options.key = case_path(c, key, path);
	return ledger_open(ledger, c->dir, &options, NULL, err);
}

/* Adds `count` records behind a delivery that is open, and signs for them. */
static inline void
case_go_on(
    struct ledger_case *c, const char *key, uint64_t first, uint64_t count)
{
	struct ledger *ledger = NULL;
	struct err err = {0};

	if (case_try_open(c, key, &ledger, &err))
		fail_msg("%s", err.msg);
	case_add_many(ledger, 0, first, count);
	case_commit(ledger);
	case_sign(ledger);
	ledger_close(ledger);
}

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
