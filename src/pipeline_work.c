#include "pipeline_work.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "event/identity.h"
#include "geo/geo.h"
#include "pipeline_watch.h"
#include "source/sniff.h"
#include "source/split.h"
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
	struct sha256 *sha; /* for what is to be kept */
	unsigned char salts[64 * LEAF_SALT_LEN];
	size_t salt_count; /* of them, not used yet */
};

/* A piece of the input on its way to becoming an outcome. */
struct piece {
	size_t cut;       /* index in the batch */
	uint64_t *number; /* counts those in a line; NULL: nothing does */
	struct slice raw; /* its bytes in the batch */
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
	if (options->rules) {
		w->matcher = matcher_new(options->rules);
		matcher_measure(w->matcher, options->costs);
	}
	if (options->keep)
		w->sha = sha256_new();
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
	sha256_free(w->sha);
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

/* Salts come in blocks: one call of the kernel for many records. */
static void
take_salt(struct worker *w, unsigned char salt[LEAF_SALT_LEN])
{
	if (!w->salt_count) {
		/* Blocks of up to 256 bytes come whole or not at all. */
		for (size_t at = 0; at < sizeof(w->salts); at += 256)
			if (getrandom(w->salts + at, 256, 0) != 256)
				abort();
		w->salt_count = sizeof(w->salts) / LEAF_SALT_LEN;
	}
	memcpy(salt, w->salts + --w->salt_count * LEAF_SALT_LEN, LEAF_SALT_LEN);
}

/* `event` is NULL for what could not be read: it is kept all the same. */
static void
take(struct worker *w, struct work *work, struct slice raw,
    const struct event *event, struct outcome *o)
{
	struct arena *arena = &work->batch.arena;
	struct taken *taken;

	if (!w->sha || !raw.len)
		return;
	taken = arena_calloc(arena, 1, sizeof(*taken));
	taken->raw = raw;
	if (event) {
		taken->source = arena_copy(arena, event->col[EV_SOURCE]);
		taken->tenant = arena_copy(arena, event->col[EV_TENANT]);
		taken->has_identity =
		    event_identity(w->sha, event, taken->identity.id);
		event_told(event, taken->identity.told);
		taken->shared =
		    event->family && !strcmp(event->family, "entra.signin");
	}
	take_salt(w, taken->salt);
	leaf_commit(w->sha, taken->salt, raw, &taken->commit);
	o->taken = taken;
}

static void
reject(struct worker *w, struct work *work, const struct piece *piece,
    uint64_t in_line, const char *why)
{
	struct outcome *o = add_outcome(work, piece->cut, in_line);

	o->why = arena_copy(&work->batch.arena, slice_cstr(why)).ptr;
	take(w, work, piece->raw, NULL, o);
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
	copy->change = arena_copy(arena, event->change);
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
judge(struct worker *w, struct work *work, const struct piece *piece,
    uint64_t in_line, struct json root)
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
		reject(w, work, piece, in_line, why);
		return;
	}
	arena_reset(&w->arena);
	record.root = root;
	o = add_outcome(work, piece->cut, in_line);
	o->duplicate_keys = (uint32_t)w->room.repeated_keys;
	o->repaired = w->room.repaired;
	event_read(&record, &event);
	/* It is part of the identity: another way's records may name it. */
	if (!event.col[EV_TENANT].len)
		event.col[EV_TENANT] = work->batch.tenant;
	if (!event.col[EV_COUNTRY].len)
		event.col[EV_COUNTRY] = geo_country(w->geo, event.col[EV_IP]);
	o->kind = event.kind;
	o->time_us = event.time_us;
	if (w->options->keep)
		take(w, work, piece->raw, &event, o);
	if (w->options->watch)
		o->watched = watch_test(w->options->watch, &event);
	if (!w->options->rules)
		return;
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
 * The list that v is or wraps, and the walk over it in the text; absent if v
 * is no list.
 */
static struct json
list_in(struct worker *w, struct json v, struct slice raw, struct split *split)
{
	struct slice name = {0};
	struct json list;

	*split = (struct split){0};
	if (json_type(v) == JSON_ARRAY) {
		(void)split_array(raw, split);
		return v;
	}
	list = unwrap_list(&w->room, v, &name);
	if (list.doc)
		(void)split_member(raw, name, split);
	return list;
}

/*
 * A record, or a list of them, perhaps in a wrapper, perhaps of further lists.
 */
static void
judge_value(struct worker *w, struct work *work, const struct piece *piece,
    struct json v, unsigned depth)
{
	struct piece inner = *piece;
	struct json list = {0}, element;
	struct json_iter it;
	struct split split = {0};
	bool apart;

	if (depth < LISTS_MAX)
		list = list_in(w, v, piece->raw, &split);
	if (!list.doc) {
		judge(w, work, piece,
		    depth && piece->number ? ++*piece->number : 0, v);
		return;
	}
	apart = split.rest.len != 0;
	it = json_iter(list);
	while (json_next(&it, NULL, &element)) {
		if (apart)
			(void)split_next(&split, &inner.raw);
		judge_value(w, work, &inner, element, depth + 1);
		/* A list in a CSV cell: the row is kept, once. */
		inner.raw.len = 0;
	}
}

/* Judges what the text holds.  NULL, or why it is no JSON value. */
static const char *
judge_text(struct worker *w, struct work *work, const struct piece *piece,
    struct slice text, unsigned depth)
{
	size_t before = work->count;
	struct json root;
	const char *why;
	enum json_result result = json_parse(w->parser, text, &root, &why);

	if (result == JSON_BAD)
		return why;
	judge_value(w, work, piece, root, depth);
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
 * The text is one value.  But a line may hold several, where files were put
 * together of which one did not end in a line feed.  `raw` is the text, or the
 * row that it stands in.
 */
static void
judge_json(struct worker *w, struct work *work, size_t cut, struct slice text,
    struct slice raw)
{
	uint64_t count = 0;
	struct piece piece = {cut, NULL, raw};
	bool row = raw.ptr != text.ptr;
	const char *why;

	if (work->batch.cuts[cut].line)
		piece.number = &count;
	why = judge_text(w, work, &piece, text, 0);
	if (!why)
		return;
	if (!second_value(text).len) {
		reject(w, work, &piece, 0, why);
		return;
	}
	while (text.len) {
		struct slice rest = second_value(text);

		text.len -= rest.len;
		if (!row)
			piece.raw = slice_trim(text);
		why = judge_text(w, work, &piece, text, 1);
		if (why)
			reject(w, work, &piece,
			    piece.number ? ++*piece.number : 0, why);
		if (row)
			piece.raw.len = 0;
		text = rest;
	}
}

static void
judge_row(struct worker *w, struct work *work, size_t cut, struct slice row)
{
	struct piece piece = {cut, NULL, row};
	const char *why;

	buf_clear(&w->row);
	why = unwrap_row(work->batch.header, row, &work->batch.arena, &w->row);
	if (why) {
		reject(w, work, &piece, 0, why);
		return;
	}
	memset(buf_reserve(&w->row, JSON_PADDING), 0, JSON_PADDING);
	judge_json(w, work, cut, buf_slice(&w->row), row);
}

void
worker_run(struct worker *w, struct work *work)
{
	const struct batch *batch = &work->batch;
	uint64_t limited = 0, lookups = 0;

	if (w->matcher) {
		limited = matcher_regex_limited(w->matcher);
		lookups = matcher_lookup_limited(w->matcher);
	}
	work->count = 0;
	work->finding_count = 0;
	buf_clear(&work->text);
	for (size_t i = 0; i < batch->count; i++) {
		const struct cut *cut = &batch->cuts[i];
		struct slice s = slice_of(batch->bytes.ptr + cut->at, cut->len);
		struct piece piece = {i, NULL, s};

		switch (cut->kind) {
		case CUT_JSON:
			judge_json(w, work, i, s, s);
			break;
		case CUT_ROW:
			judge_row(w, work, i, s);
			break;
		case CUT_BAD:
			reject(w, work, &piece, 0, cut->why);
			break;
		}
	}
	if (!w->matcher)
		return;
	work->regex_limited = matcher_regex_limited(w->matcher) - limited;
	work->lookup_limited = matcher_lookup_limited(w->matcher) - lookups;
}
