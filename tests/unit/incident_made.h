#ifndef INCIDENT_MADE_H
#define INCIDENT_MADE_H

#include "event_case.h"
#include "incident/act.h"

/*
 * incident_made - acts for tests: read from records that are written as
 * event_case.h has them, or made by hand; and what must be in them.
 */

#define MADE_HOUR_US (INT64_C(3600) * 1000000)

/* An act that was read; it and its record live until made_release(). */
struct made {
	struct event_reading reading;
	struct arena arena;
	struct act act;
};

static inline void
made_read(struct made *made, const char *record)
{
	memset(made, 0, sizeof(*made));
	event_case_read(&made->reading, record);
	act_read(&made->act, &made->reading.record, &made->reading.event,
	    &made->arena);
}

static inline void
made_release(struct made *made)
{
	event_case_release(&made->reading);
	arena_release(&made->arena);
}

/* Of an act that is made by hand: nothing. */
static const struct slice made_columns[EV_COLUMNS];

/* By hand: at that time, of that account, with what it reached. */
static inline struct act
made_act(int64_t time_us, const char *account, const struct reach *reaches,
    uint32_t count)
{
	return (struct act){
	    .index = (uint64_t)time_us,
	    .time_us = time_us,
	    .kind = KIND_O365_AUDIT,
	    .outcome = OUTCOME_SUCCESS,
	    .col = made_columns,
	    .account = slice_cstr(account),
	    .reaches = reaches,
	    .reach_count = count,
	    .certainty = CERTAINLY_INTRUDER,
	};
}

/* --- as text, to compare --- */

/* "message named u@a.example <1> folder=\Inbox name=Hello more=2" */
static inline void
made_add_reach(struct buf *out, const struct reach *reach)
{
	static const char *const labels[] = {"folder", "name", "label"};
	const struct slice texts[] = {reach->folder, reach->name, reach->label};

	buf_printf(out, "%s %s " SLICE_FMT " " SLICE_FMT,
	    reach_kind_names[reach->kind], reach_how_name(reach->how),
	    SLICE_ARG(reach->place), SLICE_ARG(reach->id));
	for (int i = 0; i < 3; i++)
		if (texts[i].len > 0)
			buf_printf(out, " %s=" SLICE_FMT, labels[i],
			    SLICE_ARG(texts[i]));
	if (reach->size >= 0)
		buf_printf(out, " size=%lld", (long long)reach->size);
	if (reach->more > 0)
		buf_printf(out, " more=%llu", (unsigned long long)reach->more);
}

static inline void
made_add_blind(struct buf *out, const struct blind *blind)
{
	static const char *const names[BLIND_CAUSES] = {
	    [BLIND_LOG_OFF] = "log",
	    [BLIND_MAILBOX_OFF] = "mailbox",
	    [BLIND_BYPASS] = "bypass",
	    [BLIND_LICENCE] = "licence",
	    [BLIND_THROTTLED] = "throttled",
	    [BLIND_EDISCOVERY] = "ediscovery",
	};

	buf_printf(out, "blind %s%s " SLICE_FMT, names[blind->cause],
	    blind->ends ? " ends" : "", SLICE_ARG(blind->place));
}

/* All that the act reached and hid, a line each. */
static inline void
made_text(struct buf *out, const struct act *act)
{
	for (size_t i = 0; i < act->reach_count; i++) {
		made_add_reach(out, &act->reaches[i]);
		buf_char(out, '\n');
	}
	for (size_t i = 0; i < act->blind_count; i++) {
		made_add_blind(out, &act->blinds[i]);
		buf_char(out, '\n');
	}
}

/* A record, and all that its act must have reached and hidden. */
struct made_case {
	const char *name, *record, *want;
};

static inline void
made_run(const struct made_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf text = {0};
		struct made made;

		made_read(&made, cases[i].record);
		made_text(&text, &made.act);
		if (!slice_eq(buf_slice(&text), slice_cstr(cases[i].want)))
			fail_msg("%s:\n%.*s\nnot\n%s", cases[i].name,
			    (int)text.len, text.ptr, cases[i].want);
		buf_release(&text);
		made_release(&made);
	}
}

#define MADE_CASES(cases) made_run(cases, sizeof(cases) / sizeof((cases)[0]))

#endif
