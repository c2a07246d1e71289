#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/hash.h"

static size_t
good_by_sequences(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t i = 0, len;

	while (i < s.len && (len = utf8_len(p + i, s.len - i)) != 0)
		i += len;
	return i;
}

/* The same numbers each time. */
static size_t
next(uint64_t *state)
{
	*state = hash_mix(*state + 1, 0x9e3779b97f4a7c15u);
	return (size_t)(*state >> 33);
}

static void
test_good_is_where_sequences_are(void **state)
{
	static const char *const parts[] = {"a", "bcdefg", "12345678",
	    "123456789012345678901234", "\xc3\xa4", "\xe2\x82\xac",
	    "\xf0\x9f\x98\x80", "\xff", "\xc3", "\xed\xa0\x80", "\xe2\x82"};
	uint64_t random = 1;
	const size_t count = sizeof(parts) / sizeof(parts[0]);

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct buf text = {0};
		/* Most are good, or hardly anything is looked at. */
		size_t kinds = round % 2 ? count - 4 : count;

		for (size_t i = next(&random) % 12; i > 0; i--)
			buf_str(&text, parts[next(&random) % kinds]);
		assert_int_equal(utf8_good(buf_slice(&text)),
		    good_by_sequences(buf_slice(&text)));
		buf_release(&text);
	}
	assert_int_equal(utf8_good(slice_of(NULL, 0)), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good_is_where_sequences_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
