#include "finding/out_mail.h"

#include <ctype.h>

#include "base/base64.h"
#include "base/sha256.h"
#include "base/term.h"
#include "base/time.h"
#include "base/utf8.h"
#include "event/event.h"
#include "json/json.h"

#define SUBJECT_MAX 160 /* columns */
#define LINE_MAX    700 /* columns of a line: 998 bytes are allowed */
#define WORD_BYTES  39  /* of an encoded word, which may have 75 characters */

bool
mail_address_ok(const char *address)
{
	const char *at = strchr(address, '@');

	if (!at || at == address || !at[1] || strchr(at + 1, '@') ||
	    strlen(address) > 254 || *address == '-')
		return false;
	for (const char *p = address; *p; p++)
		if (!isalnum((unsigned char)*p) &&
		    !strchr("@.!#$%&'*+-/=?^_`{|}~", *p))
			return false;
	return true;
}

/* --- headers --- */

static bool
is_plain(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < 32 || text.ptr[i] > 126)
			return false;
	return !memmem(text.ptr, text.len, "=?", 2);
}

/* RFC 2047; no character is cut in two. */
static void
add_words(struct buf *out, struct slice text)
{
	while (text.len) {
		size_t n = 0, next;

		while (n < text.len) {
			next = utf8_len(
			    (const unsigned char *)text.ptr + n, text.len - n);
			if (n + (next ? next : 1) > WORD_BYTES)
				break;
			n += next ? next : 1;
		}
		buf_str(out, "=?UTF-8?B?");
		base64_add(out, text.ptr, n);
		buf_str(out, "?=");
		text = slice_skip(text, n);
		if (text.len)
			buf_str(out, "\n ");
	}
}

/* As short as a subject should be, without anything that turns text. */
static void
add_subject(struct buf *out, const struct output_item *items, size_t n)
{
	enum level highest = LEVEL_INFORMATIONAL;
	const struct output_item *first = items;
	struct buf text = {0}, short_text = {0};

	for (size_t i = 0; i < n; i++)
		if (!i || items[i].level > highest) {
			highest = items[i].level;
			first = &items[i];
		}
	buf_str(&text, "[firn] ");
	if (n > 1)
		buf_printf(&text, "%zu findings, ", n);
	buf_printf(&text, "%s: ", level_name(highest));
	buf_slice_add(&text, first->title);
	term_fit(&short_text, buf_slice(&text), SUBJECT_MAX);
	buf_str(out, "Subject: ");
	if (is_plain(buf_slice(&short_text)))
		buf_slice_add(out, buf_slice(&short_text));
	else
		add_words(out, buf_slice(&short_text));
	buf_char(out, '\n');
	buf_release(&short_text);
	buf_release(&text);
}

static void
add_date(struct buf *out, int64_t time_us)
{
	static const char days[] = "ThuFriSatSunMonTueWed";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct time_civil c = time_civil(time_us);
	size_t day = (size_t)(time_us / INT64_C(86400000000)) % 7;
	size_t month = (size_t)c.month - 1;

	buf_printf(out, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\n",
	    days + 3 * day, c.day, months + 3 * month, c.year, c.hour, c.minute,
	    c.second);
}

/* The same for the same findings. */
static void
add_id(struct buf *out, const struct mail_head *head,
    const struct output_item *items, size_t n)
{
	unsigned char digest[SHA256_LEN];
	struct buf text = {0};
	size_t before;

	for (size_t i = 0; i < n; i++) {
		buf_u64(&text, items[i].index);
		buf_char(&text, ' ');
		buf_slice_add(&text, items[i].uid);
		buf_char(&text, '\n');
	}
	sha256(buf_slice(&text), digest);
	buf_release(&text);
	buf_str(out, "Message-ID: <firn.");
	for (size_t i = 0; i < 16; i++)
		buf_printf(out, "%02x", digest[i]);
	buf_char(out, '@');
	before = out->len;
	for (const char *p = head->host; *p; p++)
		if (isalnum((unsigned char)*p) || *p == '.' || *p == '-')
			buf_char(out, *p);
	buf_str(out, out->len == before ? "localhost>\n" : ">\n");
}

/* --- the body --- */

static void
add_line(struct buf *out, const char *what, struct slice text)
{
	if (!text.len)
		return;
	buf_printf(out, "%-14s", what);
	term_fit(out, text, LINE_MAX);
	buf_char(out, '\n');
}

/* The first of two that is there, and where it differs the second behind. */
static void
add_pair(
    struct buf *out, const char *what, struct json first, struct json second)
{
	struct slice a = json_str(first), b = json_str(second);
	struct buf text = {0};

	buf_slice_add(&text, a.len ? a : b);
	if (a.len && b.len && !slice_eq(a, b)) {
		buf_str(&text, " (");
		buf_slice_add(&text, b);
		buf_char(&text, ')');
	}
	add_line(out, what, buf_slice(&text));
	buf_release(&text);
}

static void
add_who(
    struct buf *out, const struct output_item *item, struct json_parser *parser)
{
	struct json root, evidence, user, source, app, resource;
	struct buf text = {0};

	buf_slice_add(&text, item->text);
	buf_reserve(&text, JSON_PADDING);
	if (json_parse(parser, buf_slice(&text), &root, NULL) == JSON_BAD)
		goto out;
	evidence = json_at(JSON_GET(root, "evidences"), 0);
	user = JSON_GET(JSON_GET(evidence, "actor"), "user");
	app = JSON_GET(evidence, "actor");
	source = JSON_GET(evidence, "src_endpoint");
	resource = json_at(JSON_GET(root, "resources"), 0);
	add_pair(out, "who", JSON_GET(user, "name"), JSON_GET(user, "uid"));
	add_pair(
	    out, "app", JSON_GET(app, "app_name"), JSON_GET(app, "app_uid"));
	add_pair(out, "from", JSON_GET(source, "ip"),
	    JSON_GET(JSON_GET(source, "location"), "country"));
	add_pair(out, "target", JSON_GET(resource, "name"),
	    JSON_GET(resource, "uid"));
out:
	buf_release(&text);
}

static void
add_finding(
    struct buf *out, const struct output_item *item, struct json_parser *parser)
{
	char room[TIME_TEXT_MAX];
	struct buf index = {0};

	add_line(out, level_name(item->level), item->title);
	if (item->time_us != EVENT_NO_TIME)
		add_line(out, "time", time_format(item->time_us, room));
	add_who(out, item, parser);
	add_line(out, "rule", item->rule);
	add_line(out, "finding", item->uid);
	buf_u64(&index, item->index);
	add_line(out, "record", buf_slice(&index));
	buf_char(out, '\n');
	buf_release(&index);
}

void
mail_write(struct buf *out, const struct mail_head *head,
    const struct output_item *items, size_t n, struct json_parser *parser)
{
	buf_printf(out, "From: %s\nTo: ", head->from);
	for (size_t i = 0; i < head->to_count; i++)
		buf_printf(out, "%s%s", i ? ",\n " : "", head->to[i]);
	buf_char(out, '\n');
	add_subject(out, items, n);
	add_date(out, head->time_us);
	add_id(out, head, items, n);
	buf_str(out, "MIME-Version: 1.0\n"
	             "Content-Type: text/plain; charset=utf-8\n"
	             "Content-Transfer-Encoding: 8bit\n"
	             "Auto-Submitted: auto-generated\n\n");
	for (size_t i = 0; i < n; i++)
		add_finding(out, &items[i], parser);
	buf_str(out, "Records that are evidence are in the ledger; 'firn "
	             "search' finds them.\n");
}
