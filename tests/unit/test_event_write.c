#include "event/write.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/term.h"
#include "base/time.h"
#include "json/json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define HOSTILE                                                                \
	"\033]0;x\007\xe2\x80\xae\xe2\x80\xac\xff\"<b>\n\\"                    \
	"\xe6\xbc\xa2\xe6\xbc\xa2"

static struct event
sample(void)
{
	struct event event = {.kind = KIND_O365_AUDIT,
	    .class_uid = 6006,
	    .activity = 2,
	    .outcome = OUTCOME_SUCCESS,
	    .family = "o365.audit"};

	assert_true(
	    time_parse(SLICE("2026-03-02T10:11:12.345678Z"), &event.time_us));
	event.col[EV_SOURCE] = SLICE("o365/SharePoint");
	event.col[EV_TENANT] = SLICE("t1");
	event.col[EV_ID] = SLICE("id\"1");
	event.col[EV_OPERATION] = SLICE("FileDownloaded");
	event.col[EV_ACTOR_NAME] = SLICE("alice@example.com");
	event.col[EV_ACTOR_TYPE] = SLICE("guest");
	event.col[EV_IP] = SLICE("203.0.113.5");
	event.col[EV_COUNTRY] = SLICE("NL");
	event.col[EV_ASN] = SLICE("AS64500");
	event.col[EV_TARGET_NAME] = SLICE("plan.docx");
	event.col[EV_CLIENT] = SLICE("sync");
	return event;
}

static const struct event_item items[] = {
    {SLICE_INIT("i1"), SLICE_INIT(""), SLICE_INIT("plan.docx"), 77},
    {SLICE_INIT("i2"), SLICE_INIT("/x"), SLICE_INIT(""), -1},
};

/* Parses the line, which must be one line; `parser` owns what is returned. */
static struct json
parse(struct json_parser *parser, struct buf *line)
{
	struct json root;
	size_t len = line->len;

	assert_true(len && line->ptr[len - 1] == '\n');
	assert_null(memchr(line->ptr, '\n', len - 1));
	memset(buf_reserve(line, JSON_PADDING), 0, JSON_PADDING);
	assert_int_equal(
	    json_parse(parser, slice_of(line->ptr, len), &root, NULL), JSON_OK);
	return root;
}

static void
assert_text(struct json object, const char *key, const char *want)
{
	struct slice s = json_str(json_get(object, slice_cstr(key)));

	assert_int_equal(s.len, strlen(want));
	assert_memory_equal(s.ptr, want, s.len);
}

static void
assert_number(struct json object, const char *key, int64_t want)
{
	int64_t have;

	assert_true(json_to_i64(json_get(object, slice_cstr(key)), &have));
	assert_int_equal(have, want);
}

static void
writes_the_columns_in_order(void **state)
{
	struct event event = sample();
	struct buf out = {0};

	(void)state;
	event_write_json(&out, &event, items, COUNT(items));
	buf_char(&out, '\0');
	assert_string_equal(out.ptr,
	    "{\"index\":null,\"time\":\"2026-03-02T10:11:12.345678Z\","
	    "\"received\":null,\"source\":\"o365/SharePoint\","
	    "\"tenant\":\"t1\",\"id\":\"id\\\"1\","
	    "\"event_id\":\"o365.audit:id\\\"1\",\"kind\":\"o365.audit\","
	    "\"class_uid\":6006,\"activity\":2,"
	    "\"operation\":\"FileDownloaded\",\"outcome\":\"success\","
	    "\"status_code\":null,\"actor_id\":null,"
	    "\"actor_name\":\"alice@example.com\",\"actor_type\":\"guest\","
	    "\"session\":null,\"token\":null,\"app_id\":null,"
	    "\"app_name\":null,\"client\":\"sync\",\"user_agent\":null,"
	    "\"device\":null,\"ip\":\"203.0.113.5\",\"country\":\"NL\","
	    "\"asn\":\"AS64500\",\"as_org\":null,\"target_type\":null,"
	    "\"target_id\":null,\"target_name\":\"plan.docx\","
	    "\"mailbox\":null,\"items\":["
	    "{\"id\":\"i1\",\"parent\":null,\"name\":\"plan.docx\","
	    "\"size\":77},{\"id\":\"i2\",\"parent\":\"/x\",\"name\":null,"
	    "\"size\":null}]}\n");
	buf_release(&out);
}

static void
writes_nothing_that_is_not_there(void **state)
{
	struct event event = {.time_us = EVENT_NO_TIME};
	struct json_parser *parser = json_parser_new();
	struct buf out = {0};
	struct json root;
	struct json_iter it;
	struct slice key;
	struct json value;
	size_t nulls = 0, members = 0;

	(void)state;
	event.col[EV_ID] = SLICE("x"); /* of no family: no identity */
	event_write_json(&out, &event, NULL, 0);
	root = parse(parser, &out);
	it = json_iter(root);
	while (json_next(&it, &key, &value)) {
		members++;
		nulls += json_type(value) == JSON_NULL;
	}
	assert_int_equal(members, EV_COLUMNS + 9);
	assert_int_equal(nulls, EV_COLUMNS - 1 + 5);
	assert_text(root, "outcome", "unknown");
	assert_text(root, "kind", "unknown");
	buf_release(&out);
	json_parser_free(parser);
}

static void
names_json_members_as_the_columns(void **state)
{
	struct event event = sample();
	struct json_parser *parser = json_parser_new();
	struct buf out = {0};
	struct json root;

	(void)state;
	for (enum event_column col = 0; col < EV_COLUMNS; col++)
		event.col[col] = slice_cstr(event_column_name(col));
	event_write_json(&out, &event, NULL, 0);
	root = parse(parser, &out);
	for (enum event_column col = 0; col < EV_COLUMNS; col++)
		assert_text(
		    root, event_column_name(col), event_column_name(col));
	buf_release(&out);
	json_parser_free(parser);
}

static size_t
count_cells(struct slice row)
{
	size_t n = 1;
	bool quoted = false;

	for (size_t i = 0; i < row.len; i++) {
		quoted ^= row.ptr[i] == '"';
		n += row.ptr[i] == ',' && !quoted;
	}
	return n;
}

static void
writes_csv_with_the_same_columns(void **state)
{
	struct event event = sample();
	struct buf head = {0}, row = {0};

	(void)state;
	event.col[EV_OPERATION] = SLICE("=cmd|' /C calc'!A0");
	event_csv_header(&head);
	event_write_csv(&row, &event, 2);
	assert_int_equal(
	    count_cells(buf_slice(&head)), count_cells(buf_slice(&row)));
	assert_int_equal(count_cells(buf_slice(&head)), EV_COLUMNS + 9);
	buf_char(&row, '\0');
	assert_string_equal(row.ptr,
	    ",2026-03-02T10:11:12.345678Z,,o365/SharePoint,t1,\"id\"\"1\","
	    "\"o365.audit:id\"\"1\",o365.audit,6006,2,'=cmd|' /C calc'!A0,"
	    "success,,,alice@example.com,guest,,,,,sync,,,203.0.113.5,NL,"
	    "AS64500,,,,plan.docx,,2\r\n");
	buf_release(&head);
	buf_release(&row);
}

static void
writes_ocsf_of_a_file_event(void **state)
{
	struct event event = sample();
	struct json_parser *parser = json_parser_new();
	struct buf out = {0};
	struct json root, part;

	(void)state;
	event_write_ocsf(&out, &event, items, COUNT(items));
	root = parse(parser, &out);
	assert_number(root, "class_uid", 6006);
	assert_number(root, "category_uid", 6);
	assert_number(root, "activity_id", 2);
	assert_number(root, "type_uid", 600602);
	assert_text(root, "type_name", "File Hosting Activity: Download");
	assert_number(root, "time", INT64_C(1772446272345));
	assert_number(root, "status_id", 1);
	part = JSON_GET(root, "metadata");
	assert_text(part, "uid", "id\"1");
	assert_text(part, "version", "1.3.0");
	assert_text(JSON_GET(part, "product"), "vendor_name", "Microsoft");
	part = JSON_GET(JSON_GET(root, "actor"), "user");
	assert_text(part, "name", "alice@example.com");
	assert_number(part, "type_id", 99);
	assert_text(JSON_GET(root, "file"), "name", "plan.docx");
	part = JSON_GET(root, "src_endpoint");
	assert_text(part, "ip", "203.0.113.5");
	assert_text(JSON_GET(part, "location"), "country", "NL");
	assert_number(JSON_GET(part, "autonomous_system"), "number", 64500);
	part = JSON_GET(root, "unmapped");
	assert_text(part, "client", "sync");
	assert_text(json_at(JSON_GET(part, "items"), 1), "id", "i2");
	assert_int_equal(
	    json_type(JSON_GET(root, "http_request")), JSON_ABSENT);
	buf_release(&out);
	json_parser_free(parser);
}

/* Whether the text is a string anywhere in the value. */
static bool
has_text(struct json v, struct slice text)
{
	struct json_iter it = json_iter(v);
	struct json member;

	if (json_type(v) == JSON_STRING)
		return slice_eq(json_str(v), text);
	while (json_next(&it, NULL, &member))
		if (has_text(member, text))
			return true;
	return false;
}

static void
loses_no_column_in_any_class(void **state)
{
	static const uint32_t classes[] = {0, 2004, 3001, 3002, 3004, 3005,
	    3006, 4009, 6001, 6003, 6005, 6006, 9999};
	struct json_parser *parser = json_parser_new();

	(void)state;
	for (size_t i = 0; i < COUNT(classes); i++) {
		struct event event = sample();
		struct buf out = {0};
		struct json root;

		for (enum event_column col = 0; col < EV_COLUMNS; col++)
			event.col[col] = slice_cstr(event_column_name(col));
		event.col[EV_ACTOR_TYPE] = SLICE("user");
		event.class_uid = classes[i];
		event.activity = 42;
		event_write_ocsf(&out, &event, items, COUNT(items));
		root = parse(parser, &out);
		for (enum event_column col = 0; col < EV_COLUMNS; col++)
			if (col != EV_ACTOR_TYPE)
				assert_true(has_text(root, event.col[col]));
		assert_number(root, "activity_id", 99);
		assert_number(
		    root, "class_uid", classes[i] == 9999 ? 0 : classes[i]);
		buf_release(&out);
	}
	json_parser_free(parser);
}

static void
fits_a_line_to_the_width(void **state)
{
	static const unsigned widths[] = {80, 100, 160};
	struct event event = sample();

	(void)state;
	for (enum event_column col = 0; col < EV_COLUMNS; col++)
		event.col[col] = SLICE(HOSTILE HOSTILE HOSTILE);
	for (size_t i = 0; i < COUNT(widths) * 2; i++) {
		struct buf out = {0};

		if (i >= COUNT(widths)) {
			event = (struct event){.time_us = EVENT_NO_TIME};
			event.col[EV_IP] = SLICE("203.0.113.5");
		}
		event_write_text(&out, &event, widths[i % COUNT(widths)]);
		assert_int_equal(out.ptr[out.len - 1], '\n');
		out.len--;
		assert_true(
		    term_width(buf_slice(&out)) <= widths[i % COUNT(widths)]);
		for (size_t j = 0; j < out.len; j++)
			assert_true((unsigned char)out.ptr[j] >= ' ');
		buf_release(&out);
	}
}

static void
names_who_an_event_is_about(void **state)
{
	struct event event = {0};

	(void)state;
	assert_int_equal(event_entity(&event).len, 0);
	event.col[EV_TARGET_ID] = SLICE("target");
	assert_true(slice_eq(event_entity(&event), SLICE("target")));
	event.col[EV_ACTOR_ID] = SLICE("actor");
	event.col[EV_APP_NAME] = SLICE("app");
	assert_true(slice_eq(event_entity(&event), SLICE("actor")));
	event.col[EV_ACTOR_TYPE] = SLICE("app");
	assert_true(slice_eq(event_entity(&event), SLICE("app")));
	event.col[EV_ACTOR_NAME] = SLICE("name");
	assert_true(slice_eq(event_entity(&event), SLICE("name")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_the_columns_in_order),
	    cmocka_unit_test(writes_nothing_that_is_not_there),
	    cmocka_unit_test(names_json_members_as_the_columns),
	    cmocka_unit_test(writes_csv_with_the_same_columns),
	    cmocka_unit_test(writes_ocsf_of_a_file_event),
	    cmocka_unit_test(loses_no_column_in_any_class),
	    cmocka_unit_test(fits_a_line_to_the_width),
	    cmocka_unit_test(names_who_an_event_is_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
