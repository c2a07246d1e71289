#include "finding/finding.h"

#include "finding_case.h"

static struct json
write(struct json_parser *parser, struct buf *out, const struct finding *f)
{
	struct json root;
	size_t len;

	buf_clear(out);
	finding_write_ocsf(out, f);
	len = out->len;
	assert_true(len && out->ptr[len - 1] == '\n');
	assert_null(memchr(out->ptr, '\n', len - 1));
	memset(buf_reserve(out, JSON_PADDING), 0, JSON_PADDING);
	assert_int_equal(
	    json_parse(parser, slice_of(out->ptr, len), &root, NULL), JSON_OK);
	return root;
}

static void
writes_a_detection_finding(void **state)
{
	struct rule_meta rule = case_rule();
	struct event event = case_event("2026-03-02T10:11:12.345678Z");
	struct finding finding = case_finding(&rule, &event);
	struct json_parser *parser = json_parser_new();
	struct buf out = {0};
	struct json root, info, part;

	(void)state;
	root = write(parser, &out, &finding);
	assert_number(root, "class_uid", 2004);
	assert_number(root, "category_uid", 2);
	assert_number(root, "type_uid", 200401);
	assert_number(root, "severity_id", 4);
	assert_text(root, "severity", "High");
	assert_text(root, "status", "New");
	assert_number(root, "time", INT64_C(1772446272345));
	info = JSON_GET(root, "finding_info");
	assert_text(info, "uid", finding.uid);
	assert_text(info, "title", "Mailbox forwards mail outside");
	assert_text(info, "desc", "First line.\nSecond line.");
	part = JSON_GET(info, "analytic");
	assert_text(part, "uid", "rule-1");
	assert_number(part, "type_id", 1);
	part = JSON_GET(info, "attacks");
	assert_text(
	    JSON_GET(json_at(part, 0), "technique"), "uid", "T1114.003");
	assert_text(
	    JSON_GET(json_at(part, 0), "sub_technique"), "uid", "T1114.003");
	assert_text(JSON_GET(json_at(part, 0), "tactic"), "uid", "TA0009");
	assert_text(JSON_GET(json_at(part, 1), "technique"), "uid", "T1098");
	assert_false(json_present(JSON_GET(json_at(part, 1), "sub_technique")));
	part = json_at(JSON_GET(root, "evidences"), 0);
	assert_text(JSON_GET(JSON_GET(part, "actor"), "user"), "name",
	    "alice@example.com");
	assert_text(JSON_GET(part, "src_endpoint"), "ip", "203.0.113.5");
	assert_text(JSON_GET(part, "api"), "operation", "Set-Mailbox");
	part = JSON_GET(part, "data");
	assert_text(part, "source", "o365/Exchange");
	assert_text(part, "id", "id-1");
	assert_text(part, "position", "audit.ndjson:12");
	assert_int_equal(json_type(JSON_GET(part, "ledger")), JSON_NULL);
	assert_int_equal(json_type(JSON_GET(part, "index")), JSON_NULL);
	part = JSON_GET(root, "unmapped");
	assert_text(part, "completeness", "unknown");
	assert_text(part, "lane", "settled");
	assert_text(part, "event_id", "o365.audit:id-1");
	part = JSON_GET(part, "matched");
	assert_text(json_at(part, 0), "field", "Parameters[Name=ForwardTo]");
	assert_text(json_at(part, 0), "value", "smtp:x@example.org");
	assert_int_equal(
	    json_type(JSON_GET(json_at(part, 1), "field")), JSON_NULL);
	buf_release(&out);
	json_parser_free(parser);
}

static void
invents_nothing(void **state)
{
	struct rule_meta rule = {.id = SLICE("r"), .title = SLICE("t")};
	struct event event = {.time_us = EVENT_NO_TIME};
	struct finding finding = {.rule = &rule,
	    .event = &event,
	    .position = {.file = "-", .record = 1}};
	struct json_parser *parser = json_parser_new();
	struct buf out = {0};
	struct json root, part;

	(void)state;
	finding_identify(&finding);
	root = write(parser, &out, &finding);
	assert_int_equal(json_type(JSON_GET(root, "time")), JSON_NULL);
	part = JSON_GET(root, "finding_info");
	assert_false(json_present(JSON_GET(part, "created_time")));
	assert_false(json_present(JSON_GET(part, "attacks")));
	part = json_at(JSON_GET(root, "evidences"), 0);
	assert_false(json_present(JSON_GET(part, "actor")));
	part = JSON_GET(part, "data");
	assert_int_equal(json_type(JSON_GET(part, "id")), JSON_NULL);
	assert_text(part, "position", "-#1");
	part = JSON_GET(root, "unmapped");
	assert_int_equal(json_type(JSON_GET(part, "event_id")), JSON_NULL);
	buf_release(&out);
	json_parser_free(parser);
}

static void
tells_tactics_only_where_they_are_sure(void **state)
{
	static const struct slice tactics[] = {
	    SLICE_INIT("impact"), SLICE_INIT("persistence")};
	struct rule_meta rule = case_rule();
	struct event event = case_event(NULL);
	struct finding finding = case_finding(&rule, &event);
	struct json_parser *parser = json_parser_new();
	struct buf out = {0};
	struct json attacks;

	(void)state;
	rule.tactics = (struct rule_strings){tactics, COUNT(tactics)};
	attacks = JSON_GET(
	    JSON_GET(write(parser, &out, &finding), "finding_info"), "attacks");
	assert_false(json_present(JSON_GET(json_at(attacks, 0), "tactic")));
	assert_false(json_present(json_at(attacks, 2)));
	rule.techniques.count = 0;
	attacks = JSON_GET(
	    JSON_GET(write(parser, &out, &finding), "finding_info"), "attacks");
	assert_text(JSON_GET(json_at(attacks, 0), "tactic"), "uid", "TA0040");
	assert_text(JSON_GET(json_at(attacks, 1), "tactic"), "uid", "TA0003");
	buf_release(&out);
	json_parser_free(parser);
}

static void
survives_hostile_text(void **state)
{
	struct rule_meta rule = case_rule();
	struct event event = case_event("2026-03-02T10:11:12Z");
	struct finding finding = case_finding(&rule, &event);
	struct json_parser *parser = json_parser_new();
	struct buf out = {0};

	(void)state;
	rule.title = SLICE(HOSTILE);
	for (enum event_column col = 0; col < EV_COLUMNS; col++)
		event.col[col] = SLICE(HOSTILE);
	finding.position.file = HOSTILE;
	write(parser, &out, &finding);
	buf_clear(&out);
	finding_write_csv(&out, &finding);
	assert_true(out.len > 2 && out.ptr[out.len - 2] == '\r');
	buf_release(&out);
	json_parser_free(parser);
}

/* The same event told by two files is one finding; two rules are two. */
static void
identifies_rule_and_event(void **state)
{
	struct rule_meta rule = case_rule();
	struct event event = case_event("2026-03-02T10:11:12Z");
	struct finding a = case_finding(&rule, &event);
	struct finding b = a;

	(void)state;
	assert_int_equal(strlen(a.uid), FINDING_UID_HEX);
	b.position = (struct position){.file = "other.csv", .line = 3};
	finding_identify(&b);
	assert_string_equal(a.uid, b.uid);
	rule.id = SLICE("rule-2");
	finding_identify(&b);
	assert_string_not_equal(a.uid, b.uid);
	/* Without an identity it is the place that counts. */
	event.family = NULL;
	finding_identify(&a);
	finding_identify(&b);
	assert_string_not_equal(a.uid, b.uid);
}

/* Both logs of a change of the directory, which share no id, are one. */
static void
identifies_a_change(void **state)
{
	struct rule_meta rule = case_rule();
	struct event event = case_event("2026-03-02T10:11:12Z");
	struct event other = event;
	struct finding a, b;

	(void)state;
	event.change = other.change = SLICE("c-1");
	event.col[EV_OPERATION] = SLICE("Add owner to application.");
	other.col[EV_OPERATION] = SLICE("Add owner to application");
	other.family = "entra.audit";
	other.col[EV_ID] = SLICE("Directory_c-1_1");
	a = case_finding(&rule, &event);
	b = case_finding(&rule, &other);
	assert_string_equal(a.uid, b.uid);
	other.col[EV_TARGET_ID] = SLICE("another");
	finding_identify(&b);
	assert_string_not_equal(a.uid, b.uid);
	other.col[EV_TARGET_ID] = event.col[EV_TARGET_ID];
	other.change = SLICE("c-2");
	finding_identify(&b);
	assert_string_not_equal(a.uid, b.uid);
}

static void
writes_csv(void **state)
{
	struct rule_meta rule = case_rule();
	struct event event = case_event("2026-03-02T10:11:12Z");
	struct finding finding = case_finding(&rule, &event);
	struct buf head = {0}, row = {0}, want = {0};
	size_t commas[2] = {0};

	(void)state;
	finding_csv_header(&head);
	finding_write_csv(&row, &finding);
	for (size_t i = 0; i < head.len; i++)
		commas[0] += head.ptr[i] == ',';
	for (size_t i = 0; i < row.len; i++)
		commas[1] += row.ptr[i] == ',';
	assert_int_equal(commas[0], commas[1]);
	buf_printf(&want,
	    "2026-03-02T10:11:12.000000Z,high,"
	    "Mailbox forwards mail outside,rule-1,T1114.003 T1098,"
	    "alice@example.com,u1,alice@example.com,,,Set-Mailbox,success,,,"
	    "bob@example.com,,203.0.113.5,NL,,o365.audit,o365/Exchange,t1,"
	    "id-1,audit.ndjson:12,"
	    "Parameters[Name=ForwardTo]=smtp:x@example.org; keywords=forward,"
	    "%s\r\n",
	    finding.uid);
	buf_char(&row, '\0');
	assert_string_equal(row.ptr, want.ptr);
	buf_release(&head);
	buf_release(&row);
	buf_release(&want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_a_detection_finding),
	    cmocka_unit_test(invents_nothing),
	    cmocka_unit_test(tells_tactics_only_where_they_are_sure),
	    cmocka_unit_test(survives_hostile_text),
	    cmocka_unit_test(identifies_rule_and_event),
	    cmocka_unit_test(identifies_a_change),
	    cmocka_unit_test(writes_csv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
