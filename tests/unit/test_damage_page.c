#include "damage_made.h"

#include <string.h>

#include "incident/damage_page.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* U+202E, which turns the text behind it around. */
static const char turning[] = {'\xe2', '\x80', '\xae', '\0'};

static char *
page_of(const struct damage *damage, struct buf *out)
{
	buf_clear(out);
	damage_page(out, damage);
	buf_char(out, '\0');
	return out->ptr;
}

static size_t
count_of(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* Elements without an end. */
static bool
is_void(struct slice name)
{
	return slice_eq(name, SLICE("meta")) ||
	       slice_eq(name, SLICE("!doctype"));
}

/* Every tag that opens is closed, in turn; quotes in tags are whole. */
static void
assert_nested(const char *html)
{
	struct slice open[64] = {{0}};
	size_t depth = 0;

	while ((html = strchr(html, '<'))) {
		bool end = html[1] == '/';
		const char *name = html + 1 + end;
		const char *close = strchr(name, '>');
		struct slice tag = slice_of(name, strcspn(name, " >/\n"));
		bool alone = close && close[-1] == '/';

		if (!close) {
			fail_msg("a tag without an end");
			return;
		}
		html = close;
		if (is_void(tag) || alone)
			continue;
		if (!end) {
			assert_true(depth < COUNT(open));
			open[depth++] = tag;
			continue;
		}
		if (!depth || !slice_eq(open[depth - 1], tag))
			fail_msg(
			    "</" SLICE_FMT "> closes nothing", SLICE_ARG(tag));
		depth--;
	}
	assert_int_equal(depth, 0);
}

static void
holds_all_sections(void **state)
{
	static const char *const has[] = {"access continues",
	    "<h3>accessed</h3><b>5</b>", "<h3>possibly accessed</h3><b>7</b>",
	    "<h3>undetermined</h3><b>3</b>", "must not be added",
	    "<strong>2026-03-06 08:00:00</strong>", "68 hours were left",
	    "read 214 messages in 3 mailboxes", "app Mail Backup",
	    "ForwardTo x@evil.example", "Not checked",
	    "auditing of the mailbox was switched off", "all of the tenant",
	    "vpn-keys.xlsx", "not known", "no proof of absence", "Kim Example",
	    "default-src 'none'"};
	static struct made m;
	struct buf out = {0};
	const char *page;

	(void)state;
	made(&m, "Board minutes");
	page = page_of(&m.damage, &out);
	for (size_t i = 0; i < COUNT(has); i++)
		if (!strstr(page, has[i]))
			fail_msg("no '%s'", has[i]);
	assert_nested(page);
	assert_null(strstr(page, "<script"));
	assert_null(strstr(page, "http-equiv=\"refresh"));
	assert_null(strstr(page, "src=\""));
	assert_int_equal(count_of(page, "<th scope="), count_of(page, "<th "));
	assert_int_equal(count_of(page, "<table"), count_of(page, "<caption"));
	/* Links lead to what is there. */
	for (const char *at = page; (at = strstr(at, "href=\"#"));) {
		char id[64];
		size_t n = strcspn(at + 7, "\"");

		snprintf(id, sizeof(id), "id=\"%.*s\"", (int)n, at + 7);
		if (!strstr(page, id))
			fail_msg("no %s", id);
		at += 7;
	}
	buf_release(&out);
}

static void
lets_nothing_hostile_through(void **state)
{
	static const char *const texts[] = {made_script, made_bytes};
	static struct made m;
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *page;

		made(&m, texts[i]);
		page = page_of(&m.damage, &out);
		assert_nested(page);
		assert_null(strstr(page, "<script"));
		assert_null(strchr(page, '\x1b'));
		assert_null(strstr(page, turning));
		assert_null(strchr(page, '\xff'));
		assert_true(
		    count_of(page, i ? "\\x1b[31mb\\u202ec\\xffd"
		                     : "&lt;script&gt;alert(&quot;1") > 4);
	}
	buf_release(&out);
}

/* A mark after another, each of the one before: nothing overflows. */
static void
draws_many_marks(void **state)
{
	static struct mark marks[2000];
	static struct made m;
	struct buf out = {0};
	const char *page;

	(void)state;
	made(&m, "Board minutes");
	for (uint32_t i = 0; i < COUNT(marks); i++) {
		marks[i] = m.marks[i ? 6 : 0];
		marks[i].cut = false;
		marks[i].via_mark =
		    i ? i / 100 * 100 - (i % 100 == 0) : NO_MARK;
	}
	m.damage.marks = marks;
	m.damage.mark_count = 50;
	page = page_of(&m.damage, &out);
	assert_int_equal(count_of(page, "<rect class=\"node\""), 50);
	m.damage.mark_count = COUNT(marks);
	page = page_of(&m.damage, &out);
	assert_nested(page);
	assert_true(count_of(page, "<rect class=\"node\"") < 70);
	assert_non_null(strstr(page, "98 \xc3\x97 address"));
	assert_non_null(strstr(page, "The first 1,000 of 2,000 are shown"));
	/* A chain. */
	for (uint32_t i = 1; i < COUNT(marks); i++)
		marks[i].via_mark = i - 1;
	page = page_of(&m.damage, &out);
	assert_int_equal(count_of(page, "<rect class=\"node\""), 200);
	assert_non_null(strstr(page, "1,800 more marks would not fit"));
	buf_release(&out);
}

static void
ends_long_tables(void **state)
{
	static struct damage_item items[2345];
	static struct made m;
	struct buf out = {0};
	const char *page;

	(void)state;
	made(&m, "Board minutes");
	for (size_t i = 0; i < COUNT(items); i++)
		items[i] = m.items[0];
	m.damage.items = items;
	m.damage.item_count = COUNT(items);
	page = page_of(&m.damage, &out);
	assert_non_null(strstr(page, "<h3>Messages (2,345)</h3>"));
	assert_non_null(strstr(page, "anna@example.org: 2,345"));
	assert_non_null(strstr(page, "The first 1,000 of 2,345 are shown"));
	assert_true(count_of(page, ">Board minutes</th>") == 1000);
	buf_release(&out);
}

/* Nothing was found, nothing stated. */
static void
says_that_there_is_nothing(void **state)
{
	struct damage damage = {.origin = SLICE("log.example/test"),
	    .from_us = INT64_MIN,
	    .to_us = INT64_MAX,
	    .as_of_us = EVENT_NO_TIME,
	    .first_us = EVENT_NO_TIME,
	    .last_us = EVENT_NO_TIME,
	    .aware_us = EVENT_NO_TIME,
	    .verdict = {
	        .verdict = VERDICT_NOT_ESTABLISHED, .last_us = EVENT_NO_TIME}};
	struct buf out = {0};
	const char *page;

	(void)state;
	page = page_of(&damage, &out);
	assert_nested(page);
	assert_non_null(strstr(page, "not established"));
	assert_non_null(strstr(page, "<strong>Not started.</strong>"));
	assert_non_null(strstr(page, "No act is the intruder's."));
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(holds_all_sections),
	    cmocka_unit_test(lets_nothing_hostile_through),
	    cmocka_unit_test(draws_many_marks),
	    cmocka_unit_test(ends_long_tables),
	    cmocka_unit_test(says_that_there_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
