/* Outputs: how they are configured, and what they write, word by word. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "event/event.h"
#include "finding/lines.h"
#include "finding/mail_helper.h"
#include "finding/out_hec.h"
#include "finding/out_http.h"
#include "finding/out_mail.h"
#include "finding/out_syslog.h"
#include "finding/output.h"
#include "ledger/dir.h"
#include "json/json.h"

#define TEXT                                                                   \
	"{\"class_uid\":2004,\"evidences\":[{\"actor\":{\"user\":{\"name\":"   \
	"\"J\xc3\xbcrgen \xf0\x9f\x90\xa7\\n\\u001b[1m\",\"uid\":\"u-7\"}},"   \
	"\"src_endpoint\":{\"ip\":\"203.0.113.5\",\"location\":{\"country\":"  \
	"\"NL\"}}}]}"

static struct output_item
item(void)
{
	return (struct output_item){.index = 4711,
	    .text = SLICE(TEXT),
	    .uid = SLICE("00ff"),
	    .title = SLICE("Forwarding rule"),
	    .rule = SLICE("a]b\\c\"d\xc3\xa9"),
	    .level = LEVEL_HIGH,
	    .class_uid = 2004,
	    .time_us = INT64_C(1700000000123000)};
}

static void
expect_text(struct buf *text, const char *expected)
{
	buf_char(text, '\0');
	assert_string_equal(text->ptr, expected);
	buf_release(text);
}

/* --- configuration --- */

static int
read_config(struct arena *arena, const char *text, struct output_config *out,
    struct err *err)
{
	const struct config_file file = {
	    .path = "firn.yaml", .dir = "/etc/firn", .arena = arena};
	struct yaml_place place;
	struct yaml *root;

	assert_int_equal(
	    yaml_parse(arena, slice_cstr(text), &root, &place, err), 0);
	return output_config_read(&file, root, out, err);
}

static void
reads_a_configuration(void **state)
{
	struct arena arena = {0};
	struct output_config config;
	const struct output_common *common;
	struct err err = {0};

	(void)state;
	assert_int_equal(
	    read_config(&arena,
	        "kind: file\nlevel: high\ndead: d.ndjson\npath: f.ndjson\n",
	        &config, &err),
	    0);
	assert_ptr_equal(config.kind, output_kind_find(SLICE("file")));
	common = config.config;
	assert_int_equal(common->level, LEVEL_HIGH);
	assert_string_equal(common->dead, "/etc/firn/d.ndjson");
	assert_string_equal(
	    *(const char *const *)(common + 1), "/etc/firn/f.ndjson");
	assert_null(output_mail_command(&config));
	assert_int_equal(
	    read_config(&arena,
	        "{kind: mail, to: a@b.example, from: c@d.example}\n", &config,
	        &err),
	    0);
	common = config.config;
	assert_int_equal(common->level, LEVEL_INFORMATIONAL);
	assert_null(common->dead);
	assert_string_equal(
	    output_mail_command(&config)->list[0], "/usr/sbin/sendmail");
	assert_null(output_kind_find(SLICE("pigeon")));
	arena_release(&arena);
}

static void
refuses_a_configuration(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
	    {"level: high\n", "an output wants its 'kind'"},
	    {"kind: file\n", "'path' is missing"},
	    {"kind: pigeon\n", "there is no kind of output 'pigeon'"},
	    {"{kind: file, path: a, url: b}\n", "there is no key 'url'"},
	    {"{kind: webhook, url: 'https://a', secret: x}\n",
	        "'secret' is a secret"},
	    {"{kind: file, path: a, level: worst}\n", "not 'worst'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = {0};
		struct output_config config;
		struct err err = {0};

		assert_int_equal(
		    read_config(&arena, cases[i].text, &config, &err), -1);
		if (!strstr(err.msg, cases[i].why))
			fail_msg("%s: %s", cases[i].text, err.msg);
		arena_release(&arena);
	}
}

/* What a table cannot check. */
static void
refuses_what_cannot_work(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
	    {"{kind: webhook, url: 'http://far.example/', secret: {env: "
	     "FIRN_T}}\n",
	        "begins with https://"},
	    {"{kind: webhook, url: 'http://localhost.evil.example/', secret: "
	     "{env: "
	     "FIRN_T}}\n",
	        "begins with https://"},
	    {"{kind: webhook, url: 'https://a.example/', secret: {env: "
	     "FIRN_T}}\n",
	        "whsec_ and base64"},
	    {"{kind: hec, url: 'https://a.example', token: {env: FIRN_NONE}}\n",
	        "no secret in the environment"},
	    {"{kind: hec, url: 'https://a.example', token: {env: FIRN_U}}\n",
	        "one word of ASCII"},
	    {"{kind: syslog, host: a, port: 0}\n", "'port' is a number"},
	    {"{kind: syslog, host: a, cert: c}\n", "go together"},
	    {"{kind: syslog, host: a, over: udp, ca: c}\n", "for 'over: tls'"},
	    {"{kind: mail, to: 'a@b.example, x', from: a@b.example}\n",
	        "'to' has addresses"},
	    {"{kind: mail, to: a@b.example, from: a}\n",
	        "'from' is an address"},
	    {"{kind: mail, to: a@b.example, from: a@b.example, command: "
	     "mail}\n",
	        "whole path"},
	    {"{kind: mail, to: a@b.example, from: a@b.example}\n",
	        "restart firn"},
	};

	(void)state;
	setenv("FIRN_T", "secret", 1);
	setenv("FIRN_U", "a\nX-Header: b", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = {0};
		struct output_config config;
		struct output *output = NULL;
		struct output_limits limits = {0};
		const struct output_place place = {.name = "x"};
		struct err err = {0};

		assert_int_equal(
		    read_config(&arena, cases[i].text, &config, &err), 0);
		assert_int_equal(config.kind->open(&output, &place,
		                     config.config, &limits, &err),
		    -1);
		if (!strstr(err.msg, cases[i].why))
			fail_msg("%s: %s", cases[i].text, err.msg);
		arena_release(&arena);
	}
}

static void
describes_all_kinds(void **state)
{
	struct buf text = {0};

	(void)state;
	for (size_t i = 0; output_kinds[i]; i++)
		config_describe(&text, output_kinds[i]->table);
	buf_char(&text, '\0');
	assert_non_null(strstr(text.ptr, "secret-old"));
	buf_release(&text);
}

/* --- webhook --- */

/* The example that the libraries of Standard Webhooks are tested with. */
static void
signs_like_others(void **state)
{
	struct buf key = {0}, out = {0};

	(void)state;
	assert_int_equal(
	    out_webhook_key(
	        SLICE("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &key, NULL),
	    0);
	assert_int_equal(key.len, 24);
	out_webhook_sign(&out, buf_slice(&key), "msg_p5jXN8AQM9LWM0D4loKWxJek",
	    1614265330, SLICE("{\"test\": 2432232314}"));
	expect_text(&out, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	buf_release(&key);
}

static void
judges_answers(void **state)
{
	static const struct {
		unsigned status;
		enum output_end end;
	} cases[] = {
	    {302, OUTPUT_AGAIN},
	    {400, OUTPUT_REFUSED},
	    {401, OUTPUT_AGAIN},
	    {403, OUTPUT_AGAIN},
	    {404, OUTPUT_AGAIN},
	    {408, OUTPUT_AGAIN},
	    {409, OUTPUT_REFUSED},
	    {413, OUTPUT_REFUSED},
	    {422, OUTPUT_REFUSED},
	    {429, OUTPUT_AGAIN},
	    {500, OUTPUT_AGAIN},
	    {503, OUTPUT_AGAIN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_reply reply = {.status = cases[i].status};
		struct output_result result = {0};

		buf_str(&reply.headers,
		    "HTTP/1.1 429 x\r\nretry-after: 17\r\n\r\n");
		buf_str(&reply.body, "no\x1b[31m");
		out_http_judge("https://a", &reply, &result);
		assert_int_equal(result.end, cases[i].end);
		assert_int_equal(result.wait_us, 17000000);
		assert_non_null(strstr(result.why.msg, ": no\\x1b[31m"));
		http_reply_release(&reply);
	}
}

/* --- syslog --- */

static void
writes_syslog(void **state)
{
	struct output_item one = item();
	struct buf out = {0};

	(void)state;
	syslog_write(&out, &one, 16, "h\xc3\xb6st 1.example");
	expect_text(&out,
	    "<131>1 2023-11-14T22:13:20.123000Z hst1.example firn - 2004 "
	    "[firn@32473 uid=\"00ff\" index=\"4711\" "
	    "rule=\"a\\]b\\\\c\\\"d\xc3\xa9\" level=\"high\"] "
	    "{\"class_uid\":2004,\"evidences\":[{\"actor\":{\"user\":{"
	    "\"name\":\"J\\u00fcrgen \\ud83d\\udc27\\n\\u001b[1m\",\"uid\":"
	    "\"u-7\"}},\"src_endpoint\":{\"ip\":\"203.0.113.5\",\"location\":"
	    "{\"country\":\"NL\"}}}]}");
	one.time_us = EVENT_NO_TIME;
	one.level = LEVEL_CRITICAL;
	one.uid = SLICE("a\nb\xff");
	one.text = SLICE("{}");
	one.rule = SLICE("");
	syslog_write(&out, &one, 4, "");
	expect_text(&out, "<34>1 - - firn - 2004 [firn@32473 uid=\"a b\" "
	                  "index=\"4711\" rule=\"\" level=\"critical\"] {}");
}

/* --- HEC --- */

static void
reads_what_splunk_answers(void **state)
{
	static const struct {
		const char *text;
		int64_t code;
		uint64_t ack;
		bool readable, has_ack;
	} cases[] = {
	    {"{\"text\":\"Success\",\"code\":0,\"ackId\":5}", 0, 5, true, true},
	    {"{\"text\":\"Success\",\"code\":0}", 0, 0, true, false},
	    {"{\"text\":\"Server is busy\",\"code\":9}", 9, 0, true, false},
	    {"{\"code\":0,\"ackId\":-1}", 0, 0, true, false},
	    {"{\"code\":0,\"ackId\":1.5}", 0, 0, true, false},
	    {"{\"text\":1}", 0, 0, false, false},
	    {"<html>", 0, 0, false, false},
	    {"", 0, 0, false, false},
	    {"[]", 0, 0, false, false},
	};
	struct json_parser *parser = json_parser_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf body = {0};
		struct hec_answer answer;

		buf_str(&body, cases[i].text);
		hec_answer_read(parser, &body, &answer);
		assert_int_equal(answer.readable, cases[i].readable);
		assert_int_equal(answer.code, cases[i].code);
		assert_int_equal(answer.has_ack, cases[i].has_ack);
		assert_int_equal(answer.ack_id, cases[i].ack);
		assert_false(hec_acked(parser, &body, 5));
		buf_release(&body);
	}
	json_parser_free(parser);
}

static void
knows_what_is_acknowledged(void **state)
{
	struct json_parser *parser = json_parser_new();
	struct buf body = {0};

	(void)state;
	buf_str(&body, "{\"acks\":{\"0\":true,\"1\":false,\"12\":true}}");
	assert_true(hec_acked(parser, &body, 0));
	assert_false(hec_acked(parser, &body, 1));
	assert_false(hec_acked(parser, &body, 2));
	assert_true(hec_acked(parser, &body, 12));
	buf_release(&body);
	json_parser_free(parser);
}

/* --- mail --- */

static void
write_mail(struct buf *out, const struct output_item *items, size_t n)
{
	static const char *const to[] = {"a@b.example", "c@d.example"};
	const struct mail_head head = {.from = "firn@b.example",
	    .to = to,
	    .to_count = 2,
	    .host = "h.example",
	    .time_us = INT64_C(1700000000000000)};
	struct json_parser *parser = json_parser_new();

	mail_write(out, &head, items, n, parser);
	buf_char(out, '\0');
	json_parser_free(parser);
}

static void
writes_mail(void **state)
{
	struct output_item one = item();
	struct buf out = {0};

	(void)state;
	write_mail(&out, &one, 1);
	assert_string_equal(out.ptr,
	    "From: firn@b.example\n"
	    "To: a@b.example,\n c@d.example\n"
	    "Subject: [firn] high: Forwarding rule\n"
	    "Date: Tue, 14 Nov 2023 22:13:20 +0000\n"
	    "Message-ID: <firn.6c1b9f9b06fc91573806f67044a4e621@h.example>\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: 8bit\n"
	    "Auto-Submitted: auto-generated\n"
	    "\n"
	    "high          Forwarding rule\n"
	    "time          2023-11-14T22:13:20.123000Z\n"
	    "who           J\xc3\xbcrgen \xf0\x9f\x90\xa7\\n\\x1b[1m (u-7)\n"
	    "from          203.0.113.5 (NL)\n"
	    "rule          a]b\\c\"d\xc3\xa9\n"
	    "finding       00ff\n"
	    "record        4711\n"
	    "\n"
	    "Records that are evidence are in the ledger; 'firn search' finds "
	    "them.\n");
	buf_release(&out);
}

/* Whatever a title holds, the headers stay what they are. */
static void
a_title_makes_no_header(void **state)
{
	static const char *const titles[] = {"x\nBcc: e@f.example",
	    "x\r\n\r\nhi", "=?UTF-8?B?eA==?=",
	    "\xe6\xbc\xa2\xe5\xad\x97 \xe2\x80\xae\xe2\x80\xac \xff"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct output_item two[] = {item(), item()};
		struct buf out = {0};
		struct slice rest, line;
		int lines = 0;

		two[1].level = LEVEL_CRITICAL;
		two[1].title = slice_cstr(titles[i]);
		write_mail(&out, two, 2);
		rest = slice_cstr(out.ptr);
		while ((line = slice_cut(&rest, '\n')).len) {
			lines += line.ptr[0] != ' ';
			assert_true(line.len <= 200);
			assert_false(
			    memmem(line.ptr, line.len, "\r", 1) != NULL);
		}
		assert_int_equal(lines, 9);
		assert_non_null(strstr(out.ptr, "\nSubject: "));
		assert_null(strstr(out.ptr, "\nBcc:"));
		if (i >= 2)
			assert_non_null(strstr(out.ptr, "Subject: =?UTF-8?B?"));
		buf_release(&out);
	}
}

static void
knows_addresses(void **state)
{
	static const char *const good[] = {
	    "a@b.example", "first.last+tag@mail.b-c.example"};
	static const char *const bad[] = {"", "a", "@b", "a@", "a@b@c",
	    "a b@c.example", "a@b.example,c@d.example", "<a@b.example>",
	    "a@b.example\nBcc: x@y", "-oQ/tmp@b.example", "\xc3\xa9@b.example"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(mail_address_ok(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (mail_address_ok(bad[i]))
			fail_msg("%s", bad[i]);
}

static void
judges_commands(void **state)
{
	(void)state;
	assert_int_equal(mail_judge(0), OUTPUT_SENT);
	assert_int_equal(mail_judge(75), OUTPUT_AGAIN);
	assert_int_equal(mail_judge(69), OUTPUT_AGAIN);
	assert_int_equal(mail_judge(127), OUTPUT_AGAIN);
	assert_int_equal(mail_judge(137), OUTPUT_AGAIN);
	assert_int_equal(mail_judge(MAIL_HELPER_TOO_LATE), OUTPUT_AGAIN);
	assert_int_equal(mail_judge(65), OUTPUT_REFUSED);
	assert_int_equal(mail_judge(67), OUTPUT_REFUSED);
	assert_int_equal(mail_judge(1), OUTPUT_REFUSED);
}

/* --- the helper --- */

static void *
stop_soon(void *stop)
{
	nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
	atomic_store((atomic_bool *)stop, true);
	return NULL;
}

static void
the_helper_runs_what_it_knows(void **state)
{
	const char *echo[] = {"/bin/sh", "-c", "cat >&2; exit 65", NULL};
	const char *none[] = {"/nowhere/sendmail", NULL};
	const char *deaf[] = {"/bin/true", NULL};
	const char *slow[] = {"/bin/sleep", "2", NULL};
	const struct config_texts commands[] = {
	    {echo, 3}, {none, 1}, {deaf, 1}, {slow, 2}};
	const struct config_texts other = {echo, 2};
	struct mail_helper *helper;
	struct mail_helper_result result = {0};
	atomic_bool go_on = false, stop = false;
	pthread_t thread;
	struct buf large = {0};
	size_t number;

	(void)state;
	assert_int_equal(mail_helper_start(&helper, commands, 4, NULL), 0);
	assert_true(mail_helper_find(helper, &commands[2], &number));
	assert_int_equal(number, 2);
	assert_false(mail_helper_find(helper, &other, &number));
	assert_int_equal(
	    mail_helper_send(helper, 0, SLICE("hello"), &go_on, &result, NULL),
	    0);
	assert_int_equal(result.status, 65);
	assert_true(slice_eq(buf_slice(&result.said), SLICE("hello")));
	assert_int_equal(
	    mail_helper_send(helper, 1, SLICE("x"), &go_on, &result, NULL), 0);
	assert_int_equal(result.status, 127);
	/* More than a pipe holds, to who reads nothing. */
	memset(buf_reserve(&large, 1 << 20), 'x', 1 << 20);
	large.len = 1 << 20;
	assert_int_equal(mail_helper_send(helper, 2, buf_slice(&large), &go_on,
	                     &result, NULL),
	    0);
	assert_int_equal(result.status, 0);
	/* An answer nobody waited for is not taken for another's. */
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, &stop), 0);
	assert_int_equal(
	    mail_helper_send(helper, 3, SLICE("x"), &stop, &result, NULL), -1);
	assert_int_equal(
	    mail_helper_send(helper, 0, SLICE("again"), &go_on, &result, NULL),
	    0);
	assert_int_equal(result.status, 65);
	assert_true(slice_eq(buf_slice(&result.said), SLICE("again")));
	pthread_join(thread, NULL);
	mail_helper_close(helper);
	buf_release(&large);
	buf_release(&result.said);
}

/* --- lines --- */

static void
a_torn_line_is_cut_off(void **state)
{
	static const struct {
		const char *there, *last, *then;
	} cases[] = {
	    {"", "", "{\"n\":1}\n"},
	    {"{\"a\":1}\n", "{\"a\":1}", "{\"a\":1}\n{\"n\":1}\n"},
	    {"{\"a\":1}\n{\"b", "{\"a\":1}", "{\"a\":1}\n{\"n\":1}\n"},
	    {"{\"b", "", "{\"n\":1}\n"},
	    {"# mine", "# mine", "# mine\n{\"n\":1}\n"},
	};
	char path[] = "/tmp/lines-XXXXXX";

	(void)state;
	close(mkstemp(path));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lines lines;
		struct buf text = {0};
		FILE *file = fopen(path, "w");

		fputs(cases[i].there, file);
		fclose(file);
		assert_int_equal(lines_open(&lines, path, NULL), 0);
		assert_int_equal(lines_last(&lines, &text, NULL), 0);
		expect_text(&text, cases[i].last);
		text = (struct buf){0};
		assert_int_equal(
		    lines_add(&lines, SLICE("{\"n\":1}\n"), NULL), 0);
		lines_close(&lines);
		assert_int_equal(dir_read(path, 1000, &text, NULL, NULL), 0);
		expect_text(&text, cases[i].then);
	}
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_a_configuration),
	    cmocka_unit_test(refuses_a_configuration),
	    cmocka_unit_test(refuses_what_cannot_work),
	    cmocka_unit_test(describes_all_kinds),
	    cmocka_unit_test(signs_like_others),
	    cmocka_unit_test(judges_answers),
	    cmocka_unit_test(writes_syslog),
	    cmocka_unit_test(reads_what_splunk_answers),
	    cmocka_unit_test(knows_what_is_acknowledged),
	    cmocka_unit_test(writes_mail),
	    cmocka_unit_test(a_title_makes_no_header),
	    cmocka_unit_test(knows_addresses),
	    cmocka_unit_test(judges_commands),
	    cmocka_unit_test(the_helper_runs_what_it_knows),
	    cmocka_unit_test(a_torn_line_is_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
