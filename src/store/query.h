#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "store/page.h"
#include "store/plan.h"

/*
 * query - what someone wants to know of a ledger's records, whoever asks: the
 * command line, or later a service.  firn-query carries out the plan that is
 * made of it.
 *
 * Whose records are looked at, and what for, is always said, so that it can be
 * limited and recorded.  Pure.
 */
enum query_what {
	QUERY_ROWS,
	QUERY_COUNT,
	QUERY_HISTOGRAM,
	QUERY_OWN, /* as the caller says in SQL */
};

enum query_unit { QUERY_HOUR, QUERY_DAY, QUERY_MONTH };

/*
 * Records without a time come last in both orders of time.  Those of one time
 * are in the order of their indexes, or in its reverse.
 */
enum query_order {
	QUERY_TIME,
	QUERY_TIME_DOWN,
	QUERY_INDEX,
	QUERY_INDEX_DOWN,
};

#define QUERY_LIMIT_MAX ((uint64_t)1 << 40)

struct query {
	struct plan_list tenants; /* none, with all_tenants, or some */
	struct slice purpose;     /* 1 to 512 bytes of text */
	struct slice words;       /* docs/search.md; may be empty */
	/* Besides what the words say: from <= time < to, in microseconds. */
	int64_t from_us, to_us;
	bool has_from, has_to;
	bool all_tenants; /* a record without a tenant is of none */
	bool all_columns; /* of rows; else some, for people to look at */
	enum query_what what;
	enum query_unit unit;   /* of a histogram */
	enum query_order order; /* of rows, as are limit and page */
	uint64_t limit;         /* 0: none */
	struct slice page;      /* a token (store/page.h); empty: the first */
	struct slice where; /* SQL of the caller's over the columns, or empty */
	/* Of QUERY_OWN: what is selected, and GROUP BY, ORDER BY or nothing. */
	struct slice select, behind;
};

/* -1 with ERR_USAGE if it is none; the plan is to be released in any case. */
int query_plan(const struct query *query, struct plan *plan, struct err *err);

/* The same of a SELECT over the records of these tenants; none: of all. */
int query_plan_sql(struct slice sql, const struct plan_list *tenants,
    struct slice purpose, struct plan *plan, struct err *err);

#endif
