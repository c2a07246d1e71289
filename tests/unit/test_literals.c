#include "rule/literals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rule/regex_literal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Numbers from a seed, the same in every run. */
static uint32_t
next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* Whether the literal is in the text: slow and obvious. */
static bool
occurs(const struct literal *literal, struct slice text)
{
	size_t n = literal->text.len;

	for (size_t at = 0; at + n <= text.len; at++) {
		if (memcmp(text.ptr + at, literal->text.ptr, n) != 0)
			continue;
		if (literal->at == LITERAL_ANYWHERE ||
		    (literal->at == LITERAL_START && at == 0) ||
		    (literal->at == LITERAL_END && at + n == text.len))
			return true;
	}
	return false;
}

/* Of `letters` letters only, so that pieces repeat and overlap. */
static struct slice
random_text(struct arena *arena, uint64_t *state, size_t letters, size_t max,
    size_t min)
{
	size_t n = min + next(state) % (max - min + 1);
	char *p = arena_alloc(arena, n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = "abc\\"[next(state) % letters];
	return slice_of(p, n);
}

static void
finds_what_a_slow_search_finds(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct arena arena = {0};
		struct literal list[200];
		uint64_t random = seed, room[4096];
		struct literal_hits hits = {room, COUNT(room), 0};
		size_t count = 1 + next(&random) % COUNT(list);
		size_t letters = 2 + seed % 3;
		struct literals *literals;

		for (size_t i = 0; i < count; i++)
			list[i] = (struct literal){
			    random_text(&arena, &random, letters, 16, 1),
			    (enum literal_at)(next(&random) % 3), i};
		literals = literals_new(&arena, list, count);
		for (int round = 0; round < 20; round++) {
			struct slice text =
			    random_text(&arena, &random, letters, 60, 0);
			bool found[200] = {0};

			literals_find(literals, text, &hits);
			assert_true(hits.count <= hits.size);
			for (size_t i = 0; i < hits.count; i++)
				found[room[i]] = true;
			for (size_t i = 0; i < count; i++)
				if (found[i] != occurs(&list[i], text))
					fail_msg("seed %ju, literal %zu",
					    (uintmax_t)seed, i);
		}
		arena_release(&arena);
	}
}

static void
says_how_many_did_not_fit(void **state)
{
	struct arena arena = {0};
	struct literal one = {SLICE_INIT("a"), LITERAL_ANYWHERE, 7};
	uint64_t room[2] = {0};
	struct literal_hits hits = {room, COUNT(room), 0};

	(void)state;
	literals_find(literals_new(&arena, &one, 1), SLICE("aXaXa"), &hits);
	assert_int_equal(hits.count, 3);
	assert_int_equal(room[1], 7);
	assert_null(literals_new(&arena, &one, 0));
	arena_release(&arena);
}

static void
reads_what_a_regex_requires(void **state)
{
	static const struct {
		const char *regex, *want;
	} cases[] = {
	    {"powershell", "powershell"},
	    {"^cmd\\.exe /c ", "cmd.exe /c "},
	    {"ab+cde", "cde"},
	    {"abc?d", "ab"},
	    {"abc*", "ab"},
	    {"x{2,3}abc", "abc"},
	    {"a{2}", ""},
	    {"(?i)secret\\d+key", "secret"},
	    {"(a|b)cdef", "cdef"},
	    {"a|b", ""},
	    {"abc|def", ""},
	    {"[abc]def[^]x]", "def"},
	    {"a.b", "a"},
	    {"\\x41bc", ""},
	    {"\\Qa+b\\E", ""},
	    {"(?x) a b c", ""},
	    {"(unclosed", ""},
	    {"caf\xc3\xa9?x", "caf"},
	    {"caf\xc3\xa9+", "caf\xc3\xa9"},
	    {"", ""},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		regex_literal(slice_cstr(cases[i].regex), &out);
		if (!slice_eq(buf_slice(&out), slice_cstr(cases[i].want)))
			fail_msg("%s", cases[i].regex);
	}
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_what_a_slow_search_finds),
	    cmocka_unit_test(says_how_many_did_not_fit),
	    cmocka_unit_test(reads_what_a_regex_requires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
