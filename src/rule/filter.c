#include "rule/filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"

/* --- reading a document --- */

/* The filter without the rules that it names, as a rule's detection is. */
static const struct yaml *
search_of(struct arena *arena, const struct yaml *filter)
{
	struct yaml *out = yaml_copy(arena, filter);

	for (struct yaml **at = &out->first; *at;) {
		if (slice_eq((*at)->key->text, SLICE("rules"))) {
			*at = (*at)->next;
			out->count--;
		} else {
			at = &(*at)->next;
		}
	}
	return out;
}

static int
take_names(
    struct compile *compile, const struct yaml *names, struct filter *filter)
{
	if (!names || names->type == YAML_NULL)
		return 0;
	if (names->type != YAML_LIST) {
		if (slice_eq(names->text, SLICE("any")))
			return 0;
		return compile_fail(compile, names,
		    "'rules' must be a list of ids and names, or any");
	}
	for (const struct yaml *name = names->first; name; name = name->next)
		if (!yaml_is_scalar(name) || !name->text.len)
			return compile_fail(compile, name,
			    "a rule's id or name must be a text");
	filter->names = names->first ? names : NULL;
	return 0;
}

/* A text under `firn.<name>`; NULL if there is none. */
static const struct yaml *
claim(const struct yaml *doc, const char *name)
{
	const struct yaml *node = yaml_get(doc, name);

	return node && yaml_is_scalar(node) && node->text.len ? node : NULL;
}

/*
 * What makes a suppression must be there as a whole, and rightly spelt: a
 * finding must not be lost for good because of a mistake in its expiry.
 */
static int
take_suppression(
    struct compile *compile, const struct yaml *doc, struct filter_meta *meta)
{
	static const char *const keys[] = {
	    "firn.owner", "firn.reason", "firn.expires"};
	const struct yaml *found[3];

	for (size_t i = 0; i < 3; i++)
		found[i] = claim(doc, keys[i]);
	for (const struct yaml *value = doc->first; value;
	     value = value->next) {
		struct slice key = value->key->text;

		if (slice_eq(slice_cut(&key, '.'), SLICE("firn"))) {
			meta->suppression = true;
			if (!yaml_is_scalar(value) ||
			    (!slice_eq(key, SLICE("owner")) &&
			        !slice_eq(key, SLICE("reason")) &&
			        !slice_eq(key, SLICE("expires"))))
				return compile_fail(compile, value->key,
				    "a suppression has 'firn.owner', "
				    "'firn.reason' and 'firn.expires'");
		}
	}
	if (!meta->suppression)
		return 0;
	for (size_t i = 0; i < 3; i++)
		if (!found[i])
			return compile_fail(
			    compile, doc, "a suppression needs '%s'", keys[i]);
	meta->owner = arena_copy(&compile->rules->arena, found[0]->text);
	meta->reason = arena_copy(&compile->rules->arena, found[1]->text);
	if (!time_parse(found[2]->text, &meta->expires_us))
		return compile_fail(compile, found[2],
		    "'" SLICE_FMT "' is no time like 2026-12-31 or "
		    "2026-12-31T18:00:00Z",
		    SLICE_ARG(found[2]->text));
	return 0;
}

/* A second filter of the same id is refused like a second rule. */
static int
check_id(const struct filters *filters, struct compile *compile,
    const struct yaml *doc, struct slice id)
{
	const struct yaml *node = yaml_get(doc, "id");

	for (size_t i = 0; i < filters->count; i++)
		if (slice_eq(filters->list[i].meta.meta.id, id))
			return compile_fail(compile, node ? node : doc,
			    "the id is already that of '" SLICE_FMT "'",
			    SLICE_ARG(filters->list[i].meta.meta.path));
	return 0;
}

int
filters_add(struct filters *filters, struct compile *compile,
    const struct yaml *doc, size_t number)
{
	const struct yaml *body = yaml_get(doc, "filter");
	struct filter filter = {0};
	int status;

	status = compile_meta(compile, doc, number, &filter.meta.meta);
	status |= logsource_of(compile, doc, &filter.logsource);
	status |= take_suppression(compile, doc, &filter.meta);
	if (body->type != YAML_MAP)
		return compile_fail(compile, body, "'filter' must be a map");
	if (status)
		return -1;
	filter.doc = yaml_copy(&filters->arena, doc);
	body = yaml_get(filter.doc, "filter");
	filter.search = search_of(&filters->arena, body);
	if (take_names(compile, yaml_get(body, "rules"), &filter) ||
	    check_id(filters, compile, doc, filter.meta.meta.id))
		return -1;
	if (filters->count == filters->size) {
		filters->size = filters->size ? filters->size * 2 : 16;
		filters->list = xrealloc(
		    filters->list, filters->size * sizeof(*filters->list));
	}
	filters->list[filters->count++] = filter;
	return 0;
}

/* --- which rules a filter holds for --- */

/* The condition of a filter, for a rule. */
struct applied {
	uint32_t rule, filter;
	const struct node *node;
};

struct applying {
	struct compile *compile;
	const struct mappings *mappings;
	struct applied *list;
	size_t count, size;
};

static void
apply(struct applying *applying, size_t rule, size_t filter)
{
	if (applying->count == applying->size) {
		applying->size = applying->size ? applying->size * 2 : 256;
		applying->list = xrealloc(
		    applying->list, applying->size * sizeof(*applying->list));
	}
	applying->list[applying->count++] =
	    (struct applied){(uint32_t)rule, (uint32_t)filter, NULL};
}

/*
 * Who watches over firn's own application is not told to look away: who has
 * taken it over would begin with that.
 */
static bool
is_own(const struct rule *rule)
{
	for (size_t i = 0; i < rule->meta.tags.count; i++)
		if (slice_eq(rule->meta.tags.list[i], SLICE("firn.own")))
			return true;
	return false;
}

/* Adds the rules of that id or name. */
static int
apply_named(struct applying *applying, const struct filter *filter,
    size_t number, const struct yaml *name)
{
	struct compile *compile = applying->compile;
	const struct rules *rules = compile->rules;
	bool found = false;

	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];

		if (!slice_eq(rule->meta.id, name->text) &&
		    !slice_eq(rule->meta.name, name->text))
			continue;
		found = true;
		if (rule->correlation)
			return compile_fail(compile, name,
			    "'" SLICE_FMT "' is a correlation: filter the "
			    "rules that it refers to",
			    SLICE_ARG(name->text));
		if (is_own(rule))
			return compile_fail(compile, name,
			    "the rule '" SLICE_FMT
			    "' is about firn's own application: it cannot be "
			    "filtered or suppressed",
			    SLICE_ARG(name->text));
		if (!logsource_within(&filter->logsource, &rule->logsource))
			return compile_fail(compile, name,
			    "the rule '" SLICE_FMT
			    "' is of another log source than the filter",
			    SLICE_ARG(name->text));
		apply(applying, i, number);
	}
	if (!found)
		return compile_fail(compile, name,
		    "there is no rule of the id or name '" SLICE_FMT "'",
		    SLICE_ARG(name->text));
	return 0;
}

static int
choose(struct applying *applying, const struct filter *filter, size_t number)
{
	const struct rules *rules = applying->compile->rules;
	int status = 0;

	if (filter->names) {
		for (const struct yaml *name = filter->names->first; name;
		     name = name->next)
			status |= apply_named(applying, filter, number, name);
		return status;
	}
	for (size_t i = 0; i < rules->count; i++)
		if (!rules->list[i].correlation && !is_own(&rules->list[i]) &&
		    logsource_within(
		        &filter->logsource, &rules->list[i].logsource))
			apply(applying, i, number);
	return 0;
}

/* --- its condition --- */

static const struct node *
expired(struct compile *compile, int64_t since_us)
{
	struct node *node = compile_node(compile, NODE_ITEM, 0);
	struct item *item =
	    arena_calloc(&compile->rules->arena, 1, sizeof(*item));

	item->type = ITEM_SINCE;
	item->name = SLICE("");
	item->since_us = since_us;
	node->item = item;
	return node;
}

/* The condition, under a name that tells where it comes from. */
static int
compile_filter(struct compile *compile, const struct filter *filter,
    const struct node **out)
{
	const struct filter_meta *meta = &filter->meta;
	struct ident *ident =
	    arena_calloc(&compile->rules->arena, 1, sizeof(*ident));
	struct node *node = compile_node(compile, NODE_IDENT, 0);

	ident->name = arena_printf(&compile->rules->arena, "%s %.*s",
	    meta->suppression ? "suppression" : "filter",
	    (int)meta->meta.id.len, meta->meta.id.ptr);
	if (compile_detection(compile, filter->search, &ident->node))
		return -1;
	if (meta->suppression) {
		const struct node **child = compile_children(compile, 2);
		struct node *either = compile_node(compile, NODE_OR, 2);

		child[0] = expired(compile, meta->expires_us);
		child[1] = ident->node;
		either->child = child;
		ident->node = either;
	}
	node->ident = ident;
	*out = node;
	return 0;
}

/* What a filter is under a mapping. */
struct compiled {
	const struct mapping *mapping;
	const struct node *node;
};

/*
 * Compiles the filter for the rules chosen from `first` on, once a mapping; if
 * there are none, for its own log source, so that mistakes are found.
 */
static int
compile_chosen(
    struct applying *applying, const struct filter *filter, size_t first)
{
	struct compile *compile = applying->compile;
	const struct rules *rules = compile->rules;
	struct compiled *done =
	    xcalloc(applying->mappings->count + 1, sizeof(*done));
	size_t count = 0, k;
	const struct node *node = NULL;
	int status = 0;

	compile->mapping =
	    mappings_find(applying->mappings, &filter->logsource);
	if (applying->count == first)
		status = compile_filter(compile, filter, &node);
	for (size_t i = first; i < applying->count && !status; i++) {
		struct applied *one = &applying->list[i];

		compile->mapping = mappings_find(
		    applying->mappings, &rules->list[one->rule].logsource);
		for (k = 0; k < count; k++)
			if (done[k].mapping == compile->mapping)
				break;
		if (k == count) {
			status = compile_filter(compile, filter, &node);
			done[count++] =
			    (struct compiled){compile->mapping, node};
		}
		one->node = done[k].node;
	}
	free(done);
	return status;
}

/* Puts what was chosen into one rule's condition. */
static void
extend(struct compile *compile, struct rule *rule, const struct applied *list,
    size_t count)
{
	struct rules *rules = compile->rules;
	const struct node **child = compile_children(compile, count + 1);
	struct node *node = compile_node(compile, NODE_AND, count + 1);
	uint32_t *filters =
	    arena_calloc(&rules->arena, count, sizeof(*filters));

	child[0] = rule->condition;
	for (size_t i = 0; i < count; i++) {
		child[i + 1] = list[i].node;
		filters[i] = list[i].filter;
		rules->filters[list[i].filter].rule_count++;
	}
	node->child = child;
	rule->condition = node;
	rule->filters = filters;
	rule->filter_count = count;
}

static int
by_rule(const void *a, const void *b)
{
	const struct applied *x = a, *y = b;

	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return x->filter < y->filter ? -1 : x->filter > y->filter;
}

/* A rule named twice is filtered once. */
static void
extend_all(struct applying *applying)
{
	struct applied *list = applying->list;
	size_t n = 0;

	if (!applying->count)
		return;
	qsort(list, applying->count, sizeof(*list), by_rule);
	for (size_t i = 0; i < applying->count; i++)
		if (!i || by_rule(&list[i], &list[n - 1]))
			list[n++] = list[i];
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && list[end].rule == list[i].rule;)
			end++;
		extend(applying->compile,
		    &applying->compile->rules->list[list[i].rule], &list[i],
		    end - i);
	}
}

void
filters_apply(struct filters *filters, struct compile *compile,
    const struct mappings *mappings)
{
	struct rules *rules = compile->rules;
	struct applying applying = {.compile = compile, .mappings = mappings};

	if (!filters->count)
		return;
	rules->filters = arena_calloc(
	    &rules->arena, filters->count, sizeof(*rules->filters));
	for (size_t i = 0; i < filters->count; i++) {
		const struct filter *filter = &filters->list[i];
		size_t first = applying.count;

		compile->path = filter->meta.meta.path;
		if (choose(&applying, filter, rules->filter_count) ||
		    compile_chosen(&applying, filter, first)) {
			applying.count = first;
			rules->refused++;
			continue;
		}
		rules->filters[rules->filter_count++] = filter->meta;
	}
	extend_all(&applying);
	free(applying.list);
}

void
filters_release(struct filters *filters)
{
	arena_release(&filters->arena);
	free(filters->list);
	*filters = (struct filters){0};
}

/* --- what the set says of them --- */

size_t
rules_filter_count(const struct rules *rules)
{
	return rules->filter_count;
}

const struct filter_meta *
rules_filter(const struct rules *rules, size_t i)
{
	return &rules->filters[i];
}

size_t
rules_filters_of(const struct rules *rules, size_t i, const uint32_t **numbers)
{
	*numbers = rules->list[i].filters;
	return rules->list[i].filter_count;
}
