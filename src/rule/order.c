#include "rule/compile.h"

/*
 * What it costs to find a field's values the first time in a record: a column
 * of the event is there already, a path into lists of named values is a long
 * walk, and keywords look everywhere.
 */
uint64_t
compile_field_cost(const struct field *field)
{
	uint64_t cost = 0;

	if (field->type == FIELD_KEYWORDS)
		return 10000;
	if (field->type != FIELD_PATH)
		return 1;
	for (size_t i = 0; i < field->step_count; i++)
		cost += field->steps[i].type == STEP_NAME ? 10 : 500;
	return cost;
}

static uint64_t
node_cost(const struct rules *rules, const struct node *node)
{
	const struct item *item = node->item;
	uint64_t cost = 0;

	switch (node->type) {
	case NODE_IDENT:
		return node_cost(rules, node->ident->node);
	case NODE_ITEM:
		for (size_t i = 0; i < item->field_count; i++)
			cost += compile_field_cost(
			    &rules->fields.list[item->fields[i]]);
		for (size_t i = 0; i < item->test_count; i++)
			cost += item->tests[i].type == TEST_REGEX ? 200 : 1;
		return cost;
	default:
		for (size_t i = 0; i < node->count; i++)
			cost += node_cost(rules, node->child[i]);
		return cost;
	}
}

/* More children than a person writes stay as they are. */
#define ORDER_MAX 256

void
compile_order(
    const struct rules *rules, const struct node **child, size_t count)
{
	uint64_t costs[ORDER_MAX];

	if (count > ORDER_MAX)
		return;
	/* Few children, and the order of equals stays: insertion sort. */
	for (size_t i = 0; i < count; i++) {
		const struct node *node = child[i];
		uint64_t cost = node_cost(rules, node);
		size_t at = i;

		for (; at && costs[at - 1] > cost; at--) {
			child[at] = child[at - 1];
			costs[at] = costs[at - 1];
		}
		child[at] = node;
		costs[at] = cost;
	}
}
