#include "store/search.h"

#include "base/utf8.h"
#include "store/search_word.h"

/* word:value,value or a text, maybe with - before it. */
struct term {
	const struct search_word *word;
	bool none;
	struct plan_list values;
};

struct reader {
	struct slice query, rest;
	struct buf value; /* of what stands in quotes */
	struct buf sql;   /* a condition being made */
	struct plan *plan;
	/* What is best looked up is set apart; word NULL: nothing yet. */
	struct term first;
	struct err *err;
};

/*
 * More places than that to look in cost more than going through all rows once.
 */
#define EITHER_MAX 8

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

/* --- conditions --- */

/* That the column has one of the values; NULL, or what is wrong with the last.
 */
static const char *
add_values(struct buf *sql, const struct term *term, size_t column)
{
	const char *why = NULL;

	for (size_t i = 0; !why && i < term->values.count; i++) {
		if (i)
			buf_str(sql, " OR ");
		why = term->word->add(sql, column, term->values.list[i]);
	}
	return why;
}

/*
 * What a record does not tell is unknown to SQL, also negated.  A condition in
 * coalesce() is looked at while its column is read, and other columns only
 * where it is true; with a bare a OR b, all are read first.
 */
static void
add_known(struct buf *sql, const struct term *term, size_t column)
{
	buf_str(sql, "coalesce((");
	add_values(sql, term, column);
	buf_str(sql, "), false)");
}

/* Not in any of the columns: a condition of each. */
static void
exclude(struct reader *r, const struct term *term)
{
	for (size_t i = 0; i < term->word->columns; i++) {
		buf_clear(&r->sql);
		buf_str(&r->sql, "NOT ");
		add_known(&r->sql, term, i);
		plan_add(&r->plan->arena, &r->plan->where, buf_slice(&r->sql));
	}
}

static void
require(struct reader *r, const struct term *term)
{
	const struct search_word *word = term->word;

	buf_clear(&r->sql);
	if (word->columns > 1)
		buf_char(&r->sql, '(');
	for (size_t i = 0; i < word->columns; i++) {
		if (i)
			buf_str(&r->sql, " OR ");
		if (word->plain && term->values.count == 1)
			add_values(&r->sql, term, i);
		else
			add_known(&r->sql, term, i);
	}
	if (word->columns > 1)
		buf_char(&r->sql, ')');
	plan_add(&r->plan->arena, &r->plan->where, buf_slice(&r->sql));
}

static void
without(struct buf *sql, struct slice condition)
{
	buf_str(sql, " AND NOT coalesce((");
	buf_slice_add(sql, condition);
	buf_str(sql, "), false)");
}

/*
 * The places of one value in one column, if it has some that are looked up.
 * Those of a value are apart from each other; of other values, and of columns
 * before, records may be in them, too, and are left out.
 */
static bool
split_value(struct reader *r, size_t column, size_t i, struct plan_list *places)
{
	const struct term *term = &r->first;
	const struct search_word *word = term->word;
	struct plan_list mine = {0};
	struct buf before = {0};

	if (!word->split ||
	    !word->split(r->plan, &mine, column, term->values.list[i]))
		return false;
	for (size_t k = 0; k < i; k++) {
		buf_clear(&r->sql);
		word->add(&r->sql, column, term->values.list[k]);
		without(&before, buf_slice(&r->sql));
	}
	for (size_t k = 0; k < column; k++) {
		buf_clear(&r->sql);
		add_values(&r->sql, term, k);
		without(&before, buf_slice(&r->sql));
	}
	for (size_t k = 0; k < mine.count; k++) {
		buf_clear(&r->sql);
		buf_slice_add(&r->sql, mine.list[k]);
		buf_slice_add(&r->sql, buf_slice(&before));
		plan_add(&r->plan->arena, places, buf_slice(&r->sql));
	}
	buf_release(&before);
	return true;
}

/* The places of a column; if they are too many, the column is one. */
static void
split_column(struct reader *r, size_t column)
{
	struct plan_list places = {0};
	bool split = true;

	for (size_t i = 0; split && i < r->first.values.count; i++)
		split = split_value(r, column, i, &places) &&
		        places.count <= EITHER_MAX;
	if (!split) {
		places = (struct plan_list){0};
		buf_clear(&r->sql);
		add_known(&r->sql, &r->first, column);
		for (size_t k = 0; k < column; k++) {
			buf_str(&r->sql, " AND NOT ");
			add_known(&r->sql, &r->first, k);
		}
		plan_add(&r->plan->arena, &places, buf_slice(&r->sql));
	}
	for (size_t i = 0; i < places.count; i++)
		plan_add(&r->plan->arena, &r->plan->either, places.list[i]);
}

static void
look_up(struct reader *r)
{
	for (size_t i = 0; i < r->first.word->columns; i++)
		split_column(r, i);
}

/* Which of the words over columns is set apart is known at the end. */
static void
add_term(struct reader *r, const struct term *term)
{
	const struct search_word *word = term->word;

	if (word->groups) {
		struct plan_group *group = plan_group(
		    &r->plan->arena, word->groups(r->plan), term->none);

		group->values = term->values;
	} else if (term->none) {
		exclude(r, term);
	} else if (!word->rank ||
	           (r->first.word && word->rank <= r->first.word->rank)) {
		require(r, term);
	} else {
		if (r->first.word)
			require(r, &r->first);
		r->first = *term;
	}
}

/* --- reading --- */

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

/* The word before a colon, or that of texts if there is none. */
static int
take_word(struct reader *r, const struct search_word **word)
{
	const char *begin = r->rest.ptr;
	size_t n = 0;

	*word = &search_anywhere;
	while (
	    n < r->rest.len && r->rest.ptr[n] >= 'a' && r->rest.ptr[n] <= 'z')
		n++;
	if (!n || n == r->rest.len || r->rest.ptr[n] != ':')
		return 0;
	*word = search_word(slice_of(begin, n));
	if (!*word)
		return wrong(r, begin,
		    "no such word (quote a text that has a colon); there are "
		    "user app ip op session mailbox item id country source "
		    "outcome after before");
	r->rest = slice_skip(r->rest, n + 1);
	return 0;
}

/* What is wrong with a value; each is tried as soon as it is read. */
static const char *
check_value(struct reader *r, const struct search_word *word)
{
	buf_clear(&r->sql);
	if (word->max && r->value.len > word->max)
		return "a text is at most 256 bytes long";
	return word->add ? word->add(&r->sql, 0, buf_slice(&r->value)) : NULL;
}

static int
take_term(struct reader *r)
{
	struct term term = {.none = r->rest.ptr[0] == '-'};
	const char *begin, *why;

	if (term.none)
		r->rest = slice_skip(r->rest, 1);
	if (take_word(r, &term.word))
		return -1;
	for (bool more = true; more;) {
		begin = r->rest.ptr;
		if (take_value(r))
			return -1;
		why = check_value(r, term.word);
		if (why)
			return wrong(r, begin, why);
		plan_add(&r->plan->arena, &term.values, buf_slice(&r->value));
		more = r->rest.len && r->rest.ptr[0] == ',';
		if (more)
			r->rest = slice_skip(r->rest, 1);
	}
	add_term(r, &term);
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
search_read(struct slice query, struct plan *plan, struct err *err)
{
	struct reader r = {
	    .query = query, .rest = query, .plan = plan, .err = err};
	int status = 0;

	if (query.len > SEARCH_MAX || !is_text(query))
		return err_set(
		    err, ERR_USAGE, "query: not UTF-8, or longer than 64 KiB");
	while (!status) {
		while (r.rest.len && is_blank(r.rest.ptr[0]))
			r.rest = slice_skip(r.rest, 1);
		if (!r.rest.len)
			break;
		status = take_term(&r);
	}
	if (!status && r.first.word)
		look_up(&r);
	buf_release(&r.value);
	buf_release(&r.sql);
	return status;
}
