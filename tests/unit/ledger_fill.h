#ifndef LEDGER_FILL_H
#define LEDGER_FILL_H

#include "ledger_case.h"

/*
 * ledger_fill - puts records into a ledger_case, and looks at what became of
 * them.
 */

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
