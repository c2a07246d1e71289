#include "ledger/leaf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ZEROS16      "0000000000000000"
#define ZEROS64      ZEROS16 ZEROS16 ZEROS16 ZEROS16
#define COMMIT                                                                 \
	"aec8f75ed5834e4a3b2ca21161826a2f89248cd3bbfb60c38aa751df4aa0f4a0"

/* Hashes here and below were computed with Python's hashlib. */
static const char full[] = "firn-record/v1\n"
                           "source m365/audit.exchange\n"
                           "tenant contoso\n"
                           "available 2021-05-18T10:48:21.000001Z\n"
                           "received 2021-05-18T10:48:22.500000Z\n"
                           "delivery 18446744073709551615\n"
                           "commit " COMMIT "\n";

static const char bare[] = "firn-record/v1\n"
                           "source x\n"
                           "tenant -\n"
                           "available -\n"
                           "received 1970-01-01T00:00:00.000000Z\n"
                           "delivery 0\n"
                           "commit " ZEROS64 "\n";

static void
expect_hash(const struct merkle_hash *hash, const char *want)
{
	char hex[2 * SHA256_LEN + 1];

	for (size_t i = 0; i < SHA256_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash->bytes[i]);
	assert_string_equal(hex, want);
}

static void
expect_leaf(const struct leaf *leaf, const char *text, const char *want)
{
	struct sha256 *sha = sha256_new();
	struct merkle_hash hash;
	struct buf out = {0};

	leaf_print(&out, leaf);
	assert_int_equal(out.len, strlen(text));
	assert_memory_equal(out.ptr, text, out.len);
	merkle_leaf(sha, buf_slice(&out), &hash);
	expect_hash(&hash, want);
	buf_release(&out);
	sha256_free(sha);
}

static void
a_leaf_is_this_text(void **state)
{
	struct leaf leaf = {.source = SLICE("m365/audit.exchange"),
	    .tenant = SLICE("contoso"),
	    .available_us = 1621334901000001,
	    .received_us = 1621334902500000,
	    .delivery = UINT64_MAX};
	const struct leaf least = {
	    .source = SLICE("x"), .available_us = LEAF_NO_TIME};
	struct sha256 *sha = sha256_new();
	unsigned char salt[LEAF_SALT_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(salt); i++)
		salt[i] = (unsigned char)i;
	leaf_commit(sha, salt, SLICE("{\"Id\":\"1\"}"), &leaf.commit);
	expect_hash(&leaf.commit, COMMIT);
	expect_leaf(&leaf, full,
	    "fe82e867e78cb38667071d6f2ca6cd956ef37908cbd12177f04e1edc679c5873");
	expect_leaf(&least, bare,
	    "5a54a7097590f1b7fc5c2c17dd62931029d2cf4975f73ed7d950076cab8faa34");
	sha256_free(sha);
}

static void
what_was_printed_is_read(void **state)
{
	struct leaf leaf;

	(void)state;
	assert_int_equal(leaf_parse(slice_cstr(full), &leaf, NULL), 0);
	assert_true(slice_eq(leaf.source, SLICE("m365/audit.exchange")));
	assert_true(slice_eq(leaf.tenant, SLICE("contoso")));
	assert_int_equal(leaf.available_us, 1621334901000001);
	assert_int_equal(leaf.received_us, 1621334902500000);
	assert_true(leaf.delivery == UINT64_MAX);
	expect_hash(&leaf.commit, COMMIT);
	assert_int_equal(leaf_parse(slice_cstr(bare), &leaf, NULL), 0);
	assert_int_equal(leaf.tenant.len, 0);
	assert_true(leaf.available_us == LEAF_NO_TIME);
}

/* Whatever else is read prints as it was: two texts are never one leaf. */
static void
no_other_text_is_the_same_leaf(void **state)
{
	const size_t len = sizeof(full) - 1;
	struct buf out = {0};
	char text[sizeof(full)];
	struct leaf leaf;

	(void)state;
	for (size_t n = 0; n < len; n++)
		assert_int_equal(
		    leaf_parse(slice_of(full, n), &leaf, NULL), -1);
	for (size_t i = 0; i < len * 256; i++) {
		memcpy(text, full, len);
		text[i / 256] = (char)i;
		if (leaf_parse(slice_of(text, len), &leaf, NULL))
			continue;
		buf_clear(&out);
		leaf_print(&out, &leaf);
		assert_int_equal(out.len, len);
		assert_memory_equal(out.ptr, text, len);
	}
	buf_release(&out);
}

#define TIMES "available -\nreceived 1970-01-01T00:00:00.000000Z\n"
#define END   "delivery 0\ncommit " ZEROS64 "\n"

static void
other_spellings_are_refused(void **state)
{
	static const char head[] = "firn-record/v1\nsource x\ntenant -\n";
	static const char *const texts[] = {
	    "firn-record/v2\nsource x\ntenant -\n" TIMES END,
	    "firn-record/v1\nsource \ntenant -\n" TIMES END,
	    "firn-record/v1\nsource -\ntenant -\n" TIMES END,
	    "firn-record/v1\nsource x\ntenant \n" TIMES END,
	    "firn-record/v1\nsource x\n" TIMES END,
	    "firn-record/v1\r\nsource x\ntenant -\n" TIMES END,
	    "firn-record/v1\nsource a\x07\ntenant -\n" TIMES END,
	    "firn-record/v1\nsource x\ntenant \xff\n" TIMES END,
	    "firn-record/v1\nsource x\ntenant -\n" TIMES END "\n",
	};
	static const char *const tails[] = {
	    "available -\nreceived -\n" END,
	    "available -\nreceived 1970-01-01T00:00:00Z\n" END,
	    "available -\nreceived 1970-01-01 00:00:00.000000Z\n" END,
	    "available -\nreceived 1970-01-01T02:00:00.000000+02:00\n" END,
	    TIMES "delivery 00\ncommit " ZEROS64 "\n",
	    TIMES "delivery +1\ncommit " ZEROS64 "\n",
	    TIMES "delivery 18446744073709551616\ncommit " ZEROS64 "\n",
	    TIMES "delivery 0\ncommit " ZEROS64 "0\n",
	    TIMES "delivery 0\ncommit A" ZEROS16 ZEROS16 ZEROS16
	          "000000000000000\n",
	};
	char text[1024];
	struct leaf leaf;
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(
		    leaf_parse(slice_cstr(texts[i]), &leaf, NULL), -1);
	for (size_t i = 0; i < COUNT(tails); i++) {
		snprintf(text, sizeof(text), "%s%s", head, tails[i]);
		assert_int_equal(leaf_parse(slice_cstr(text), &leaf, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
	}
	snprintf(text, sizeof(text), "%s" TIMES END, head);
	assert_int_equal(leaf_parse(slice_cstr(text), &leaf, NULL), 0);
}

static void
names_are_utf8_without_control_characters(void **state)
{
	static const struct {
		struct slice name;
		bool ok;
	} cases[] = {
	    {SLICE_INIT("file/o365.audit"), true},
	    {SLICE_INIT("Zo\xc3\xab \xe6\x97\xa5 \xf0\x9f\x8c\xa8"), true},
	    {SLICE_INIT("--"), true},
	    {SLICE_INIT(" "), true},
	    {SLICE_INIT("\xc2\xa0"), true},
	    {SLICE_INIT(""), false},
	    {SLICE_INIT("-"), false},
	    {SLICE_INIT("a\nb"), false},
	    {SLICE_INIT("a\0b"), false},
	    {SLICE_INIT("\x7f"), false},
	    {SLICE_INIT("\xc2\x85"), false},
	    {SLICE_INIT("\xc2\x9f"), false},
	    {SLICE_INIT("\xc2"), false},
	    {SLICE_INIT("\xc0\x8a"), false},
	    {SLICE_INIT("\xed\xa0\x80"), false},
	};
	char longest[LEAF_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(leaf_name_ok(cases[i].name), cases[i].ok);
	memset(longest, 'n', sizeof(longest));
	assert_true(leaf_name_ok(slice_of(longest, LEAF_NAME_MAX)));
	assert_false(leaf_name_ok(slice_of(longest, LEAF_NAME_MAX + 1)));
}

static void
the_longest_leaf_has_room(void **state)
{
	char name[LEAF_NAME_MAX];
	struct leaf leaf = {.source = slice_of(name, sizeof(name)),
	                .tenant = slice_of(name, sizeof(name)),
	                .delivery = UINT64_MAX},
	            again;
	struct buf out = {0};

	(void)state;
	memset(name, 'n', sizeof(name));
	leaf_print(&out, &leaf);
	assert_in_range(out.len, 1, LEAF_TEXT_MAX);
	assert_int_equal(leaf_parse(buf_slice(&out), &again, NULL), 0);
	assert_int_equal(again.source.len, LEAF_NAME_MAX);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_leaf_is_this_text),
	    cmocka_unit_test(what_was_printed_is_read),
	    cmocka_unit_test(no_other_text_is_the_same_leaf),
	    cmocka_unit_test(other_spellings_are_refused),
	    cmocka_unit_test(names_are_utf8_without_control_characters),
	    cmocka_unit_test(the_longest_leaf_has_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
