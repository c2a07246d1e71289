#include <string.h>

#include "rule/compile.h"
#include "rule/mapping.h"

/* Interns a target of a field; the field's place stands for an unmapped one. */
static int
intern(struct compile *compile, const struct yaml *at, struct slice name,
    uint32_t *number)
{
	struct err err = {0};

	if (!fields_intern(&compile->rules->fields, &compile->rules->arena,
	        name, number, &err))
		return 0;
	return compile_fail(compile, at, "%s", err.msg);
}

/* The targets that are the name with blanks in it, or else the name itself. */
static int
spellings(struct compile *compile, const struct yaml *at, struct slice name,
    const struct yaml *target, uint32_t *list, size_t *count)
{
	size_t n = target && target->type == YAML_LIST ? target->count : 1;

	if (target && target->type == YAML_LIST)
		target = target->first;
	*count = 0;
	for (; target && n; target = target->next, n--) {
		/* What is not kept must be right all the same. */
		if (intern(compile, at, target->text, &list[*count]))
			return -1;
		*count += mapping_respells(name, target->text);
	}
	if (*count)
		return 0;
	*count = 1;
	return intern(compile, at, name, list);
}

int
compile_fields(struct compile *compile, const struct yaml *at,
    struct slice name, const uint32_t **fields, size_t *count)
{
	struct arena *arena = &compile->rules->arena;
	const struct yaml *target = mapping_field(compile->mapping, name);
	size_t n = target && target->type == YAML_LIST ? target->count : 1;
	struct mapping_names names = {0};
	uint32_t *list;

	if (!compile->source->any_logsource) {
		if (!mapping_names(compile->mapping, arena, name, &names))
			return compile_fail(compile, at,
			    "'" SLICE_FMT "' stands for more than %d fields",
			    SLICE_ARG(name), MAPPING_NAMES_MAX);
		n = names.count;
	}
	list = arena_calloc(arena, n, sizeof(*list));
	*fields = list;
	*count = n;
	if (compile->source->any_logsource)
		return spellings(compile, at, name, target, list, count);
	for (size_t i = 0; i < n; i++)
		if (intern(compile, at, names.list[i], &list[i]))
			return -1;
	return 0;
}

static int
exists_item(
    struct compile *compile, const struct yaml *value, struct item *item)
{
	bool yes = slice_eq(value->text, SLICE("true")) ||
	           slice_eq(value->text, SLICE("yes"));

	if (value->type == YAML_LIST ||
	    (!yes && value->type != YAML_BOOL &&
	        !slice_eq(value->text, SLICE("no"))))
		return compile_fail(
		    compile, value, "'exists' takes true or false");
	item->type = ITEM_EXISTS;
	item->absent = !yes && (value->text.ptr[0] | 0x20) != 't';
	return 0;
}

static int
add_value(struct compile *compile, const struct yaml *value,
    const struct modifiers *m, bool keywords, struct tests *tests)
{
	if (!yaml_is_scalar(value))
		return compile_fail(compile, value,
		    "a value must be plain, not a %s",
		    yaml_type_name(value->type));
	if (keywords && value->type == YAML_NULL)
		return compile_fail(compile, value, "null is no keyword");
	return compile_tests(compile, value, m, tests);
}

#define MEMO_TESTS 4 /* fewer are as quickly done again */

static bool
is_worth_a_memo(const struct tests *tests)
{
	for (size_t i = 0; i < tests->count; i++)
		if (tests->list[i].type != TEST_TEXT ||
		    tests->list[i].pattern.cased)
			return false;
	return tests->count >= MEMO_TESTS;
}

/* A node for the field with these tests. */
static struct node *
item_node(struct compile *compile, const struct item *field,
    const struct tests *tests)
{
	struct node *node = compile_node(compile, NODE_ITEM, 0);
	struct item *item = arena_alloc(&compile->rules->arena, sizeof(*item));

	*item = *field;
	item->tests = tests->list;
	item->test_count = tests->count;
	if (is_worth_a_memo(tests))
		item->memo = ++compile->rules->memo_count;
	node->item = item;
	return node;
}

/* One item for all values, or under `all` one for each. */
static int
add_values(struct compile *compile, const struct yaml *values,
    const struct modifiers *m, const struct item *field,
    const struct node **out)
{
	bool is_list = values->type == YAML_LIST;
	const struct yaml *value = is_list ? values->first : values;
	bool keywords = !field->name.len;
	const struct node **child = NULL;
	struct tests tests = {0};
	struct node *node;
	int status = 0;

	if (is_list && !value)
		return compile_fail(
		    compile, values, "the list of values is empty");
	/* Keywords are all under `|all`, be it only one. */
	if (m->all && !keywords && (!is_list || values->count < 2))
		return compile_fail(compile, values,
		    "'all' needs a list of more than one value");
	node = compile_node(
	    compile, NODE_AND, m->all ? is_list ? values->count : 1 : 0);
	child = compile_children(compile, node->count + 1);
	node->child = child;
	for (size_t i = 0; value; i++, value = is_list ? value->next : NULL) {
		status |= add_value(compile, value, m, keywords, &tests);
		if (!m->all)
			continue;
		child[i] = item_node(compile, field, &tests);
		tests = (struct tests){0};
	}
	*out = m->all ? node : item_node(compile, field, &tests);
	return status;
}

static const struct node *
negation(struct compile *compile, const struct node *child)
{
	struct node *node = compile_node(compile, NODE_NOT, 0);
	const struct node **list = compile_children(compile, 1);

	list[0] = child;
	node->child = list;
	node->count = 1;
	return node;
}

static int
item_fields(struct compile *compile, const struct yaml *key, struct item *item)
{
	uint32_t *number;

	if (item->name.len)
		return compile_fields(compile, key, item->name, &item->fields,
		    &item->field_count);
	number = arena_calloc(&compile->rules->arena, 1, sizeof(*number));
	*number =
	    fields_keywords(&compile->rules->fields, &compile->rules->arena);
	item->fields = number;
	item->field_count = 1;
	return 0;
}

int
compile_item(struct compile *compile, const struct yaml *key,
    const struct yaml *values, const struct node **out)
{
	struct slice mods = key ? key->text : SLICE("");
	struct item field = {.name = slice_cut(&mods, '|')};
	struct modifiers m;

	field.name = arena_copy(&compile->rules->arena, field.name);
	if (modifiers_parse(compile, key ? key : values, mods, &m) ||
	    item_fields(compile, key, &field))
		return -1;
	if (!field.name.len && (m.exists || m.fieldref))
		return compile_fail(compile, key,
		    "this modifier needs a field's name before it");
	if (!field.name.len)
		m.contains |= !m.startswith && !m.endswith && !m.re;
	if (m.exists) {
		struct tests none = {0};

		if (exists_item(compile, values, &field))
			return -1;
		*out = item_node(compile, &field, &none);
		return 0;
	}
	if (add_values(compile, values, &m, &field, out))
		return -1;
	if (m.neq)
		*out = negation(compile, *out);
	return 0;
}
