#ifndef VERDICT_CASE_H
#define VERDICT_CASE_H

#include "coverage_case.h"

#include "incident/verdict.h"

/*
 * verdict_case - an intrusion that is over, to be judged.
 */
#define ACTS_MAX 8
#define WAYS_MAX 8

/*
 * An intrusion that is over: kim's session was stolen and used until 11:00, her
 * password and sessions were closed at 12:00, a rule was removed, a state of
 * 13:00 shows it, hidden rules were checked by hand at 13:30, and all logs are
 * complete to 18:00, less an hour.
 */
struct verdict_case {
	struct cover cover;
	struct act acts[ACTS_MAX];
	struct slice cols[ACTS_MAX][EV_COLUMNS];
	size_t act_count;
	struct mark marks[2];
	struct way_back ways[WAYS_MAX];
	size_t way_count;
	struct unseen unseen[4];
	size_t unseen_count;
	struct damage_statement said[2];
	size_t said_count;
	struct arena arena;
	struct damage_verdict got;
};

static const char *const verdict_streams[] = {"Audit.Exchange",
    "Audit.SharePoint", "Audit.General", "Audit.AzureActiveDirectory"};

enum { PASSWORD, SESSION, REFRESH, RULE, HIDDEN };

static inline int64_t
at(const char *time)
{
	char text[32];

	snprintf(text, sizeof(text), "2026-10-05T%s", time);
	return cover_at(text);
}

static inline struct act *
add_act(struct verdict_case *c, const char *time, enum certainty certainty)
{
	struct act *act = &c->acts[c->act_count];
	struct slice *col = c->cols[c->act_count];

	*act = (struct act){.index = 1000 + c->act_count,
	    .time_us = at(time),
	    .outcome = OUTCOME_SUCCESS,
	    .col = col,
	    .account = SLICE("kim@contoso.example"),
	    .account_id = SLICE("kim-1"),
	    .certainty = certainty,
	    .mark = certainty == CERTAINLY_INTRUDER ? 0 : 1};
	col[EV_SESSION] = SLICE("old");
	c->act_count++;
	return act;
}

static inline struct way_back *
add_way(struct verdict_case *c, enum way way, enum way_state state)
{
	struct way_back *back = &c->ways[c->way_count++];

	*back = (struct way_back){.way = way,
	    .state = state,
	    .object = SLICE("kim-1"),
	    .holder = SLICE("kim-1"),
	    .holder_name = SLICE("kim@contoso.example"),
	    .intruder = CERTAINLY_INTRUDER,
	    .opened_us = at("09:00"),
	    .used_us = EVENT_NO_TIME,
	    .closed_us = at("12:00"),
	    .seen_us = at("13:00"),
	    .statement = NO_MARK};
	return back;
}

static inline void
begin(struct verdict_case *c)
{
	*c = (struct verdict_case){
	    .marks = {{.kind = MARK_IP, .own = true}, {.kind = MARK_USER}}};
	cover_init(&c->cover, "2026-10-05T18:00");
	for (size_t i = 0; i < 4; i++)
		cover_clock(&c->cover, verdict_streams[i], at("18:00"));
	add_act(c, "10:00", CERTAINLY_INTRUDER);
	add_act(c, "11:00", CERTAINLY_INTRUDER);
	add_way(c, WAY_PASSWORD, WAY_GONE);
	add_way(c, WAY_SESSION, WAY_GONE);
	add_way(c, WAY_REFRESH_TOKEN, WAY_GONE);
	add_way(c, WAY_INBOX_RULE, WAY_GONE)->closed_us = at("11:30");
	add_way(c, WAY_HIDDEN_RULE, WAY_STATED);
	c->ways[HIDDEN].closed_us = EVENT_NO_TIME;
	c->ways[HIDDEN].statement = 0;
	c->said[c->said_count++] =
	    (struct damage_statement){.kind = STATEMENT_STATE,
	        .way = WAY_HIDDEN_RULE,
	        .text = SLICE("hidden inbox rules: none"),
	        .by = SLICE("Ann"),
	        .until_us = EVENT_NO_TIME,
	        .at_us = at("13:30")};
}

static inline void
end(struct verdict_case *c)
{
	cover_release(&c->cover);
	arena_release(&c->arena);
}

static inline enum verdict
judge(struct verdict_case *c)
{
	verdict_judge(&c->got, &(struct verdict_of){.acts = c->acts,
	                           .act_count = c->act_count,
	                           .marks = c->marks,
	                           .mark_count = 2,
	                           .coverage = c->cover.coverage,
	                           .data_to_us = at("18:00"),
	                           .unseen = c->unseen,
	                           .unseen_count = c->unseen_count,
	                           .ways = c->ways,
	                           .way_count = c->way_count,
	                           .statements = c->said,
	                           .statement_count = c->said_count,
	                           .arena = &c->arena});
	return c->got.verdict;
}

#endif
