#include "store/text.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store/set.h"

/* --- texts --- */

static unsigned char
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32)
	                            : (unsigned char)c;
}

static bool
naive(struct slice word, struct slice bytes)
{
	for (size_t i = 0; i + word.len <= bytes.len; i++) {
		size_t k = 0;

		while (
		    k < word.len && fold(word.ptr[k]) == fold(bytes.ptr[i + k]))
			k++;
		if (k == word.len)
			return true;
	}
	return false;
}

static uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Few different bytes, so that words are there often, and nearly. */
static void
finds_what_is_there_and_nothing_else(void **state)
{
	static const char letters[] = "aAbB@`[{\x01!kK";
	uint64_t seed = 88172645463325252u;
	char room[300], word[40];

	(void)state;
	for (int round = 0; round < 200000; round++) {
		size_t n = next(&seed) % 120, len = 1 + next(&seed) % 30;
		size_t kinds = 2 + next(&seed) % 10;
		struct text text;

		if (round % 2)
			len = 1 + len % 4;
		for (size_t i = 0; i < n; i++)
			room[i] = letters[next(&seed) % kinds];
		for (size_t i = 0; i < len; i++)
			word[i] = letters[next(&seed) % kinds];
		text_init(&text, slice_of(word, len));
		if (text_is_in(&text, slice_of(room, n)) !=
		    naive(slice_of(word, len), slice_of(room, n)))
			fail_msg(
			    "'%.*s' in '%.*s'", (int)len, word, (int)n, room);
	}
}

static void
every_byte_is_itself_or_its_other_case(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++)
		for (int d = 0; d < 256; d++) {
			char a = (char)c, b[17] = {(char)d};
			struct text text;

			memset(b + 1, c ^ 0x10, 16);
			text_init(&text, slice_of(&a, 1));
			if (text_is_in(&text, slice_of(b, 1)) !=
			    (fold(a) == fold(b[0])))
				fail_msg("%d in %d", c, d);
			assert_int_equal(text_is_in(&text, slice_of(b, 17)),
			    naive(slice_of(&a, 1), slice_of(b, 17)));
		}
}

/* The bytes end where they end: the allocation shows reading behind. */
static void
reads_nothing_behind(void **state)
{
	char word[TEXT_MAX];
	struct text text;

	(void)state;
	memset(word, 'w', sizeof(word));
	for (size_t len = 1; len <= TEXT_MAX; len += 15)
		for (size_t n = 0; n < len + 40; n++) {
			char *bytes = malloc(n + 1);

			assert_non_null(bytes);
			memset(bytes, 'W', n);
			bytes = realloc(bytes, n ? n : 1);
			text_init(&text, slice_of(word, len));
			assert_int_equal(
			    text_is_in(&text, slice_of(bytes, n)), n >= len);
			free(bytes);
		}
}

/* --- sets --- */

static void
sets_hold_what_was_added(void **state)
{
	enum { SPAN = 300000 };
	bool *in = calloc(SPAN, sizeof(*in));
	uint64_t seed = 2463534242u, count = 0, at;
	struct set set = {0};

	(void)state;
	assert_non_null(in);
	assert_false(set_has(&set, 0));
	at = 0;
	assert_false(set_next(&set, &at));
	for (int i = 0; i < 5000; i++) {
		uint64_t index = next(&seed) % SPAN;

		if (i % 2)
			index = index % 1000 + 65500;
		count += !in[index];
		in[index] = true;
		assert_true(set_add(&set, index));
	}
	assert_int_equal(set.count, count);
	at = 0;
	for (uint64_t i = 0; i < SPAN; i++) {
		assert_int_equal(set_has(&set, i), in[i]);
		if (!in[i])
			continue;
		assert_true(set_next(&set, &at));
		assert_int_equal(at, i);
		at++;
		count--;
		if (!count)
			assert_int_equal(set.last, i);
	}
	assert_false(set_next(&set, &at));
	assert_int_equal(count, 0);
	set_release(&set);
	free(in);
}

static void
sets_are_bounded(void **state)
{
	struct set set = {0};
	uint64_t at = 0;

	(void)state;
	assert_true(set_add(&set, (uint64_t)1 << 40));
	assert_int_equal(set.first, (uint64_t)1 << 40);
	assert_true(set_next(&set, &at));
	assert_int_equal(at, (uint64_t)1 << 40);
	assert_false(set_add(&set, UINT64_MAX));
	assert_false(set_has(&set, UINT64_MAX));
	at = UINT64_MAX;
	assert_false(set_next(&set, &at));
	assert_int_equal(set.count, 1);
	set_release(&set);
	assert_int_equal(set.count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_what_is_there_and_nothing_else),
	    cmocka_unit_test(every_byte_is_itself_or_its_other_case),
	    cmocka_unit_test(reads_nothing_behind),
	    cmocka_unit_test(sets_hold_what_was_added),
	    cmocka_unit_test(sets_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
