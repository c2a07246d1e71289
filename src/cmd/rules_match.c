#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "cmd/rules.h"
#include "event/fact.h"
#include "event/read.h"
#include "rule/correlate.h"
#include "text/decode.h"
#include "json/build.h"
#include "json/index.h"
#include "json/json.h"

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

#define IN_BYTES  (256u << 10)
#define OUT_BYTES (64u << 10)

static int
take_line(struct matching *m, struct slice line, struct err *err)
{
	size_t blank = 0;

	while (blank < line.len && memchr(" \t\r\n", line.ptr[blank], 4))
		blank++;
	if (blank < line.len) {
		buf_clear(&m->text);
		buf_slice_add(&m->text, line);
		match_line(m);
	}
	m->line++;
	if (m->out.len < OUT_BYTES)
		return 0;
	rules_write(&m->out);
	return ferror(stdout) ? err_sys(err, "cannot write") : 0;
}

static int
match_lines(struct matching *m, struct decode *decode, struct err *err)
{
	struct buf bytes = {0};
	size_t searched = 0; /* bytes in which no line ends */
	ssize_t got = 1;
	int status = 0;

	while (!status && got > 0) {
		struct slice rest;

		got = decode_read(
		    decode, buf_reserve(&bytes, IN_BYTES), IN_BYTES, err);
		if (got > 0)
			bytes.len += (size_t)got;
		rest = buf_slice(&bytes);
		while (!status && rest.len &&
		       memchr(rest.ptr + searched, '\n', rest.len - searched)) {
			status = take_line(m, slice_cut(&rest, '\n'), err);
			searched = 0;
		}
		if (!got && rest.len && !status) {
			status = take_line(m, rest, err);
			rest.len = 0;
		}
		searched = rest.len;
		if (rest.len)
			memmove(bytes.ptr, rest.ptr, rest.len);
		bytes.len = rest.len;
	}
	buf_release(&bytes);
	return got < 0 ? -1 : status;
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
	struct decode *decode;
	int status;

	if (decode_open(&decode, path, err))
		return err_context(err, "'%s'", path);
	m->matcher = matcher_new(m->rules);
	m->parser = json_parser_new();
	m->inner = json_parser_new();
	start_correlator(m);
	status = match_lines(m, decode, err);
	end_correlator(m);
	rules_write(&m->out);
	if (status && err->code == ERR_INPUT)
		err_context(err, "cannot read '%s'", path);
	decode_close(decode);
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
	struct rules_source source = {.any_logsource = args->ignore_logsource};
	struct matching matching = {.args = args};
	struct loaded loaded;
	int status;

	if (rules_open(&loaded, args, &source, err))
		return -1;
	rules_print_problems(&loaded.report, stderr);
	matching.rules = loaded.rules;
	status = match_file(&matching, args->paths[0], err);
	if (!status)
		status = loaded.report.count || matching.bad;
	rules_close(&loaded);
	return status;
}
