#include "rule/correlation.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rule/correlation_when.h"
#include "rule/set.h"

/* Rules of one that is not temporal, and links of a chain, at most. */
#define REFS_MAX  1024
#define CHAIN_MAX 32

enum progress {
	NOT_YET,
	AT_IT, /* so that a circle is seen */
	DONE,
	REFUSED,
};

struct correlation_doc {
	uint32_t rule;
	enum progress progress;
	const struct yaml *doc; /* copies, in the arena */
	const struct yaml *rules, *group_by, *aliases;
	struct correlation *c;
};

struct linking {
	struct correlations *all;
	struct compile *compile;
	const struct mappings *mappings;
	uint32_t *doc_of; /* of a rule's number: place in all->list + 1 */
	struct correlation **order;
	size_t done;
	unsigned depth;
};

static const char *const type_names[] = {
    [CORRELATION_EVENT_COUNT] = "event_count",
    [CORRELATION_VALUE_COUNT] = "value_count",
    [CORRELATION_VALUE_SUM] = "value_sum",
    [CORRELATION_VALUE_AVG] = "value_avg",
    [CORRELATION_VALUE_PERCENTILE] = "value_percentile",
    [CORRELATION_TEMPORAL] = "temporal",
    [CORRELATION_TEMPORAL_ORDERED] = "temporal_ordered",
};

#define TYPES (sizeof(type_names) / sizeof(type_names[0]))

const char *
correlation_type_name(enum correlation_type type)
{
	return type_names[type];
}

/* --- setting aside --- */

int
correlations_add(struct correlations *all, struct compile *compile,
    const struct yaml *doc, size_t number, struct rule *rule)
{
	struct arena *arena = &compile->rules->arena;
	const struct yaml *map = yaml_get(doc, "correlation");
	struct correlation_doc *one;
	int status = compile_meta(compile, doc, number, &rule->meta);

	if (map->type != YAML_MAP)
		return compile_fail(
		    compile, map, "'correlation' must be a map");
	if (yaml_get(doc, "detection"))
		return compile_fail(compile, yaml_get(doc, "detection")->key,
		    "a correlation has no detection");
	if (status)
		return status;
	/* No record is enough by itself. */
	rule->condition = compile_node(compile, NODE_OR, 0);
	if (all->count == all->size) {
		all->size = all->size ? all->size * 2 : 16;
		all->list = xrealloc(all->list, all->size * sizeof(*all->list));
	}
	one = &all->list[all->count++];
	*one = (struct correlation_doc){.doc = yaml_copy(&all->arena, map)};
	one->c = arena_calloc(arena, 1, sizeof(*one->c));
	rule->correlation = one->c;
	return 0;
}

void
correlations_release(struct correlations *all)
{
	arena_release(&all->arena);
	free(all->list);
	*all = (struct correlations){0};
}

/* --- its parts --- */

static int
check_keys(struct compile *compile, const struct yaml *doc)
{
	static const char *const known[] = {"type", "rules", "group-by",
	    "timespan", "condition", "aliases", "generate"};
	int status = 0;

	for (const struct yaml *node = doc->first; node; node = node->next) {
		size_t i = 0, n = sizeof(known) / sizeof(known[0]);

		while (
		    i < n && !slice_eq(node->key->text, slice_cstr(known[i])))
			i++;
		if (i == n)
			status = compile_fail(compile, node->key,
			    "a correlation has no '" SLICE_FMT "'",
			    SLICE_ARG(node->key->text));
	}
	return status;
}

static int
take_type(
    struct compile *compile, const struct yaml *doc, struct correlation *c)
{
	const struct yaml *type = yaml_get(doc, "type");

	if (!type)
		return compile_fail(compile, doc, "there is no type");
	for (size_t i = 0; i < TYPES; i++) {
		if (!slice_eq(type->text, slice_cstr(type_names[i])))
			continue;
		c->type = (enum correlation_type)i;
		return 0;
	}
	if (slice_eq(type->text, SLICE("value_median"))) {
		c->type = CORRELATION_VALUE_PERCENTILE;
		c->percentile = 50;
		return 0;
	}
	return compile_fail(compile, type,
	    "there is no type of correlation '" SLICE_FMT "'",
	    SLICE_ARG(type->text));
}

/* A list of texts; a text alone is a list of one. */
static int
take_list(struct compile *compile, struct arena *arena, const struct yaml *node,
    const char *what, size_t most, const struct yaml **out)
{
	struct yaml *list;

	*out = node;
	if (!node || node->type == YAML_NULL) {
		*out = NULL;
		return 0;
	}
	if (yaml_is_scalar(node)) {
		list = arena_calloc(arena, 1, sizeof(*list));
		*list = *node;
		list->type = YAML_LIST;
		list->count = 1;
		list->first = yaml_copy(arena, node);
		*out = list;
	}
	if ((*out)->type != YAML_LIST)
		return compile_fail(
		    compile, node, "%s must be a list of texts", what);
	if ((*out)->count > most)
		return compile_fail(
		    compile, node, "%s may be %zu at most", what, most);
	for (node = (*out)->first; node; node = node->next)
		if (!yaml_is_scalar(node) || !node->text.len)
			return compile_fail(
			    compile, node, "%s must be texts", what);
	return 0;
}

static int
take_generate(
    struct compile *compile, const struct yaml *doc, struct correlation *c)
{
	const struct yaml *node = yaml_get(doc, "generate");

	if (!node || node->type == YAML_NULL)
		return 0;
	if (node->type != YAML_BOOL)
		return compile_fail(
		    compile, node, "'generate' takes true or false");
	c->generate = (node->text.ptr[0] | 0x20) == 't';
	return 0;
}

/* --- the rules it refers to --- */

static int
find_rule(struct linking *link, const struct yaml *name, uint32_t *out)
{
	const struct rules *rules = link->compile->rules;
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < rules->count; i++) {
		const struct rule_meta *meta = &rules->list[i].meta;

		if (slice_eq(meta->id, name->text)) {
			*out = (uint32_t)i;
			return 0;
		}
		if (!slice_eq(meta->name, name->text))
			continue;
		if (found != SIZE_MAX)
			return compile_fail(link->compile, name,
			    "two rules are called '" SLICE_FMT "'",
			    SLICE_ARG(name->text));
		found = i;
	}
	*out = (uint32_t)found;
	if (found != SIZE_MAX)
		return 0;
	return compile_fail(link->compile, name,
	    "there is no rule '" SLICE_FMT "'", SLICE_ARG(name->text));
}

static int visit(struct linking *link, struct correlation_doc *one);

/* One that is a correlation is compiled first. */
static int
take_rule(struct linking *link, const struct yaml *name, uint32_t *out)
{
	struct compile *compile = link->compile;
	struct slice path = compile->path;
	struct correlation_doc *inner;

	if (find_rule(link, name, out))
		return -1;
	if (!link->doc_of[*out])
		return 0;
	inner = &link->all->list[link->doc_of[*out] - 1];
	if (inner->progress == AT_IT)
		return compile_fail(compile, name,
		    "'" SLICE_FMT "' refers back to this correlation",
		    SLICE_ARG(name->text));
	if (link->depth == CHAIN_MAX)
		return compile_fail(compile, name,
		    "a chain has more than %d correlations", CHAIN_MAX);
	link->depth++;
	(void)visit(link, inner);
	link->depth--;
	compile->path = path;
	if (inner->progress == REFUSED)
		return compile_fail(compile, name,
		    "'" SLICE_FMT "' has been refused", SLICE_ARG(name->text));
	return 0;
}

static int
take_rules(struct linking *link, struct correlation_doc *one)
{
	struct compile *compile = link->compile;
	struct correlation *c = one->c;
	const struct yaml *node = yaml_get(one->doc, "rules");
	int status = 0;

	if (take_list(compile, &link->all->arena, node, "the rules",
	        correlation_is_temporal(c) ? CORRELATION_REFS_MAX : REFS_MAX,
	        &one->rules))
		return -1;
	if (!one->rules || !one->rules->count)
		return compile_fail(compile, node ? node : one->doc,
		    "the correlation refers to no rules");
	c->refs = arena_calloc(
	    &compile->rules->arena, one->rules->count, sizeof(*c->refs));
	for (node = one->rules->first; node; node = node->next) {
		struct correlation_ref *ref = &c->refs[c->ref_count];

		status |= take_rule(link, node, &ref->rule);
		c->chained |= !status && link->doc_of[ref->rule];
		for (size_t i = 0; !status && i < c->ref_count; i++)
			if (c->refs[i].rule == ref->rule)
				status = compile_fail(compile, node,
				    "the rule stands here twice");
		c->ref_count++;
	}
	return status;
}

/* --- its fields in these rules --- */

/* What an alias says of the rule; NULL if the name is none. */
static int
find_alias(struct linking *link, const struct correlation_doc *one,
    const struct yaml *name, uint32_t rule, const struct yaml **out)
{
	const struct rule_meta *meta = &link->compile->rules->list[rule].meta;
	const struct yaml *alias = one->aliases ? one->aliases->first : NULL;

	*out = name;
	while (alias && !slice_eq(alias->key->text, name->text))
		alias = alias->next;
	if (!alias)
		return 0;
	for (const struct yaml *at = alias->first; at; at = at->next) {
		if (!slice_eq(at->key->text, meta->id) &&
		    !slice_eq(at->key->text, meta->name))
			continue;
		*out = at;
		return 0;
	}
	return compile_fail(link->compile, alias->key,
	    "the alias names no field of the rule '" SLICE_FMT "'",
	    SLICE_ARG(meta->name.len ? meta->name : meta->id));
}

static int
check_aliases(struct linking *link, struct correlation_doc *one)
{
	struct compile *compile = link->compile;
	const struct yaml *aliases = yaml_get(one->doc, "aliases");
	int status = 0;

	if (!aliases || aliases->type == YAML_NULL)
		return 0;
	if (aliases->type != YAML_MAP)
		return compile_fail(
		    compile, aliases, "'aliases' must be a map");
	for (const struct yaml *alias = aliases->first; alias;
	     alias = alias->next) {
		if (alias->type != YAML_MAP || !alias->first) {
			status = compile_fail(compile, alias,
			    "an alias is a map of rules to fields");
			continue;
		}
		for (const struct yaml *at = alias->first; at; at = at->next)
			if (!yaml_is_scalar(at) || !at->text.len)
				status = compile_fail(compile, at,
				    "a field's name must be a text");
	}
	one->aliases = aliases;
	return status;
}

static int
take_field(struct linking *link, const struct correlation_doc *one,
    const struct yaml *name, uint32_t rule, struct correlation_field *field)
{
	struct compile *compile = link->compile;
	const struct rule *base = &compile->rules->list[rule];
	const struct correlation *inner = base->correlation;

	if (find_alias(link, one, name, rule, &name))
		return -1;
	if (!inner) {
		compile->mapping =
		    mappings_find(link->mappings, &base->logsource);
		return compile_fields(
		    compile, name, name->text, &field->fields, &field->count);
	}
	for (uint32_t i = 0; i < inner->group_count; i++) {
		field->from = i;
		if (slice_eq(inner->group_by[i], name->text))
			return 0;
	}
	return compile_fail(compile, name,
	    "the correlation '" SLICE_FMT "' has no group-by '" SLICE_FMT "'",
	    SLICE_ARG(base->meta.id), SLICE_ARG(name->text));
}

/* The places of the named fields in each of the rules. */
static int
take_fields(struct linking *link, const struct correlation_doc *one,
    const struct yaml *names, bool values)
{
	struct arena *arena = &link->compile->rules->arena;
	size_t n = names ? names->count : 0;

	for (size_t r = 0; r < one->c->ref_count; r++) {
		struct correlation_ref *ref = &one->c->refs[r];
		struct correlation_field *fields =
		    arena_calloc(arena, n + 1, sizeof(*fields));
		const struct yaml *name = names ? names->first : NULL;

		*(values ? &ref->values : &ref->groups) = fields;
		for (size_t i = 0; name; i++, name = name->next)
			if (take_field(link, one, name, ref->rule, &fields[i]))
				return -1;
	}
	return 0;
}

static int
take_groups(struct linking *link, struct correlation_doc *one)
{
	struct compile *compile = link->compile;
	struct slice *names;

	if (check_aliases(link, one) ||
	    take_list(compile, &link->all->arena,
	        yaml_get(one->doc, "group-by"), "the fields of 'group-by'",
	        CORRELATION_FIELDS_MAX, &one->group_by))
		return -1;
	if (!one->group_by)
		return take_fields(link, one, NULL, false);
	names = arena_calloc(
	    &compile->rules->arena, one->group_by->count + 1, sizeof(*names));
	one->c->group_by = names;
	for (const struct yaml *name = one->group_by->first; name;
	     name = name->next)
		names[one->c->group_count++] =
		    arena_copy(&compile->rules->arena, name->text);
	return take_fields(link, one, one->group_by, false);
}

static int
take_values(struct linking *link, struct correlation_doc *one)
{
	struct compile *compile = link->compile;
	struct correlation *c = one->c;
	const struct yaml *condition = yaml_get(one->doc, "condition");
	const struct yaml *field = yaml_get(condition, "field"), *names;
	bool wants =
	    c->type != CORRELATION_EVENT_COUNT && !correlation_is_temporal(c);

	if (!wants && field)
		return compile_fail(compile, field->key,
		    "a field is of no use to '%s'", type_names[c->type]);
	if (take_list(compile, &link->all->arena, field,
	        "the condition's fields",
	        c->type == CORRELATION_VALUE_COUNT ? CORRELATION_FIELDS_MAX : 1,
	        &names))
		return -1;
	if (wants && (!names || !names->count))
		return compile_fail(compile, condition ? condition : one->doc,
		    "the condition needs a 'field'");
	c->value_count = names ? names->count : 0;
	return take_fields(link, one, names, true);
}

/* --- all together --- */

static int
compile_correlation(struct linking *link, struct correlation_doc *one)
{
	struct compile *compile = link->compile;
	const struct yaml *doc = one->doc, *span = yaml_get(doc, "timespan");
	struct correlation *c = one->c;
	int status = check_keys(compile, doc);

	if (take_type(compile, doc, c))
		return -1;
	if (!span)
		status = compile_fail(compile, doc, "there is no timespan");
	else
		status |= timespan_parse(compile, span, &c->span_us);
	status |= take_generate(compile, doc, c);
	if (take_rules(link, one))
		return -1;
	status |= take_groups(link, one);
	status |= take_values(link, one);
	status |= correlation_condition(
	    compile, doc, yaml_get(doc, "condition"), one->rules, c);
	return status;
}

static int
visit(struct linking *link, struct correlation_doc *one)
{
	struct compile *compile = link->compile;

	if (one->progress != NOT_YET)
		return 0;
	one->progress = AT_IT;
	compile->path = compile->rules->list[one->rule].meta.path;
	one->c->rule = one->rule;
	if (compile_correlation(link, one)) {
		one->progress = REFUSED;
		compile->rules->refused++;
		return -1;
	}
	one->progress = DONE;
	link->order[link->done++] = one->c;
	return 0;
}

/* Closes the gaps that refused ones leave, and numbers anew. */
static void
take_out(struct linking *link)
{
	struct rules *rules = link->compile->rules;
	uint32_t *now = xcalloc(rules->count + 1, sizeof(*now));
	size_t kept = 0;

	for (size_t i = 0; i < rules->count; i++) {
		uint32_t doc = link->doc_of[i];

		now[i] = (uint32_t)kept;
		if (doc && link->all->list[doc - 1].progress == REFUSED)
			continue;
		rules->list[kept++] = rules->list[i];
	}
	rules->count = kept;
	for (size_t i = 0; i < link->done; i++) {
		struct correlation *c = link->order[i];

		c->rule = now[c->rule];
		for (size_t r = 0; r < c->ref_count; r++)
			c->refs[r].rule = now[c->refs[r].rule];
	}
	free(now);
}

/* Tells every rule in which correlations it has part. */
static void
tell_rules(struct linking *link)
{
	struct rules *rules = link->compile->rules;

	for (uint32_t i = 0; i < link->done; i++) {
		const struct correlation *c = link->order[i];

		for (uint32_t r = 0; r < c->ref_count; r++) {
			struct rule *rule = &rules->list[c->refs[r].rule];
			struct correlation_link *links =
			    arena_calloc(&rules->arena, rule->link_count + 1,
			        sizeof(*links));

			if (rule->link_count)
				memcpy(links, rule->links,
				    rule->link_count * sizeof(*links));
			links[rule->link_count++] =
			    (struct correlation_link){i, r};
			rule->links = links;
			rule->generates |= c->generate;
		}
	}
}

void
correlations_link(struct correlations *all, struct compile *compile,
    const struct mappings *mappings)
{
	struct rules *rules = compile->rules;
	struct linking link = {
	    .all = all, .compile = compile, .mappings = mappings};
	size_t n = 0;

	if (!all->count)
		return;
	link.doc_of = xcalloc(rules->count + 1, sizeof(*link.doc_of));
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are meant */
	link.order = arena_calloc(
	    &rules->arena, all->count, sizeof(struct correlation *));
	for (size_t i = 0; i < rules->count; i++)
		for (size_t k = n; rules->list[i].correlation && k < all->count;
		     k++)
			if (all->list[k].c == rules->list[i].correlation) {
				all->list[k].rule = (uint32_t)i;
				link.doc_of[i] = (uint32_t)k + 1;
				n = k + 1;
				break;
			}
	for (size_t i = 0; i < rules->count; i++)
		if (link.doc_of[i])
			(void)visit(&link, &all->list[link.doc_of[i] - 1]);
	take_out(&link);
	tell_rules(&link);
	rules->correlations = link.order;
	rules->correlation_count = link.done;
	free(link.doc_of);
}

struct correlation_names
rules_correlation_names(const struct rules *rules, size_t i)
{
	const struct correlation *c = rules->list[i].correlation;
	struct correlation_names names = {0};

	if (!c)
		return names;
	names.type = correlation_type_name(c->type);
	names.group_by = c->group_by;
	names.group_count = c->group_count;
	return names;
}

int64_t
rules_lateness_us(const struct rules *rules, enum event_kind kind)
{
	int64_t us = rules->lateness_us[kind];

	return us ? us : RULES_LATENESS_US;
}
