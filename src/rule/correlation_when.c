#include "rule/correlation_when.h"

#include <string.h>
#include <strings.h>

#include "rule/number.h"

/* --- the timespan --- */

#define SECOND_US INT64_C(1000000)
#define SPAN_MAX  (INT64_C(100) * 31556952 * SECOND_US)

int
timespan_parse(
    struct compile *compile, const struct yaml *node, int64_t *span_us)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {
	    {'s', 1},
	    {'m', 60},
	    {'h', 3600},
	    {'d', 86400},
	    {'w', 604800},
	    {'M', 2629746},
	    {'y', 31556952},
	};
	struct slice text = node->text;
	char unit = text.len ? text.ptr[text.len - 1] : '\0';
	uint64_t n;

	if (!yaml_is_scalar(node) || text.len < 2 ||
	    !slice_to_u64(slice_of(text.ptr, text.len - 1), &n) || !n)
		return compile_fail(compile, node,
		    "a timespan is a number and one of s, m, h, d, w, M, y");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].unit != unit)
			continue;
		if (n > (uint64_t)(SPAN_MAX / SECOND_US / units[i].seconds))
			return compile_fail(compile, node,
			    "the timespan is longer than 100 years");
		*span_us = (int64_t)n * units[i].seconds * SECOND_US;
		return 0;
	}
	return compile_fail(compile, node,
	    "'%c' is no unit of time: s, m, h, d, w, M, y are", unit);
}

/* --- an expression over rules --- */

#define DEPTH_MAX 32

/* Ways in which an expression is true. */
struct terms {
	struct correlation_term list[CORRELATION_TERMS_MAX];
	size_t count;
};

struct reader {
	struct compile *compile;
	const struct yaml *node;
	const struct yaml *names;
	struct slice rest, token;
	unsigned depth;
};

static void
advance(struct reader *reader)
{
	struct slice s = reader->rest;
	size_t n = 0;

	while (s.len && memchr(" \t\r\n", s.ptr[0], 4))
		s = slice_skip(s, 1);
	if (s.len && memchr("()", s.ptr[0], 2))
		n = 1;
	else
		while (n < s.len && !memchr(" \t\r\n()", s.ptr[n], 6))
			n++;
	reader->token = slice_of(s.ptr, n);
	reader->rest = slice_skip(s, n);
}

static bool
token_is(const struct reader *reader, const char *word)
{
	return reader->token.len == strlen(word) &&
	       !strncasecmp(reader->token.ptr, word, reader->token.len);
}

#define fail_here(reader, ...)                                                 \
	compile_fail_in((reader)->compile, (reader)->node,                     \
	    (size_t)((reader)->token.ptr - (reader)->node->text.ptr),          \
	    __VA_ARGS__)

/* Adds a way; one that another makes needless is left out. */
static int
add_term(
    struct reader *reader, struct terms *terms, uint64_t all, uint64_t none)
{
	size_t kept = 0;

	if (all & none)
		return 0;
	for (size_t i = 0; i < terms->count; i++) {
		const struct correlation_term *t = &terms->list[i];

		if (!(t->all & ~all) && !(t->none & ~none))
			return 0;
		if ((all & ~t->all) || (none & ~t->none))
			terms->list[kept++] = *t;
	}
	terms->count = kept;
	if (terms->count == CORRELATION_TERMS_MAX)
		return compile_fail(reader->compile, reader->node,
		    "the condition can be true in more than %d ways",
		    CORRELATION_TERMS_MAX);
	terms->list[terms->count++] = (struct correlation_term){all, none};
	return 0;
}

/* a := a or b, or: a and b. */
static int
join(struct reader *reader, struct terms *a, const struct terms *b, bool both)
{
	struct terms old = *a;

	if (both)
		a->count = 0;
	for (size_t i = 0; i < b->count; i++) {
		if (!both &&
		    add_term(reader, a, b->list[i].all, b->list[i].none))
			return -1;
		for (size_t k = 0; both && k < old.count; k++)
			if (add_term(reader, a,
			        old.list[k].all | b->list[i].all,
			        old.list[k].none | b->list[i].none))
				return -1;
	}
	return 0;
}

static int read_or(struct reader *reader, bool negated, struct terms *out);

static int
read_name(struct reader *reader, bool negated, struct terms *out)
{
	const struct yaml *name = reader->names->first;

	for (size_t i = 0; name; i++, name = name->next) {
		uint64_t bit = UINT64_C(1) << i;

		if (!slice_eq(name->text, reader->token))
			continue;
		advance(reader);
		return add_term(
		    reader, out, negated ? 0 : bit, negated ? bit : 0);
	}
	if (!reader->token.len)
		return fail_here(reader, "the condition ends too early");
	return fail_here(reader,
	    "'" SLICE_FMT "' is none of the correlation's rules",
	    SLICE_ARG(reader->token));
}

static int
read_not(struct reader *reader, bool negated, struct terms *out)
{
	int status;

	out->count = 0;
	while (token_is(reader, "not")) {
		negated = !negated;
		advance(reader);
	}
	if (!token_is(reader, "("))
		return read_name(reader, negated, out);
	if (++reader->depth > DEPTH_MAX)
		return fail_here(reader,
		    "the condition is nested deeper than %d", DEPTH_MAX);
	advance(reader);
	status = read_or(reader, negated, out);
	if (status)
		return status;
	if (!token_is(reader, ")"))
		return fail_here(reader, "a ')' is missing");
	reader->depth--;
	advance(reader);
	return 0;
}

static int
read_and(struct reader *reader, bool negated, struct terms *out)
{
	struct terms more;

	if (read_not(reader, negated, out))
		return -1;
	while (token_is(reader, "and")) {
		advance(reader);
		if (read_not(reader, negated, &more) ||
		    join(reader, out, &more, !negated))
			return -1;
	}
	return 0;
}

/* Under a negation, `or` is `and`, and the other way round. */
static int
read_or(struct reader *reader, bool negated, struct terms *out)
{
	struct terms more;

	if (read_and(reader, negated, out))
		return -1;
	while (token_is(reader, "or")) {
		advance(reader);
		if (read_and(reader, negated, &more) ||
		    join(reader, out, &more, negated))
			return -1;
	}
	return 0;
}

static int
take_expression(struct compile *compile, const struct yaml *condition,
    const struct yaml *names, struct correlation *c)
{
	struct reader reader = {.compile = compile,
	    .node = condition,
	    .names = names,
	    .rest = condition->text};
	struct terms terms = {.count = 0};
	struct correlation_term *list;

	if (!correlation_is_temporal(c))
		return compile_fail(compile, condition,
		    "the condition must be a map like 'gte: 10'");
	advance(&reader);
	if (read_or(&reader, false, &terms))
		return -1;
	if (reader.token.len)
		return fail_here(&reader,
		    "'" SLICE_FMT "' is not expected here",
		    SLICE_ARG(reader.token));
	if (!terms.count)
		return compile_fail(
		    compile, condition, "the condition can never be true");
	list = arena_calloc(&compile->rules->arena, terms.count, sizeof(*list));
	memcpy(list, terms.list, terms.count * sizeof(*list));
	c->terms = list;
	c->term_count = terms.count;
	for (size_t i = 0; i < terms.count; i++)
		c->at_close |= list[i].none != 0;
	return 0;
}

/* --- bounds --- */

static int
take_bound(
    struct compile *compile, const struct yaml *node, struct correlation *c)
{
	static const char *const names[] = {
	    "gt", "gte", "lt", "lte", "eq", "neq"};
	struct correlation_bound *bound = &c->bounds[c->bound_count];
	bool counts =
	    c->type <= CORRELATION_VALUE_COUNT || correlation_is_temporal(c);
	enum bound_op op = BOUND_GT;

	while (op <= BOUND_NEQ &&
	       !slice_eq(node->key->text, slice_cstr(names[op])))
		op++;
	if (op > BOUND_NEQ)
		return compile_fail(compile, node->key,
		    "a condition has no '" SLICE_FMT "'",
		    SLICE_ARG(node->key->text));
	if (c->bound_count == CORRELATION_BOUNDS_MAX)
		return compile_fail(
		    compile, node->key, "a condition compares twice at most");
	bound->op = op;
	if (!yaml_is_scalar(node) || !number_parse(node->text, &bound->limit))
		return compile_fail(compile, node,
		    "'" SLICE_FMT "' is no number", SLICE_ARG(node->text));
	/* A group is only known by its events. */
	if (counts &&
	    ((op == BOUND_LT && bound->limit <= 1) ||
	        ((op == BOUND_LTE || op == BOUND_EQ) && bound->limit < 1)))
		return compile_fail(compile, node,
		    "can never be true: a group is there by its first event");
	c->at_close |= op > BOUND_GTE;
	c->bound_count++;
	return 0;
}

static int
take_percentile(struct compile *compile, const struct yaml *node, bool median,
    struct correlation *c)
{
	if (c->type != CORRELATION_VALUE_PERCENTILE || median)
		return compile_fail(compile, node->key,
		    "'percentile' goes with the type value_percentile");
	if (!number_parse(node->text, &c->percentile) || c->percentile < 0 ||
	    c->percentile > 100)
		return compile_fail(
		    compile, node, "a percentile is a number from 0 to 100");
	return 0;
}

static int
take_bounds(struct compile *compile, const struct yaml *map, bool median,
    struct correlation *c)
{
	int status = 0;

	for (const struct yaml *node = map->first; node; node = node->next) {
		if (slice_eq(node->key->text, SLICE("field")))
			continue; /* with the fields, correlation.c */
		if (slice_eq(node->key->text, SLICE("percentile")))
			status |= take_percentile(compile, node, median, c);
		else
			status |= take_bound(compile, node, c);
	}
	if (!status && !c->bound_count)
		return compile_fail(compile, map,
		    "the condition compares nothing: gt, gte, lt, lte, eq or "
		    "neq is missing");
	return status;
}

/* All rules: what temporal_ordered wants unless an expression says less. */
static void
want_all(struct compile *compile, struct correlation *c)
{
	struct correlation_term *term =
	    arena_calloc(&compile->rules->arena, 1, sizeof(*term));

	term->all = UINT64_MAX >> (64 - c->ref_count);
	c->terms = term;
	c->term_count = 1;
}

int
correlation_condition(struct compile *compile, const struct yaml *at,
    const struct yaml *condition, const struct yaml *names,
    struct correlation *c)
{
	bool median = c->percentile != 0;
	int status;

	if (c->type == CORRELATION_VALUE_PERCENTILE && !median)
		c->percentile = 50;
	if (c->type == CORRELATION_TEMPORAL_ORDERED)
		want_all(compile, c);
	if (!condition || condition->type == YAML_NULL) {
		if (!correlation_is_temporal(c))
			return compile_fail(
			    compile, at, "there is no condition");
		c->bounds[c->bound_count++] =
		    (struct correlation_bound){BOUND_GTE, (double)c->ref_count};
		return 0;
	}
	if (condition->type == YAML_LIST)
		return compile_fail(
		    compile, condition, "a condition is no list");
	if (condition->type != YAML_MAP)
		return take_expression(compile, condition, names, c);
	status = take_bounds(compile, condition, median, c);
	if (!status && c->type == CORRELATION_TEMPORAL_ORDERED &&
	    (c->bound_count != 1 || c->bounds[0].op == BOUND_LT ||
	        c->bounds[0].op == BOUND_LTE || c->bounds[0].op == BOUND_NEQ ||
	        c->bounds[0].op == BOUND_GT ||
	        c->bounds[0].limit != (double)c->ref_count))
		return compile_fail(compile, condition,
		    "temporal_ordered wants all its rules in their order; "
		    "write an expression over their names for less");
	if (c->type == CORRELATION_TEMPORAL_ORDERED)
		c->at_close = false;
	return status;
}
