#include "coverage/kept.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "coverage/coverage_part.h"
#include "coverage/packed.h"
#include "event/event.h"
#include "ledger/dir.h"

#define HEAD     "firn-coverage/3\n"
#define NAME     "coverage"
#define FILE_MAX ((size_t)1 << 30)

/* --- writing --- */

static void
add_lag(struct buf *out, const struct lag *lag)
{
	for (unsigned i = 0; i < LAG_BINS; i++)
		packed_put_number(out, lag->bins[i]);
}

/* The counts of an hour, in the order of the file. */
static const size_t hour_counts[] = {
    offsetof(struct coverage_hour, announced),
    offsetof(struct coverage_hour, fetched),
    offsetof(struct coverage_hour, lost),
    offsetof(struct coverage_hour, records),
    offsetof(struct coverage_hour, events),
    offsetof(struct coverage_hour, duplicates),
    offsetof(struct coverage_hour, tellings),
    offsetof(struct coverage_hour, conflicts),
    offsetof(struct coverage_hour, refused),
    offsetof(struct coverage_hour, before),
    offsetof(struct coverage_hour, late),
};

#define HOUR_COUNTS (sizeof(hour_counts) / sizeof(hour_counts[0]))

static void
add_hours(struct buf *out, const struct stream_state *state)
{
	packed_put_number(out, state->hour_count);
	for (size_t i = 0; i < state->hour_count; i++) {
		const struct coverage_hour *hour = &state->hours[i];

		packed_put_time(out, hour->hour_us);
		packed_put_time(out, hour->span_us);
		for (size_t k = 0; k < HOUR_COUNTS; k++) {
			uint64_t n;

			memcpy(
			    &n, (const char *)hour + hour_counts[k], sizeof(n));
			packed_put_number(out, n);
		}
	}
	packed_put_number(out, state->event_count);
	for (size_t i = 0; i < state->event_count; i++) {
		packed_put_time(out, state->events[i].hour_us);
		packed_put_number(out, state->events[i].events);
	}
	packed_put_number(out, state->events_other);
}

static void
add_stream(struct buf *out, const struct stream *names,
    const struct stream_state *state)
{
	packed_put_text(out, names->source);
	packed_put_text(out, names->tenant);
	packed_put_cstr(out, state->by);
	packed_put_cstr(out, state->path);
	packed_put_cstr(out, state->tenant);
	packed_put_text(out, buf_slice(&state->next));
	packed_put_time(out, state->clock_us);
	packed_put_time(out, state->newest_us);
	packed_put_time(out, state->since_us);
	add_lag(out, &state->to_available);
	add_lag(out, &state->to_record);
	add_hours(out, state);
}

static void
add_gap(struct buf *out, const struct gap_state *gap)
{
	const struct gap *told = &gap->seen.gap;

	packed_put_cstr(out, told->source);
	packed_put_cstr(out, told->key);
	packed_put_number(out, gap->stream);
	packed_put_number(out, told->cause);
	packed_put_time(out, told->from_us);
	packed_put_time(out, told->to_us);
	packed_put_time(out, told->heals_until_us);
	packed_put_number(out, told->least);
	packed_put_cstr(out, gap->detail);
	packed_put_number(out, gap->seen.index);
	packed_put_time(out, gap->seen.opened_us);
	packed_put_time(out, gap->seen.healed_us);
	packed_put_time(out, gap->hour_us);
	packed_put_number(out, (uint64_t)gap->lost |
	                           (uint64_t)gap->announced << 1 |
	                           (uint64_t)gap->named << 2);
	buf_add(out, gap->name, sizeof(gap->name));
}

static void
add_deliveries(struct buf *out, const struct coverage *coverage)
{
	size_t count = recent_count(coverage->recent);

	packed_put_number(out, coverage->open_count);
	for (size_t i = 0; i < coverage->open_count; i++) {
		const struct open_delivery *open = &coverage->open[i];

		packed_put_number(out, open->index);
		packed_put_number(out, open->stream);
		packed_put_time(out, open->hour_us);
		buf_add(out, open->name, sizeof(open->name));
	}
	packed_put_number(out, count);
	for (size_t i = 0; i < count; i++) {
		const struct recent_name *at = recent_at(coverage->recent, i);

		packed_put_number(out, at->hour);
		buf_add(out, at->name, sizeof(at->name));
	}
}

static void
add_of_state(struct buf *out, const struct coverage *coverage)
{
	packed_put_number(out, coverage->of_state_count);
	for (size_t i = 0; i < coverage->of_state_count; i++) {
		packed_put_number(out, coverage->of_state[i].index);
		packed_put_time(out, coverage->of_state[i].received_us);
	}
}

void
coverage_print(
    struct buf *out, const struct coverage *coverage, struct slice origin)
{
	size_t begin = out->len;
	unsigned char digest[SHA256_LEN];

	buf_str(out, HEAD);
	packed_put_text(out, origin);
	packed_put_number(out, coverage->any);
	packed_put_number(out, coverage->last);
	buf_add(out, coverage->last_digest, SHA256_LEN);
	packed_put_number(out, coverage->size);
	packed_put_number(out, coverage->strange);
	packed_put_time(out, coverage->now_us);
	packed_put_number(out, coverage->names.count);
	for (size_t i = 0; i < coverage->names.count; i++)
		add_stream(out, &coverage->names.list[i], &coverage->states[i]);
	packed_put_number(out, coverage->gap_names.count);
	for (size_t i = 0; i < coverage->gap_names.count; i++)
		add_gap(out, coverage->gaps[i]);
	add_deliveries(out, coverage);
	add_of_state(out, coverage);
	sha256(slice_skip(buf_slice(out), begin), digest);
	buf_add(out, digest, SHA256_LEN);
}

int
coverage_save(const struct coverage *coverage, const char *dir,
    struct slice origin, struct err *err)
{
	struct buf out = {0};
	int status;

	coverage_print(&out, coverage, origin);
	status = dir_replace(dir, NAME, buf_slice(&out), err);
	buf_release(&out);
	return status;
}

/* --- reading --- */

static void
take_lag(struct packed *in, struct lag *lag)
{
	for (unsigned i = 0; i < LAG_BINS; i++)
		lag_add_bin(lag, i, packed_number(in));
}

static void
take_hours(struct packed *in, struct stream_state *state)
{
	state->hour_count = packed_count(in, 8 * (2 + HOUR_COUNTS));
	state->hour_room = state->hour_count + 1;
	state->hours = xcalloc(state->hour_room, sizeof(*state->hours));
	for (size_t i = 0; i < state->hour_count; i++) {
		struct coverage_hour *hour = &state->hours[i];

		hour->hour_us = packed_time(in);
		hour->span_us = packed_time(in);
		for (size_t k = 0; k < HOUR_COUNTS; k++) {
			uint64_t n = packed_number(in);

			memcpy((char *)hour + hour_counts[k], &n, sizeof(n));
		}
	}
	state->event_count = packed_count(in, 16);
	state->event_room = state->event_count + 1;
	state->events = xcalloc(state->event_room, sizeof(*state->events));
	for (size_t i = 0; i < state->event_count; i++) {
		state->events[i].hour_us = packed_time(in);
		state->events[i].events = packed_number(in);
	}
	state->events_other = packed_number(in);
}

static void
take_stream(struct packed *in, struct coverage *coverage)
{
	struct slice source = packed_text(in), stream = packed_text(in);
	size_t before = coverage->names.count;
	struct stream_state *state;
	uint32_t number;

	if (in->bad || !coverage_number(coverage, source, stream, &number) ||
	    number != before) {
		in->bad = true;
		return;
	}
	state = &coverage->states[number];
	state->by = packed_cstr(in);
	state->path = packed_cstr(in);
	state->tenant = packed_cstr(in);
	buf_slice_add(&state->next, packed_text(in));
	state->clock_us = packed_time(in);
	state->newest_us = packed_time(in);
	state->since_us = packed_time(in);
	take_lag(in, &state->to_available);
	take_lag(in, &state->to_record);
	take_hours(in, state);
}

static void
take_gap(struct packed *in, struct coverage *coverage)
{
	struct slice source = packed_text(in), key = packed_text(in);
	struct gap_state *gap = NULL;
	uint64_t stream, cause, flags;

	if (!in->bad)
		gap = coverage_gap_add(coverage, source, key);
	if (!gap) {
		in->bad = true;
		return;
	}
	stream = packed_number(in);
	cause = packed_number(in);
	in->bad |= stream >= coverage->names.count || cause >= GAP_CAUSES;
	gap->stream = (uint32_t)stream;
	gap->seen.gap.cause = (enum gap_cause)(in->bad ? 0 : cause);
	gap->seen.gap.from_us = packed_time(in);
	gap->seen.gap.to_us = packed_time(in);
	gap->seen.gap.heals_until_us = packed_time(in);
	gap->seen.gap.least = packed_number(in);
	gap->detail = packed_cstr(in);
	gap->seen.index = packed_number(in);
	gap->seen.opened_us = packed_time(in);
	gap->seen.healed_us = packed_time(in);
	gap->hour_us = packed_time(in);
	flags = packed_number(in);
	gap->lost = flags & 1;
	gap->announced = flags & 2;
	gap->named = flags & 4;
	packed_copy(in, gap->name, sizeof(gap->name));
	if (!in->bad)
		coverage_gap_point(coverage, coverage->gap_names.count - 1);
}

static void
take_deliveries(struct packed *in, struct coverage *coverage)
{
	size_t count = packed_count(in, 40);

	coverage->open_room = count + 1;
	coverage->open = xcalloc(coverage->open_room, sizeof(*coverage->open));
	for (; coverage->open_count < count; coverage->open_count++) {
		struct open_delivery *open =
		    &coverage->open[coverage->open_count];
		uint64_t stream;

		open->index = packed_number(in);
		stream = packed_number(in);
		in->bad |= stream >= coverage->names.count;
		open->stream = (uint32_t)stream;
		open->hour_us = packed_time(in);
		packed_copy(in, open->name, sizeof(open->name));
	}
	count = packed_count(in, 24);
	for (size_t i = 0; i < count; i++) {
		struct recent_name name = {.hour = packed_number(in)};

		packed_copy(in, name.name, sizeof(name.name));
		recent_add(coverage->recent, &name);
	}
}

static void
take_of_state(struct packed *in, struct coverage *coverage)
{
	size_t count = packed_count(in, 16);

	for (size_t i = 0; i < count; i++) {
		struct coverage_of_state at = {.index = packed_number(in)};

		at.received_us = packed_time(in);
		in->bad |= at.index >= coverage->size;
		coverage_state_add(coverage, &at);
	}
}

static void
take_all(struct packed *in, struct coverage *coverage)
{
	size_t count;

	coverage->any = packed_number(in);
	coverage->last = packed_number(in);
	packed_copy(in, coverage->last_digest, SHA256_LEN);
	coverage->size = packed_number(in);
	coverage->strange = packed_number(in);
	coverage->now_us = packed_time(in);
	count = packed_count(in, 8);
	for (size_t i = 0; i < count && !in->bad; i++)
		take_stream(in, coverage);
	count = packed_count(in, 8);
	for (size_t i = 0; i < count && !in->bad; i++)
		take_gap(in, coverage);
	if (!in->bad)
		take_deliveries(in, coverage);
	if (!in->bad)
		take_of_state(in, coverage);
}

struct coverage *
coverage_parse(struct slice bytes, struct slice origin)
{
	struct packed in = {.rest = bytes};
	unsigned char digest[SHA256_LEN];
	struct coverage *coverage;
	size_t len = bytes.len - SHA256_LEN;

	if (bytes.len < SHA256_LEN)
		return NULL;
	sha256(slice_of(bytes.ptr, len), digest);
	if (memcmp(bytes.ptr + len, digest, SHA256_LEN) != 0)
		return NULL;
	in.rest.len = len;
	if (!slice_eq(packed_bytes(&in, strlen(HEAD)), SLICE(HEAD)) ||
	    !slice_eq(packed_text(&in), origin))
		return NULL;
	coverage = coverage_new();
	take_all(&in, coverage);
	if (!in.bad && !in.rest.len)
		return coverage;
	coverage_free(coverage);
	return NULL;
}

/* --- of a ledger --- */

/* Whether the ledger has the last record that was taken. */
static bool
is_of(const struct coverage *coverage, struct view *view)
{
	unsigned char digest[SHA256_LEN];
	struct stream stream;
	struct frame frame;

	if (coverage->size > view_tree(view)->size)
		return false;
	if (!coverage->any)
		return true;
	if (coverage->last >= coverage->size ||
	    view_record(view, coverage->last, &frame, &stream, NULL) ||
	    frame.erased)
		return false;
	sha256(frame.raw, digest);
	return !memcmp(digest, coverage->last_digest, SHA256_LEN);
}

struct coverage *
coverage_kept(const char *dir, struct view *view)
{
	char *path = dir_path(dir, NAME);
	struct coverage *coverage = NULL;
	struct buf bytes = {0};
	bool found;

	if (!dir_read(path, FILE_MAX, &bytes, &found, NULL) && found)
		coverage = coverage_parse(buf_slice(&bytes), view_origin(view));
	if (coverage && !is_of(coverage, view)) {
		coverage_free(coverage);
		coverage = NULL;
	}
	buf_release(&bytes);
	free(path);
	return coverage ? coverage : coverage_new();
}

static int
apply(void *ctx, uint64_t index, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	(void)err;
	if (!frame->erased)
		coverage_apply(ctx, &(struct coverage_record){.index = index,
		                        .received_us = frame->received_us,
		                        .source = stream->source,
		                        .raw = frame->raw});
	return 0;
}

int
coverage_take(struct coverage *coverage, struct view *view,
    const struct set *set, struct err *err)
{
	for (uint64_t i = set->first; set_next(set, &i); i++) {
		struct stream stream;
		struct frame frame;

		if (view_record(view, i, &frame, &stream, err) ||
		    apply(coverage, i, &frame, &stream, err))
			return -1;
	}
	coverage_passed(coverage, view_tree(view)->size);
	return 0;
}

int
coverage_read(
    struct coverage **out, const char *dir, struct view *view, struct err *err)
{
	struct coverage *coverage = coverage_kept(dir, view);
	uint64_t size = view_tree(view)->size;

	if (view_walk(
	        view, coverage_size(coverage), size, apply, coverage, err)) {
		coverage_free(coverage);
		return -1;
	}
	coverage_passed(coverage, size);
	*out = coverage;
	return 0;
}
