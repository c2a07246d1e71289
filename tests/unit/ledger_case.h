#ifndef LEDGER_CASE_H
#define LEDGER_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/ledger.h"
#include "ledger/view.h"

/*
 * ledger_case - a ledger to be tried out, in a directory of its own.
 */
struct ledger_case {
	char root[256], dir[300], state[300], key[300];
	int64_t now_us;
	struct ledger_options options;
};

static inline int64_t
case_now(void *ctx)
{
	return *(int64_t *)ctx;
}

/* Runs a script where the folders `ledger` and `state` and the file `key` are.
 */
static inline void
case_shell(const struct ledger_case *c, const char *script)
{
	char command[1024];

	snprintf(command, sizeof(command), "cd '%s' && %s", c->root, script);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
}

/* Makes a key and an empty ledger; the clock stands at one time. */
static inline void
case_make(struct ledger_case *c)
{
	/* In memory, where there is room: there are thousands of syncs. */
	const char *shm = "/dev/shm", *tmp = getenv("TMPDIR");
	struct key key;
	struct err err = {0};

	memset(c, 0, sizeof(*c));
	snprintf(c->root, sizeof(c->root), "%s/firn-case-XXXXXX",
	    !access(shm, W_OK) ? shm
	    : tmp              ? tmp
	                       : "/tmp");
	assert_non_null(mkdtemp(c->root));
	snprintf(c->dir, sizeof(c->dir), "%s/ledger", c->root);
	snprintf(c->state, sizeof(c->state), "%s/state/firn", c->root);
	snprintf(c->key, sizeof(c->key), "%s/key", c->root);
	c->now_us = 1700000000000000;
	c->options = (struct ledger_options){.key = c->key,
	    .state = c->state,
	    .now_us = case_now,
	    .now_ctx = &c->now_us};
	assert_int_equal(signer_create(c->key, SLICE("log.example/test"),
	                     KEY_ED25519, &key, &err),
	    0);
}

static inline void
case_create(struct ledger_case *c)
{
	struct err err = {0};

	case_make(c);
	if (ledger_create(c->dir, &c->options, &err))
		fail_msg("%s", err.msg);
}

static inline void
case_end(struct ledger_case *c)
{
	case_shell(c, "rm -rf ../\"${PWD##*/}\"");
}

static inline struct ledger *
case_open(struct ledger_case *c, struct ledger_found *found)
{
	struct ledger *ledger = NULL;
	struct err err = {0};

	if (ledger_open(&ledger, c->dir, &c->options, found, &err))
		fail_msg("%s", err.msg);
	return ledger;
}

static inline struct view *
case_view(const struct ledger_case *c)
{
	struct view *view = NULL;
	struct err err = {0};

	if (view_open(&view, c->dir, &err))
		fail_msg("%s", err.msg);
	return view;
}

/* The 16-byte name of a number. */
static inline void
case_name(unsigned char name[16], uint64_t number)
{
	memset(name, 0, 16);
	memcpy(name, &number, sizeof(number));
	name[15] = 1;
}

/* The bytes of a record by its number; other numbers, other lengths. */
static inline struct slice
case_raw(char *room, size_t size, uint64_t number)
{
	int len = snprintf(room, size, "{\"Id\":\"%ju\",\"x\":\"%.*s\"}",
	    (uintmax_t)number, (int)(number % 40),
	    "........................................");

	return slice_of(room, (size_t)len);
}

static inline int
case_add(
    struct ledger *ledger, uint64_t delivery, uint64_t number, struct err *err)
{
	struct identity identity = {.told = {1, 2}};
	char room[128];
	struct ledger_add add = {.source = SLICE("file/o365.audit"),
	    .tenant = SLICE("contoso"),
	    .available_us = LEAF_NO_TIME,
	    .delivery = delivery,
	    .identity = &identity,
	    .raw = case_raw(room, sizeof(room), number)};
	uint64_t index;

	case_name(identity.id, number);
	return ledger_add(ledger, &add, &index, err);
}

#endif
