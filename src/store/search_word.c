#include "store/search_word.h"

#include "base/ip.h"
#include "base/time.h"
#include "store/text.h"

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

static bool
is_pattern(struct slice s)
{
	return s.len && memchr(s.ptr, '*', s.len);
}

/* Upper and lower case are the same. */
static void
add_match(struct buf *sql, const char *column, struct slice value)
{
	if (is_pattern(value)) {
		buf_printf(sql, "%s ILIKE ", column);
		add_pattern(sql, value);
	} else {
		buf_printf(sql, "lower(%s) = lower(", column);
		plan_quote(sql, value);
		buf_char(sql, ')');
	}
}

/* --- ids --- */

/*
 * Where the rows of an id stand is told by Bloom filters, or by nothing, and
 * these know whole texts.  So an id is looked for as it is typed, and in lower
 * and upper case: that of another suite may be the same but for the case.
 */
#define SPELLINGS 3

static size_t
spell(struct slice value, struct slice list[SPELLINGS], struct arena *arena)
{
	char *lower = arena_alloc(arena, value.len + 1);
	char *upper = arena_alloc(arena, value.len + 1);
	struct slice all[SPELLINGS] = {
	    value, slice_of(lower, value.len), slice_of(upper, value.len)};
	size_t count = 0;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		lower[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
		upper[i] = (char)(c >= 'a' && c <= 'z' ? c & ~0x20 : c);
	}
	for (size_t i = 0; i < SPELLINGS; i++)
		if (!i || (!slice_eq(all[i], all[0]) &&
		              !slice_eq(all[i], all[i - 1])))
			list[count++] = all[i];
	return count;
}

static void
add_id(struct buf *sql, const char *column, struct slice value)
{
	struct slice list[SPELLINGS];
	struct arena arena = {0};
	size_t count;

	if (is_pattern(value)) {
		add_match(sql, column, value);
		return;
	}
	count = spell(value, list, &arena);
	for (size_t i = 0; i < count; i++) {
		buf_printf(sql, "%s%s = ", i ? " OR " : "", column);
		plan_quote(sql, list[i]);
	}
	arena_release(&arena);
}

static bool
split_id(struct plan *plan, struct plan_list *to, const char *column,
    struct slice value)
{
	struct slice list[SPELLINGS];
	struct buf sql = {0};
	size_t count;

	if (is_pattern(value))
		return false;
	count = spell(value, list, &plan->arena);
	for (size_t i = 0; i < count; i++) {
		buf_clear(&sql);
		buf_printf(&sql, "%s = ", column);
		plan_quote(&sql, list[i]);
		plan_add(&plan->arena, to, buf_slice(&sql));
	}
	buf_release(&sql);
	return true;
}

/* --- names --- */

/*
 * Rows are sorted by actor_name as it is spelled.  So a name, whatever its
 * case, stands in as many places as its beginning has spellings.  A letter has
 * two, but k and i have three: the lower case of the Kelvin sign and of the
 * dotted capital is ASCII.
 */
#define BEGINNING  2 /* letters; more cost more places than they save rows */
#define PLACES_MAX 4
#define CASES_MAX  3

struct spelling {
	const char *text, *next; /* the first text behind all that begin so */
};

static size_t
cases_of(char c, struct arena *arena, struct spelling cases[CASES_MAX])
{
	char lower = (char)(c | 0x20);
	bool letter = lower >= 'a' && lower <= 'z';
	size_t count = letter ? 2 : 1;

	for (size_t i = 0; i < count; i++) {
		char one = i ? (char)(c ^ 0x20) : c;
		char text[] = {one, '\0', (char)(one + 1), '\0'};

		cases[i].text = arena_copy(arena, slice_of(text, 2)).ptr;
		cases[i].next = arena_copy(arena, slice_of(text + 2, 2)).ptr;
	}
	if (letter && lower == 'k')
		cases[count++] = (struct spelling){"\u212a", "\u212b"};
	if (letter && lower == 'i')
		cases[count++] = (struct spelling){"\u0130", "\u0131"};
	return count;
}

static void
add_range(struct plan *plan, struct plan_list *to, struct slice value,
    struct slice from, struct slice end)
{
	struct buf sql = {0};

	buf_str(&sql, "actor_name >= ");
	plan_quote(&sql, from);
	buf_str(&sql, " AND actor_name < ");
	plan_quote(&sql, end);
	buf_str(&sql, " AND ");
	add_match(&sql, "actor_name", value);
	plan_add(&plan->arena, to, buf_slice(&sql));
	buf_release(&sql);
}

static bool
split_name(struct plan *plan, struct plan_list *to, struct slice value)
{
	struct spelling begin[PLACES_MAX] = {{"", NULL}};
	size_t count = 1, n = 0;

	if (is_pattern(value))
		return false;
	for (; n < BEGINNING && n < value.len; n++) {
		struct spelling cases[CASES_MAX], longer[PLACES_MAX];
		size_t more;

		if ((unsigned char)value.ptr[n] >= 0x7f)
			break;
		more = cases_of(value.ptr[n], &plan->arena, cases);
		if (count * more > PLACES_MAX)
			break;
		for (size_t i = 0; i < count * more; i++) {
			const char *before = begin[i / more].text;
			struct spelling one = cases[i % more];

			longer[i].text =
			    arena_printf(&plan->arena, "%s%s", before, one.text)
			        .ptr;
			longer[i].next =
			    arena_printf(&plan->arena, "%s%s", before, one.next)
			        .ptr;
		}
		count *= more;
		memcpy(begin, longer, count * sizeof(*begin));
	}
	for (size_t i = 0; n && i < count; i++)
		add_range(plan, to, value, slice_cstr(begin[i].text),
		    slice_cstr(begin[i].next));
	return n != 0;
}

/* --- columns --- */

#define MATCHES(name)                                                          \
	static const char *name(                                               \
	    struct buf *sql, size_t column, struct slice value)                \
	{                                                                      \
		(void)column;                                                  \
		add_match(sql, #name, value);                                  \
		return NULL;                                                   \
	}

MATCHES(operation)
MATCHES(mailbox)
MATCHES(country)

static const char *
user(struct buf *sql, size_t column, struct slice value)
{
	if (column)
		add_id(sql, "actor_id", value);
	else
		add_match(sql, "actor_name", value);
	return NULL;
}

static bool
split_user(
    struct plan *plan, struct plan_list *to, size_t column, struct slice value)
{
	return column ? split_id(plan, to, "actor_id", value)
	              : split_name(plan, to, value);
}

static const char *
app(struct buf *sql, size_t column, struct slice value)
{
	if (column)
		add_id(sql, "app_id", value);
	else
		add_match(sql, "app_name", value);
	return NULL;
}

static const char *
session(struct buf *sql, size_t column, struct slice value)
{
	(void)column;
	add_id(sql, "session", value);
	return NULL;
}

static bool
split_session(
    struct plan *plan, struct plan_list *to, size_t column, struct slice value)
{
	(void)column;
	return split_id(plan, to, "session", value);
}

static const char *
source(struct buf *sql, size_t column, struct slice value)
{
	if (column) {
		add_match(sql, "kind", value);
		return NULL;
	}
	add_match(sql, "source", value);
	buf_str(sql, " OR starts_with(lower(source), lower(");
	plan_quote(sql, value);
	buf_str(sql, ") || '/')");
	return NULL;
}

static const char *
item(struct buf *sql, size_t column, struct slice value)
{
	static const char *const columns[] = {"target_id", "target_name"};

	if (column < 2) {
		add_match(sql, columns[column], value);
		return NULL;
	}
	buf_str(sql, "len(list_filter(items, lambda i: ");
	add_match(sql, "i.id", value);
	buf_str(sql, " OR ");
	add_match(sql, "i.name", value);
	buf_str(sql, " OR ");
	add_match(sql, "i.parent", value);
	buf_str(sql, ")) > 0");
	return NULL;
}

static const char *
ip(struct buf *sql, size_t column, struct slice value)
{
	struct ip_net net;

	(void)column;
	if (!ip_net_parse(value, &net))
		return "no address and no network (10.0.0.0/8)";
	buf_str(sql, "ip_in(ip, ");
	plan_quote(sql, value);
	buf_char(sql, ')');
	return NULL;
}

static const char *
outcome(struct buf *sql, size_t column, struct slice value)
{
	(void)column;
	if (!slice_eq(value, SLICE("success")) &&
	    !slice_eq(value, SLICE("failure")) &&
	    !slice_eq(value, SLICE("unknown")))
		return "an outcome is success, failure or unknown";
	add_match(sql, "outcome", value);
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
after(struct buf *sql, size_t column, struct slice value)
{
	(void)column;
	return add_time(sql, ">=", value);
}

static const char *
before(struct buf *sql, size_t column, struct slice value)
{
	(void)column;
	return add_time(sql, "<", value);
}

/* --- what no column has --- */

static struct plan_groups *
ids(struct plan *plan)
{
	return &plan->ids;
}

static struct plan_groups *
texts(struct plan *plan)
{
	return &plan->texts;
}

const struct search_word search_anywhere = {.groups = texts, .max = TEXT_MAX};

#define OVER(word, count) .name = #word, .columns = (count), .add = (word)

static const struct search_word words[] = {
    {OVER(session, 1), .rank = 5, .split = split_session},
    {OVER(user, 2), .rank = 4, .split = split_user},
    {OVER(item, 3), .rank = 3},
    {OVER(app, 2), .rank = 2},
    {OVER(source, 2), .rank = 1},
    {OVER(ip, 1)},
    {.name = "op", .columns = 1, .add = operation},
    {OVER(mailbox, 1)},
    {OVER(country, 1)},
    {OVER(outcome, 1)},
    {OVER(after, 1), .plain = true},
    {OVER(before, 1), .plain = true},
    {.name = "id", .groups = ids},
};

const struct search_word *
search_word(struct slice name)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_eq(name, slice_cstr(words[i].name)))
			return &words[i];
	return NULL;
}
