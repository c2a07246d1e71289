#include "base/xxh64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
test_known_hashes(void **state)
{
	static const struct {
		const char *text;
		uint64_t hash;
	} cases[] = {
	    {"", 0xef46db3751d8e999},
	    {"a", 0xd24ec4f1a98c6e5b},
	    {"abc", 0x44bc2cf5ad770999},
	    {"message digest", 0x066ed728fceeb3be},
	    {"abcdefghijklmnopqrstuvwxyz", 0xcfe1f278fa89835c},
	    {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
	        0xaaa46907d3047814},
	    {"12345678901234567890123456789012345678901234567890123456789012345"
	     "678901234567890",
	        0xe04a477f19ee145d},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    xxh64(slice_cstr(cases[i].text)), cases[i].hash);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
