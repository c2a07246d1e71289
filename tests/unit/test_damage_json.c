#include "damage_made.h"

#include <string.h>

#include "base/term.h"
#include "incident/damage_csv.h"
#include "incident/damage_json.h"
#include "incident/damage_text.h"
#include "incident/damage_words.h"
#include "json/json.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct read {
	struct json_parser *parser;
	struct buf text;
	struct json root;
};

static void
read_json(struct read *read, const struct damage *damage)
{
	const char *why = NULL;

	*read = (struct read){.parser = json_parser_new()};
	damage_json(&read->text, damage);
	memset(buf_reserve(&read->text, JSON_PADDING), 0, JSON_PADDING);
	if (json_parse(read->parser, buf_slice(&read->text), &read->root,
	        &why) != JSON_OK)
		fail_msg("%s", why);
}

static void
release(struct read *read)
{
	json_parser_free(read->parser);
	buf_release(&read->text);
}

static struct json
get_path(struct json v, const char *path)
{
	struct slice rest = slice_cstr(path);

	while (rest.len) {
		struct slice name = slice_cut(&rest, '/');
		uint64_t n;

		v = slice_to_u64(name, &n) ? json_at(v, n) : json_get(v, name);
	}
	return v;
}

/* What is at each path, as a scalar; "-" for null, "?" for nothing. */
static void
says_what_the_assessment_has(void **state)
{
	static const char *const cases[][2] = {
	    {"format", "firn-damage/1"},
	    {"ledger/size", "1000"},
	    {"asked/command", "--ip 203.0.113.7"},
	    {"asked/from", "-"},
	    {"asked/to", "-"},
	    {"verdict/verdict", "access continues"},
	    {"verdict/since", "-"},
	    {"verdict/last_use/index", "97"},
	    {"verdict/closed", "-"},
	    {"verdict/reasons/1", "Board minutes"},
	    {"notification/until", "2026-03-06T08:00:00.000000Z"},
	    {"counts/accessed/items", "5"},
	    {"counts/accessed/mailboxes", "2"},
	    {"counts/accessed/kinds/message", "3"},
	    {"counts/accessed/kinds/folder", "0"},
	    {"counts/possibly accessed/items", "7"},
	    {"counts/possibly accessed/kinds/folder", "2"},
	    {"counts/undetermined/ranges", "3"},
	    {"counts/ways/open", "2"},
	    {"counts/all", "?"},
	    {"intrusion/certain", "120"},
	    {"intrusion/not_the_intruder/0/acts", "5"},
	    {"intrusion/marks/0/via", "-"},
	    {"intrusion/marks/0/index", "-"},
	    {"intrusion/marks/3/via", "1"},
	    {"intrusion/marks/3/index", "33"},
	    {"intrusion/marks/6/cut", "true"},
	    {"intrusion/steps/4/what", "sent 12 mails"},
	    {"items/0/certainty", "accessed"},
	    {"items/0/size", "-"},
	    {"items/1/size", "4096"},
	    {"items/3/certainty", "possibly accessed"},
	    {"items/3/intruder", "likely"},
	    {"items/5/how", "aggregated"},
	    {"items/5/more", "7"},
	    {"undetermined/0/from", "-"},
	    {"undetermined/1/places/1", "ben@example.org"},
	    {"undetermined/2/to", "-"},
	    {"ways/0/state", "open"},
	    {"ways/0/closed", "-"},
	    {"ways/0/seen/present", "true"},
	    {"ways/3/seen/index", "-"},
	    {"ways/6/statement", "0"},
	    {"owners/2/country", "-"},
	    {"owners/2/people", "4"},
	    {"statements/0/way", "hidden-rule"},
	    {"evidence/7", "94"},
	    {"evidence/8", "?"},
	};
	static struct made m;
	struct read read;

	(void)state;
	made(&m, "Board minutes");
	read_json(&read, &m.damage);
	for (size_t i = 0; i < COUNT(cases); i++) {
		char room[JSON_SCALAR_MAX];
		struct json v = get_path(read.root, cases[i][0]);
		struct slice got = json_type(v) == JSON_ABSENT ? SLICE("?")
		                   : json_type(v) == JSON_NULL
		                       ? SLICE("-")
		                       : json_scalar(v, room);

		if (!slice_eq(got, slice_cstr(cases[i][1])))
			fail_msg("%s is '" SLICE_FMT "'", cases[i][0],
			    SLICE_ARG(got));
	}
	release(&read);
}

/* No assessment at all is an object with all members, too. */
static void
says_that_there_is_nothing(void **state)
{
	struct damage damage = {.from_us = INT64_MIN,
	    .to_us = INT64_MAX,
	    .aware_us = EVENT_NO_TIME,
	    .verdict = {
	        .verdict = VERDICT_NOT_ESTABLISHED, .last_us = EVENT_NO_TIME}};
	static const char *const lists[] = {"items", "undetermined", "ways",
	    "owners", "statements", "evidence", "intrusion/marks",
	    "intrusion/steps", "verdict/reasons", "verdict/settles"};
	struct read read;

	(void)state;
	read_json(&read, &damage);
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct json v = get_path(read.root, lists[i]);

		assert_int_equal(json_type(v), JSON_ARRAY);
		assert_false(json_present(json_at(v, 0)));
	}
	assert_int_equal(
	    json_type(JSON_GET(read.root, "notification")), JSON_NULL);
	assert_int_equal(
	    json_type(get_path(read.root, "verdict/last_use")), JSON_NULL);
	release(&read);
}

static void
survives_hostile_texts(void **state)
{
	static const char *const texts[] = {made_script, made_bytes};
	static struct made m;
	struct read read;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		made(&m, texts[i]);
		read_json(&read, &m.damage);
		/* Well-formed, and the same again. */
		assert_int_equal(
		    slice_eq(json_str(get_path(read.root, "items/0/name")),
		        slice_cstr(texts[i])),
		    i == 0);
		release(&read);
	}
}

static void
writes_an_item_a_row(void **state)
{
	static struct made m;
	struct buf out = {0};
	struct slice rest;
	size_t rows = 0;

	(void)state;
	made(&m, made_script);
	damage_csv(&out, &m.damage);
	rest = buf_slice(&out);
	while (rest.len) {
		struct slice row = slice_cut(&rest, '\n');

		assert_int_equal(row.ptr[row.len - 1], '\r');
		rows++;
	}
	assert_int_equal(rows, MADE_ITEMS + 1);
	buf_char(&out, '\0');
	assert_non_null(strstr(out.ptr, "\"<script>alert(\"\"1\"\")</script>"));
	/* No formula for a spreadsheet. */
	assert_non_null(strstr(out.ptr, ",'=cmd|"));
	assert_null(strstr(out.ptr, ",=cmd"));
	assert_non_null(strstr(out.ptr, "\r\npossibly accessed,message,ben@"));
	buf_release(&out);
}

/* Few lines, none wider than a terminal, and nothing that steers one. */
static void
fits_a_terminal(void **state)
{
	static const char *const texts[] = {
	    made_script, made_bytes, "Board minutes"};
	static struct made m;
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct slice rest;
		size_t lines = 0;

		made(&m, texts[i]);
		buf_clear(&out);
		damage_text(&out, &m.damage);
		rest = buf_slice(&out);
		assert_int_equal(
		    memcmp(rest.ptr, "verdict       access continues\n", 31),
		    0);
		for (; rest.len; lines++) {
			struct slice line = slice_cut(&rest, '\n');

			assert_true(term_width(line) <= 80);
			assert_null(memchr(line.ptr, '\x1b', line.len));
		}
		assert_true(lines <= 34);
	}
	buf_release(&out);
}

/* Far more of everything than is shown. */
static void
cuts_lists_and_says_so(void **state)
{
	static struct made m;
	static struct way_back ways[50];
	struct buf out = {0};

	(void)state;
	made(&m, "Board minutes");
	for (size_t i = 0; i < COUNT(ways); i++)
		ways[i] = m.ways[0];
	m.damage.ways = ways;
	m.damage.way_count = COUNT(ways);
	damage_text(&out, &m.damage);
	buf_char(&out, '\0');
	assert_non_null(strstr(out.ptr, "\xe2\x80\xa6"
	                                "and 45 more, --format json\n"));
	buf_release(&out);
}

static void
lists_all_records_once(void **state)
{
	static struct made m;
	uint64_t *list;
	size_t count;

	(void)state;
	made(&m, "Board minutes");
	list = damage_records(&m.damage, &count);
	for (size_t i = 0; i < count; i++) {
		assert_true(!i || list[i] > list[i - 1]);
		assert_true(list[i] < MADE_SIZE);
	}
	/* items 10-21, marks 31-36, steps 50-54, ways, gaps, verdict, … */
	assert_int_equal(list[0], 10);
	assert_int_equal(list[count - 1], 98);
	free(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(says_what_the_assessment_has),
	    cmocka_unit_test(says_that_there_is_nothing),
	    cmocka_unit_test(survives_hostile_texts),
	    cmocka_unit_test(writes_an_item_a_row),
	    cmocka_unit_test(fits_a_terminal),
	    cmocka_unit_test(cuts_lists_and_says_so),
	    cmocka_unit_test(lists_all_records_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
