#include <stdlib.h>

#include "base/alloc.h"
#include "rule/compile.h"
#include "rule/matcher.h"

/*
 * Conditions over facts: three values, and what is missing where they are
 * unknown.
 */

/* --- which rules --- */

static uint32_t
facts_of_fields(const struct rules *rules, const uint32_t *list, size_t count)
{
	uint32_t facts = 0;

	for (size_t i = 0; i < count; i++) {
		const struct field *field = &rules->fields.list[list[i]];

		if (field->type == FIELD_FACT)
			facts |= UINT32_C(1) << field->fact;
	}
	return facts;
}

/* Whether a test is there and names fields; all tests of an item do or none. */
static bool
names_fields(const struct item *item, size_t test)
{
	return test < item->test_count && item->tests[test].type == TEST_FIELD;
}

static uint32_t
facts_of(const struct rules *rules, const struct node *node)
{
	const struct item *item = node->item;
	uint32_t facts = 0;

	if (node->type == NODE_IDENT)
		return facts_of(rules, node->ident->node);
	for (size_t i = 0; i < node->count; i++)
		facts |= facts_of(rules, node->child[i]);
	if (node->type != NODE_ITEM)
		return facts;
	for (size_t i = 0; names_fields(item, i); i++)
		facts |= facts_of_fields(
		    rules, item->tests[i].fields, item->tests[i].field_count);
	return facts | facts_of_fields(rules, item->fields, item->field_count);
}

void
compile_facts(struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		struct rule *rule = &rules->list[i];

		rule->facts = facts_of(rules, rule->condition);
		/*
		 * A mapping's condition that may be unknown cannot keep
		 * records from its rules; it is a part of theirs anyway.
		 */
		if (rule->when && facts_of(rules, rule->when))
			rule->when = NULL;
	}
}

/* --- leaves --- */

uint32_t
decide_unknown(struct matcher *matcher, uint32_t number)
{
	const struct field *field = &matcher->rules->fields.list[number];

	if (field->type != FIELD_FACT ||
	    !resolve(matcher, number)->unknown_fact)
		return 0;
	return UINT32_C(1) << field->fact;
}

/* What the item asks for and nobody knows. */
static uint32_t
unknown_facts(struct matcher *matcher, const struct item *item)
{
	uint32_t facts = 0;
	size_t values = 0;

	for (size_t i = 0; i < item->field_count; i++) {
		facts |= decide_unknown(matcher, item->fields[i]);
		values += resolve(matcher, item->fields[i])->count;
	}
	/* What is not there is not the same as anything. */
	for (size_t t = 0; values && names_fields(item, t); t++)
		for (size_t i = 0; i < item->tests[t].field_count; i++)
			facts |=
			    decide_unknown(matcher, item->tests[t].fields[i]);
	return facts;
}

static struct decision
decided(bool is_true)
{
	return (struct decision){is_true ? VERDICT_TRUE : VERDICT_FALSE, 0};
}

/* A value that is there tells; that there is none tells nothing here. */
static struct decision
decide_item(struct matcher *matcher, const struct item *item)
{
	uint32_t facts = unknown_facts(matcher, item);

	if (!facts)
		return decided(eval_item(matcher, item));
	if (eval_values(matcher, item))
		return decided(!item->absent);
	return (struct decision){VERDICT_UNKNOWN, facts};
}

/* --- the tree --- */

/* Of `and` and `or`: the part that decides, else what the others lack. */
static struct decision
decide_parts(
    struct matcher *matcher, const struct node *node, enum verdict decisive)
{
	struct decision all = {VERDICT_TRUE - decisive, 0};

	for (size_t i = 0; i < node->count; i++) {
		struct decision one = decide_node(matcher, node->child[i]);

		if (one.verdict == decisive)
			return one;
		if (one.verdict == VERDICT_UNKNOWN)
			all.verdict = VERDICT_UNKNOWN;
		all.facts |= one.facts;
	}
	return all;
}

static struct decision
decide_at_least(struct matcher *matcher, const struct node *node)
{
	struct decision all = {0};
	size_t is_true = 0, unknown = 0;

	for (size_t i = 0; i < node->count && is_true < node->need; i++) {
		struct decision one = decide_node(matcher, node->child[i]);

		is_true += one.verdict == VERDICT_TRUE;
		unknown += one.verdict == VERDICT_UNKNOWN;
		all.facts |= one.facts;
	}
	if (is_true >= node->need || is_true + unknown < node->need)
		return decided(is_true >= node->need);
	all.verdict = VERDICT_UNKNOWN;
	return all;
}

struct decision
decide_node(struct matcher *matcher, const struct node *node)
{
	struct decision one;

	switch (node->type) {
	case NODE_AND:
		return decide_parts(matcher, node, VERDICT_FALSE);
	case NODE_OR:
		return decide_parts(matcher, node, VERDICT_TRUE);
	case NODE_NOT:
		one = decide_node(matcher, node->child[0]);
		one.verdict = VERDICT_TRUE - one.verdict;
		return one;
	case NODE_AT_LEAST:
		return decide_at_least(matcher, node);
	case NODE_IDENT:
		return decide_node(matcher, node->ident->node);
	default:
		return decide_item(matcher, node->item);
	}
}

/* --- what the caller is told --- */

static void
note(struct matcher *matcher, uint32_t number, uint32_t facts)
{
	if (matcher->undecided_count == matcher->undecided_size) {
		matcher->undecided_size = matcher->undecided_size * 2 + 16;
		matcher->undecided = xrealloc(matcher->undecided,
		    matcher->undecided_size * sizeof(*matcher->undecided));
	}
	matcher->undecided[matcher->undecided_count++] =
	    (struct undecided){number, facts};
}

void
decide_note(struct matcher *matcher, uint32_t number, uint32_t facts)
{
	for (size_t i = 0; i < matcher->undecided_count; i++) {
		if (matcher->undecided[i].rule != number)
			continue;
		matcher->undecided[i].facts |= facts;
		return;
	}
	note(matcher, number, facts);
}

bool
decide_rule(struct matcher *matcher, uint32_t number)
{
	struct decision all =
	    decide_node(matcher, matcher->rules->list[number].condition);

	if (all.verdict == VERDICT_UNKNOWN)
		note(matcher, number, all.facts);
	return all.verdict == VERDICT_TRUE;
}

size_t
matcher_undecided(const struct matcher *matcher, const struct undecided **out)
{
	*out = matcher->undecided;
	return matcher->undecided_count;
}

enum verdict
matcher_verdict(struct matcher *matcher, uint32_t rule, uint32_t *facts)
{
	struct decision all =
	    decide_node(matcher, matcher->rules->list[rule].condition);

	*facts = all.verdict == VERDICT_UNKNOWN ? all.facts : 0;
	return all.verdict;
}
