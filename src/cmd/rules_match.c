#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "cmd/rules.h"
#include "event/fact.h"
#include "event/read.h"
#include "rule/correlate.h"
#include "text/yaml.h"
#include "json/build.h"
#include "json/index.h"
#include "json/json.h"

/* --- placeholders --- */

/* What a file of placeholders says, for struct rules_source. */
struct placeholders {
	struct arena arena;
	struct rules_placeholder *list;
	size_t count;
};

static int
fail_at(
    struct err *err, const char *path, const struct yaml *at, const char *what)
{
	return err_set(
	    err, ERR_INPUT, "%s:%u:%u: %s", path, at->line, at->column, what);
}

/* A scalar is a list of one. */
static int
add_placeholder(struct placeholders *out, const char *path,
    const struct yaml *value, struct err *err)
{
	const struct yaml *node =
	    value->type == YAML_LIST ? value->first : value;
	size_t count = value->type == YAML_LIST ? value->count : 1;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are meant */
	const char **values =
	    arena_calloc(&out->arena, count + 1, sizeof(const char *));

	if (value->type == YAML_MAP)
		return fail_at(err, path, value, "must be a list of values");
	for (size_t i = 0; i < count; i++, node = node->next) {
		if (!yaml_is_scalar(node))
			return fail_at(
			    err, path, node, "a value must be plain");
		values[i] = node->text.ptr;
	}
	out->list[out->count++] =
	    (struct rules_placeholder){value->key->text.ptr, values, count};
	return 0;
}

static int
read_placeholders(struct placeholders *out, const char *path, struct err *err)
{
	FILE *file = fopen(path, "re");
	struct yaml_place place;
	struct buf text = {0};
	struct yaml *doc;
	size_t n;
	int status = -1;

	if (!file)
		return err_sys(err, "cannot open '%s'", path);
	do {
		n = fread(buf_reserve(&text, 64 << 10), 1, 64 << 10, file);
		text.len += n;
	} while (n && text.len <= YAML_TEXT_MAX);
	if (ferror(file)) {
		err_sys(err, "cannot read '%s'", path);
		goto out;
	}
	if (yaml_parse(&out->arena, buf_slice(&text), &doc, &place, err)) {
		err_context(err, "%s:%u:%u", path, place.line, place.column);
		goto out;
	}
	if (!doc || doc->type != YAML_MAP) {
		err_set(err, ERR_INPUT,
		    "'%s' holds no map of names to lists of values", path);
		goto out;
	}
	out->list = arena_calloc(&out->arena, doc->count, sizeof(*out->list));
	for (const struct yaml *value = doc->first; value; value = value->next)
		if (add_placeholder(out, path, value, err))
			goto out;
	status = 0;
out:
	fclose(file);
	buf_release(&text);
	return status;
}

/* --- events --- */

struct matching {
	const struct rules_args *args;
	const struct rules *rules;
	struct matcher *matcher;
	struct json_parser *parser, *inner;
	struct arena arena; /* of one event */
	struct buf text;    /* a line, padded */
	struct buf out;
	uint64_t line; /* from 0 */
	uint64_t bad, no_time;
	uint64_t repaired, repeated; /* events with broken bytes; names */
	struct json_index index;
	struct correlator *correlator; /* NULL: there is no correlation */
	uint64_t undated;   /* events that a correlation cannot count */
	uint64_t undecided; /* (event, rule) for want of a fact */
	uint32_t missing;   /* these facts */
};

/* `a.b` is the member of that name, else the member b of a. */
static struct json
find_field(struct json v, struct slice name)
{
	struct json found = json_get(v, name);
	const char *dot = memchr(name.ptr, '.', name.len);

	for (; dot && !json_present(found);
	     dot = memchr(
	         dot + 1, '.', (size_t)(name.ptr + name.len - dot) - 1)) {
		size_t n = (size_t)(dot - name.ptr);

		found = find_field(json_get(v, slice_of(name.ptr, n)),
		    slice_skip(name, n + 1));
	}
	return found;
}

static void
read_event(struct matching *m, const struct record *record, struct event *event)
{
	struct record copy = *record;

	if (m->args->ignore_logsource) {
		*event = (struct event){.time_us = EVENT_NO_TIME};
		read_unknown(&copy, event);
	} else {
		event_read(&copy, event);
	}
	if (!m->args->time_field)
		return;
	event->time_us = EVENT_NO_TIME;
	read_time(find_field(record->root, slice_cstr(m->args->time_field)),
	    &event->time_us);
	m->no_time += event->time_us == EVENT_NO_TIME;
}

static void
add_firing(struct matching *m, uint64_t line, uint32_t rule)
{
	size_t mark = json_open(&m->out, NULL, '{');

	json_u64(&m->out, "event", line);
	rules_json_member(&m->out, "rule", rules_meta(m->rules, rule)->id);
	json_close(&m->out, mark);
	buf_char(&m->out, '\n');
}

/* What the event adds to correlations; they answer when all have been read. */
static void
correlate(struct matching *m, const struct event *event, const uint32_t *rules,
    size_t count)
{
	const struct contribution *list;
	size_t n =
	    matcher_correlate(m->matcher, rules, count, &m->arena, &list);

	if (n && event->time_us == EVENT_NO_TIME) {
		m->undated++;
		return;
	}
	for (size_t i = 0; i < n; i++)
		correlator_add(
		    m->correlator, &list[i], event->time_us, m->line);
}

static void
correlated(void *context, const struct firing *firing)
{
	add_firing(context, firing->last, firing->rule);
}

static void
start_correlator(struct matching *m)
{
	struct correlator_options options = {.rules = m->rules};

	for (size_t i = 0; i < rules_count(m->rules) && !m->correlator; i++)
		if (rules_correlation_names(m->rules, i).type)
			m->correlator = correlator_new(&options, correlated, m);
}

static void
end_correlator(struct matching *m)
{
	uint64_t lost;

	if (!m->correlator)
		return;
	correlator_watermark(m->correlator, INT64_MAX);
	lost = correlator_stats(m->correlator).lost_groups;
	if (lost)
		fprintf(stderr, "firn: %ju groups left out for want of room\n",
		    (uintmax_t)lost);
	correlator_free(m->correlator);
}

static void
match_line(struct matching *m)
{
	struct record record = {.arena = &m->arena, .inner = m->inner};
	struct event event;
	const struct undecided *undecided;
	const uint32_t *rules;
	enum json_result result;
	const char *why;
	size_t n;

	memset(buf_reserve(&m->text, JSON_PADDING), 0, JSON_PADDING);
	result = json_parse(m->parser, buf_slice(&m->text), &record.root, &why);
	if (result == JSON_BAD) {
		fprintf(
		    stderr, "firn: event %ju: %s\n", (uintmax_t)m->line, why);
		m->bad++;
		return;
	}
	if (json_type(record.root) != JSON_OBJECT) {
		fprintf(stderr, "firn: event %ju: is no object\n",
		    (uintmax_t)m->line);
		m->bad++;
		return;
	}
	m->repaired += result == JSON_REPAIRED;
	m->repeated += json_index_build(&m->index, record.root);
	record.index = &m->index;
	arena_reset(&m->arena);
	read_event(m, &record, &event);
	n = matcher_run(m->matcher, &record, &event, &rules);
	for (size_t i = 0; i < n; i++)
		if (!rules_is_silent(m->rules, rules[i]))
			add_firing(m, m->line, rules[i]);
	if (m->correlator)
		correlate(m, &event, rules, n);
	n = matcher_undecided(m->matcher, &undecided);
	m->undecided += n;
	for (size_t i = 0; i < n; i++)
		m->missing |= undecided[i].facts;
}

#define OUT_BYTES (64u << 10)

static int
match_lines(struct matching *m, FILE *file, struct err *err)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t n;
	int status = 0;

	for (; (n = getline(&text, &size, file)) > 0 && !status; m->line++) {
		if ((size_t)n == strspn(text, " \t\r\n"))
			continue;
		buf_clear(&m->text);
		buf_add(&m->text, text, (size_t)n);
		match_line(m);
		if (m->out.len < OUT_BYTES)
			continue;
		rules_write(&m->out);
		if (ferror(stdout))
			status = err_sys(err, "cannot write");
	}
	if (!status && ferror(file))
		status = err_sys(err, "cannot read the events");
	free(text);
	return status;
}

/* Rules that may have fired, had a fact been known. */
static void
tell_undecided(const struct matching *m)
{
	struct buf facts = {0};

	if (!m->undecided)
		return;
	event_facts_add(&facts, m->missing);
	buf_char(&facts, '\0');
	fprintf(stderr,
	    "firn: %ju times a rule is undecided on an event, because of "
	    "unknown %s\n",
	    (uintmax_t)m->undecided, facts.ptr);
	buf_release(&facts);
}

/* What may have made an answer other than it looks. */
static void
tell_limits(const struct matching *m)
{
	const struct {
		uint64_t count;
		const char *what;
	} notes[] = {
	    {m->no_time, "events have no time in the field given"},
	    {m->undated, "events without a time count in no correlation"},
	    {m->repaired,
	        "events have broken bytes, and are read all the same"},
	    {m->repeated, "names stand twice in an event: the first counts"},
	    {matcher_regex_limited(m->matcher),
	        "times a regular expression was given up at its limit"},
	    {matcher_lookup_limited(m->matcher),
	        "times a field was not looked up to its end"},
	};

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (notes[i].count)
			fprintf(stderr, "firn: %ju %s\n",
			    (uintmax_t)notes[i].count, notes[i].what);
	tell_undecided(m);
}

static int
match_file(struct matching *m, const char *path, struct err *err)
{
	FILE *file = !strcmp(path, "-") ? stdin : fopen(path, "re");
	int status;

	if (!file)
		return err_sys(err, "cannot open '%s'", path);
	m->matcher = matcher_new(m->rules);
	m->parser = json_parser_new();
	m->inner = json_parser_new();
	start_correlator(m);
	status = match_lines(m, file, err);
	end_correlator(m);
	rules_write(&m->out);
	if (file != stdin)
		fclose(file);
	tell_limits(m);
	matcher_free(m->matcher);
	json_parser_free(m->parser);
	json_parser_free(m->inner);
	json_index_release(&m->index);
	arena_release(&m->arena);
	buf_release(&m->text);
	buf_release(&m->out);
	return status;
}
int
rules_match(const struct rules_args *args, struct err *err)
{
	struct placeholders placeholders = {0};
	struct rules_source source = {.any_logsource = args->ignore_logsource};
	struct matching matching = {.args = args};
	struct loaded loaded;
	int status = -1;

	if (args->placeholders &&
	    read_placeholders(&placeholders, args->placeholders, err))
		goto out;
	source.placeholders = placeholders.list;
	source.placeholder_count = placeholders.count;
	if (rules_open(&loaded, args, &source, err))
		goto out;
	rules_print_problems(&loaded.report, stderr);
	matching.rules = loaded.rules;
	status = match_file(&matching, args->paths[0], err);
	if (!status)
		status = loaded.report.count || matching.bad;
	rules_close(&loaded);
out:
	arena_release(&placeholders.arena);
	return status;
}
