#include "rule/mapping.h"

#include <string.h>

/* --- one after the other --- */

/* A rule's log source is changed so often at most. */
#define CHANGES_MAX 8

/* Refuses what does not come to an end. */
static int
check_chain(struct compile *compile, const struct mapping *mapping)
{
	const struct mapping *at = mapping;
	int changes = 0;

	for (; at->change; changes++) {
		if (changes == CHANGES_MAX)
			return compile_fail(compile, mapping->change,
			    "the log source is changed in a circle, or more "
			    "than %d times",
			    CHANGES_MAX);
		if (!at->next)
			return 0;
		at = at->next;
	}
	return 0;
}

/* Refuses what leads to a mapping that lacks its condition. */
static void
check_next(struct compile *compile, struct mapping *mapping)
{
	const struct mapping *at = mapping->next;

	while (at && !at->refused)
		at = at->next;
	if (!at)
		return;
	compile->path = mapping->path;
	compile_fail(compile, mapping->change,
	    "'" SLICE_FMT "', which serves this log source, was refused",
	    SLICE_ARG(at->path));
	mapping->refused = true;
	compile->rules->refused++;
}

/* Its condition together with those that follow; its kinds are the last's. */
static void
join_chain(struct compile *compile, struct mapping *mapping,
    const struct node *const *own)
{
	const struct mapping *first = compile->mappings->list, *last = mapping;
	const struct node **child = compile_children(compile, CHANGES_MAX + 1);
	struct node *node;
	size_t n = 0;

	for (const struct mapping *at = mapping; at; at = at->next) {
		if (own[at - first])
			child[n++] = own[at - first];
		last = at;
	}
	if (mapping->change)
		mapping->kinds =
		    last->change ? 1u << KIND_UNKNOWN : last->kinds;
	mapping->when = n ? child[0] : NULL;
	if (n < 2)
		return;
	node = compile_node(compile, NODE_AND, n);
	node->child = child;
	mapping->when = node;
}

void
mappings_link(struct mappings *mappings, struct compile *compile)
{
	const struct node **own = arena_calloc(&compile->rules->arena,
	    mappings->count + 1, sizeof(const struct node *));

	for (size_t i = 0; i < mappings->count; i++) {
		struct mapping *mapping = &mappings->list[i];

		if (mapping->change)
			mapping->next =
			    mappings_find(mappings, &mapping->changed);
	}
	for (size_t i = 0; i < mappings->count; i++) {
		struct mapping *mapping = &mappings->list[i];

		compile->path = mapping->path;
		compile->mapping = mapping;
		mapping->refused =
		    check_chain(compile, mapping) ||
		    (mapping->own_when &&
		        compile_search(compile, mapping->own_when, &own[i]));
		compile->rules->refused += mapping->refused;
	}
	for (size_t i = 0; i < mappings->count; i++)
		if (!mappings->list[i].refused)
			check_next(compile, &mappings->list[i]);
	for (size_t i = 0; i < mappings->count; i++)
		if (!mappings->list[i].refused)
			join_chain(compile, &mappings->list[i], own);
	compile->mapping = NULL;
}

/* --- the names of fields --- */

/* The prefix that holds for a name; NULL for none. */
static const struct yaml *
find_prefix(const struct mapping *mapping, struct slice name)
{
	const struct yaml *one =
	    mapping->prefix ? mapping->prefix->first : NULL;

	for (; one; one = one->next) {
		const struct yaml *cut = yaml_get(one, "remove");
		const struct yaml *names = yaml_get(one, "fields");
		const struct yaml *pattern = names ? names->first : NULL;

		while (pattern && !name_fits(pattern->text, name))
			pattern = pattern->next;
		if (names && !pattern)
			continue;
		if (!cut ||
		    (name.len > cut->text.len &&
		        !memcmp(name.ptr, cut->text.ptr, cut->text.len)))
			return one;
	}
	return NULL;
}

/* The name with the mapping's prefix; what firn itself names has none. */
static struct slice
with_prefix(
    const struct mapping *mapping, struct arena *arena, struct slice name)
{
	bool ours = name.len > 5 && !memcmp(name.ptr, "firn.", 5);
	const struct yaml *one = ours ? NULL : find_prefix(mapping, name);
	const struct yaml *add = yaml_get(one, "add");

	if (!one)
		return name;
	if (add)
		return arena_printf(arena, SLICE_FMT SLICE_FMT,
		    SLICE_ARG(add->text), SLICE_ARG(name));
	return slice_skip(name, yaml_get(one, "remove")->text.len);
}

static bool
add_name(struct mapping_names *out, struct slice name)
{
	for (size_t i = 0; i < out->count; i++)
		if (slice_eq(out->list[i], name))
			return true;
	if (out->count == MAPPING_NAMES_MAX)
		return false;
	out->list[out->count++] = name;
	return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as log sources are changed */
bool
mapping_names(const struct mapping *mapping, struct arena *arena,
    struct slice name, struct mapping_names *out)
{
	const struct yaml *target = mapping_field(mapping, name);

	if (!mapping)
		return add_name(out, name);
	if (!target)
		return mapping_names(mapping->next, arena,
		    with_prefix(mapping, arena, name), out);
	if (target->type != YAML_LIST)
		return mapping_names(mapping->next, arena, target->text, out);
	for (target = target->first; target; target = target->next)
		if (!mapping_names(mapping->next, arena, target->text, out))
			return false;
	return true;
}

/* --- placeholders --- */

static const struct rules_placeholder *
own_placeholder(const struct mapping *mapping, struct slice name)
{
	for (size_t i = 0; i < mapping->placeholder_count; i++)
		if (slice_eq(slice_cstr(mapping->placeholders[i].name), name))
			return &mapping->placeholders[i];
	return NULL;
}

const struct rules_placeholder *
mappings_placeholder(const struct mappings *mappings,
    const struct mapping *mapping, struct slice name)
{
	const struct rules_placeholder *found = NULL;
	size_t group = 0;

	for (; mapping && !found; mapping = mapping->next)
		found = own_placeholder(mapping, name);
	if (found)
		return found;
	for (size_t i = 0; i < mappings->count; i++) {
		const struct mapping *one = &mappings->list[i];
		const struct rules_placeholder *own =
		    one->logsource_count ? NULL : own_placeholder(one, name);

		if (!own || (found && one->group <= group))
			continue;
		found = own;
		group = one->group;
	}
	return found;
}
