#ifndef QUERY_RECORDS_H
#define QUERY_RECORDS_H

#include "duck.h"
#include "geo/geo.h"
#include "ledger/view.h"
#include "store/plan.h"
#include "store/set.h"

/*
 * query_records - the records of a ledger, as DuckDB's view `records`: the
 * columns of those in segments, and of those that are not sealed, which are
 * read again.  Both parts are also there as statements of their own, for who
 * asks them in different ways.  Only records of the plan's tenants are in it,
 * and only those below the number that it names.
 */
struct records {
	struct duck duck;
	struct view *view; /* NULL: closed until the next plan */
	struct geo *geo;
	char *dir;            /* owned; absolute */
	struct columns *tail; /* of the records that are in no segment */
	/* Which ones it has; those that were sealed since are not shown. */
	uint64_t tail_first, tail_end;
	const struct plan_list *tenants;
	uint64_t size;         /* those below */
	struct columns *few;   /* NULL, or all that is in the view */
	struct columns *spare; /* the next `few`; NULL */
	bool whole;            /* DuckDB's view is all of this */
	/* SELECTs that give the view's rows; sealed: empty if there are none.
	 */
	struct buf sealed, unsealed;
	bool of_all; /* the tail has the records of all tenants */
};

/* Opens the ledger, and DuckDB; no file of a segment, and nothing runs yet. */
int records_open(struct records *records, const char *dir, struct err *err);

/*
 * Reads what is not sealed, and makes the view; `plan` must outlive it.  What
 * was read for a plan of all tenants is kept for the next.  The ledger is
 * opened anew where a plan is of more records than it had.
 */
int
records_load(struct records *records, const struct plan *plan, struct err *err);

/*
 * Lets go of the ledger's files until the next plan: they may be removed.  What
 * was read of those that are not sealed is kept: they change only when they
 * are.
 */
void records_rest(struct records *records);

/*
 * Makes the view anew, without most of the records that are not of these.
 */
int
records_narrow(struct records *records, const struct set *set, struct err *err);

/*
 * Adds the conditions that only records that are in the view fulfil, each
 * behind a word: the first behind `before`, the others behind " AND ".
 */
void records_limits(
    const struct records *records, const char *before, struct buf *sql);

/* Adds the indexes that a statement gives, its one column. */
int records_fetch(
    struct records *records, struct buf *sql, struct set *set, struct err *err);
int records_add(struct set *set, uint64_t index, struct err *err);

/* Whether a record of this tenant may be seen. */
bool records_has_tenant(const struct records *records, struct slice tenant);

void records_close(struct records *records);

#endif
