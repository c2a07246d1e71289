#include <string.h>

#include "rule/compile.h"

struct node *
compile_node(struct compile *compile, enum node_type type, size_t children)
{
	struct node *node =
	    arena_calloc(&compile->rules->arena, 1, sizeof(*node));

	node->type = type;
	node->count = children;
	return node;
}

const struct node **
compile_children(struct compile *compile, size_t n)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are meant */
	return arena_calloc(&compile->rules->arena, n, sizeof(struct node *));
}

/* The node itself if it has one child. */
static const struct node *
group(struct compile *compile, enum node_type type,
    const struct node *const *child, size_t count)
{
	struct node *node;

	if (count == 1)
		return child[0];
	node = compile_node(compile, type, count);
	node->child = child;
	return node;
}

static int
search_map(
    struct compile *compile, const struct yaml *map, const struct node **out)
{
	const struct node **child;
	size_t n = 0;
	int status = 0;

	if (!map->first)
		return compile_fail(compile, map, "the map is empty");
	child = compile_children(compile, map->count);
	for (const struct yaml *value = map->first; value;
	     value = value->next, n++)
		status |= compile_item(compile, value->key, value, &child[n]);
	if (status)
		return status;
	compile_order(compile->rules, child, n);
	*out = group(compile, NODE_AND, child, n);
	return 0;
}

/* The list's plain values, as one list of keywords. */
static int
list_keywords(
    struct compile *compile, const struct yaml *list, const struct node **out)
{
	struct yaml keywords = *list, **tail = &keywords.first;

	keywords.count = 0;
	for (const struct yaml *node = list->first; node; node = node->next) {
		struct yaml *copy;

		if (!yaml_is_scalar(node))
			continue;
		copy = arena_alloc(&compile->rules->arena, sizeof(*copy));
		*copy = *node;
		copy->next = NULL;
		*tail = copy;
		tail = &copy->next;
		keywords.count++;
	}
	*tail = NULL;
	if (!keywords.count)
		return 0;
	return compile_item(compile, NULL, &keywords, out);
}

static int
search_list(
    struct compile *compile, const struct yaml *list, const struct node **out)
{
	const struct node **child, *keywords = NULL;
	size_t n = 0;
	int status;

	if (!list->first)
		return compile_fail(compile, list, "the list is empty");
	child = compile_children(compile, list->count + 1);
	status = list_keywords(compile, list, &keywords);
	if (keywords)
		child[n++] = keywords;
	for (const struct yaml *node = list->first; node; node = node->next) {
		if (node->type == YAML_LIST)
			status |= compile_fail(
			    compile, node, "a list may not hold a list");
		if (node->type == YAML_MAP)
			status |= search_map(compile, node, &child[n++]);
	}
	if (!status)
		*out = group(compile, NODE_OR, child, n);
	return status;
}

int
compile_search(
    struct compile *compile, const struct yaml *search, const struct node **out)
{
	if (search->type == YAML_MAP)
		return search_map(compile, search, out);
	if (search->type == YAML_LIST)
		return search_list(compile, search, out);
	return compile_item(compile, NULL, search, out);
}

/* --- detection --- */

static bool
is_reserved(struct slice name)
{
	return slice_eq(name, SLICE("condition")) ||
	       slice_eq(name, SLICE("timeframe"));
}

static int
compile_idents(
    struct compile *compile, const struct yaml *detection, struct idents *out)
{
	struct ident *list = arena_calloc(
	    &compile->rules->arena, detection->count + 1, sizeof(*list));
	int status = 0;

	*out = (struct idents){list, 0};
	for (const struct yaml *search = detection->first; search;
	     search = search->next) {
		struct ident *ident = &list[out->count];

		if (is_reserved(search->key->text))
			continue;
		ident->name =
		    arena_copy(&compile->rules->arena, search->key->text);
		/* Conditions are read even if this one cannot be. */
		ident->node = compile_node(compile, NODE_OR, 0);
		status |= compile_search(compile, search, &ident->node);
		out->count++;
	}
	if (!out->count)
		return compile_fail(
		    compile, detection, "there is no search identifier");
	return status;
}

/* A list of conditions is true if one of them is. */
static int
conditions(struct compile *compile, const struct yaml *list,
    const struct idents *idents, const struct node **out)
{
	const struct node **child;
	size_t n = 0;
	int status = 0;

	if (list->type != YAML_LIST)
		return compile_condition(compile, list, idents, out);
	if (!list->first)
		return compile_fail(
		    compile, list, "the list of conditions is empty");
	child = compile_children(compile, list->count);
	for (const struct yaml *text = list->first; text; text = text->next)
		status |= compile_condition(compile, text, idents, &child[n++]);
	if (!status)
		*out = group(compile, NODE_OR, child, n);
	return status;
}

int
compile_detection(struct compile *compile, const struct yaml *detection,
    const struct node **out)
{
	const struct yaml *text = yaml_get(detection, "condition");
	const struct yaml *frame = yaml_get(detection, "timeframe");
	struct idents idents;
	struct node *node;
	int status;

	if (detection->type != YAML_MAP)
		return compile_fail(
		    compile, detection, "'detection' must be a map");
	status = compile_idents(compile, detection, &idents);
	if (!idents.count)
		return -1;
	if (text)
		status |= conditions(compile, text, &idents, out);
	if (status)
		return -1;
	if (frame)
		return compile_fail(compile, frame->key,
		    "'timeframe' belongs to a correlation");
	if (text)
		return 0;
	if (idents.count != 1)
		return compile_fail(
		    compile, detection, "there is no condition");
	node = compile_node(compile, NODE_IDENT, 0);
	node->ident = &idents.list[0];
	*out = node;
	return 0;
}
