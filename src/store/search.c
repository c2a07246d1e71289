#include "store/search.h"

#include "base/ip.h"
#include "base/time.h"
#include "base/utf8.h"

/* --- SQL --- */

static void
add_quoted(struct buf *sql, struct slice s)
{
	buf_char(sql, '\'');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\'')
			buf_char(sql, '\'');
		buf_char(sql, s.ptr[i]);
	}
	buf_char(sql, '\'');
}

/* A pattern of LIKE in which * stands for anything. */
static void
add_pattern(struct buf *sql, struct slice s)
{
	buf_char(sql, '\'');
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '%' || c == '_' || c == '\\')
			buf_char(sql, '\\');
		if (c == '\'')
			buf_char(sql, '\'');
		buf_char(sql, c == '*' ? '%' : c);
	}
	buf_str(sql, "' ESCAPE '\\'");
}

/* In any of the columns, upper or lower case; the names end with NULL. */
static void
add_match(struct buf *sql, const char *const *columns, struct slice value)
{
	bool pattern = memchr(value.ptr, '*', value.len) != NULL;

	for (size_t i = 0; columns[i]; i++) {
		if (i)
			buf_str(sql, " OR ");
		if (pattern) {
			buf_printf(sql, "%s ILIKE ", columns[i]);
			add_pattern(sql, value);
		} else {
			buf_printf(sql, "lower(%s) = lower(", columns[i]);
			add_quoted(sql, value);
			buf_char(sql, ')');
		}
	}
}

/* --- what each word means; NULL, or what is wrong with the value --- */

#define MATCHES(name, ...)                                                     \
	static const char *name(struct buf *sql, struct slice value)           \
	{                                                                      \
		static const char *const columns[] = {__VA_ARGS__, NULL};      \
                                                                               \
		add_match(sql, columns, value);                                \
		return NULL;                                                   \
	}

MATCHES(user, "actor_name", "actor_id")
MATCHES(app, "app_name", "app_id")
MATCHES(op, "operation")
MATCHES(session, "session")
MATCHES(mailbox, "mailbox")
MATCHES(country, "country")

static const char *
source(struct buf *sql, struct slice value)
{
	static const char *const columns[] = {"source", "kind", NULL};

	add_match(sql, columns, value);
	buf_str(sql, " OR starts_with(lower(source), lower(");
	add_quoted(sql, value);
	buf_str(sql, ") || '/')");
	return NULL;
}

static const char *
item(struct buf *sql, struct slice value)
{
	static const char *const columns[] = {"target_id", "target_name", NULL};
	static const char *const members[] = {
	    "i.id", "i.name", "i.parent", NULL};

	add_match(sql, columns, value);
	buf_str(sql, " OR len(list_filter(items, lambda i: ");
	add_match(sql, members, value);
	buf_str(sql, ")) > 0");
	return NULL;
}

static const char *
ip(struct buf *sql, struct slice value)
{
	struct ip_net net;

	if (!ip_net_parse(value, &net))
		return "no address and no network (10.0.0.0/8)";
	buf_str(sql, "ip_in(ip, ");
	add_quoted(sql, value);
	buf_char(sql, ')');
	return NULL;
}

static const char *
outcome(struct buf *sql, struct slice value)
{
	static const char *const columns[] = {"outcome", NULL};

	if (!slice_eq(value, SLICE("success")) &&
	    !slice_eq(value, SLICE("failure")) &&
	    !slice_eq(value, SLICE("unknown")))
		return "an outcome is success, failure or unknown";
	add_match(sql, columns, value);
	return NULL;
}

static const char *
add_time(struct buf *sql, const char *order, struct slice value)
{
	int64_t time_us;

	if (!time_parse(value, &time_us))
		return "no time: 2026-01-31 or 2026-01-31T08:00:00Z";
	buf_printf(
	    sql, "time %s make_timestamp(%jd)", order, (intmax_t)time_us);
	return NULL;
}

static const char *
after(struct buf *sql, struct slice value)
{
	return add_time(sql, ">=", value);
}

static const char *
before(struct buf *sql, struct slice value)
{
	return add_time(sql, "<", value);
}

/* Without a word before it: somewhere in what people look at. */
static const char *
anywhere(struct buf *sql, struct slice value)
{
	static const char *const columns[] = {
	    "operation", "actor_name", "app_name", "mailbox", "target_name"};

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		buf_printf(sql, "%scontains(lower(%s), lower(", i ? " OR " : "",
		    columns[i]);
		add_quoted(sql, value);
		buf_str(sql, "))");
	}
	return NULL;
}

static const struct word {
	const char *name;
	const char *(*add)(struct buf *sql, struct slice value);
} words[] = {
    {"user", user},
    {"app", app},
    {"ip", ip},
    {"op", op},
    {"session", session},
    {"mailbox", mailbox},
    {"item", item},
    {"country", country},
    {"source", source},
    {"outcome", outcome},
    {"after", after},
    {"before", before},
};

#define WORD_COUNT (sizeof(words) / sizeof(words[0]))

/* --- reading --- */

struct reader {
	struct slice query, rest;
	struct buf value; /* of what stands in quotes */
	struct buf *sql;
	struct err *err;
};

static int
wrong(struct reader *r, const char *at, const char *why)
{
	return err_set(r->err, ERR_USAGE, "query:%zu: %s",
	    (size_t)(at - r->query.ptr) + 1, why);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Up to the quote that ends it; "" in it is a quote. */
static int
take_quoted(struct reader *r)
{
	const char *begin = r->rest.ptr;

	r->rest = slice_skip(r->rest, 1);
	while (r->rest.len) {
		char c = r->rest.ptr[0];

		r->rest = slice_skip(r->rest, 1);
		if (c != '"') {
			buf_char(&r->value, c);
			continue;
		}
		if (!r->rest.len || r->rest.ptr[0] != '"')
			return 0;
		buf_char(&r->value, c);
		r->rest = slice_skip(r->rest, 1);
	}
	return wrong(r, begin, "a quote without its end");
}

/* One value of a list, into r->value. */
static int
take_value(struct reader *r)
{
	const char *begin = r->rest.ptr;

	buf_clear(&r->value);
	if (r->rest.len && r->rest.ptr[0] == '"') {
		if (take_quoted(r))
			return -1;
		if (r->rest.len && r->rest.ptr[0] != ',' &&
		    !is_blank(r->rest.ptr[0]))
			return wrong(r, r->rest.ptr,
			    "a blank or a comma belongs behind a quote");
	} else {
		while (r->rest.len && r->rest.ptr[0] != ',' &&
		       !is_blank(r->rest.ptr[0])) {
			buf_char(&r->value, r->rest.ptr[0]);
			r->rest = slice_skip(r->rest, 1);
		}
	}
	return r->value.len ? 0 : wrong(r, begin, "a value is missing");
}

/* The word before a colon; NULL if there is none. */
static int
take_word(struct reader *r, const struct word **word)
{
	const char *begin = r->rest.ptr;
	size_t n = 0;

	*word = NULL;
	while (
	    n < r->rest.len && r->rest.ptr[n] >= 'a' && r->rest.ptr[n] <= 'z')
		n++;
	if (!n || n == r->rest.len || r->rest.ptr[n] != ':')
		return 0;
	for (size_t i = 0; i < WORD_COUNT; i++)
		if (slice_eq(slice_of(begin, n), slice_cstr(words[i].name)))
			*word = &words[i];
	if (!*word)
		return wrong(r, begin,
		    "no such word (quote a text that has a colon); there are "
		    "user app ip op session mailbox item country source "
		    "outcome after before");
	r->rest = slice_skip(r->rest, n + 1);
	return 0;
}

/* word:value,value or a text, maybe with - before it. */
static int
take_term(struct reader *r)
{
	const struct word *word;
	const char *why;
	bool not = r->rest.ptr[0] == '-';

	if (not )
		r->rest = slice_skip(r->rest, 1);
	if (take_word(r, &word))
		return -1;
	/* What a record does not tell is unknown to SQL, also negated. */
	buf_str(r->sql, not ? "NOT coalesce((" : "coalesce((");
	for (bool more = true; more;) {
		const char *begin = r->rest.ptr;

		if (take_value(r))
			return -1;
		why =
		    (word ? word->add : anywhere)(r->sql, buf_slice(&r->value));
		if (why)
			return wrong(r, begin, why);
		more = r->rest.len && r->rest.ptr[0] == ',';
		if (more) {
			r->rest = slice_skip(r->rest, 1);
			buf_str(r->sql, " OR ");
		}
	}
	buf_str(r->sql, "), false)");
	return 0;
}

/* DuckDB refuses what is not. */
static bool
is_text(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t i = 0, len;

	while (i < s.len && p[i] && (len = utf8_len(p + i, s.len - i)) != 0)
		i += len;
	return i == s.len;
}

int
search_condition(struct slice query, struct buf *sql, struct err *err)
{
	struct reader r = {
	    .query = query, .rest = query, .sql = sql, .err = err};
	size_t begin = sql->len;
	int status = 0;

	if (query.len > SEARCH_MAX || !is_text(query))
		return err_set(
		    err, ERR_USAGE, "query: not UTF-8, or longer than 64 KiB");
	while (!status) {
		while (r.rest.len && is_blank(r.rest.ptr[0]))
			r.rest = slice_skip(r.rest, 1);
		if (!r.rest.len)
			break;
		if (sql->len > begin)
			buf_str(sql, " AND ");
		status = take_term(&r);
	}
	if (status)
		sql->len = begin;
	else if (sql->len == begin)
		buf_str(sql, "true");
	buf_release(&r.value);
	return status;
}
