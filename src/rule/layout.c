#include <string.h>

#include "rule/ast.h"
#include "rule/compile.h"
#include "rule/set.h"

/*
 * Conditions as the matcher evaluates them.  A rule's own stand among the
 * texts of its file, and reading one is a cache miss for each of its nodes; so
 * each is copied into one piece, in the order of evaluation, without what only
 * explanations need: names of identifiers, parts with a single child, `and` in
 * `and`.  Nor is a mapping's condition in it, which the plan has looked at.
 */

/* A condition may name a long list again and again: the rest is shared. */
#define NODES_MAX 4096

struct layout {
	struct arena *arena;
	const struct node *when; /* or NULL */
	size_t nodes_left;
};

static const struct node *
without_names(const struct node *node)
{
	while (node->type == NODE_IDENT)
		node = node->ident->node;
	return node;
}

/* Whether it is the mapping's condition, by its name. */
static bool
is_when(const struct layout *layout, const struct node *node)
{
	return layout->when && node->type == NODE_IDENT &&
	       node->ident->node == layout->when;
}

/* Whether the child's children may stand in the node's place of the child. */
static bool
dissolves(const struct node *node, const struct node *child)
{
	return child->type == node->type &&
	       (node->type == NODE_AND || node->type == NODE_OR);
}

/*
 * How many children the node has when what dissolves has dissolved; NODES_MAX
 * or more are too many to go on counting.
 */
static size_t
count_children(const struct layout *layout, const struct node *node)
{
	size_t n = 0;

	for (size_t i = 0; i < node->count && n < NODES_MAX; i++) {
		const struct node *child = without_names(node->child[i]);

		if (node->type == NODE_AND && is_when(layout, node->child[i]))
			continue;
		n += dissolves(node, child) ? count_children(layout, child) : 1;
	}
	return n;
}

static size_t
list_children(const struct layout *layout, const struct node *node,
    const struct node **out)
{
	size_t n = 0;

	for (size_t i = 0; i < node->count; i++) {
		const struct node *child = without_names(node->child[i]);

		if (node->type == NODE_AND && is_when(layout, node->child[i]))
			continue;
		if (dissolves(node, child))
			n += list_children(layout, child, out + n);
		else
			out[n++] = child;
	}
	return n;
}

static const struct item *
copy_item(struct layout *layout, const struct item *item)
{
	struct item *copy = arena_alloc(layout->arena, sizeof(*copy));
	size_t size = item->field_count * sizeof(*item->fields);
	uint32_t *fields = arena_alloc(layout->arena, size);

	*copy = *item;
	if (size)
		memcpy(fields, item->fields, size);
	copy->fields = fields;
	return copy;
}

static const struct node *
copy_node(struct layout *layout, const struct node *from)
{
	const struct node *node = without_names(from), **child;
	struct node *copy;
	size_t count = count_children(layout, node);

	if (count >= layout->nodes_left)
		return node;
	if (count == 1 && (node->type == NODE_AND || node->type == NODE_OR)) {
		(void)list_children(layout, node, &node);
		return copy_node(layout, node);
	}
	layout->nodes_left -= count + 1;
	copy = arena_alloc(layout->arena, sizeof(*copy));
	*copy = *node;
	if (node->type == NODE_ITEM) {
		copy->item = copy_item(layout, node->item);
		return copy;
	}
	child = arena_calloc(layout->arena, count + 1, sizeof(struct node *));
	copy->count = list_children(layout, node, child);
	copy->child = child;
	for (size_t i = 0; i < count; i++)
		child[i] = copy_node(layout, child[i]);
	return copy;
}

void
layout_conditions(struct rules *rules)
{
	rules->conditions = arena_calloc(
	    &rules->arena, rules->count + 1, sizeof(struct node *));
	for (size_t i = 0; i < rules->count; i++) {
		struct layout layout = {
		    &rules->arena, rules->list[i].when, NODES_MAX};

		rules->conditions[i] =
		    copy_node(&layout, rules->list[i].condition);
	}
}
