/* By what the store knows a message, as the logs write it. */
#include "incident/reach_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define ENTRY                                                                  \
	"T/AZE1K5NUWWeZhPVRlsgBwA2EfYbUSz6RJE3NGTqWjNCAAAAAAEBAAA2EfYbUSz6"    \
	"RJE3NGT/++5CAAAE5OCjAA"
#define AUDIT "RgAAAAA" ENTRY "AJ"
#define GRAPH                                                                  \
	"AAMkADBkOGNlNTY1LTVkYzQtNGYwMC1hNmY3LWNjZWYxZDRkNWY4NQBGAAAAAAAT-AZE" \
	"1K5NUWWeZhPVRlsgBwA2EfYbUSz6RJE3NGTqWjNCAAAAAAEBAAA2EfYbUSz6RJE3NGT-" \
	"__5CAAAE5OCjAAA="
/* The same with its runs shortened. */
#define CODED                                                                  \
	"AQMkADBkOGNlNTY1LTVkYzQtNGYwMAAtYTZmNy1jYwBlZjFkNGQ1Zjg1AEYAAAMT-AZE" \
	"1K5NUWWeZhPVRlsgBwA2EfYbUSz6RJE3NGTqWjNCAAACAQEAAAAANhH2G1Es_kSRNzRk" \
	"--vuQgAAAATk4KMAAAA="

static void
test_same(void **state)
{
	static const char *const same[] = {AUDIT, GRAPH, CODED};
	unsigned char first[REACH_STORE_LEN], digest[REACH_STORE_LEN];

	(void)state;
	assert_true(reach_store_read(SLICE(AUDIT), first));
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct slice text = slice_cstr(same[i]);

		assert_true(reach_store_read(text, digest));
		assert_memory_equal(first, digest, sizeof(first));
		/* the padding may be lost on the way, and nothing else */
		while (text.ptr[text.len - 1] == '=')
			text.len--;
		assert_true(reach_store_read(text, digest));
		while (text.len-- > 0)
			assert_false(reach_store_read(text, digest));
	}
}

/* Another message, and what is none. */
static void
test_other(void **state)
{
	static const char *const none[] = {"", "=", "AAMk1", "A%",
	    "<a@corp.example>", "AAMkADBkOGNl",
	    /* a folder of the audit log, an immutable id of Graph */
	    "LgAAAADBwCLOTkcSTpPvPqAu44P4AQBY8xpM8MPnRJFI1LZ3pAMJAAAAAAEMAAAB",
	    "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A5vVO2zqTkEqOEHAlEHxC1gAAAAAB"};
	unsigned char first[REACH_STORE_LEN], digest[REACH_STORE_LEN];
	char text[] = AUDIT;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(reach_store_read(slice_cstr(none[i]), digest));
	assert_true(reach_store_read(slice_cstr(text), first));
	text[60] = text[60] == 'A' ? 'B' : 'A';
	assert_true(reach_store_read(slice_cstr(text), digest));
	assert_memory_not_equal(first, digest, sizeof(first));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same),
	    cmocka_unit_test(test_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
