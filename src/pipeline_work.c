#include "pipeline_work.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "geo/geo.h"
#include "source/unwrap.h"

struct worker {
	const struct pipeline_options *options;
	uint64_t seed;
	struct json_parser *parser; /* of the cut */
	struct unwrap_room room;    /* of what is held in it */
	struct json_parser *inner;  /* of JSON in the record's strings */
	struct arena arena;         /* of one record */
	struct buf row;             /* a CSV row as JSON */
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
match(struct worker *w, struct work *work, const struct record *record,
    const struct event *event, struct outcome *o)
{
	const struct event *kept = NULL;
	const uint32_t *rules;
	size_t n = matcher_run(w->matcher, record, event, &rules);

	o->finding = work->finding_count;
	for (size_t i = 0; i < n; i++) {
		const struct rule_meta *meta =
		    rules_meta(w->options->rules, rules[i]);

		if (meta->level < w->options->level)
			continue;
		if (!kept)
			kept = keep_event(&work->batch.arena, event);
		add_finding(w, work, rules[i], kept);
	}
	o->finding_count = work->finding_count - o->finding;
}

/* One record, out of its wrapper: takes its envelope off and judges it. */
static void
judge(struct worker *w, struct work *work, size_t cut, uint64_t in_line,
    struct json root)
{
	struct record record = {
	    .arena = &w->arena, .inner = w->inner, .index = &w->room.index};
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

/* A JSON text: one record, or a list of them, perhaps in a wrapper. */
static void
judge_text(struct worker *w, struct work *work, size_t cut, struct slice text)
{
	bool by_line = work->batch.cuts[cut].line != 0;
	size_t before = work->count;
	struct json root, list, element;
	struct json_iter it;
	const char *why;
	enum json_result result = json_parse(w->parser, text, &root, &why);

	if (result == JSON_BAD) {
		reject(work, cut, 0, why);
		return;
	}
	list =
	    json_type(root) == JSON_ARRAY ? root : unwrap_list(&w->room, root);
	if (list.doc) {
		it = json_iter(list);
		for (uint64_t n = 1; json_next(&it, NULL, &element); n++)
			judge(w, work, cut, by_line ? n : 0, element);
	} else {
		judge(w, work, cut, 0, root);
	}
	for (size_t i = before; i < work->count; i++)
		work->outcomes[i].repaired = result == JSON_REPAIRED;
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
	judge_text(w, work, cut, buf_slice(&w->row));
}

void
worker_run(struct worker *w, struct work *work)
{
	const struct batch *batch = &work->batch;
	uint64_t limited = matcher_regex_limited(w->matcher);

	work->count = 0;
	work->finding_count = 0;
	buf_clear(&work->text);
	for (size_t i = 0; i < batch->count; i++) {
		const struct cut *cut = &batch->cuts[i];
		struct slice s = slice_of(batch->bytes.ptr + cut->at, cut->len);

		switch (cut->kind) {
		case CUT_JSON:
			judge_text(w, work, i, s);
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
}
