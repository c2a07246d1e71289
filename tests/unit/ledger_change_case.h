#ifndef LEDGER_CHANGE_CASE_H
#define LEDGER_CHANGE_CASE_H

#include "ledger/ledger_change.h"
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

#endif
