#include "pipeline_work.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "geo/geo.h"
#include "source/sniff.h"
#include "source/unwrap.h"

#define LISTS_MAX 16 /* in one another */

struct worker {
	const struct pipeline_options *options;
	uint64_t seed;
	struct json_parser *parser; /* of the cut */
	struct unwrap_room room;    /* of what is held in it */
	struct json_parser *inner;  /* of JSON in the record's strings */
	struct json_index body_index;
	struct arena arena; /* of one record */
	struct buf row;     /* a CSV row as JSON */
	struct matcher *matcher;
	struct geo_cache *geo;
};

struct worker *
worker_new(const struct pipeline_options *options, const struct geo *geo,
    uint64_t seed)
{
	struct worker *w = xcalloc(1, sizeof(*w));

	w->options = options;
	w->seed = seed;
	w->parser = json_parser_new();
	w->inner = json_parser_new();
	unwrap_room_init(&w->room);
	w->matcher = matcher_new(options->rules);
	matcher_measure(w->matcher, options->costs);
	if (geo)
		w->geo = geo_cache_new(geo);
	return w;
}

void
worker_free(struct worker *w)
{
	if (!w)
		return;
	json_parser_free(w->parser);
	json_parser_free(w->inner);
	json_index_release(&w->body_index);
	unwrap_room_release(&w->room);
	arena_release(&w->arena);
	buf_release(&w->row);
	matcher_free(w->matcher);
	geo_cache_free(w->geo);
	free(w);
}

void
work_release(struct work *work)
{
	batch_release(&work->batch);
	free(work->outcomes);
	free(work->findings);
	buf_release(&work->text);
	*work = (struct work){0};
}

static struct outcome *
add_outcome(struct work *work, size_t cut, uint64_t in_line)
{
	struct outcome *o;

	if (work->count == work->size) {
		work->size = work->size ? work->size * 2 : 1024;
		work->outcomes = xrealloc(
		    work->outcomes, work->size * sizeof(*work->outcomes));
	}
	o = &work->outcomes[work->count++];
	*o = (struct outcome){.cut = cut, .in_line = in_line};
	return o;
}

static void
reject(struct work *work, size_t cut, uint64_t in_line, const char *why)
{
	struct outcome *o = add_outcome(work, cut, in_line);

	o->why = arena_copy(&work->batch.arena, slice_cstr(why)).ptr;
}

/* A copy of the event that lives as long as the batch. */
static const struct event *
keep_event(struct arena *arena, const struct event *event)
{
	struct event *copy = arena_alloc(arena, sizeof(*copy));

	*copy = *event;
	for (size_t i = 0; i < EV_COLUMNS; i++)
		if (event->col[i].len)
			copy->col[i] = arena_copy(arena, event->col[i]);
	copy->facts = NULL; /* rules have read them */
	return copy;
}

static void
add_finding(struct worker *w, struct work *work, uint32_t rule,
    const struct event *event)
{
	struct arena *arena = &work->batch.arena;
	const struct rule_reason *reasons;
	struct rule_reason *why;
	struct finding *f;
	size_t n;

	if (work->finding_count == work->finding_size) {
		work->finding_size = work->finding_size * 2 + 16;
		work->findings = xrealloc(work->findings,
		    work->finding_size * sizeof(*work->findings));
	}
	n = matcher_why(w->matcher, rule, &w->arena, &reasons);
	why = arena_calloc(arena, n, sizeof(*why));
	for (size_t i = 0; i < n; i++) {
		why[i].identifier = arena_copy(arena, reasons[i].identifier);
		why[i].field = arena_copy(arena, reasons[i].field);
		why[i].value = arena_copy(arena, reasons[i].value);
	}
	f = &work->findings[work->finding_count++];
	*f = (struct finding){.rule = rules_meta(w->options->rules, rule),
	    .event = event,
	    .why = why,
	    .why_count = n};
}

static bool
is_wanted(const struct pipeline_options *options, const struct event *event)
{
	if (event->time_us == EVENT_NO_TIME)
		return true;
	return event->time_us >= options->from_us &&
	       event->time_us < options->to_us;
}

static void
note_undecided(struct worker *w, struct work *work, struct outcome *o)
{
	const struct undecided *list;
	struct undecided *copy;

	o->undecided_count = matcher_undecided(w->matcher, &list);
	if (!o->undecided_count)
		return;
	copy =
	    arena_calloc(&work->batch.arena, o->undecided_count, sizeof(*copy));
	memcpy(copy, list, o->undecided_count * sizeof(*copy));
	o->undecided = copy;
}

static void
match(struct worker *w, struct work *work, const struct record *record,
    const struct event *event, struct outcome *o)
{
	const struct event *kept = NULL;
	const uint32_t *rules;
	size_t n = matcher_run(w->matcher, record, event, &rules);

	if (w->options->look)
		w->options->look(w->options->context, w->matcher, record, event,
		    work->batch.cuts[o->cut].line);
	o->finding = work->finding_count;
	for (size_t i = 0; i < n; i++) {
		const struct rule_meta *meta =
		    rules_meta(w->options->rules, rules[i]);

		if (meta->level < w->options->level ||
		    rules_is_silent(w->options->rules, rules[i]))
			continue;
		if (!kept)
			kept = keep_event(&work->batch.arena, event);
		add_finding(w, work, rules[i], kept);
	}
	o->finding_count = work->finding_count - o->finding;
	o->contribution_count = matcher_correlate(
	    w->matcher, rules, n, &work->batch.arena, &o->contributions);
	note_undecided(w, work, o);
	if (o->contribution_count && !kept)
		kept = keep_event(&work->batch.arena, event);
	o->event = kept;
}

/* One record, out of its wrapper: takes its envelope off and judges it. */
static void
judge(struct worker *w, struct work *work, size_t cut, uint64_t in_line,
    struct json root)
{
	struct record record = {.arena = &w->arena,
	    .inner = w->inner,
	    .index = &w->room.index,
	    .body_index = &w->body_index};
	struct event event;
	struct outcome *o;
	const char *why;

	why = unwrap_envelope(&w->room, &root);
	if (why) {
		reject(work, cut, in_line, why);
		return;
	}
	arena_reset(&w->arena);
	record.root = root;
	o = add_outcome(work, cut, in_line);
	o->duplicate_keys = (uint32_t)w->room.repeated_keys;
	o->repaired = w->room.repaired;
	event_read(&record, &event);
	if (!event.col[EV_COUNTRY].len)
		event.col[EV_COUNTRY] = geo_country(w->geo, event.col[EV_IP]);
	o->kind = event.kind;
	o->time_us = event.time_us;
	seen_prepare(w->seed, &event, &o->seen);
	o->outside = !is_wanted(w->options, &event);
	if (o->outside)
		return;
	match(w, work, &record, &event, o);
	o->text = work->text.len;
	report_render_event(&w->options->report, &record, &event, &work->text);
	o->text_len = work->text.len - o->text;
}

/*
 * A record, or a list of them, perhaps in a wrapper, perhaps of further lists.
 * *number counts those in the lists of a line; NULL where nothing is counted by
 * lines.
 */
static void
judge_value(struct worker *w, struct work *work, size_t cut, uint64_t *number,
    struct json v, unsigned depth)
{
	struct json list = {0}, element;
	struct json_iter it;

	if (depth < LISTS_MAX)
		list =
		    json_type(v) == JSON_ARRAY ? v : unwrap_list(&w->room, v);
	if (!list.doc) {
		judge(w, work, cut, depth && number ? ++*number : 0, v);
		return;
	}
	it = json_iter(list);
	while (json_next(&it, NULL, &element))
		judge_value(w, work, cut, number, element, depth + 1);
}

/* Judges what the text holds.  NULL, or why it is no JSON value. */
static const char *
judge_text(struct worker *w, struct work *work, size_t cut, uint64_t *number,
    struct slice text, unsigned depth)
{
	size_t before = work->count;
	struct json root;
	const char *why;
	enum json_result result = json_parse(w->parser, text, &root, &why);

	if (result == JSON_BAD)
		return why;
	judge_value(w, work, cut, number, root, depth);
	for (size_t i = before; i < work->count; i++)
		work->outcomes[i].repaired |= result == JSON_REPAIRED;
	return NULL;
}

/* The text behind its first value, if a further one begins there. */
static struct slice
second_value(struct slice text)
{
	size_t n = sniff_json_end(text);
	struct slice rest = slice_trim(slice_skip(text, n ? n : text.len));

	return rest.len && rest.ptr[0] == '{' ? rest : SLICE("");
}

/*
 * A cut is one value.  But a line may hold several, where files were put
 * together of which one did not end in a line feed.
 */
static void
judge_json(struct worker *w, struct work *work, size_t cut, struct slice text)
{
	uint64_t count = 0;
	uint64_t *number = work->batch.cuts[cut].line ? &count : NULL;
	const char *why = judge_text(w, work, cut, number, text, 0);

	if (!why)
		return;
	if (!second_value(text).len) {
		reject(work, cut, 0, why);
		return;
	}
	while (text.len) {
		struct slice rest = second_value(text);

		text.len -= rest.len;
		why = judge_text(w, work, cut, number, text, 1);
		if (why)
			reject(work, cut, number ? ++*number : 0, why);
		text = rest;
	}
}

static void
judge_row(struct worker *w, struct work *work, size_t cut, struct slice row)
{
	const char *why;

	buf_clear(&w->row);
	why = unwrap_row(work->batch.header, row, &work->batch.arena, &w->row);
	if (why) {
		reject(work, cut, 0, why);
		return;
	}
	memset(buf_reserve(&w->row, JSON_PADDING), 0, JSON_PADDING);
	judge_json(w, work, cut, buf_slice(&w->row));
}

void
worker_run(struct worker *w, struct work *work)
{
	const struct batch *batch = &work->batch;
	uint64_t limited = matcher_regex_limited(w->matcher);
	uint64_t lookups = matcher_lookup_limited(w->matcher);

	work->count = 0;
	work->finding_count = 0;
	buf_clear(&work->text);
	for (size_t i = 0; i < batch->count; i++) {
		const struct cut *cut = &batch->cuts[i];
		struct slice s = slice_of(batch->bytes.ptr + cut->at, cut->len);

		switch (cut->kind) {
		case CUT_JSON:
			judge_json(w, work, i, s);
			break;
		case CUT_ROW:
			judge_row(w, work, i, s);
			break;
		case CUT_BAD:
			reject(work, i, 0, cut->why);
			break;
		}
	}
	work->regex_limited = matcher_regex_limited(w->matcher) - limited;
	work->lookup_limited = matcher_lookup_limited(w->matcher) - lookups;
}
