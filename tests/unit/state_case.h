#ifndef STATE_CASE_H
#define STATE_CASE_H

#include "event_case.h"
#include "incident/state.h"

/*
 * state_case - records for a state, written with ' for " as in event_case.h.
 */
static inline void
state_case_take(struct state *state, uint64_t index, uint64_t delivery,
    const char *source, const char *text)
{
	struct event_reading reading;
	struct state_record record = {.index = index,
	    .received_us = (int64_t)index * 1000000,
	    .delivery = delivery,
	    .source = slice_cstr(source)};

	event_case_read(&reading, text);
	record.root = reading.record.root;
	state_take(state, &record);
	event_case_release(&reading);
}

static inline int64_t
state_case_time(const char *text)
{
	int64_t time_us;

	assert_true(time_parse(slice_cstr(text), &time_us));
	return time_us;
}

/* A day's list of a stream, with one record, and whole if `clock`. */
static inline void
state_case_day(struct state *state, uint64_t at, const char *stream,
    const char *day, const char *record)
{
	struct buf text = {0};

	buf_printf(&text,
	    "{'by':'graph','name':'%032d','path':'graph','source':'entra',"
	    "'stream':'%s','tenant':'t1','asked':'%sT01:00:00Z','day':'%s'}%c",
	    (int)at, stream, day, day, 0);
	state_case_take(state, at, 0, "firn/delivery", text.ptr);
	buf_clear(&text);
	buf_printf(&text, "graph/%s%c", stream, 0);
	if (record)
		state_case_take(state, at + 1, at, text.ptr, record);
	buf_release(&text);
}

/* All of the day is in the ledger. */
static inline void
state_case_whole(struct state *state, uint64_t at, const char *day)
{
	struct buf text = {0};

	buf_printf(&text,
	    "{'source':'entra','stream':'state','until':'%sT02:00:00Z',"
	    "'next':'%s'}%c",
	    day, day, 0);
	state_case_take(state, at, 0, "firn/clock", text.ptr);
	buf_release(&text);
}

/* An export that was read when its file was written. */
static inline void
state_case_export(
    struct state *state, uint64_t at, const char *when, const char *record)
{
	struct buf text = {0};

	buf_printf(
	    &text, "{'by':'file','name':'f.csv','modified':'%s'}%c", when, 0);
	state_case_take(state, at, 0, "firn/delivery", text.ptr);
	state_case_take(state, at + 1, at, "unknown", record);
	buf_clear(&text);
	buf_printf(&text,
	    "{'delivery':%d,'items':1,'unreadable':0,'not_kept':0}%c", (int)at,
	    0);
	state_case_take(state, at + 2, 0, "firn/delivered", text.ptr);
	buf_release(&text);
}

#endif
