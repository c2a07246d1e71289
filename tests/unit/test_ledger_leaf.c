#include "ledger/leaf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* SHA-256 of "firn-commit/v1\n", sixteen bytes 00 to 0f, "{}". */
#define COMMIT                                                                 \
	"9b9366e42bf3baef4fe98b83b5709037f6639c452c8d2371386094c9dd7ac525"

#define LINES(source, tenant, available, received, delivery, commit)           \
	"firn-record/v1\nsource " source "\ntenant " tenant                    \
	"\navailable " available "\nreceived " received "\ndelivery " delivery \
	"\ncommit " commit "\n"
#define NOON "2026-11-24T12:00:00.000001Z"
#define TEXT                                                                   \
	LINES("o365/Audit.Exchange", "0000-aa", "2026-11-24T11:59:59.500000Z", \
	    NOON, "17", COMMIT)

static const unsigned char salt[LEAF_SALT_LEN] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static struct leaf
example(void)
{
	struct leaf leaf = {.source = SLICE("o365/Audit.Exchange"),
	    .tenant = SLICE("0000-aa"),
	    .available_us = INT64_C(1795521599500000),
	    .received_us = INT64_C(1795521600000001),
	    .delivery = 17};
	struct sha256 *sha = sha256_new();

	leaf_commit(sha, salt, SLICE("{}"), &leaf.commit);
	sha256_free(sha);
	return leaf;
}

static void
prints_what_is_documented(void **state)
{
	struct leaf leaf = example();
	struct buf out = {0};

	(void)state;
	leaf_print(&out, &leaf);
	buf_char(&out, '\0');
	assert_string_equal(out.ptr, TEXT);

	buf_clear(&out);
	leaf.tenant = SLICE("");
	leaf.available_us = LEAF_NO_TIME;
	leaf.delivery = UINT64_MAX;
	leaf_print(&out, &leaf);
	buf_char(&out, '\0');
	assert_string_equal(out.ptr, LINES("o365/Audit.Exchange", "-", "-",
	                                 NOON, "18446744073709551615", COMMIT));
	buf_release(&out);
}

static void
reads_what_it_prints(void **state)
{
	static const int64_t times[] = {0, -1, 1, 1795521599500000,
	    -62167219200000000, /* the year 0 */
	    -62135596800000001, 253402300799999999};
	struct leaf leaf = example(), again;
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(times); i++) {
		buf_clear(&out);
		leaf.received_us = times[i];
		leaf.available_us = i & 1 ? LEAF_NO_TIME : times[i];
		leaf.tenant = i & 2 ? SLICE("") : SLICE("b\xc3\xa4r");
		leaf_print(&out, &leaf);
		assert_int_equal(leaf_parse(buf_slice(&out), &again, NULL), 0);
		assert_true(slice_eq(again.source, leaf.source));
		assert_true(slice_eq(again.tenant, leaf.tenant));
		assert_int_equal(again.available_us, leaf.available_us);
		assert_int_equal(again.received_us, leaf.received_us);
		assert_int_equal(again.delivery, leaf.delivery);
		assert_true(merkle_eq(&again.commit, &leaf.commit));
	}
	buf_release(&out);
}

/* No text but the one that was printed is a leaf with the same hash. */
static void
reads_nothing_else(void **state)
{
	static const struct slice cases[] = {
	    SLICE_INIT(""),
	    SLICE_INIT("firn-record/v1\n"),
	    SLICE_INIT(TEXT "\n"),
	    SLICE_INIT(" " TEXT),
	    SLICE_INIT(LINES("", "a", "-", NOON, "1", COMMIT)),
	    SLICE_INIT(LINES("-", "a", "-", NOON, "1", COMMIT)),
	    SLICE_INIT(LINES("s", "", "-", NOON, "1", COMMIT)),
	    SLICE_INIT(LINES("s", "a\tb", "-", NOON, "1", COMMIT)),
	    SLICE_INIT(LINES("s", "a", "", NOON, "1", COMMIT)),
	    SLICE_INIT(LINES("s", "a", "-", "-", "1", COMMIT)),
	    SLICE_INIT(
	        LINES("s", "a", "-", "2026-11-24T12:00:00Z", "1", COMMIT)),
	    SLICE_INIT(LINES(
	        "s", "a", "-", "2026-11-24t12:00:00.000001Z", "1", COMMIT)),
	    SLICE_INIT(LINES(
	        "s", "a", "-", "2026-02-30T12:00:00.000001Z", "1", COMMIT)),
	    SLICE_INIT(LINES(
	        "s", "a", "-", "2026-11-24T12:00:60.000001Z", "1", COMMIT)),
	    SLICE_INIT(LINES("s", "a", "-", NOON, "01", COMMIT)),
	    SLICE_INIT(LINES("s", "a", "-", NOON, "", COMMIT)),
	    SLICE_INIT(
	        LINES("s", "a", "-", NOON, "18446744073709551616", COMMIT)),
	    SLICE_INIT(LINES("s", "a", "-", NOON, "1", "00" COMMIT)),
	    SLICE_INIT(LINES("s", "a", "-", NOON, "1",
	        "9B9366E42BF3BAEF4FE98B83B5709037"
	        "f6639c452c8d2371386094c9dd7ac525")),
	};
	struct leaf leaf;
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		err.code = ERR_NONE;
		assert_int_equal(leaf_parse(cases[i], &leaf, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
	}
}

static void
reads_no_part_and_no_changed_byte(void **state)
{
	struct slice text = SLICE(TEXT);
	char bytes[sizeof(TEXT)];
	struct leaf leaf;
	struct buf out = {0};

	(void)state;
	for (size_t n = 0; n < text.len; n++)
		assert_int_equal(
		    leaf_parse(slice_of(text.ptr, n), &leaf, NULL), -1);
	/* What is read after a change says the change. */
	for (size_t i = 0; i < 8 * text.len; i++) {
		memcpy(bytes, text.ptr, text.len);
		bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
		if (leaf_parse(slice_of(bytes, text.len), &leaf, NULL))
			continue;
		buf_clear(&out);
		leaf_print(&out, &leaf);
		assert_true(
		    slice_eq(buf_slice(&out), slice_of(bytes, text.len)));
	}
	buf_release(&out);
}

static void
knows_names(void **state)
{
	static const struct {
		struct slice name;
		bool ok;
	} cases[] = {
	    {SLICE_INIT("o365/Audit.General"), true},
	    {SLICE_INIT("a b"), true},
	    {SLICE_INIT("--"), true},
	    {SLICE_INIT("M\xc3\xbcller"), true},
	    {SLICE_INIT("\xc2\xa0"), true},
	    {SLICE_INIT(""), false},
	    {SLICE_INIT("-"), false},
	    {SLICE_INIT("a\nb"), false},
	    {SLICE_INIT("a\0b"), false},
	    {SLICE_INIT("\x7f"), false},
	    {SLICE_INIT("a\xc2\x85"), false},
	    {SLICE_INIT("\xff"), false},
	    {SLICE_INIT("\xed\xa0\x80"), false},
	    {SLICE_INIT("a\xc3"), false},
	};
	char long_name[LEAF_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(leaf_name_ok(cases[i].name), cases[i].ok);
	memset(long_name, 'x', sizeof(long_name));
	assert_true(leaf_name_ok(slice_of(long_name, LEAF_NAME_MAX)));
	assert_false(leaf_name_ok(slice_of(long_name, LEAF_NAME_MAX + 1)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(prints_what_is_documented),
	    cmocka_unit_test(reads_what_it_prints),
	    cmocka_unit_test(reads_nothing_else),
	    cmocka_unit_test(reads_no_part_and_no_changed_byte),
	    cmocka_unit_test(knows_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
