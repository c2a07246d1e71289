#ifndef TESTS_UNIT_DAMAGE_MADE_LEFT_H
#define TESTS_UNIT_DAMAGE_MADE_LEFT_H

#include "damage_made_part.h"

/*
 * damage_made_left - what is left of it, what is not seen and what is said
 * (damage_made.h).
 */
static inline void
made_way(struct made *m, size_t i, enum way way, enum way_state state,
    const char *name)
{
	bool opened = state != WAY_UNCHECKED && state != WAY_STATED;
	bool closed = state == WAY_SHUT || state == WAY_GONE;
	bool seen = state == WAY_GONE || i == 0;

	m->ways[i] = (struct way_back){.way = way,
	    .state = state,
	    .object = SLICE("object-1"),
	    .name = slice_cstr(name),
	    .holder = SLICE("anna@example.org"),
	    .place = SLICE("anna@example.org"),
	    .detail = way == WAY_INBOX_RULE ? SLICE("ForwardTo x@evil.example")
	                                    : SLICE(""),
	    .intruder = opened ? CERTAINLY_INTRUDER : NOT_INTRUDER,
	    .opened_us = opened ? made_time("2026-03-02T11:00:00Z") + (int64_t)i
	                        : EVENT_NO_TIME,
	    .used_us = EVENT_NO_TIME,
	    .closed_us =
	        closed ? made_time("2026-03-03T09:00:00Z") : EVENT_NO_TIME,
	    .seen_us = seen ? made_time("2026-03-03T10:00:00Z") : EVENT_NO_TIME,
	    .seen_present = i == 0,
	    .opened_index = opened ? 70 + i : NO_ACT,
	    .used_index = NO_ACT,
	    .closed_index = closed ? 80 + i : NO_ACT,
	    .seen_index = i == 0 ? 90 : NO_ACT,
	    .where = SLICE("state.inboxRules"),
	    .statement = state == WAY_STATED ? 0 : NO_MARK};
}

static inline void
made_ways(struct made *m, const char *hostile)
{
	made_way(m, 0, WAY_INBOX_RULE, WAY_OPEN, hostile);
	made_way(m, 1, WAY_APP_CREDENTIAL, WAY_OPEN, "Mail Backup");
	made_way(m, 2, WAY_PASSWORD, WAY_SHUT, "");
	made_way(m, 3, WAY_SESSION, WAY_GONE, "");
	made_way(m, 4, WAY_FLOW, WAY_UNCHECKED, "");
	made_way(m, 5, WAY_CONNECTOR, WAY_UNCHECKED, "");
	made_way(m, 6, WAY_HIDDEN_RULE, WAY_STATED, "");
	m->damage.ways = m->ways;
	m->damage.way_count = MADE_WAYS;
}

static inline void
made_unseen(struct made *m)
{
	m->places[0] = SLICE("anna@example.org");
	m->places[1] = SLICE("ben@example.org");
	m->unseen[0] = (struct unseen){.cause = UNSEEN_REACH,
	    .from_us = EVENT_NO_TIME,
	    .to_us = made_time("2026-03-01T00:00:00Z"),
	    .detail = SLICE("the data begins then"),
	    .heals_until_us = EVENT_NO_TIME,
	    .index = NO_ACT};
	m->unseen[1] = (struct unseen){.cause = UNSEEN_GAP,
	    .from_us = made_time("2026-03-02T11:00:00Z"),
	    .to_us = made_time("2026-03-02T12:00:00Z"),
	    .places = m->places,
	    .place_count = 2,
	    .source = SLICE("o365"),
	    .stream = SLICE("Exchange"),
	    .detail = SLICE("a blob that was announced could not be fetched"),
	    .heals_until_us = made_time("2026-03-09T12:00:00Z"),
	    .index = 95};
	m->unseen[2] = (struct unseen){.cause = UNSEEN_BLIND,
	    .from_us = made_time("2026-03-02T13:00:00Z"),
	    .to_us = EVENT_NO_TIME,
	    .places = m->places,
	    .place_count = 1,
	    .detail = SLICE("auditing of the mailbox was switched off"),
	    .heals_until_us = EVENT_NO_TIME,
	    .index = 96};
	m->damage.unseen = m->unseen;
	m->damage.unseen_count = MADE_UNSEEN;
}

static inline void
made_verdict(struct made *m, const char *hostile)
{
	m->reasons[0] =
	    SLICE("last use 2026-03-02 18:30:00 by app Mail Backup; "
	          "its credential is open");
	m->reasons[1] = slice_cstr(hostile);
	m->settles[0] =
	    SLICE("read the tenant's inbox rules after the closing");
	m->settles[1] = SLICE("state that no Power Automate flow is left");
	m->damage.verdict =
	    (struct damage_verdict){.verdict = VERDICT_CONTINUES,
	        .since_us = EVENT_NO_TIME,
	        .last_us = made_time("2026-03-02T18:30:00Z"),
	        .last_index = 97,
	        .closed_us = EVENT_NO_TIME,
	        .tokens_us = EVENT_NO_TIME,
	        .complete_us = made_time("2026-03-03T10:00:00Z"),
	        .reasons = m->reasons,
	        .reason_count = 2,
	        .settles = m->settles,
	        .settle_count = 2};
	m->damage.aware_us = made_time("2026-03-03T08:00:00Z");
	m->damage.notify_us = made_time("2026-03-06T08:00:00Z");
	m->damage.aware_by = SLICE("Kim Example");
}

static inline void
made_others(struct made *m, const char *hostile)
{
	m->statements[0] = (struct damage_statement){.kind = STATEMENT_STATE,
	    .text = slice_cstr(hostile),
	    .by = SLICE("Kim Example"),
	    .evidence = SLICE("00112233"),
	    .way = WAY_HIDDEN_RULE,
	    .until_us = EVENT_NO_TIME,
	    .at_us = made_time("2026-03-03T09:30:00Z"),
	    .index = 98};
	m->damage.statements = m->statements;
	m->damage.statement_count = 1;
	m->countries[0] = (struct damage_count){SLICE("DE"), 2};
	m->countries[1] = (struct damage_count){SLICE("FR"), 1};
	m->countries[2] = (struct damage_count){SLICE(""), 4};
	m->damage.countries = m->countries;
	m->damage.country_count = 3;
	for (uint64_t i = 0; i < 8; i++)
		m->evidence[i] = 10 + 12 * i;
	m->damage.evidence = m->evidence;
	m->damage.evidence_count = 8;
}

#endif
