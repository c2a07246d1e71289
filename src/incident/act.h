#ifndef INCIDENT_ACT_H
#define INCIDENT_ACT_H

#include "event/event.h"
#include "incident/reach.h"
#include "incident/way.h"

/*
 * act - an event as damage sees it: who did it, by what means, and what it
 * reached, changed or hid.
 *
 * act_read() makes it from a record and its event.  What a mailbox record means
 * is reference/m365.md B4, what changes mean B5.  All texts are copied into
 * the arena given, so an act outlives its record.  Nothing is guessed: what the
 * record does not say is empty.  Pure.
 */

/* --- what was changed --- */

enum way_verb { WAY_OPENS, WAY_CLOSES, WAY_USES };

/*
 * A way back that the record opens, closes or uses.  `object` is what the
 * records of opening, closing and use have in common (docs/damage.md has it for
 * each kind); `holder` the account or app that gets in by it.
 */
struct way_change {
	enum way way;
	enum way_verb verb;
	struct slice object, name; /* id; for people */
	struct slice holder, holder_name;
	struct slice place;  /* mailbox, site, domain, or empty */
	struct slice detail; /* "ForwardTo x@evil.example", for people */
	/* What it leads to outside, or whose it is: an address, a domain. */
	struct slice to;
	struct slice also; /* another id that some records know it by */
	int64_t until_us;  /* ends by itself then; EVENT_NO_TIME: unknown */
};

/* --- what was hidden --- */

enum blind_cause {
	BLIND_LOG_OFF,     /* Set-AdminAuditLogConfig … False */
	BLIND_MAILBOX_OFF, /* Set-Mailbox -AuditEnabled False, actions taken out
	                    */
	BLIND_BYPASS,      /* Set-MailboxAuditBypassAssociation */
	BLIND_LICENCE,     /* a licence with the event was taken away */
	BLIND_THROTTLED,   /* of a mailbox, by whoever read it */
	BLIND_EDISCOVERY,  /* access that MailItemsAccessed does not show */
	BLIND_CAUSES,
};

/* A change of licences that hides what is read names the plan by one of them.
 */
#define BLIND_PLANS 2
extern const struct slice blind_plans[BLIND_PLANS];

/* Since the act, or, with `ends`, until the act. */
struct blind {
	enum blind_cause cause;
	bool ends;
	struct slice place; /* mailbox or account; empty: the tenant */
	int64_t to_us;      /* at most until then; EVENT_NO_TIME: open */
};

/* --- the act --- */

/* How sure it is that the intruder did it. */
enum certainty { NOT_INTRUDER, LIKELY_INTRUDER, CERTAINLY_INTRUDER };

struct act {
	uint64_t index;  /* of the record; of the first of several */
	int64_t time_us; /* EVENT_NO_TIME if unknown */
	enum event_kind kind;
	enum event_outcome outcome;
	struct slice event; /* family:id; empty: nobody else tells it */
	/* EV_COLUMNS, but for those three below, which differ most. */
	const struct slice *col; /* acts may share them */
	struct slice ip, token, mailbox;
	/* What says more about whose it is, where the record has it: */
	struct slice credential; /* key id of the app credential used */
	struct slice
	    account; /* whose rights were used: actor's UPN, lower case */
	struct slice account_id; /* the same, or the app, as object id */
	bool background;         /* a client that reads by itself:
	                            Client=REST;Client=RESTSystem, or first-party
	                            service */
	bool app_only; /* no person's rights: UserType 5, service principal */
	bool signin;   /* of any kind; outcome says whether it let in */
	/* Set by intruder.h, like all behind the lists: */
	bool by_app; /* an app of theirs did it, by whosever rights */
	uint32_t reach_count, change_count, blind_count;
	const struct reach *reaches;
	const struct way_change *changes;
	const struct blind *blinds;
	enum certainty certainty;
	/* Whoever did it: what it opens is for an app or account of theirs. */
	enum certainty serves;
	uint32_t mark; /* the strongest, in struct intruder's list */
	uint32_t why;  /* of NOT_INTRUDER: enum not_why; else 0 */
};

struct arena;

/*
 * Makes the act of a record.  `record` and `event` are as pipeline_reread.h
 * gives them; act->index is the caller's to set.
 */
void act_read(struct act *act, const struct record *record,
    const struct event *event, struct arena *arena);

/*
 * Two records of one event are one act: adds to `act` what only `other` tells.
 * The result is the same for any order of any number of records.
 */
void act_merge(struct act *act, const struct act *other, struct arena *arena);

#endif
