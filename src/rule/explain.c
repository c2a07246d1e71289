#include "rule/explain.h"

#include <string.h>

#include "base/time.h"
#include "rule/matcher.h"

#define TESTS_TOLD 12 /* of a leaf; the others are counted */
#define TEXT_TOLD  200

const char *
verdict_name(enum verdict verdict)
{
	static const char *const names[] = {"false", "unknown", "true"};

	return names[verdict];
}

/* An identifier that was explained; conditions name some again and again. */
struct known {
	const struct ident *ident;
	const struct explained *explained;
	struct known *next;
};

struct explaining {
	struct matcher *matcher;
	struct arena *arena;
	struct known *known;
	struct buf text;
};

static enum verdict
verdict_of(bool holds, bool unknown)
{
	if (holds)
		return VERDICT_TRUE;
	return unknown ? VERDICT_UNKNOWN : VERDICT_FALSE;
}

/* --- what is asked, as text --- */

/* At most TEXT_TOLD bytes, and no part of a character at the end. */
static struct slice
shortened(struct slice text, size_t max, bool *cut)
{
	*cut = text.len > max;
	if (!*cut)
		return text;
	text.len = max;
	while (text.len && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
		text.len--;
	return text;
}

/* As it would be written in a rule. */
static void
add_literal(struct buf *out, struct slice text)
{
	bool cut;

	text = shortened(text, TEXT_TOLD, &cut);
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '*' || text.ptr[i] == '?')
			buf_char(out, '\\');
		buf_char(out, text.ptr[i]);
	}
	if (cut)
		buf_str(out, "\xe2\x80\xa6");
}

static void
add_pattern(struct buf *out, const struct pattern *pattern)
{
	enum pattern_form form = pattern->form;

	if (pattern->cased)
		buf_str(out, "cased ");
	buf_char(out, '\'');
	if (form == PATTERN_SUFFIX || form == PATTERN_CONTAINS ||
	    form == PATTERN_ANY)
		buf_char(out, '*');
	if (form != PATTERN_GLOB && form != PATTERN_ANY)
		add_literal(out, pattern->text);
	for (size_t i = 0; form == PATTERN_GLOB && i < pattern->seg_count;
	     i++) {
		if (pattern->segs[i].type == SEG_TEXT)
			add_literal(out, pattern->segs[i].text);
		else
			buf_char(out, pattern->segs[i].type == SEG_STAR  ? '*'
			              : pattern->segs[i].type == SEG_ONE ? '?'
			                                                 : '-');
	}
	if (form == PATTERN_PREFIX || form == PATTERN_CONTAINS)
		buf_char(out, '*');
	buf_char(out, '\'');
}

static void
add_net(struct buf *out, const struct ip_net *net)
{
	char room[IP_TEXT_MAX];
	bool v4 = net->bits >= 96 && ip_is_v4(&net->base);

	buf_str(out, "in ");
	buf_slice_add(out, ip_format(&net->base, room));
	buf_printf(out, "/%u", v4 ? net->bits - 96 : net->bits);
}

static void
add_compare(struct buf *out, const struct test *test)
{
	static const char *const parts[] = {
	    "", "minute ", "hour ", "day ", "week ", "month ", "year "};
	static const char *const signs[] = {"", "<", "<=", ">", ">=", "="};

	buf_printf(out, "%s%s %.15g", parts[test->part], signs[test->compare],
	    test->limit);
}

/* The names of the fields that are looked up. */
static void
add_fields(struct buf *out, const struct rules *rules, const uint32_t *fields,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_str(out, ", ");
		buf_slice_add(out, rules->fields.list[fields[i]].name);
	}
}

static void
add_test(struct buf *out, const struct rules *rules, const struct test *test)
{
	static const char *const forms[] = {
	    "the same as ", "begins with ", "ends with ", "contains "};

	switch (test->type) {
	case TEST_TEXT:
		add_pattern(out, &test->pattern);
		break;
	case TEST_NULL:
		buf_str(out, "null");
		break;
	case TEST_REGEX:
		buf_char(out, '/');
		buf_slice_add(out, test->pattern.text);
		buf_char(out, '/');
		break;
	case TEST_CIDR:
		add_net(out, &test->net);
		break;
	case TEST_COMPARE:
		add_compare(out, test);
		break;
	case TEST_FIELD:
		buf_str(out, forms[test->pattern.form]);
		add_fields(out, rules, test->fields, test->field_count);
		break;
	}
}

static struct slice
what_of(struct explaining *e, const struct item *item)
{
	struct buf *out = &e->text;
	char room[TIME_TEXT_MAX];

	buf_clear(out);
	if (item->type == ITEM_EXISTS) {
		buf_str(out, item->absent ? "is not there" : "is there");
	} else if (item->type == ITEM_SINCE) {
		buf_str(out, "the event is not before ");
		buf_slice_add(out, time_format(item->since_us, room));
	}
	for (size_t i = 0; i < item->test_count && i < TESTS_TOLD; i++) {
		if (i)
			buf_str(out, " or ");
		add_test(out, e->matcher->rules, &item->tests[i]);
	}
	if (item->test_count > TESTS_TOLD)
		buf_printf(
		    out, " or %zu others", item->test_count - TESTS_TOLD);
	return arena_copy(e->arena, buf_slice(out));
}

/* Where a leaf looks, if that is not what the rule calls it. */
static struct slice
where_of(struct explaining *e, const struct item *item)
{
	const struct rules *rules = e->matcher->rules;

	if (!item->name.len ||
	    (item->field_count == 1 &&
	        slice_eq(rules->fields.list[item->fields[0]].name, item->name)))
		return SLICE("");
	buf_clear(&e->text);
	add_fields(&e->text, rules, item->fields, item->field_count);
	return arena_copy(e->arena, buf_slice(&e->text));
}

/* --- leaves --- */

/* Whether another field that the test asks for may have more values. */
static bool
other_unknown(struct explaining *e, const struct test *test)
{
	for (size_t k = 0; k < test->field_count; k++)
		if (resolve(e->matcher, test->fields[k])->unknown)
			return true;
	return false;
}

static enum verdict
judge_value(struct explaining *e, const struct item *item, size_t value)
{
	bool unknown = false;

	for (size_t t = 0; t < item->test_count; t++) {
		const struct test *test = &item->tests[t];
		uint64_t limited = e->matcher->regex_limited;

		if (eval_value(e->matcher, test, value))
			return VERDICT_TRUE;
		unknown |= e->matcher->regex_limited != limited ||
		           (test->type == TEST_FIELD && other_unknown(e, test));
	}
	return verdict_of(false, unknown);
}

static void
tell_value(struct explaining *e, struct explained *leaf,
    struct explained_value *values, size_t value, bool fits)
{
	struct explained_value *told = &values[leaf->value_count];
	struct slice text;

	/* What fits is told even if much that does not stands before it. */
	if (leaf->value_count == EXPLAIN_VALUES_MAX) {
		if (!fits || told[-1].fits)
			return;
		leaf->value_count--;
		told--;
	}
	text = shortened(
	    value_text(e->matcher, value), EXPLAIN_VALUE_MAX, &told->cut);
	told->text = arena_copy(e->arena, text);
	told->fits = fits;
	told->object = e->matcher->values[value].type == JSON_OBJECT;
	leaf->value_count++;
}

/* The tests but null, on every value. */
static enum verdict
judge_values(
    struct explaining *e, const struct item *item, struct explained *leaf)
{
	struct explained_value *values =
	    arena_calloc(e->arena, EXPLAIN_VALUES_MAX, sizeof(*values));
	enum verdict verdict = VERDICT_FALSE;

	leaf->values = values;
	for (size_t k = 0; k < item->field_count; k++) {
		const struct found *found =
		    resolve(e->matcher, item->fields[k]);
		size_t first = found->first, end = first + found->count;

		leaf->value_total += found->count;
		for (size_t i = first; i < end; i++) {
			enum verdict one = item->type == ITEM_EXISTS
			                       ? VERDICT_TRUE
			                       : judge_value(e, item, i);

			tell_value(e, leaf, values, i, one == VERDICT_TRUE);
			verdict = one > verdict ? one : verdict;
		}
	}
	return verdict;
}

/* Whether each of the fields is absent or null, if null is asked for. */
static enum verdict
judge_null(struct explaining *e, const struct item *item)
{
	bool asked = false, unknown = false;

	for (size_t t = 0; t < item->test_count; t++)
		asked |= item->tests[t].type == TEST_NULL;
	for (size_t k = 0; k < item->field_count && asked; k++) {
		const struct found *found =
		    resolve(e->matcher, item->fields[k]);

		asked = !found->present || found->null;
		unknown |= !found->present && found->unknown;
	}
	return verdict_of(asked && !unknown, asked);
}

static void
explain_item(
    struct explaining *e, const struct item *item, struct explained *leaf)
{
	const struct event *event = e->matcher->event;
	bool present = false, unknown = false;

	leaf->type = EXPLAINED_LEAF;
	leaf->name = item->name;
	leaf->what = what_of(e, item);
	leaf->where = where_of(e, item);
	if (item->type == ITEM_SINCE) {
		leaf->verdict = verdict_of(event->time_us == EVENT_NO_TIME ||
		                               event->time_us >= item->since_us,
		    false);
		return;
	}
	for (size_t k = 0; k < item->field_count; k++) {
		const struct found *found =
		    resolve(e->matcher, item->fields[k]);

		present |= found->present;
		unknown |= found->unknown;
	}
	leaf->absent = !present;
	leaf->verdict = judge_values(e, item, leaf);
	if (item->type == ITEM_EXISTS) {
		/* Presence once seen stays; absence may be an oversight. */
		leaf->verdict = verdict_of(present, unknown);
		if (item->absent)
			leaf->verdict = VERDICT_TRUE - leaf->verdict;
	} else if (leaf->verdict == VERDICT_FALSE) {
		leaf->verdict = judge_null(e, item);
		if (!leaf->verdict)
			leaf->verdict = verdict_of(false, unknown);
	}
}

/* --- the tree --- */

static const struct explained *
explain_node(struct explaining *e, const struct node *node);

static const struct explained *
explain_ident(struct explaining *e, const struct ident *ident, bool *again)
{
	struct known *known;

	for (known = e->known; known; known = known->next)
		if (known->ident == ident) {
			*again = true;
			return known->explained;
		}
	known = arena_calloc(e->arena, 1, sizeof(*known));
	known->ident = ident;
	known->explained = explain_node(e, ident->node);
	known->next = e->known;
	e->known = known;
	return known->explained;
}

static enum verdict
judge_parts(const struct explained *whole)
{
	size_t counts[3] = {0};

	for (size_t i = 0; i < whole->part_count; i++)
		counts[whole->part[i]->verdict]++;
	switch (whole->type) {
	case EXPLAINED_AND:
		return verdict_of(counts[VERDICT_TRUE] == whole->part_count,
		    !counts[VERDICT_FALSE]);
	case EXPLAINED_NOT:
		return VERDICT_TRUE - whole->part[0]->verdict;
	case EXPLAINED_AT_LEAST:
		return verdict_of(counts[VERDICT_TRUE] >= whole->need,
		    counts[VERDICT_TRUE] + counts[VERDICT_UNKNOWN] >=
		        whole->need);
	case EXPLAINED_IDENT:
		return whole->part[0]->verdict;
	default:
		return verdict_of(
		    counts[VERDICT_TRUE] != 0, counts[VERDICT_UNKNOWN] != 0);
	}
}

static const struct explained *
explain_node(struct explaining *e, const struct node *node)
{
	static const enum explained_type types[] = {
	    [NODE_AND] = EXPLAINED_AND,
	    [NODE_OR] = EXPLAINED_OR,
	    [NODE_NOT] = EXPLAINED_NOT,
	    [NODE_AT_LEAST] = EXPLAINED_AT_LEAST,
	    [NODE_IDENT] = EXPLAINED_IDENT,
	    [NODE_ITEM] = EXPLAINED_LEAF,
	};
	struct explained *out = arena_calloc(e->arena, 1, sizeof(*out));
	size_t n = node->type == NODE_IDENT ? 1 : node->count;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are meant */
	const struct explained **part =
	    arena_calloc(e->arena, n + 1, sizeof(struct explained *));

	out->type = types[node->type];
	if (node->type == NODE_ITEM) {
		explain_item(e, node->item, out);
		return out;
	}
	out->need = node->need;
	out->part = part;
	out->part_count = n;
	if (node->type == NODE_IDENT) {
		out->name = node->ident->name;
		part[0] = explain_ident(e, node->ident, &out->again);
	} else {
		for (size_t i = 0; i < n; i++)
			part[i] = explain_node(e, node->child[i]);
	}
	out->verdict = judge_parts(out);
	return out;
}

const struct explained *
explain_rule(struct matcher *matcher, uint32_t rule, struct arena *arena)
{
	struct explaining e = {.matcher = matcher, .arena = arena};
	const struct explained *out =
	    explain_node(&e, matcher->rules->list[rule].condition);

	buf_release(&e.text);
	return out;
}
