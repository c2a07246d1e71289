#include <stdint.h>
#include <stdlib.h>

#include "event/event.h"
#include "finding/out_hec.h"
#include "finding/out_mail.h"
#include "finding/out_syslog.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool good)
{
	if (!good)
		abort();
}

/* The part of an element `[id name="value" ...]` up to its end. */
static struct slice
skip_element(struct slice s)
{
	bool quoted = false;
	size_t i = 0;

	need(s.len && s.ptr[0] == '[');
	for (; i < s.len && (quoted || s.ptr[i] != ']'); i++) {
		if (s.ptr[i] == '\\' && quoted)
			i++;
		else if (s.ptr[i] == '"')
			quoted = !quoted;
		need((unsigned char)s.ptr[i] >= 32);
	}
	need(i < s.len);
	return slice_skip(s, i + 1);
}

/* Nothing in a finding ends an element, or the message, early. */
static void
check_syslog(const struct output_item *item)
{
	struct buf out = {0};
	struct slice rest;

	syslog_write(&out, item, 16, "host");
	rest = buf_slice(&out);
	for (int i = 0; i < 6; i++)
		slice_cut(&rest, ' ');
	rest = skip_element(rest);
	need(rest.len && rest.ptr[0] == ' ');
	for (size_t i = 0; i < rest.len; i++)
		need((unsigned char)rest.ptr[i] < 128);
	buf_release(&out);
}

/* Headers are the nine that we write, of ASCII, and no line is too long. */
static void
check_mail(const struct output_item *item, struct json_parser *parser)
{
	static const char *const to[] = {"a@b.example"};
	const struct mail_head head = {
	    .from = "c@d.example", .to = to, .to_count = 1, .host = "h"};
	struct buf out = {0};
	struct slice rest, line;
	int headers = 0;

	mail_write(&out, &head, item, 1, parser);
	rest = buf_slice(&out);
	while ((line = slice_cut(&rest, '\n')).len) {
		headers += line.ptr[0] != ' ';
		for (size_t i = 0; i < line.len; i++)
			need(line.ptr[i] >= 32 && line.ptr[i] < 127);
	}
	need(headers == 9);
	while (rest.len) {
		line = slice_cut(&rest, '\n');
		need(line.len <= 998);
		need(!line.len || !memchr(line.ptr, '\r', line.len));
	}
	buf_release(&out);
}

/* What is acknowledged was named in the answer. */
static void
check_hec(struct slice text, struct json_parser *parser)
{
	struct hec_answer answer;
	struct buf body = {0};

	buf_slice_add(&body, text);
	hec_answer_read(parser, &body, &answer);
	need(answer.readable || !answer.code);
	need(answer.has_ack || !answer.ack_id);
	if (hec_acked(parser, &body, 7))
		need(memmem(text.ptr, text.len, "acks", 4) ||
		     memchr(text.ptr, '\\', text.len));
	buf_release(&body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json_parser *parser;
	struct slice all = slice_of(data, size), rest = all;
	struct output_item item = {.index = size,
	    .level = (enum level)(size % LEVEL_COUNT),
	    .class_uid = 2004,
	    .time_us = size % 2 ? EVENT_NO_TIME : (int64_t)size};

	if (!parser)
		parser = json_parser_new();
	item.uid = slice_cut(&rest, '|');
	item.title = slice_cut(&rest, '|');
	item.rule = slice_cut(&rest, '|');
	item.text = rest;
	check_mail(&item, parser);
	/* A finding is an object on one line. */
	item.text = SLICE("{\"a\":\"\xc3\xa9\"}");
	check_syslog(&item);
	check_hec(all, parser);
	return 0;
}
