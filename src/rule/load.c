#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "rule/compile.h"
#include "rule/correlation.h"
#include "rule/filter.h"
#include "rule/mapping.h"

/* --- the report --- */

static void
add_problem(
    struct compile *compile, uint32_t line, uint32_t column, const char *reason)
{
	struct rules_report *report = compile->report;
	struct rules_problem *problem;

	if (report->count == report->size) {
		report->size = report->size ? report->size * 2 : 16;
		report->list = xrealloc(
		    report->list, report->size * sizeof(*report->list));
	}
	problem = &report->list[report->count++];
	problem->path = arena_copy(&report->arena, compile->path);
	problem->line = line;
	problem->column = column;
	problem->reason = arena_copy(&report->arena, slice_cstr(reason));
}

int
compile_fail(
    struct compile *compile, const struct yaml *at, const char *fmt, ...)
{
	char reason[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	add_problem(compile, at ? at->line : 0, at ? at->column : 0, reason);
	return -1;
}

int
compile_fail_in(struct compile *compile, const struct yaml *at, size_t skip,
    const char *fmt, ...)
{
	bool one_line = !memchr(at->text.ptr, '\n', at->text.len);
	char reason[ERR_MSG_MAX];
	uint32_t column = at->column;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	/* In a text over several lines the place is not known. */
	if (one_line)
		column += (uint32_t)skip + !at->plain;
	add_problem(compile, at->line, column, reason);
	return -1;
}

void
rules_report_release(struct rules_report *report)
{
	arena_release(&report->arena);
	free(report->list);
	*report = (struct rules_report){0};
}

/* --- files --- */

struct file {
	char *path;
	bool is_mapping;
	size_t group;
};

struct files {
	struct file *list;
	size_t count, size;
};

static void
add_file(struct files *files, const char *path, bool is_mapping, size_t group)
{
	if (files->count == files->size) {
		files->size = files->size ? files->size * 2 : 64;
		files->list =
		    xrealloc(files->list, files->size * sizeof(*files->list));
	}
	files->list[files->count++] =
	    (struct file){xstrdup(path), is_mapping, group};
}

static bool
is_yaml_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcmp(dot, ".yml") || !strcmp(dot, ".yaml"));
}

static int
by_path(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* Notes a walked entry; -1, with the error set, if it cannot be read. */
static int
take_entry(struct files *files, FTS *walk, FTSENT *entry, bool mappings,
    size_t group, struct err *err)
{
	bool given = entry->fts_level == FTS_ROOTLEVEL;

	switch (entry->fts_info) {
	case FTS_D:
		if (!given && entry->fts_name[0] == '.')
			fts_set(walk, entry, FTS_SKIP);
		/* A folder called mapping, or inside of one. */
		entry->fts_number =
		    mappings || (!given && !strcmp(entry->fts_name, "mapping"));
		if (entry->fts_parent && entry->fts_parent->fts_number)
			entry->fts_number = 1;
		return 0;
	case FTS_F:
		if (given || (entry->fts_name[0] != '.' &&
		                 is_yaml_name(entry->fts_name)))
			add_file(files, entry->fts_path,
			    mappings || entry->fts_parent->fts_number != 0,
			    group);
		return 0;
	case FTS_NS:
	case FTS_DNR:
	case FTS_ERR:
		errno = entry->fts_errno;
		return err_sys(err, "cannot read '%s'", entry->fts_path);
	default:
		return 0;
	}
}

static int
find_files(struct files *files, const char *path, bool mappings, size_t group,
    struct err *err)
{
	char *copy = xstrdup(path);
	char *const roots[] = {copy, NULL};
	size_t first = files->count;
	FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	int status = 0;

	if (!walk) {
		free(copy);
		return err_sys(err, "cannot read '%s'", path);
	}
	while (!status && (entry = fts_read(walk)))
		status = take_entry(files, walk, entry, mappings, group, err);
	fts_close(walk);
	free(copy);
	if (files->count > first)
		qsort(files->list + first, files->count - first,
		    sizeof(*files->list), by_path);
	return status;
}

static void
files_release(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->list[i].path);
	free(files->list);
}

static int
read_file(const char *path, struct buf *out, struct err *err)
{
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file)
		return err_sys(err, "cannot open");
	buf_clear(out);
	do {
		n = fread(buf_reserve(out, 64 << 10), 1, 64 << 10, file);
		out->len += n;
	} while (n && out->len <= YAML_TEXT_MAX);
	if (ferror(file)) {
		fclose(file);
		return err_sys(err, "cannot read");
	}
	fclose(file);
	return 0;
}

/* --- documents --- */

/* Rule ids seen, as a set of numbers of rules. */
struct ids {
	uint32_t *table; /* number + 1, 0 free */
	size_t size;
};

struct loading {
	struct compile compile;
	struct mappings mappings;
	struct filters filters;
	struct correlations correlations;
	struct arena
	    yaml; /* of mappings: their fields are read until the end */
	struct arena text; /* of the document at hand */
	struct buf bytes;
	struct ids ids;
	size_t rule_size; /* allocated */
	struct rule *list;
	size_t count;
};

/* The rule of that id, or SIZE_MAX; then it is noted as the next one's. */
static size_t
note_id(struct loading *load, struct slice id)
{
	struct ids *ids = &load->ids;
	uint64_t at;

	if (load->count * 2 >= ids->size) {
		ids->size = ids->size ? ids->size * 2 : 512;
		free(ids->table);
		ids->table = xcalloc(ids->size, sizeof(*ids->table));
		for (size_t i = 0; i < load->count; i++) {
			at = hash64(load->list[i].meta.id, 0);
			while (ids->table[at & (ids->size - 1)])
				at++;
			ids->table[at & (ids->size - 1)] = (uint32_t)i + 1;
		}
	}
	for (at = hash64(id, 0);; at++) {
		uint32_t *slot = &ids->table[at & (ids->size - 1)];

		if (!*slot) {
			*slot = (uint32_t)load->count + 1;
			return SIZE_MAX;
		}
		if (slice_eq(load->list[*slot - 1].meta.id, id))
			return *slot - 1;
	}
}

/* Adds the mapping's condition in front of the rule's. */
static const struct node *
with_when(struct compile *compile, const struct node *when,
    const struct node *condition)
{
	struct ident *ident =
	    arena_calloc(&compile->rules->arena, 1, sizeof(*ident));
	struct node *node = compile_node(compile, NODE_AND, 2);
	struct node *first = compile_node(compile, NODE_IDENT, 0);
	const struct node **child = compile_children(compile, 2);

	ident->name = SLICE("when");
	ident->node = when;
	first->ident = ident;
	child[0] = first;
	child[1] = condition;
	node->child = child;
	return node;
}

static int
refuse_kind(struct compile *compile, const struct yaml *doc)
{
	static const struct {
		const char *key, *reason;
	} others[] = {
	    {"action", "'action' is not part of Sigma 2"},
	};

	if (doc->type != YAML_MAP)
		return compile_fail(compile, doc, "a rule must be a map");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const struct yaml *node = yaml_get(doc, others[i].key);

		if (node)
			return compile_fail(
			    compile, node->key, "%s", others[i].reason);
	}
	return 0;
}

/* Which records the rule looks at, by its log source. */
static int
route(struct loading *load, const struct yaml *doc, struct rule *rule)
{
	struct compile *compile = &load->compile;

	if (logsource_of(compile, doc, &rule->logsource))
		return -1;
	compile->mapping = mappings_find(&load->mappings, &rule->logsource);
	if (compile->source->any_logsource)
		rule->kinds = (1u << KIND_COUNT) - 1;
	else if (!compile->mapping && rule->logsource.taxonomy.len)
		return compile_fail(compile, yaml_get(doc, "taxonomy"),
		    "no mapping with 'taxonomy: " SLICE_FMT
		    "' serves this log source: write one, or take the line "
		    "away if the rule is in Sigma's own words",
		    SLICE_ARG(rule->logsource.taxonomy));
	else if (compile->mapping)
		rule->kinds = compile->mapping->kinds;
	else
		rule->kinds = 1u << KIND_UNKNOWN;
	return 0;
}

static int
compile_rule(struct loading *load, const struct yaml *doc, size_t number,
    struct rule *rule)
{
	struct compile *compile = &load->compile;
	const struct yaml *detection = yaml_get(doc, "detection");
	int status;

	if (refuse_kind(compile, doc))
		return -1;
	if (yaml_get(doc, "correlation"))
		return correlations_add(
		    &load->correlations, compile, doc, number, rule);
	status = compile_meta(compile, doc, number, &rule->meta);
	status |= route(load, doc, rule);
	if (!detection)
		return compile_fail(compile, doc, "there is no detection");
	status |= compile_detection(compile, detection, &rule->condition);
	if (!status && compile->mapping && compile->mapping->when &&
	    !compile->source->any_logsource) {
		rule->when = compile->mapping->when;
		rule->condition =
		    with_when(compile, rule->when, rule->condition);
	}
	return status;
}

static int
add_rule(struct loading *load, const struct yaml *doc, size_t number)
{
	struct compile *compile = &load->compile;
	struct rule rule = {0};
	size_t same;

	if (compile_rule(load, doc, number, &rule))
		return -1;
	same = note_id(load, rule.meta.id);
	if (same != SIZE_MAX) {
		const struct yaml *id = yaml_get(doc, "id");

		return compile_fail(compile, id ? id : doc,
		    "the id is already that of '" SLICE_FMT "'",
		    SLICE_ARG(load->list[same].meta.path));
	}
	if (load->count == load->rule_size) {
		load->rule_size = load->rule_size ? load->rule_size * 2 : 256;
		load->list =
		    xrealloc(load->list, load->rule_size * sizeof(*load->list));
	}
	load->list[load->count++] = rule;
	return 0;
}

/* `group` counts only for a mapping. */
static void
add_text(struct loading *load, const char *path, struct slice text,
    bool is_mapping, size_t group)
{
	struct compile *compile = &load->compile;
	struct yaml_place place;
	struct yaml *doc;
	struct err err = {0};
	size_t number = 0;
	int refused;

	compile->path = arena_copy(&compile->rules->arena, slice_cstr(path));
	arena_reset(&load->text);
	if (yaml_parse(is_mapping ? &load->yaml : &load->text, text, &doc,
	        &place, &err)) {
		add_problem(compile, place.line, place.column, err.msg);
		compile->rules->refused++;
		return;
	}
	for (; doc; doc = doc->next, number++) {
		compile->mapping = NULL;
		if (is_mapping)
			refused =
			    mappings_add(&load->mappings, compile, doc, group);
		else if (yaml_get(doc, "filter"))
			refused =
			    filters_add(&load->filters, compile, doc, number);
		else
			refused = add_rule(load, doc, number);
		compile->rules->refused += refused != 0;
	}
}

static void
add_file_text(struct loading *load, const struct file *file)
{
	struct err err = {0};

	if (!read_file(file->path, &load->bytes, &err)) {
		add_text(load, file->path, buf_slice(&load->bytes),
		    file->is_mapping, file->group);
		return;
	}
	load->compile.path = slice_cstr(file->path);
	add_problem(&load->compile, 0, 0, err.msg);
	load->compile.rules->refused++;
}

/* --- all together --- */

static int
find_all(
    struct files *files, const struct rules_source *source, struct err *err)
{
	size_t group = 0;

	/* What is given for good measure yields to what lies by the rules. */
	for (size_t i = 0; i < source->mapping_count; i++)
		if (find_files(files, source->mappings[i], true, ++group, err))
			return -1;
	for (size_t i = 0; i < source->path_count; i++)
		if (find_files(files, source->paths[i], false, ++group, err))
			return -1;
	return 0;
}

/* Mappings first: rules are compiled with them. */
static void
add_all(struct loading *load, const struct files *files)
{
	const struct rules_source *source = load->compile.source;
	size_t last = source->path_count + source->mapping_count + 1;

	for (size_t i = 0; i < files->count; i++)
		if (files->list[i].is_mapping)
			add_file_text(load, &files->list[i]);
	for (size_t i = 0; i < source->mapping_text_count; i++)
		add_text(load, source->mapping_texts[i].path,
		    source->mapping_texts[i].text, true, last);
	mappings_link(&load->mappings, &load->compile);
	for (size_t i = 0; i < files->count; i++)
		if (!files->list[i].is_mapping)
			add_file_text(load, &files->list[i]);
	for (size_t i = 0; i < source->text_count; i++)
		add_text(load, source->texts[i].path, source->texts[i].text,
		    false, last);
}

int
rules_load(struct rules **out, const struct rules_source *source,
    struct rules_report *report, struct err *err)
{
	struct loading load = {0};
	struct files files = {0};
	struct rules *rules = xcalloc(1, sizeof(*rules));

	*out = NULL;
	load.compile = (struct compile){
	    .rules = rules, .source = source, .report = report};
	load.compile.mappings = &load.mappings;
	if (find_all(&files, source, err)) {
		files_release(&files);
		rules_free(rules);
		return -1;
	}
	add_all(&load, &files);
	rules->count = load.count;
	rules->list =
	    arena_calloc(&rules->arena, load.count + 1, sizeof(*load.list));
	if (load.count)
		memcpy(rules->list, load.list, load.count * sizeof(*load.list));
	filters_apply(&load.filters, &load.compile, &load.mappings);
	correlations_link(&load.correlations, &load.compile, &load.mappings);
	compile_facts(rules);
	compile_index(rules);
	files_release(&files);
	mappings_release(&load.mappings);
	filters_release(&load.filters);
	correlations_release(&load.correlations);
	arena_release(&load.yaml);
	arena_release(&load.text);
	buf_release(&load.bytes);
	free(load.ids.table);
	free(load.list);
	*out = rules;
	return 0;
}

void
rules_free(struct rules *rules)
{
	if (!rules)
		return;
	for (size_t i = 0; i < rules->regex_count; i++)
		pcre2_code_free(rules->regexes[i]);
	free(rules->regexes);
	fields_release(&rules->fields);
	arena_release(&rules->arena);
	free(rules);
}

size_t
rules_count(const struct rules *rules)
{
	return rules->count;
}

size_t
rules_refused(const struct rules *rules)
{
	return rules->refused;
}

const struct rule_meta *
rules_meta(const struct rules *rules, size_t i)
{
	return &rules->list[i].meta;
}

unsigned
rules_found_by(const struct rules *rules, size_t i)
{
	return rules->list[i].found_by;
}

bool
rules_looks_at(const struct rules *rules, size_t i, enum event_kind kind)
{
	return (rules->list[i].kinds & 1u << kind) != 0;
}

bool
rules_is_silent(const struct rules *rules, size_t i)
{
	return rules->list[i].link_count && !rules->list[i].generates;
}
