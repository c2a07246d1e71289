#include "rule/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "event/event.h"
#include "rule/correlation_when.h"

static const char *const key_names[LOGSOURCE_KEYS] = {
    "product", "category", "service"};

int
logsource_parse(
    struct compile *compile, const struct yaml *node, struct logsource *out)
{
	*out = (struct logsource){0};
	if (node->type == YAML_NULL)
		return 0;
	if (node->type != YAML_MAP)
		return compile_fail(
		    compile, node, "a log source must be a map");
	for (size_t i = 0; i < LOGSOURCE_KEYS; i++) {
		const struct yaml *value = yaml_get(node, key_names[i]);

		if (!value || value->type == YAML_NULL)
			continue;
		if (!yaml_is_scalar(value))
			return compile_fail(compile, value,
			    "'%s' must be a text", key_names[i]);
		out->key[i] = arena_copy(&compile->rules->arena, value->text);
	}
	return 0;
}

/* Sigma's own taxonomy is told by nothing. */
static int
take_taxonomy(
    struct compile *compile, const struct yaml *doc, struct slice *out)
{
	const struct yaml *node = yaml_get(doc, "taxonomy");

	if (!node || node->type == YAML_NULL)
		return 0;
	if (!yaml_is_scalar(node) || !node->text.len)
		return compile_fail(compile, node, "'taxonomy' must be a text");
	if (!slice_eq(node->text, SLICE("sigma")))
		*out = arena_copy(&compile->rules->arena, node->text);
	return 0;
}

int
logsource_of(
    struct compile *compile, const struct yaml *doc, struct logsource *out)
{
	const struct yaml *node = yaml_get(doc, "logsource");
	bool given = compile->source->any_logsource;

	*out = (struct logsource){0};
	if (node && logsource_parse(compile, node, out))
		return -1;
	if (take_taxonomy(compile, doc, &out->taxonomy))
		return -1;
	for (size_t i = 0; i < LOGSOURCE_KEYS; i++)
		given |= out->key[i].len != 0;
	if (!given)
		return compile_fail(
		    compile, node ? node : doc, "there is no log source");
	return 0;
}

static size_t
key_count(const struct logsource *logsource)
{
	size_t n = 0;

	for (size_t i = 0; i < LOGSOURCE_KEYS; i++)
		n += logsource->key[i].len != 0;
	return n;
}

bool
logsource_within(const struct logsource *a, const struct logsource *b)
{
	for (size_t i = 0; i < LOGSOURCE_KEYS; i++)
		if (a->key[i].len && !slice_eq(a->key[i], b->key[i]))
			return false;
	return true;
}

/* --- reading a document --- */

/* The mapping of the same group that serves just that; NULL if none does. */
static const struct mapping *
find_same(const struct mappings *mappings, size_t group,
    const struct logsource *logsource)
{
	for (size_t i = 0; i < mappings->count; i++) {
		const struct mapping *other = &mappings->list[i];

		for (size_t k = 0; k < other->logsource_count; k++) {
			const struct logsource *one = &other->logsources[k];

			if (other->group == group &&
			    logsource_within(one, logsource) &&
			    logsource_within(logsource, one) &&
			    slice_eq(one->taxonomy, logsource->taxonomy))
				return other;
		}
	}
	return NULL;
}

static int
take_logsources(struct compile *compile, const struct mappings *mappings,
    const struct yaml *list, struct mapping *mapping, struct slice taxonomy)
{
	const struct mapping *other;

	mapping->logsources = arena_calloc(&compile->rules->arena,
	    list->count + 1, sizeof(*mapping->logsources));
	if (list->type != YAML_LIST)
		return compile_fail(
		    compile, list, "'logsource' must be a list of maps");
	for (const struct yaml *node = list->first; node; node = node->next) {
		struct logsource *one =
		    &mapping->logsources[mapping->logsource_count++];

		if (logsource_parse(compile, node, one))
			return -1;
		if (!key_count(one))
			return compile_fail(compile, node,
			    "a log source needs a product, category or "
			    "service");
		one->taxonomy = taxonomy;
		other = find_same(mappings, mapping->group, one);
		if (other)
			return compile_fail(compile, node,
			    "'" SLICE_FMT "' serves this log source already",
			    SLICE_ARG(other->path));
	}
	return 0;
}

/* The kinds of a name; a star at its end stands for anything. */
static uint32_t
kinds_named(struct slice name)
{
	bool star = name.len && name.ptr[name.len - 1] == '*';
	uint32_t kinds = 0;

	if (star)
		name.len--;
	for (int i = 0; i < KIND_COUNT; i++) {
		struct slice kind =
		    slice_cstr(event_kind_name((enum event_kind)i));

		if (star && kind.len > name.len)
			kind.len = name.len;
		if (slice_eq(kind, name))
			kinds |= 1u << i;
	}
	return kinds;
}

static int
take_kinds(
    struct compile *compile, const struct yaml *list, struct mapping *mapping)
{
	if (list->type != YAML_LIST || !list->first)
		return compile_fail(
		    compile, list, "'kinds' must be a list of names");
	for (const struct yaml *node = list->first; node; node = node->next) {
		uint32_t kinds = kinds_named(node->text);

		if (!kinds)
			return compile_fail(compile, node,
			    "there is no kind '" SLICE_FMT "'",
			    SLICE_ARG(node->text));
		mapping->kinds |= kinds;
	}
	return 0;
}

/* Checks that every target is a text or a list of texts. */
static int
take_fields(
    struct compile *compile, const struct yaml *map, struct mapping *mapping)
{
	if (map->type != YAML_MAP)
		return compile_fail(compile, map, "'fields' must be a map");
	for (const struct yaml *value = map->first; value;
	     value = value->next) {
		const struct yaml *target = value->first;
		const uint32_t *numbers;
		size_t count;

		if (value->type == YAML_MAP ||
		    (value->type == YAML_LIST ? !target : !value->text.len))
			return compile_fail(compile, value,
			    "a field stands for a field or a list of them");
		for (; target; target = target->next)
			if (!yaml_is_scalar(target) || !target->text.len)
				return compile_fail(compile, target,
				    "a field's name must be a text");
		mapping->fields = map;
		compile->mapping = mapping;
		if (compile_fields(
		        compile, value, value->key->text, &numbers, &count))
			return -1;
	}
	mapping->fields = map;
	return 0;
}

static int
check_keys(struct compile *compile, const struct yaml *doc)
{
	static const char *const known[] = {"title", "logsource", "taxonomy",
	    "kinds", "change-logsource", "when", "fields", "prefix",
	    "placeholders", "lateness"};

	for (const struct yaml *value = doc->first; value;
	     value = value->next) {
		bool found = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			found |=
			    slice_eq(value->key->text, slice_cstr(known[i]));
		if (!found)
			return compile_fail(compile, value->key,
			    "a mapping has no '" SLICE_FMT "'",
			    SLICE_ARG(value->key->text));
	}
	return 0;
}

/* How late records of these kinds come; of several mappings' the longest. */
static int
take_lateness(struct compile *compile, const struct yaml *node, uint32_t kinds)
{
	int64_t *lateness_us = compile->rules->lateness_us;
	int64_t span_us;

	if (timespan_parse(compile, node, &span_us))
		return -1;
	for (int i = 0; i < KIND_COUNT; i++)
		if (kinds >> i & 1 && span_us > lateness_us[i])
			lateness_us[i] = span_us;
	return 0;
}

/* "prefix": a list of {add: TEXT} and {remove: TEXT}, each for some names. */
static int
check_prefix(struct compile *compile, const struct yaml *one)
{
	const struct yaml *add = yaml_get(one, "add");
	const struct yaml *names = yaml_get(one, "fields");
	const struct yaml *text = add ? add : yaml_get(one, "remove");
	size_t known = (size_t)(names != NULL) + 1;

	if (one->type != YAML_MAP || !text || one->count != known)
		return compile_fail(compile, one,
		    "a prefix is a map with 'add' or 'remove', and perhaps "
		    "'fields'");
	if (!yaml_is_scalar(text) || !text->text.len)
		return compile_fail(compile, text, "a prefix must be a text");
	if (!names)
		return 0;
	if (names->type != YAML_LIST || !names->first)
		return compile_fail(compile, names,
		    "'fields' of a prefix must be a list of names");
	for (const struct yaml *name = names->first; name; name = name->next)
		if (!yaml_is_scalar(name) || !name->text.len)
			return compile_fail(
			    compile, name, "a field's name must be a text");
	return 0;
}

static int
take_prefix(
    struct compile *compile, const struct yaml *list, struct mapping *mapping)
{
	int status = 0;

	if (list->type != YAML_LIST || !list->first)
		return compile_fail(
		    compile, list, "'prefix' must be a list of maps");
	for (const struct yaml *one = list->first; one; one = one->next)
		status |= check_prefix(compile, one);
	mapping->prefix = list;
	return status;
}

static int
take_placeholders(
    struct compile *compile, const struct yaml *map, struct mapping *mapping)
{
	struct arena *arena = &compile->rules->arena;
	struct rules_placeholder *list;

	if (map->type != YAML_MAP)
		return compile_fail(compile, map,
		    "'placeholders' must be a map of names to values");
	list = arena_calloc(arena, map->count + 1, sizeof(*list));
	mapping->placeholders = list;
	for (const struct yaml *value = map->first; value;
	     value = value->next) {
		bool many = value->type == YAML_LIST;
		const struct yaml *one = many ? value->first : value;
		size_t count = many ? value->count : 1;
		/* NOLINTNEXTLINE(bugprone-sizeof-expression): of pointers */
		const char **texts =
		    arena_calloc(arena, count + 1, sizeof(*texts));

		for (size_t i = 0; i < count; i++, one = one->next) {
			if (!yaml_is_scalar(one))
				return compile_fail(compile, one,
				    "what a placeholder stands for must be "
				    "plain");
			texts[i] = one->text.ptr;
		}
		list[mapping->placeholder_count++] = (struct rules_placeholder){
		    value->key->text.ptr, texts, count};
	}
	return 0;
}

static int
take_change(
    struct compile *compile, const struct yaml *doc, struct mapping *mapping)
{
	const struct yaml *change = yaml_get(doc, "change-logsource");
	const struct yaml *lateness = yaml_get(doc, "lateness");

	mapping->change = change;
	if (yaml_get(doc, "kinds") || lateness)
		return compile_fail(compile, change->key,
		    "'change-logsource' does not go with '%s': that is for "
		    "the mapping of the new log source to say",
		    lateness ? "lateness" : "kinds");
	if (logsource_parse(compile, change, &mapping->changed))
		return -1;
	if (!key_count(&mapping->changed))
		return compile_fail(compile, change,
		    "a log source needs a product, category or service");
	return 0;
}

/* Which log sources it serves, and with what records. */
static int
take_route(struct compile *compile, const struct mappings *mappings,
    const struct yaml *doc, struct mapping *mapping)
{
	const struct yaml *logsource = yaml_get(doc, "logsource");
	const struct yaml *kinds = yaml_get(doc, "kinds");
	const struct yaml *change = yaml_get(doc, "change-logsource");
	const struct yaml *lateness = yaml_get(doc, "lateness");
	struct slice taxonomy = SLICE("");
	int status;

	if (!logsource || (!kinds && !change))
		return compile_fail(compile, doc,
		    "a mapping needs 'logsource', and 'kinds' or "
		    "'change-logsource'");
	status = take_taxonomy(compile, doc, &taxonomy);
	status |=
	    take_logsources(compile, mappings, logsource, mapping, taxonomy);
	if (change)
		return take_change(compile, doc, mapping) | status;
	status |= take_kinds(compile, kinds, mapping);
	if (lateness)
		status |= take_lateness(compile, lateness, mapping->kinds);
	return status;
}

/* A mapping of placeholders alone is for all rules. */
static bool
is_for_all(const struct yaml *doc)
{
	const struct yaml *title = yaml_get(doc, "title");

	return yaml_get(doc, "placeholders") && doc->count == (title ? 2u : 1u);
}

int
mappings_add(struct mappings *mappings, struct compile *compile,
    const struct yaml *doc, size_t group)
{
	const struct yaml *fields = yaml_get(doc, "fields");
	const struct yaml *prefix = yaml_get(doc, "prefix");
	const struct yaml *placeholders = yaml_get(doc, "placeholders");
	struct mapping mapping = {.path = compile->path,
	    .group = group,
	    .own_when = yaml_get(doc, "when")};
	int status;

	if (doc->type != YAML_MAP)
		return compile_fail(compile, doc, "a mapping must be a map");
	status = check_keys(compile, doc);
	if (!is_for_all(doc))
		status |= take_route(compile, mappings, doc, &mapping);
	if (fields)
		status |= take_fields(compile, fields, &mapping);
	compile->mapping = NULL;
	if (prefix)
		status |= take_prefix(compile, prefix, &mapping);
	if (placeholders)
		status |= take_placeholders(compile, placeholders, &mapping);
	if (status)
		return -1;
	if (mappings->count == mappings->size) {
		mappings->size = mappings->size ? mappings->size * 2 : 16;
		mappings->list = xrealloc(
		    mappings->list, mappings->size * sizeof(*mappings->list));
	}
	mappings->list[mappings->count++] = mapping;
	return 0;
}

/* --- using it --- */

const struct mapping *
mappings_find(
    const struct mappings *mappings, const struct logsource *logsource)
{
	const struct mapping *best = NULL;
	size_t best_keys = 0;

	for (size_t i = 0; i < mappings->count; i++) {
		const struct mapping *mapping = &mappings->list[i];

		for (size_t k = 0; k < mapping->logsource_count; k++) {
			const struct logsource *one = &mapping->logsources[k];
			size_t keys = key_count(one);

			if (mapping->refused ||
			    !slice_eq(one->taxonomy, logsource->taxonomy) ||
			    !logsource_within(one, logsource) ||
			    keys < best_keys ||
			    (best && keys == best_keys &&
			        best->group == mapping->group))
				continue;
			best = mapping;
			best_keys = keys;
		}
	}
	return best;
}

const struct yaml *
mapping_field(const struct mapping *mapping, struct slice name)
{
	if (!mapping || !mapping->fields)
		return NULL;
	for (const struct yaml *value = mapping->fields->first; value;
	     value = value->next)
		if (slice_eq(value->key->text, name))
			return value;
	return NULL;
}

bool
mapping_respells(struct slice name, struct slice target)
{
	size_t at = 0;

	for (size_t i = 0; i < target.len; i++) {
		if (at < name.len && target.ptr[i] == name.ptr[at])
			at++;
		else if (target.ptr[i] != ' ')
			return false;
	}
	return at == name.len;
}

void
mappings_release(struct mappings *mappings)
{
	free(mappings->list);
	*mappings = (struct mappings){0};
}
