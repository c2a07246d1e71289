/* Partitions: what was read of them becomes ranges. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "event/event.h"
#include "source/kafka_config.h"
#include "source/kafka_part.h"

#define ROOM 100

struct fixture {
	struct kafka_part *part;
	struct kafka_parcels parcels;
	int64_t offset;
};

static void
no_done(void *ctx, const struct parcel *parcel, enum parcel_end end,
    const char *why)
{
	(void)ctx;
	(void)parcel;
	(void)end;
	(void)why;
}

static const struct kafka_origin origin = {
    .source = "hub", .path = "kafka", .done = no_done};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->part = kafka_part_new("t", 3);
	kafka_part_begin(f->part, 10);
	f->offset = 10;
	kafka_parcels_init(&f->parcels);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	assert_null(f->parcels.first);
	kafka_part_free(f->part);
	free(f);
	return 0;
}

static void
add(struct fixture *f, const char *text)
{
	const struct kafka_message m = {.value = slice_cstr(text),
	    .offset = f->offset++,
	    .created_us = 1700000000000000,
	    .came_us = 5};

	kafka_part_add(f->part, &origin, &m, ROOM, &f->parcels);
}

static void
end(struct fixture *f)
{
	kafka_part_end(f->part, &origin, &f->parcels);
}

/* Takes the first parcel, and says what became of it. */
static void
back(
    struct fixture *f, const char *range, const char *body, enum parcel_end how)
{
	struct parcel *p = f->parcels.first;
	struct kafka_given *given;
	char room[50];

	if (!p) {
		fail_msg("%s", "no parcel");
		return;
	}
	given = p->ctx;
	snprintf(room, sizeof(room), "%jd-%jd%s", (intmax_t)given->first,
	    (intmax_t)given->next, given->unread ? " unread" : "");
	assert_string_equal(room, range);
	buf_char(&p->body, '\0');
	if (body)
		assert_string_equal(p->body.ptr, body);
	assert_string_equal(
	    given->unread ? p->as : "", given->unread ? "kafka/unread" : "");
	f->parcels.first = p->next;
	if (!f->parcels.first)
		kafka_parcels_init(&f->parcels);
	kafka_part_back(f->part, given, how);
	free(given);
	parcel_free(p);
}

static void
test_ranges(void **state)
{
	struct fixture *f = *state;
	unsigned char name[16];
	char next[60];

	end(f);
	add(f, "{\"a\":1}");
	add(f, " {\"a\":2}\r\n");
	assert_null(f->parcels.first);
	end(f);
	assert_non_null(f->parcels.first);
	assert_string_equal(f->parcels.first->by, "kafka");
	buf_char(&f->parcels.first->about, '\0');
	assert_string_equal(f->parcels.first->about.ptr,
	    "\"topic\":\"t\",\"partition\":3,\"first\":10,\"last\":11,"
	    "\"messages\":2");
	buf_char(&f->parcels.first->after, '\0');
	assert_int_equal(f->part->anchor.offset, 10);
	snprintf(next, sizeof(next), "\"next\":\"12#10:%" PRIx64 "\"",
	    f->part->anchor.digest);
	assert_string_equal(f->parcels.first->after.ptr, next);
	assert_int_equal(f->parcels.first->created_us, 1700000000000000);
	memcpy(name, f->parcels.first->name, 16);
	back(f, "10-12", "{\"a\":1}\n{\"a\":2}\n", PARCEL_DURABLE);
	assert_int_equal(f->part->durable, 12);

	/* The same range has the same name, another one another. */
	add(f, "{\"a\":3}");
	end(f);
	assert_memory_not_equal(name, f->parcels.first->name, 16);
	back(f, "12-13", "{\"a\":3}\n", PARCEL_DURABLE);
	kafka_part_begin(f->part, 10);
	f->offset = 10;
	add(f, "{\"a\":1}");
	end(f);
	assert_memory_equal(name, f->parcels.first->name, 16);
	back(f, "10-11", NULL, PARCEL_DURABLE);
	f->part->again = 1;
	kafka_part_begin(f->part, 10);
	f->offset = 10;
	add(f, "{\"a\":1}");
	end(f);
	assert_memory_not_equal(name, f->parcels.first->name, 16);
	back(f, "10-11", NULL, PARCEL_STOPPED);
	assert_int_equal(f->part->durable, 10);
}

static void
test_shapes(void **state)
{
	static const struct {
		const char *text;
		const char *body; /* NULL: unread */
	} cases[] = {
	    {"{\"records\":[{\"a\":1},{\"a\":2}]}",
	        "{\"records\":[{\"a\":1},{\"a\":2}]}\n"},
	    {"{\"a\":1}\n{\"a\":2}", "{\"a\":1}\n{\"a\":2}\n"},
	    {"\xef\xbb\xbf{\"a\":1}", "{\"a\":1}\n"},
	    {"{}", "{}\n"},
	    {"{\n\t\"a\": 1\n}", "{\n\t\"a\": 1\n}"},
	    {"[{\"a\":1},{\"a\":2}]", "[{\"a\":1},{\"a\":2}]"},
	    {"[]", "[]"},
	    {"", NULL},
	    {"  ", NULL},
	    {"hello", NULL},
	    {"{\"a\":1", NULL},
	    {"{\"a\":1}}", NULL},
	    {"{\"a\":1}\n{\"a\":", NULL},
	    {"{\"a\":1}\nhello", NULL},
	    {"{hello}", NULL},
	    {"\"text\"", NULL},
	    {"12", NULL},
	    {"time,user\n2024-01-01,ann", NULL},
	    {"\x1f\x8b\x08", NULL},
	    {"[{\"a\":1}", NULL},
	};
	struct fixture *f = *state;

	/* Behind the first range, that nothing waits. */
	add(f, "{}");
	end(f);
	back(f, "10-11", NULL, PARCEL_DURABLE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char range[50];

		snprintf(range, sizeof(range), "%jd-%jd%s", (intmax_t)f->offset,
		    (intmax_t)f->offset + 1, cases[i].body ? "" : " unread");
		add(f, cases[i].text);
		end(f);
		back(f, range, cases[i].body, PARCEL_DURABLE);
	}
}

static void
test_unread_keeps_bytes(void **state)
{
	struct fixture *f = *state;

	add(f, "{\"a\":1}");
	end(f);
	back(f, "10-11", NULL, PARCEL_DURABLE);
	add(f, "{\"a\":2}");
	add(f, " hello\n");
	add(f, "{\"a\":3}");
	end(f);
	back(f, "11-12", "{\"a\":2}\n", PARCEL_DURABLE);
	back(f, "12-13 unread",
	    "{\"topic\":\"t\",\"partition\":3,\"offset\":12,"
	    "\"time\":\"2023-11-14T22:13:20.000000Z\",\"length\":7,"
	    "\"base64\":\"IGhlbGxvCg==\"}\n",
	    PARCEL_DURABLE);
	back(f, "13-14", "{\"a\":3}\n", PARCEL_DURABLE);
}

static void
test_size(void **state)
{
	char text[ROOM + 50];
	struct fixture *f = *state;

	add(f, "{}");
	end(f);
	back(f, "10-11", NULL, PARCEL_DURABLE);
	/* Longer than a range may be: one of its own. */
	memset(text, ' ', sizeof(text));
	text[0] = '{';
	snprintf(text + sizeof(text) - 8, 8, "\"a\":1}");
	add(f, "{\"a\":0}");
	add(f, text);
	back(f, "11-12", "{\"a\":0}\n", PARCEL_DURABLE);
	back(f, "12-13", NULL, PARCEL_DURABLE);
	for (int i = 0; i < 9; i++)
		add(f, "{\"a\":1234567}");
	back(f, "13-20", NULL, PARCEL_DURABLE);
	end(f);
	back(f, "20-22", NULL, PARCEL_DURABLE);
}

/* Only when it is known that the first range is long enough, a second. */
static void
test_first_waits(void **state)
{
	struct fixture *f = *state;

	add(f, "{\"a\":1}");
	end(f);
	add(f, "{\"a\":2}");
	end(f);
	back(f, "10-11", NULL, PARCEL_DURABLE);
	assert_null(f->parcels.first);
	end(f);
	back(f, "11-12", "{\"a\":2}\n", PARCEL_DURABLE);
}

static void
test_first_full(void **state)
{
	struct fixture *f = *state;

	add(f, "{\"a\":1}");
	end(f);
	add(f, "{\"a\":2}");
	/* What cannot stand behind it halts. */
	add(f, "hello");
	assert_int_equal(f->part->halt, KAFKA_FULL);
	add(f, "{\"a\":4}");
	assert_int_equal(f->part->position, 12);
	back(f, "10-11", NULL, PARCEL_DURABLE);
	kafka_part_go_on(f->part);
	f->offset = f->part->position;
	add(f, "hello");
	back(f, "11-12", "{\"a\":2}\n", PARCEL_DURABLE);
	back(f, "12-13 unread", NULL, PARCEL_DURABLE);
}

static void
test_first_short(void **state)
{
	struct fixture *f = *state;

	add(f, "{\"a\":1}");
	add(f, "{\"a\":2}");
	end(f);
	add(f, "{\"a\":3}");
	back(f, "10-12", NULL, PARCEL_SHORT);
	assert_int_equal(f->part->halt, KAFKA_SHORT);
	add(f, "{\"a\":4}");
	kafka_part_go_on(f->part);
	assert_int_equal(f->part->position, 10);
	f->offset = 10;
	for (int i = 0; i < 4; i++) {
		end(f);
		assert_null(f->parcels.first);
		add(f, i ? "{\"a\":9}" : "{\"a\":1}");
	}
	end(f);
	back(f, "10-14", NULL, PARCEL_SHORT);
	/* It cannot be longer than all there is. */
	kafka_part_go_on(f->part);
	f->offset = 10;
	for (int i = 0; i < 5; i++)
		add(f, i ? "{\"a\":9}" : "{\"a\":1}");
	end(f);
	assert_null(f->parcels.first);
	kafka_part_pass(f->part, &origin, 15, &f->parcels);
	back(f, "10-15", NULL, PARCEL_DURABLE);
}

static void
test_clock(void **state)
{
	struct fixture *f = *state;
	int64_t time_us;

	assert_false(kafka_part_clock(f->part, &time_us));
	f->part->mark = 12;
	f->part->mark_us = 77;
	add(f, "{\"a\":1}");
	end(f);
	/* Offset 11 is no message. */
	kafka_part_pass(f->part, &origin, 12, &f->parcels);
	assert_false(kafka_part_clock(f->part, &time_us));
	back(f, "10-11", NULL, PARCEL_DURABLE);
	assert_true(kafka_part_clock(f->part, &time_us));
	assert_int_equal(time_us, 77);
	assert_false(kafka_part_clock(f->part, &time_us));
	/* And the next range begins where the last one ended. */
	f->offset = 12;
	add(f, "{\"a\":1}");
	end(f);
	back(f, "11-13", NULL, PARCEL_DURABLE);
}

static void
test_lost(void **state)
{
	struct fixture *f = *state;

	add(f, "{\"a\":1}");
	end(f);
	add(f, "{\"a\":2}");
	kafka_part_lose(f->part, &origin, &f->parcels);
	assert_int_equal(f->part->halt, KAFKA_FULL);
	back(f, "10-11", NULL, PARCEL_DURABLE);
	kafka_part_go_on(f->part);
	kafka_part_lose(f->part, &origin, &f->parcels);
	assert_int_equal(f->part->halt, KAFKA_LOST);
	back(f, "11-12", NULL, PARCEL_DURABLE);
	kafka_part_begin(f->part, 100);
	assert_int_equal(f->part->halt, KAFKA_GOES);
	assert_int_equal(f->part->position, 100);
}

/* Reading begins at the anchor, which tells whether the topic is the same. */
static void
test_anchor(void **state)
{
	struct fixture *f = *state;
	struct kafka_part *part = f->part;

	add(f, "{\"a\":1}");
	add(f, "{\"a\":2}");
	end(f);
	back(f, "10-12", NULL, PARCEL_DURABLE);
	assert_int_equal(part->newest.offset, 11);
	part->anchor = part->newest;
	kafka_part_begin(part, 14);
	assert_int_equal(kafka_part_look_back(part, 3), 11);
	f->offset = 11;
	assert_true(part->unsure);
	add(f, "{\"a\":2}");
	assert_false(part->unsure);
	/* Looked at, not given. */
	add(f, "{\"a\":3}");
	add(f, "{\"a\":4}");
	add(f, "{\"a\":5}");
	end(f);
	back(f, "14-15", "{\"a\":5}\n", PARCEL_DURABLE);
	/* Another message is there; the partition is shorter. */
	kafka_part_begin(part, 14);
	f->offset = kafka_part_look_back(part, 3);
	add(f, "{\"a\":9}");
	assert_int_equal(part->halt, KAFKA_OTHER);
	kafka_part_begin(part, 14);
	kafka_part_look_back(part, 3);
	kafka_part_pass(part, &origin, 12, &f->parcels);
	assert_int_equal(part->halt, KAFKA_LOST);
	/* It was compacted: nothing is known by what is not there. */
	kafka_part_begin(part, 14);
	kafka_part_look_back(part, 3);
	f->offset = 12;
	add(f, "{\"a\":3}");
	assert_int_equal(part->halt, KAFKA_GOES);
	kafka_part_renew(part, 0);
	assert_int_equal(part->again, 1);
	assert_int_equal(kafka_part_look_back(part, 0), 0);
	assert_false(part->unsure);
}

/* Where there is none, or none any more. */
static void
test_no_anchor(void **state)
{
	struct fixture *f = *state;
	struct kafka_part *part = f->part;

	/* The message before the position becomes it. */
	f->offset = kafka_part_look_back(part, 3);
	assert_int_equal(f->offset, 9);
	add(f, "{\"a\":1}");
	assert_int_equal(part->anchor.offset, 9);
	assert_false(part->unsure);
	/* It is gone, and nothing is left. */
	kafka_part_begin(part, 20);
	assert_int_equal(kafka_part_look_back(part, 20), 20);
	assert_int_equal(part->anchor.digest, 0);
	assert_int_equal(part->anchor.offset, 20);
	kafka_part_begin(part, 20);
	assert_int_equal(kafka_part_look_back(part, 20), 20);
	assert_int_equal(part->halt, KAFKA_GOES);
	/* It is not known where it begins. */
	assert_int_equal(kafka_part_look_back(part, KAFKA_NOWHERE), 19);
	/* There is a beginning again. */
	part->anchor = (struct kafka_anchor){20, 0};
	kafka_part_begin(part, 20);
	assert_int_equal(kafka_part_look_back(part, 0), 20);
	assert_int_equal(part->halt, KAFKA_OTHER);
}

static void
test_cursor(void **state)
{
	static const struct {
		const char *text;
		struct kafka_cursor cursor;
	} cases[] = {
	    {"0", {0}},
	    {"1234", {1234, 0, {0}}},
	    {"9223372036854775807", {INT64_MAX, 0, {0}}},
	    {"7@2", {7, 2, {0}}},
	    {"7#5:9f", {7, 0, {5, 0x9f}}},
	    {"7@2#0:ffffffffffffffff", {7, 2, {0, UINT64_MAX}}},
	    {"7#7", {7, 0, {7, 0}}},
	};
	static const char *const bad[] = {"", "-1", "x", "1@", "@1", "1@x",
	    "9223372036854775808", "1 ", "1#", "#1", "1#x", "2#1:", "2#1:0",
	    "2#1:g", "2#1:11111111111111111", "2#1@1", "2:1"};
	struct kafka_cursor c;
	struct buf text = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(kafka_cursor_read(slice_cstr(cases[i].text), &c));
		assert_memory_equal(&c, &cases[i].cursor, sizeof(c));
		buf_clear(&text);
		kafka_cursor_write(&text, &c);
		assert_true(
		    slice_eq(buf_slice(&text), slice_cstr(cases[i].text)));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(kafka_cursor_read(slice_cstr(bad[i]), &c));
	/* What is not before the position is no anchor. */
	buf_clear(&text);
	kafka_cursor_write(&text, &(struct kafka_cursor){7, 0, {7, 1}});
	assert_true(slice_eq(buf_slice(&text), SLICE("7")));
	buf_release(&text);
}

static void
test_connection(void **state)
{
#define KEYS "SharedAccessKeyName=firn;SharedAccessKey=abc=="
	static const struct {
		const char *text, *host, *hub;
	} cases[] = {
	    {"Endpoint=sb://n.servicebus.windows.net/;" KEYS,
	        "n.servicebus.windows.net", ""},
	    {"Endpoint=sb://n.servicebus.windows.net/;" KEYS ";EntityPath=h",
	        "n.servicebus.windows.net", "h"},
	    {"Endpoint=sb://n.example:5671;EntityPath=h;" KEYS ";", "n.example",
	        "h"},
	    {"Endpoint=https://n.example/;" KEYS, NULL, NULL},
	    {"Endpoint=sb://n.example/;SharedAccessKey=abc", NULL, NULL},
	    {"Endpoint=sb://n.example/;SharedAccessKeyName=abc", NULL, NULL},
	    {"Endpoint=sb://;" KEYS, NULL, NULL},
	    {KEYS, NULL, NULL},
	    {"", NULL, NULL},
	};
#undef KEYS

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct kafka_connection c;
		struct err err = {0};

		if (!cases[i].host) {
			assert_int_equal(
			    kafka_connection_read(
			        slice_cstr(cases[i].text), &c, &err),
			    -1);
			assert_null(strstr(err.msg, "abc"));
			continue;
		}
		assert_int_equal(
		    kafka_connection_read(slice_cstr(cases[i].text), &c, &err),
		    0);
		assert_true(slice_eq(c.host, slice_cstr(cases[i].host)));
		assert_true(slice_eq(c.hub, slice_cstr(cases[i].hub)));
	}
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    CASE(test_ranges),
	    CASE(test_shapes),
	    CASE(test_unread_keeps_bytes),
	    CASE(test_size),
	    CASE(test_first_waits),
	    CASE(test_first_full),
	    CASE(test_first_short),
	    CASE(test_clock),
	    CASE(test_lost),
	    CASE(test_anchor),
	    CASE(test_no_anchor),
	    cmocka_unit_test(test_cursor),
	    cmocka_unit_test(test_connection),
	};
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
