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
	const char *tmp = getenv("TMPDIR");
	struct key key;
	struct err err = {0};

	memset(c, 0, sizeof(*c));
	snprintf(c->root, sizeof(c->root), "%s/firn-case-XXXXXX",
	    tmp ? tmp : "/tmp");
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

/* Every leaf as its record gives it, against the signed root. */
struct case_verify {
	struct sha256 *sha;
	struct buf text;
	struct merkle_edge edge;
};

static inline int
case_leaf(void *ctx, uint64_t index, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	struct case_verify *verify = ctx;
	struct merkle_hash leaf, done[MERKLE_LEVELS];

	(void)err;
	assert_int_equal(index, verify->edge.size);
	assert_int_equal(
	    frame_leaf(verify->sha, frame, stream, &verify->text, &leaf), 0);
	merkle_append(verify->sha, &verify->edge, &leaf, done);
	return 0;
}

static inline void
case_verify(struct view *view)
{
	struct case_verify verify = {.sha = sha256_new()};
	const struct merkle_head *tree = view_tree(view);
	struct merkle_hash root;
	struct err err = {0};

	if (view_walk(view, 0, tree->size, case_leaf, &verify, &err))
		fail_msg("%s", err.msg);
	merkle_root(verify.sha, &verify.edge, &root);
	assert_int_equal(verify.edge.size, tree->size);
	assert_true(merkle_eq(&root, &tree->root));
	sha256_free(verify.sha);
	buf_release(&verify.text);
}

static inline void
case_commit(struct ledger *ledger)
{
	struct err err = {0};

	if (ledger_commit(ledger, &err))
		fail_msg("%s", err.msg);
}

static inline void
case_sign(struct ledger *ledger)
{
	struct err err = {0};

	if (ledger_checkpoint(ledger, &err))
		fail_msg("%s", err.msg);
}

static inline uint64_t
case_delivery(struct ledger *ledger, uint64_t number)
{
	unsigned char name[16];
	uint64_t index = UINT64_MAX;
	struct err err = {0};

	case_name(name, number);
	if (ledger_open_delivery(ledger, name, SLICE("contoso"),
	        SLICE("{\"file\":\"a.json\"}"), &index, &err))
		fail_msg("%s", err.msg);
	return index;
}

static inline void
case_add_many(
    struct ledger *ledger, uint64_t delivery, uint64_t first, uint64_t count)
{
	struct err err = {0};

	for (uint64_t i = first; i < first + count; i++)
		if (case_add(ledger, delivery, i, &err))
			fail_msg("%s", err.msg);
}

/* A ledger with a delivery and 100 records in two batches, closed. */
static inline void
case_fill(struct ledger_case *c)
{
	struct ledger *ledger = case_open(c, NULL);
	uint64_t delivery = case_delivery(ledger, 1);

	case_add_many(ledger, delivery, 0, 60);
	ledger_mark(ledger, delivery, 60);
	case_commit(ledger);
	case_add_many(ledger, delivery, 60, 40);
	ledger_mark(ledger, delivery, 100);
	case_commit(ledger);
	case_sign(ledger);
	ledger_close(ledger);
}

static inline uint64_t
case_signed(const struct ledger_case *c)
{
	struct view *view = case_view(c);
	uint64_t size = view_tree(view)->size;

	view_close(view);
	return size;
}

static inline void
case_refused(struct ledger_case *c, enum err_code code, const char *word)
{
	struct ledger *ledger = NULL;
	struct err err = {0};

	assert_int_equal(
	    ledger_open(&ledger, c->dir, &c->options, NULL, &err), -1);
	assert_null(ledger);
	if (err.code != code || !strstr(err.msg, word))
		fail_msg("code %d: %s", (int)err.code, err.msg);
}

static inline void
case_expect_delivery(
    struct ledger *ledger, uint64_t number, uint64_t consumed, bool closed)
{
	struct ledger_delivery delivery;
	unsigned char name[16];

	case_name(name, number);
	assert_true(ledger_find_delivery(ledger, name, &delivery));
	assert_int_equal(delivery.consumed, consumed);
	assert_int_equal(delivery.closed, closed);
}

#endif
