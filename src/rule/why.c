#include <stdlib.h>
#include <string.h>

#include "rule/match.h"
#include "rule/matcher.h"

/* Reasons of one rule, and values of one item, at most. */
#define REASONS_MAX 64
#define VALUES_MAX  8

struct why {
	struct matcher *matcher;
	bool facts; /* the rule names some */
	struct arena *arena;
	struct rule_reason list[REASONS_MAX];
	size_t count;
};

/* Reasons are told once, however many branches of the condition hold them. */
static void
add_reason(struct why *why, const struct ident *ident, const struct item *item,
    struct slice value)
{
	for (size_t i = 0; i < why->count; i++)
		if (slice_eq(why->list[i].identifier, ident->name) &&
		    slice_eq(why->list[i].field, item->name) &&
		    slice_eq(why->list[i].value, value))
			return;
	if (why->count < REASONS_MAX)
		why->list[why->count++] = (struct rule_reason){
		    ident->name, item->name, arena_copy(why->arena, value)};
}

static bool
any_test(struct why *why, const struct item *item, size_t value)
{
	for (size_t t = 0; t < item->test_count; t++)
		if (eval_value(why->matcher, &item->tests[t], value))
			return true;
	return false;
}

static void
explain_item(
    struct why *why, const struct ident *ident, const struct item *item)
{
	size_t said = 0;

	if (item->type == ITEM_SINCE)
		return;
	for (size_t k = 0; k < item->field_count; k++) {
		const struct found *found =
		    resolve(why->matcher, item->fields[k]);
		size_t end = found->first + found->count;

		for (size_t i = found->first; i < end; i++) {
			if (said == VALUES_MAX)
				return;
			if (item->type == ITEM_TESTS && !any_test(why, item, i))
				continue;
			add_reason(
			    why, ident, item, value_text(why->matcher, i));
			said++;
		}
	}
	if (!said)
		add_reason(why, ident, item, SLICE(""));
}

static bool
is_true(struct why *why, const struct node *node)
{
	if (!why->facts)
		return eval_node(why->matcher, node);
	return decide_node(why->matcher, node).verdict == VERDICT_TRUE;
}

/* Only true nodes, and nothing below a `not`. */
static void
explain(struct why *why, const struct node *node, const struct ident *ident)
{
	if (node->type == NODE_NOT || !is_true(why, node))
		return;
	if (node->type == NODE_ITEM)
		explain_item(why, ident, node->item);
	else if (node->type == NODE_IDENT)
		explain(why, node->ident->node, node->ident);
	for (size_t i = 0; i < node->count; i++)
		explain(why, node->child[i], ident);
}

size_t
matcher_why(struct matcher *matcher, uint32_t rule, struct arena *arena,
    const struct rule_reason **out)
{
	struct why why = {.matcher = matcher,
	    .arena = arena,
	    .facts = matcher->rules->list[rule].facts != 0};
	/* Fields stand inside of identifiers only. */
	const struct ident none = {0};
	size_t bytes;

	explain(&why, matcher->rules->list[rule].condition, &none);
	bytes = why.count * sizeof(why.list[0]);
	*out = memcpy(arena_alloc(arena, bytes + 1), why.list, bytes);
	return why.count;
}
