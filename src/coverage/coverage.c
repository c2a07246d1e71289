#include "coverage/coverage.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "coverage/coverage_part.h"
#include "event/event.h"

#define RECORD_MAX   ((size_t)16 << 20) /* bytes of one of ours */
#define RECENT_HOURS ((int64_t)8 * 24)
#define LAST_US      (INT64_C(4102444800) * 1000000) /* 2100-01-01 */

struct coverage *
coverage_new(void)
{
	struct coverage *coverage = xcalloc(1, sizeof(*coverage));

	coverage->recent = recent_new();
	coverage->parser = json_parser_new();
	delivered_init(&coverage->delivered);
	return coverage;
}

void
coverage_free(struct coverage *coverage)
{
	if (!coverage)
		return;
	for (size_t i = 0; i < coverage->names.count; i++) {
		struct stream_state *state = &coverage->states[i];

		free(state->by);
		free(state->path);
		free(state->tenant);
		buf_release(&state->next);
		free(state->hours);
		free(state->events);
	}
	free(coverage->states);
	streams_release(&coverage->names);
	coverage_gaps_release(coverage);
	free(coverage->open);
	recent_free(coverage->recent);
	free(coverage->of_state);
	json_parser_free(coverage->parser);
	buf_release(&coverage->text);
	delivered_release(&coverage->delivered);
	free(coverage);
}

/* --- streams --- */

bool
coverage_number(struct coverage *coverage, struct slice source,
    struct slice stream, uint32_t *number)
{
	struct streams *names = &coverage->names;
	size_t before = names->count;

	if (streams_find(names, source, stream, number))
		return true;
	if (before == STREAMS_MAX)
		return false;
	*number = streams_number(names, source, stream);
	if (before == coverage->state_room) {
		coverage->state_room = 2 * before + 8;
		coverage->states = xrealloc(coverage->states,
		    coverage->state_room * sizeof(*coverage->states));
	}
	coverage->states[*number] =
	    (struct stream_state){.clock_us = EVENT_NO_TIME,
	        .newest_us = EVENT_NO_TIME,
	        .since_us = EVENT_NO_TIME};
	return true;
}

/* What is known first stays. */
static void
set_text(char **to, struct slice text)
{
	if (*to || !text.len || memchr(text.ptr, '\0', text.len))
		return;
	*to = xmalloc(text.len + 1);
	memcpy(*to, text.ptr, text.len);
	(*to)[text.len] = '\0';
}

static void
set_next(struct stream_state *state, struct slice next)
{
	if (!next.len)
		return;
	buf_clear(&state->next);
	buf_slice_add(&state->next, next);
}

/* --- deliveries --- */

static void
open_add(struct coverage *coverage, const struct open_delivery *open)
{
	if (coverage->open_count == OPEN_MAX) {
		coverage->open_count--;
		memmove(coverage->open, coverage->open + 1,
		    coverage->open_count * sizeof(*open));
	}
	if (coverage->open_count == coverage->open_room) {
		coverage->open_room = 2 * coverage->open_room + 16;
		coverage->open = xrealloc(coverage->open,
		    coverage->open_room * sizeof(*coverage->open));
	}
	coverage->open[coverage->open_count++] = *open;
}

/* Takes it out; false if it is not there.  Mostly it is one of the last. */
static bool
open_take(
    struct coverage *coverage, uint64_t index, struct open_delivery *taken)
{
	size_t at = coverage->open_count;

	while (at && coverage->open[at - 1].index != index)
		at--;
	if (!at)
		return false;
	*taken = coverage->open[at - 1];
	memmove(&coverage->open[at - 1], &coverage->open[at],
	    (coverage->open_count - at) * sizeof(*taken));
	coverage->open_count--;
	return true;
}

/* A delivery that is heard of is on its way. */
static int64_t
announce(struct coverage *coverage, struct stream_state *state,
    int64_t available_us, int64_t received_us)
{
	int64_t hour_us = coverage_hour_of(available_us, received_us);

	coverage_hour(coverage, state, hour_us)->announced++;
	if (state->since_us == EVENT_NO_TIME || hour_us < state->since_us)
		state->since_us = hour_us;
	return hour_us;
}

static bool
take_opened(struct coverage *coverage, struct json root,
    const struct coverage_record *record)
{
	struct open_delivery open = {.index = record->index};
	struct stream_state *state;
	struct opened opened;

	if (!opened_read(root, &opened) ||
	    !coverage_number(
	        coverage, opened.source, opened.stream, &open.stream))
		return false;
	state = &coverage->states[open.stream];
	set_text(&state->by, opened.by);
	set_text(&state->path, opened.path);
	set_text(&state->tenant, opened.tenant);
	memcpy(open.name, opened.name, sizeof(open.name));
	open.hour_us =
	    announce(coverage, state, opened.created_us, record->received_us);
	open_add(coverage, &open);
	return true;
}

static void
remember(struct coverage *coverage, const unsigned char name[16])
{
	struct recent_name recent = {
	    .hour = (uint64_t)(coverage->now_us / HOUR_US)};

	memcpy(recent.name, name, sizeof(recent.name));
	recent_add(coverage->recent, &recent);
}

/* Whether the counts can be those of one delivery. */
static bool
adds_up(const struct delivered *d)
{
	return d->added >= d->tellings + d->conflicts &&
	       d->items == d->before + d->added + d->repeats + d->unreadable +
	                       d->within;
}

static void
add_tally(struct coverage_hour *hour, const struct delivered *d)
{
	uint64_t told = d->tellings + d->conflicts;

	coverage_hour_add(hour, &(struct coverage_hour){.fetched = 1,
	                            .records = d->items,
	                            .events = d->added - told + d->within,
	                            .duplicates = d->repeats + told,
	                            .tellings = d->tellings,
	                            .conflicts = d->conflicts,
	                            .refused = d->unreadable,
	                            .before = d->before,
	                            .late = d->late});
}

static bool
take_delivered(struct coverage *coverage, struct json root,
    const struct coverage_record *record)
{
	struct delivered *d = &coverage->delivered;
	struct open_delivery open;
	struct stream_state *state;
	bool known;

	if (!delivered_read(root, d) || !adds_up(d) || d->next.len > TEXT_MAX)
		return false;
	known = open_take(coverage, d->delivery, &open);
	if (!known &&
	    !coverage_number(coverage, d->source, d->stream, &open.stream))
		return false;
	state = &coverage->states[open.stream];
	if (known)
		remember(coverage, open.name);
	else
		open.hour_us = announce(
		    coverage, state, EVENT_NO_TIME, record->received_us);
	add_tally(coverage_hour(coverage, state, open.hour_us), d);
	lag_add_all(&state->to_available, &d->to_available);
	lag_add_all(&state->to_record, &d->to_record);
	for (size_t i = 0; i < d->hour_count; i++)
		coverage_events(coverage, state, &d->hours[i]);
	state->events_other += d->other;
	if (d->newest_us > state->newest_us)
		state->newest_us = d->newest_us;
	set_next(state, d->next);
	return known;
}

static bool
take_clocked(struct coverage *coverage, struct json root,
    const struct coverage_record *record)
{
	struct stream_state *state;
	struct clocked clocked;
	uint32_t number;

	(void)record;
	if (!clocked_read(root, &clocked) || clocked.next.len > TEXT_MAX ||
	    !coverage_number(coverage, clocked.source, clocked.stream, &number))
		return false;
	state = &coverage->states[number];
	if (clocked.until_us > state->clock_us)
		state->clock_us = clocked.until_us;
	set_next(state, clocked.next);
	return true;
}

static bool
take_gap(struct coverage *coverage, struct json root,
    const struct coverage_record *record)
{
	struct gap_told told;

	return gap_read(root, &told) && told.detail.len <= TEXT_MAX &&
	       coverage_gap_take(coverage, &told, record);
}

/* --- applying --- */

static const struct taking {
	struct slice source;
	bool (*take)(struct coverage *coverage, struct json root,
	    const struct coverage_record *record);
	bool of_files; /* imports make such records, too */
} takings[] = {
    {SLICE_INIT("firn/delivery"), take_opened, true},
    {SLICE_INIT("firn/delivered"), take_delivered, true},
    {SLICE_INIT("firn/clock"), take_clocked, false},
    {SLICE_INIT("firn/gap"), take_gap, false},
};

#define TAKINGS (sizeof(takings) / sizeof(takings[0]))

/* Absent if it cannot be read. */
static struct json
parse(struct coverage *coverage, struct slice raw)
{
	struct json root = {0};

	buf_clear(&coverage->text);
	buf_slice_add(&coverage->text, raw);
	memset(buf_reserve(&coverage->text, JSON_PADDING), 0, JSON_PADDING);
	if (json_parse(coverage->parser, buf_slice(&coverage->text), &root,
	        NULL) == JSON_BAD)
		return (struct json){0};
	return root;
}

/* A new day makes less of what is old. */
static void
pass_time(struct coverage *coverage, int64_t received_us)
{
	int64_t before = coverage->now_us / DAY_US;
	int64_t hour = received_us / HOUR_US;

	if (received_us <= coverage->now_us)
		return;
	coverage->now_us = received_us;
	if (hour > RECENT_HOURS)
		recent_forget(
		    coverage->recent, (uint64_t)(hour - RECENT_HOURS));
	if (received_us / DAY_US == before)
		return;
	for (size_t i = 0; i < coverage->names.count; i++)
		coverage_age(coverage, &coverage->states[i]);
	coverage_gaps_forget(coverage);
	coverage_state_forget(coverage);
}

static void
take(struct coverage *coverage, const struct taking *taking,
    const struct coverage_record *given)
{
	struct coverage_record copy = *given, *record = &copy;
	struct json root = {0};

	/* A clock that was wrong is not to be counted with. */
	if (record->received_us < 0 || record->received_us > LAST_US)
		record->received_us = coverage->now_us;
	if (record->raw.len <= RECORD_MAX)
		root = parse(coverage, record->raw);
	coverage_state_take(coverage, root, record);
	/* Imported files are deliveries, too, of no source. */
	if (taking->of_files && json_present(root) &&
	    !json_present(JSON_GET(root, "source")))
		return;
	coverage->any = true;
	coverage->last = record->index;
	sha256(record->raw, coverage->last_digest);
	pass_time(coverage, record->received_us);
	if (!json_present(root) || !taking->take(coverage, root, record))
		coverage->strange++;
}

void
coverage_apply(struct coverage *coverage, const struct coverage_record *record)
{
	for (size_t i = 0; i < TAKINGS; i++)
		if (slice_eq(record->source, takings[i].source))
			take(coverage, &takings[i], record);
	coverage_passed(coverage, record->index + 1);
}

uint64_t
coverage_strange(const struct coverage *coverage)
{
	return coverage->strange;
}

uint64_t
coverage_size(const struct coverage *coverage)
{
	return coverage->size;
}

void
coverage_passed(struct coverage *coverage, uint64_t size)
{
	if (size > coverage->size)
		coverage->size = size;
}

/* --- what is known --- */

int64_t
coverage_clock(const struct coverage *coverage, const char *source,
    const char *stream, struct slice *next)
{
	uint32_t number;

	*next = SLICE("");
	if (!streams_find(&coverage->names, slice_cstr(source),
	        slice_cstr(stream), &number))
		return EVENT_NO_TIME;
	*next = buf_slice(&coverage->states[number].next);
	return coverage->states[number].clock_us;
}

bool
coverage_has(const struct coverage *coverage, const unsigned char name[16])
{
	return recent_has(coverage->recent, name);
}

size_t
coverage_stream_count(const struct coverage *coverage)
{
	return coverage->names.count;
}

void
coverage_stream(
    const struct coverage *coverage, size_t i, struct coverage_stream *out)
{
	const struct stream_state *state = &coverage->states[i];

	/* The arena put a NUL behind each name. */
	*out = (struct coverage_stream){
	    .source = coverage->names.list[i].source.ptr,
	    .stream = coverage->names.list[i].tenant.ptr,
	    .by = state->by ? state->by : "",
	    .path = state->path ? state->path : "",
	    .tenant = state->tenant ? state->tenant : "",
	    .clock_us = state->clock_us,
	    .newest_us = state->newest_us,
	    .since_us = state->since_us,
	    .to_available = &state->to_available,
	    .to_record = &state->to_record,
	    .hours = state->hours,
	    .hour_count = state->hour_count,
	    .events = state->events,
	    .event_count = state->event_count,
	    .events_other = state->events_other};
}

uint64_t
coverage_fetched(const struct coverage *coverage)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < coverage->names.count; i++)
		for (size_t k = 0; k < coverage->states[i].hour_count; k++)
			sum += coverage->states[i].hours[k].fetched;
	return sum;
}
