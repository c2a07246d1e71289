#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* RFC 4648 section 10, and every digit. */
static const struct {
	struct slice bytes, text;
} pairs[] = {
    {SLICE_INIT(""), SLICE_INIT("")},
    {SLICE_INIT("f"), SLICE_INIT("Zg==")},
    {SLICE_INIT("fo"), SLICE_INIT("Zm8=")},
    {SLICE_INIT("foo"), SLICE_INIT("Zm9v")},
    {SLICE_INIT("foob"), SLICE_INIT("Zm9vYg==")},
    {SLICE_INIT("fooba"), SLICE_INIT("Zm9vYmE=")},
    {SLICE_INIT("foobar"), SLICE_INIT("Zm9vYmFy")},
    {SLICE_INIT("\0\0"), SLICE_INIT("AAA=")},
    {SLICE_INIT("\xff\xfe\xfb\xf0"), SLICE_INIT("//778A==")},
    {SLICE_INIT("\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14"
                "\x93\x51\x55\x97\x61\x96\x9b\x71\xd7\x9f\x82\x18\xa3\x92"
                "\x59\xa7\xa2\x9a\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3\x5d\xb7"
                "\xe3\x9e\xbb\xf3\xdf\xbf"),
        SLICE_INIT("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                   "0123456789+/")},
};

static void
bytes_have_one_text(void **state)
{
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		char bytes[64];
		size_t n;

		buf_clear(&out);
		base64_add(&out, pairs[i].bytes.ptr, pairs[i].bytes.len);
		assert_true(slice_eq(buf_slice(&out), pairs[i].text));
		assert_true(base64_len(pairs[i].text, &n));
		assert_int_equal(n, pairs[i].bytes.len);
		assert_true(base64_read(pairs[i].text, bytes, n));
		assert_memory_equal(bytes, pairs[i].bytes.ptr, n);
		assert_false(base64_read(pairs[i].text, bytes, n + 1));
	}
	buf_release(&out);
}

static void
refuses_what_is_not_canonical(void **state)
{
	static const struct slice texts[] = {
	    SLICE_INIT("Z"),
	    SLICE_INIT("Zg"),
	    SLICE_INIT("Zg="),
	    SLICE_INIT("Zg==="),
	    SLICE_INIT("Zh=="), /* bits that no byte needs */
	    SLICE_INIT("Zm9="),
	    SLICE_INIT("Z==="),
	    SLICE_INIT("===="),
	    SLICE_INIT("Zg==Zg=="),
	    SLICE_INIT("Zm9v\n"),
	    SLICE_INIT("Zm 9"),
	    SLICE_INIT("Zm-_"), /* the alphabet of URLs */
	    SLICE_INIT("Zm\0v"),
	    SLICE_INIT("Zm\xc3\xa9"),
	};
	char bytes[8];
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_false(base64_len(texts[i], &n));
		for (n = 0; n < sizeof(bytes); n++)
			assert_false(base64_read(texts[i], bytes, n));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes_have_one_text),
	    cmocka_unit_test(refuses_what_is_not_canonical),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
