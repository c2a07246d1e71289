#ifndef TESTS_UNIT_DAMAGE_MADE_REACH_H
#define TESTS_UNIT_DAMAGE_MADE_REACH_H

#include "damage_made_part.h"

/*
 * damage_made_reach - what was reached, by what, and when (damage_made.h).
 */
static inline void
made_item(struct made *m, size_t i, enum reach_kind kind, enum reach_how how,
    const char *place, const char *name)
{
	struct damage_item *item = &m->items[i];
	bool certain = how == REACH_NAMED && i % 4 != 3;

	*item = (struct damage_item){
	    .reach = {.kind = kind,
	        .how = how,
	        .place = slice_cstr(place),
	        .id = SLICE("<id-1@example.org>"),
	        .folder = SLICE("\\Inbox"),
	        .name = slice_cstr(name),
	        .size = i % 2 ? 4096 : -1,
	        .more = how == REACH_AGGREGATED ? 7 : 0,
	        .from_us =
	            made_time("2026-03-02T10:00:31Z") + (int64_t)i * 60000000,
	        .to_us = made_time("2026-03-02T12:00:00Z")},
	    .certainty = certain ? DAMAGE_ACCESSED : DAMAGE_POSSIBLE,
	    .intruder = i % 4 == 3 ? LIKELY_INTRUDER : CERTAINLY_INTRUDER,
	    .mark = (uint32_t)(i % 3),
	    .acts = i + 1,
	    .index = 10 + i,
	    .secrets = kind == REACH_FILE ? 3 : 0};
}

static inline void
made_items(struct made *m, const char *hostile)
{
	static const char anna[] = "anna@example.org",
	                  ben[] = "ben@example.org";
	static const char site[] = "https://example.sharepoint.com/sites/board";

	made_item(m, 0, REACH_MESSAGE, REACH_NAMED, anna, hostile);
	made_item(m, 1, REACH_MESSAGE, REACH_NAMED, anna, "Budget 2027");
	made_item(m, 2, REACH_MESSAGE, REACH_NAMED, ben, "Contract, signed");
	made_item(m, 3, REACH_MESSAGE, REACH_NAMED, ben, "Re: Budget 2027");
	made_item(m, 4, REACH_FOLDER, REACH_SYNCED, anna, "\\Sent Items");
	made_item(m, 5, REACH_FOLDER, REACH_AGGREGATED, ben, "\\Inbox");
	made_item(m, 6, REACH_MAILBOX, REACH_THROTTLED, ben, "");
	made_item(m, 7, REACH_FILE, REACH_LINKED, site, "=cmd|'/c calc'!A1");
	made_item(m, 8, REACH_FILE, REACH_NAMED, site, "vpn-keys.xlsx");
	made_item(m, 9, REACH_SEARCH, REACH_UNLISTED, anna, "password");
	made_item(m, 10, REACH_SENT, REACH_NAMED, ben, "Invoice");
	made_item(m, 11, REACH_LEAK, REACH_LEAKED, anna, "x@evil.example");
	m->damage.items = m->items;
	m->damage.item_count = MADE_ITEMS;
}

static inline void
made_mark(struct made *m, uint32_t i, enum mark_kind kind, enum mark_rule rule,
    const char *value, uint32_t via)
{
	m->marks[i] = (struct mark){.kind = kind,
	    .rule = rule,
	    .certainty = kind == MARK_SESSION || kind == MARK_USER
	                     ? LIKELY_INTRUDER
	                     : CERTAINLY_INTRUDER,
	    .own = kind != MARK_SESSION && kind != MARK_USER,
	    .cut = i == 6,
	    .value = slice_cstr(value),
	    .from_us = made_time("2026-03-02T10:00:00Z"),
	    .via_mark = via,
	    .via_index = via == NO_MARK ? NO_ACT : 30 + i,
	    .certain = UINT64_C(10) * (i + 1),
	    .likely = i};
}

static inline void
made_marks(struct made *m, const char *hostile)
{
	made_mark(m, 0, MARK_IP, RULE_GIVEN, "203.0.113.7", NO_MARK);
	made_mark(m, 1, MARK_USER, RULE_ACCOUNT, "anna@example.org", 0);
	made_mark(m, 2, MARK_SESSION, RULE_SESSION, "5f3a-77", 0);
	made_mark(m, 3, MARK_APP, RULE_APP, "8d2c1f60-0000-4000-8000-0", 1);
	made_mark(m, 4, MARK_CREDENTIAL, RULE_CREDENTIAL, "key-1", 3);
	made_mark(m, 5, MARK_USER, RULE_CREATED, hostile, 1);
	made_mark(m, 6, MARK_IP, RULE_ADDRESS, "198.51.100.9", 3);
	m->marks[3].name = SLICE("Mail Backup");
	m->damage.marks = m->marks;
	m->damage.mark_count = MADE_MARKS;
}

static inline void
made_steps(struct made *m, const char *hostile)
{
	static const char *const what[MADE_STEPS] = {"signed in",
	    "read 214 messages in 3 mailboxes", NULL, "added an app",
	    "sent 12 mails"};

	for (size_t i = 0; i < MADE_STEPS; i++)
		m->steps[i] = (struct damage_step){
		    .time_us = made_time("2026-03-02T10:00:00Z") +
		               (int64_t)i * 7200000000,
		    .last_us = made_time("2026-03-02T10:30:00Z") +
		               (int64_t)i * 7200000000,
		    .what = slice_cstr(what[i] ? what[i] : hostile),
		    .who = SLICE("anna@example.org"),
		    .by = SLICE("address 203.0.113.7"),
		    .certainty = i % 2 ? LIKELY_INTRUDER : CERTAINLY_INTRUDER,
		    .acts = 3 * i + 1,
		    .index = 50 + i};
	m->damage.steps = m->steps;
	m->damage.step_count = MADE_STEPS;
}

#endif
