#include "coverage/coverage_part.h"

#include "base/alloc.h"
#include "event/event.h"

void
coverage_hour_add(struct coverage_hour *hour, const struct coverage_hour *more)
{
	hour->announced += more->announced;
	hour->fetched += more->fetched;
	hour->lost += more->lost;
	hour->records += more->records;
	hour->events += more->events;
	hour->duplicates += more->duplicates;
	hour->tellings += more->tellings;
	hour->conflicts += more->conflicts;
	hour->refused += more->refused;
	hour->before += more->before;
	hour->late += more->late;
}

int64_t
coverage_hour_of(int64_t available_us, int64_t received_us)
{
	/* What a source says may be nothing, or nonsense. */
	if (available_us < 0 || available_us > received_us + DAY_US)
		available_us = received_us < 0 ? 0 : received_us;
	return available_us - available_us % HOUR_US;
}

/* The day before which hours are not kept apart; days likewise. */
static int64_t
days_before(const struct coverage *coverage, int64_t keep_us)
{
	int64_t day = coverage->now_us - coverage->now_us % DAY_US - keep_us;

	return day < 0 ? 0 : day;
}

/* The first that does not end before this time, or the end. */
static size_t
place_of(const struct stream_state *state, int64_t hour_us)
{
	size_t low = 0, high = state->hour_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct coverage_hour *at = &state->hours[middle];

		if (at->hour_us + at->span_us <= hour_us)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The span that a time belongs to now. */
static struct coverage_hour
span_of(const struct coverage *coverage, int64_t hour_us)
{
	int64_t days = days_before(coverage, KEEP_HOURS);
	int64_t one = days_before(coverage, KEEP_DAYS);

	struct coverage_hour span = {.hour_us = hour_us, .span_us = HOUR_US};

	if (hour_us < one) {
		span.hour_us = 0;
		span.span_us = one;
	} else if (hour_us < days) {
		span.hour_us = hour_us - hour_us % DAY_US;
		span.span_us = DAY_US;
	}
	return span;
}

struct coverage_hour *
coverage_hour(const struct coverage *coverage, struct stream_state *state,
    int64_t hour_us)
{
	size_t at = place_of(state, hour_us);

	if (at < state->hour_count && state->hours[at].hour_us <= hour_us)
		return &state->hours[at];
	if (state->hour_count == state->hour_room) {
		state->hour_room = 2 * state->hour_room + 32;
		state->hours = xrealloc(
		    state->hours, state->hour_room * sizeof(*state->hours));
	}
	memmove(&state->hours[at + 1], &state->hours[at],
	    (state->hour_count - at) * sizeof(*state->hours));
	state->hours[at] = span_of(coverage, hour_us);
	state->hour_count++;
	return &state->hours[at];
}

void
coverage_events(const struct coverage *coverage, struct stream_state *state,
    const struct event_hour *more)
{
	size_t at = state->event_count;
	struct event_hour *events;

	if (more->hour_us < days_before(coverage, KEEP_EVENTS) ||
	    more->hour_us > coverage->now_us + DAY_US) {
		state->events_other += more->events;
		return;
	}
	while (at && state->events[at - 1].hour_us > more->hour_us)
		at--;
	if (at && state->events[at - 1].hour_us == more->hour_us) {
		state->events[at - 1].events += more->events;
		return;
	}
	if (state->event_count == state->event_room) {
		state->event_room = 2 * state->event_room + 32;
		state->events = xrealloc(
		    state->events, state->event_room * sizeof(*state->events));
	}
	events = &state->events[at];
	memmove(
	    events + 1, events, (state->event_count - at) * sizeof(*events));
	*events = *more;
	state->event_count++;
}

static void
age_events(struct stream_state *state, int64_t before_us)
{
	size_t old = 0;

	while (
	    old < state->event_count && state->events[old].hour_us < before_us)
		state->events_other += state->events[old++].events;
	if (!old)
		return;
	state->event_count -= old;
	memmove(state->events, state->events + old,
	    state->event_count * sizeof(*state->events));
}

void
coverage_age(const struct coverage *coverage, struct stream_state *state)
{
	size_t count = 0;

	for (size_t i = 0; i < state->hour_count; i++) {
		struct coverage_hour now = state->hours[i];
		struct coverage_hour span = span_of(coverage, now.hour_us);
		struct coverage_hour *last =
		    count ? &state->hours[count - 1] : NULL;

		if (last && last->hour_us == span.hour_us) {
			last->span_us = span.span_us;
			coverage_hour_add(last, &now);
			continue;
		}
		now.hour_us = span.hour_us;
		now.span_us = span.span_us;
		state->hours[count++] = now;
	}
	state->hour_count = count;
	age_events(state, days_before(coverage, KEEP_EVENTS));
}
