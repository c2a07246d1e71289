#ifndef PIPELINE_DAMAGE_PART_H
#define PIPELINE_DAMAGE_PART_H

#include "incident/act_keep.h"
#include "pipeline_damage.h"
#include "pipeline_reread.h"
#include "store/plan.h"
#include "store/set.h"

/*
 * pipeline_damage_part - what the parts of an assessment share.
 */
struct assess {
	const struct damage_ask *ask;
	struct view *view;
	uint64_t size;
	struct reread *reread;
	struct intruder *intruder;
	struct act *acts; /* owned; by time, event, index; an event once */
	size_t act_count, act_room;
	struct act_keeper keeper;   /* what acts consist of */
	struct arena room;          /* of one act, while it is made */
	struct set taken;           /* indexes of records that were looked at */
	size_t names_before;        /* that there were before the last round */
	size_t names_asked;         /* of these the records are here */
	size_t places_asked;        /* of so many the licences are */
	uint64_t records;           /* that became acts */
	struct buf queries;         /* what was asked, a line each */
	struct child_session query; /* its own; closed if one is kept */
};

/* --- pipeline_damage_ask.c: what the ledger is asked --- */

/* The records' columns, in a plan that firn-query carries out. */
struct question {
	const char *select, *behind, *format;
	const struct plan_groups *any;  /* NULL */
	const struct plan_list *either; /* NULL */
	struct slice where;
	const struct plan_list *texts; /* NULL; or one is in the record */
	int64_t since_us;              /* of find(): no events before */
	const char *sql;               /* NULL; or instead of all that */
};

int damage_ask(struct assess *assess, const struct question *question,
    struct buf *out, struct err *err);
/* No question is asked any more: it is ended, or rests. */
void damage_ask_end(struct assess *assess);

/*
 * Adds the indexes of the records that a question without select, behind and
 * format finds to `set`.
 */
int damage_find_all(struct assess *assess, struct question question,
    struct set *set, struct err *err);
/* The same; ERR_LIMIT if they are more than are taken. */
int damage_find_some(struct assess *assess, struct question question,
    struct set *set, struct err *err);

/* What has one of the values: an expression of store/postings.h. */
struct damage_any {
	const char *of;
	const char *values[4 + 1]; /* NULL behind the last */
};

/* Only records of which that is true and in which that stands, unless empty. */
struct damage_among {
	struct slice where, text;
};

/* Adds the records of which one of `any` is true. */
int damage_find_any(struct assess *assess, const struct damage_any *any,
    size_t count, struct damage_among among, struct set *set, struct err *err);

/* From when to when the events of the ledger are; EVENT_NO_TIME: no events. */
int damage_find_reach(
    struct assess *assess, int64_t *from_us, int64_t *to_us, struct err *err);

/* --- pipeline_damage_find.c: which records --- */

/*
 * Adds the records that the names from names_asked on touch to `set`; with
 * `first`, those that are looked at in any case, too.
 */
int damage_find(
    struct assess *assess, bool first, struct set *set, struct err *err);

/* Those about what was opened: who closes it need not name whose it was. */
int damage_find_opened(struct assess *assess, struct set *set, struct err *err);

/*
 * Adds the records by which licences are taken away, without which it is not
 * logged what is read, of the mailboxes that the intruder could open.
 */
int
damage_find_licences(struct assess *assess, struct set *set, struct err *err);

/* Tells the intruder who used the addresses that it asks about. */
int damage_find_uses(struct assess *assess, struct err *err);

/* --- pipeline_damage_state.c: what else is known --- */

/* Of records of firn's own: their JSON, or false; good until the next. */
struct own_reader {
	struct json_parser *parser; /* the caller's to make */
	struct buf text;            /* with padding */
};
bool own_read(
    struct own_reader *reader, const struct frame *frame, struct json *out);
void own_release(struct own_reader *reader);

/* Gives the records that a finding rests on; ERR_USAGE if there is none. */
int
damage_give_finding(struct assess *assess, const char *uid, struct err *err);

/* Makes the view one of an earlier size. */
int damage_go_back(struct assess *assess, uint64_t size, struct err *err);

/* As coverage_read(), of the assessment's view; to be freed in any case. */
int damage_read_coverage(
    struct assess *assess, struct coverage **out, struct err *err);

/* The tenant's lists that were received from then on. */
int damage_read_state(struct assess *assess, const struct coverage *coverage,
    int64_t since_us, struct state *state, struct err *err);

/*
 * Records that were received from then on, when the intruder was there, and
 * erased since; of tenants in which the intruder was, as far as that is known.
 */
int damage_read_erased(struct assess *assess, int64_t since_us,
    struct unseen_erased *out, struct err *err);

/* What people stated, in the ledger and for this assessment. */
int damage_read_statements(
    struct assess *assess, struct damage *out, struct err *err);

/* --- pipeline_damage_acts.c: what they say --- */

/* So many records are taken at most. */
#define RECORDS_MAX ((size_t)1000000)
/* Says so, and which names these belong to. */
int damage_too_many(const struct assess *assess, struct err *err);

/* Reads those of `set` that are not here yet, and puts all acts in order. */
int damage_take(struct assess *assess, const struct set *set, struct err *err);

#endif
