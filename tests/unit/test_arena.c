#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
aligns_every_size_for_any_object(void **state)
{
	static const size_t sizes[] = {
	    1, 2, 3, 7, 8, 15, 16, 17, 4095, 70000, 1};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *p = arena_alloc(&arena, sizes[i]);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		memset(p, 'x', sizes[i]);
	}
	arena_release(&arena);
}

static void
what_it_gives_does_not_overlap(void **state)
{
	enum { PIECES = 1000, SIZE = 777 };
	unsigned char *piece[PIECES];
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < PIECES; i++) {
		piece[i] = arena_alloc(&arena, SIZE);
		memset(piece[i], (int)(i % 251), SIZE);
	}
	for (size_t i = 0; i < PIECES; i++) {
		assert_int_equal(piece[i][0], i % 251);
		assert_int_equal(piece[i][SIZE - 1], i % 251);
	}
	arena_release(&arena);
}

static void
zeroes_what_is_used_again(void **state)
{
	struct arena arena = {0};
	unsigned char *p = arena_alloc(&arena, 4096);

	(void)state;
	memset(p, 0xff, 4096);
	arena_reset(&arena);
	p = arena_calloc(&arena, 512, 8);
	for (size_t i = 0; i < 4096; i++)
		assert_int_equal(p[i], 0);
	arena_release(&arena);
}

static void
keeps_its_memory_over_a_reset(void **state)
{
	static const size_t sizes[] = {100, 60000, 60000, 300000, 100};
	struct arena arena = {0};
	void *before[COUNT(sizes)];

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		before[i] = arena_alloc(&arena, sizes[i]);
	for (int round = 0; round < 3; round++) {
		arena_reset(&arena);
		for (size_t i = 0; i < COUNT(sizes); i++)
			assert_ptr_equal(
			    arena_alloc(&arena, sizes[i]), before[i]);
	}
	arena_release(&arena);
}

static void
copies_end_in_nul(void **state)
{
	static const struct slice cases[] = {
	    SLICE_INIT(""),
	    SLICE_INIT("a"),
	    SLICE_INIT("a\0b"),
	    SLICE_INIT("sixteen bytes ok"),
	};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice copy = arena_copy(&arena, cases[i]);

		assert_true(slice_eq(copy, cases[i]));
		assert_ptr_not_equal(copy.ptr, cases[i].ptr);
		assert_int_equal(copy.ptr[copy.len], '\0');
	}
	assert_int_equal(arena_copy(&arena, slice_of(NULL, 0)).len, 0);
	arena_release(&arena);
}

static void
formats_texts_of_any_length(void **state)
{
	struct arena arena = {0};
	struct slice s = arena_printf(&arena, "%s-%d", "a", 7);

	(void)state;
	assert_true(slice_eq(s, SLICE("a-7")));
	s = arena_printf(&arena, "%0200000d", 1);
	assert_int_equal(s.len, 200000);
	assert_int_equal(s.ptr[s.len - 1], '1');
	assert_int_equal(arena_printf(&arena, "%s", "").len, 0);
	arena_release(&arena);
}

static void
release_leaves_a_usable_arena(void **state)
{
	struct arena arena = {0};

	(void)state;
	arena_release(&arena);
	arena_alloc(&arena, 10);
	arena_release(&arena);
	memset(arena_alloc(&arena, 10), 1, 10);
	arena_release(&arena);
}

/* What was handed out stays, and both can be used further. */
static void
takes_over_what_another_handed_out(void **state)
{
	static const size_t sizes[] = {0, 1, 70000, 3};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t j = 0; j < COUNT(sizes); j++) {
			struct arena arena = {0}, other = {0};
			char *a = NULL, *b = NULL;

			if (sizes[i])
				a = memset(arena_alloc(&arena, sizes[i]), 'a',
				    sizes[i]);
			if (sizes[j])
				b = memset(arena_alloc(&other, sizes[j]), 'b',
				    sizes[j]);
			arena_take(&arena, &other);
			memset(arena_alloc(&arena, 100000), 'c', 100000);
			memset(arena_alloc(&arena, 10), 'd', 10);
			memset(arena_alloc(&other, 10), 'e', 10);
			arena_release(&other);
			assert_true(!a || a[sizes[i] - 1] == 'a');
			assert_true(!b || b[sizes[j] - 1] == 'b');
			arena_release(&arena);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(aligns_every_size_for_any_object),
	    cmocka_unit_test(what_it_gives_does_not_overlap),
	    cmocka_unit_test(zeroes_what_is_used_again),
	    cmocka_unit_test(keeps_its_memory_over_a_reset),
	    cmocka_unit_test(copies_end_in_nul),
	    cmocka_unit_test(formats_texts_of_any_length),
	    cmocka_unit_test(takes_over_what_another_handed_out),
	    cmocka_unit_test(release_leaves_a_usable_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
