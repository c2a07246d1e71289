/* What became of items that were taken before, as it was told then. */
#include "ledger/became.h"

#include "ledger_seal.h"

#define ITEMS (sizeof(items) / sizeof(items[0]))

/* Of an event each, by its id; 0: without an identity. */
static const struct {
	uint64_t id;
	unsigned char told[3];
	bool passed;
	enum append_verdict became;
} items[] = {
    {1, {1, 1}, false, APPEND_REPEAT}, /* another delivery told it */
    {2, {1, 1}, false, APPEND_NEW},
    {0, {0}, false, APPEND_NEW},
    {2, {1, 1}, false, APPEND_REPEAT},
    {3, {1, 0}, false, APPEND_NEW},
    {3, {1, 4}, false, APPEND_TELLING},
    {9, {1, 1}, true, APPEND_PASSED},
    {1, {1, 2}, false, APPEND_CONFLICT},
    {3, {1, 4}, false, APPEND_REPEAT},
    {0, {0}, false, APPEND_NEW},
    {1, {1, 1, 5}, false, APPEND_TELLING},
    {4, {1, 1}, false, APPEND_NEW},
};

struct item {
	struct append_item item;
	struct identity identity;
	char raw[128];
};

static void
make(struct item *item, uint64_t id, const unsigned char told[3])
{
	*item = (struct item){.item = {.keep = true,
	                          .source = SLICE("file/o365.audit"),
	                          .tenant = SLICE("contoso"),
	                          .available_us = LEAF_NO_TIME,
	                          .since_us = INT64_MIN,
	                          .identity = id ? &item->identity : NULL}};
	item->item.raw = case_raw(item->raw, sizeof(item->raw), id);
	case_name(item->identity.id, id);
	memcpy(item->identity.told, told, 3);
}

static struct append *
open_append(const struct ledger_case *c)
{
	const struct append_options options = {
	    .ledger = c->options, .patience_ms = 5000};
	struct append *append = NULL;
	struct err err = {0};

	if (append_open(&append, c->dir, &options, &err))
		fail_msg("%s", err.msg);
	return append;
}

static uint64_t
begin(struct append *append, uint64_t number, unsigned char name[16])
{
	const struct append_delivery of = {.name = name,
	    .tenant = SLICE("contoso"),
	    .raw = SLICE("{\"by\":\"test\"}")};
	struct ledger_delivery delivery;
	struct err err = {0};

	case_name(name, number);
	if (append_begin(append, &of, &delivery, &err))
		fail_msg("%s", err.msg);
	return delivery.index;
}

static enum append_verdict
take(struct append *append, const unsigned char name[16], uint64_t number,
    const struct item *item)
{
	const struct append_batch batch = {
	    .name = name, .first = number, .items = &item->item, .count = 1};
	unsigned char verdict;
	struct err err = {0};

	if (append_take(append, &batch, &verdict, &err) ||
	    append_sign(append, &err))
		fail_msg("%s", err.msg);
	return (enum append_verdict)verdict;
}

/* Between its items, another delivery tells an event that comes later. */
static uint64_t
fill(struct ledger_case *c)
{
	struct append *append = open_append(c);
	unsigned char name[16], other[16];
	const unsigned char same[3] = {1, 1};
	struct item item;
	uint64_t index, others = 0;

	begin(append, 100, other);
	make(&item, 1, same);
	take(append, other, others++, &item);
	index = begin(append, 101, name);
	for (size_t i = 0; i < ITEMS; i++) {
		make(&item, items[i].id, items[i].told);
		item.item.keep = !items[i].passed;
		c->now_us += 1000;
		assert_int_equal(take(append, name, i, &item), items[i].became);
		make(&item, 50 + i, same);
		take(append, other, others++, &item);
	}
	/* And an event of ours: later, so it was ours. */
	make(&item, 4, same);
	item.identity.told[2] = 7;
	assert_int_equal(take(append, other, others, &item), APPEND_TELLING);
	append_close(append);
	return index;
}

static void
check(const struct ledger_case *c, uint64_t index, int64_t begin_us)
{
	struct became *became = NULL;
	struct item item;
	struct err err = {0};

	if (became_open(&became, c->dir, index, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < ITEMS; i++) {
		enum append_verdict want = items[i].became;
		int64_t received_us = LEAF_NO_TIME;

		make(&item, items[i].id, items[i].told);
		item.item.keep = !items[i].passed;
		assert_int_equal(
		    became_next(became, &item.item, &received_us), want);
		if (want == APPEND_REPEAT || want == APPEND_PASSED)
			assert_int_equal(received_us, LEAF_NO_TIME);
		else
			assert_int_equal(
			    received_us, begin_us + 1000 * (int64_t)(i + 1));
	}
	became_free(became);
}

static void
test_became(void **state)
{
	struct ledger_case c;
	struct append *append;
	struct err err = {0};
	int64_t begin_us;
	uint64_t index, size;

	(void)state;
	case_create(&c);
	begin_us = c.now_us;
	index = fill(&c);
	check(&c, index, begin_us);
	/* The same where a part of it, or all, is sealed. */
	append = open_append(&c);
	if (append_roll(append, &size, &err))
		fail_msg("%s", err.msg);
	append_close(append);
	case_seal(&c, 9);
	check(&c, index, begin_us);
	case_end(&c);
}

/* A reader that understands other items cannot say what they became. */
static void
test_other_items(void **state)
{
	const unsigned char told[3] = {1, 1};
	struct became *became = NULL;
	struct ledger_case c;
	struct item item;
	struct err err = {0};
	int64_t received_us;

	(void)state;
	case_create(&c);
	if (became_open(&became, c.dir, fill(&c), &err))
		fail_msg("%s", err.msg);
	make(&item, 0, told);
	assert_int_equal(
	    became_next(became, &item.item, &received_us), APPEND_BEFORE);
	became_free(became);
	case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_became),
	    cmocka_unit_test(test_other_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
