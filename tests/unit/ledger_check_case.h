#ifndef TESTS_LEDGER_CHECK_CASE_H
#define TESTS_LEDGER_CHECK_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ledger/dir.h"
#include "ledger/ledger.h"

/*
 * ledger_check_case - ledgers for tests, in folders below one that is removed at the
 * end.
 */

static char *case_root;

/* For free(). */
static inline char *
case_path(const char *name)
{
	return dir_path(case_root, name);
}

static inline int
case_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct err err = {0};
	struct key key;
	char *path;

	(void)state;
	case_root = dir_path(tmp ? tmp : "/tmp", "firn-ledger-XXXXXX");
	assert_non_null(mkdtemp(case_root));
	path = case_path("key");
	if (signer_create(
	        path, SLICE("log.example/a"), KEY_ED25519, &key, &err))
		fail_msg("%s", err.msg);
	free(path);
	return 0;
}

static inline int
case_teardown(void **state)
{
	struct buf command = {0};
	int status;

	(void)state;
	buf_printf(&command, "rm -r '%s'", case_root);
	buf_char(&command, '\0');
	status = system(command.ptr);
	buf_release(&command);
	free(case_root);
	return status;
}

/* Stands still, so that a commit does not bring a checkpoint. */
static inline int64_t
case_still(void *ctx)
{
	(void)ctx;
	return 1764000000000000;
}

/* Opens the ledger `dir`; new ones are made, with a memory of their own. */
static inline struct ledger *
case_open(const char *dir, bool create)
{
	char *key = case_path("key"), *state = dir_path(dir, "../state");
	struct ledger_options options = {
	    .key = key, .state = state, .now_us = case_still};
	struct ledger_found found;
	struct ledger *ledger;
	struct err err = {0};

	if ((create && ledger_create(dir, &options, &err)) ||
	    ledger_open(&ledger, dir, &options, &found, &err))
		fail_msg("%s", err.msg);
	free(key);
	free(state);
	return ledger;
}

/* The first record opens a delivery; record i is {"n":i}. */
static inline void
case_add(struct ledger *ledger, uint64_t i)
{
	struct identity identity = {{(unsigned char)i, 1}, {1, 2, 3}};
	struct ledger_add add = {.source = SLICE("o365/Exchange"),
	    .tenant = i % 3 ? SLICE("t1") : SLICE(""),
	    .available_us = LEAF_NO_TIME,
	    .identity = i % 2 ? &identity : NULL};
	const unsigned char name[16] = {1};
	struct buf raw = {0};
	uint64_t index;

	if (!i) {
		assert_int_equal(ledger_open_delivery(ledger, name, SLICE(""),
		                     SLICE("{}"), &index, NULL),
		    0);
		return;
	}
	buf_printf(&raw, "{\"n\":%u}", (unsigned)i);
	add.raw = buf_slice(&raw);
	assert_int_equal(ledger_add(ledger, &add, &index, NULL), 0);
	assert_int_equal(index, i);
	ledger_mark(ledger, 0, i);
	buf_release(&raw);
}

#endif
