#ifndef STORE_PLAN_H
#define STORE_PLAN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/*
 * plan - what firn-query shall look for, as its parent tells it.
 *
 * Either `sql`, a SELECT of the user's, or the rest, which store/query.h makes:
 *
 *	SELECT <select> FROM <records, or those of which one of `any` or
 *`either` is true> WHERE <all of where, ids and texts> <behind> ORDER BY
 *<order> LIMIT <limit>
 *
 * Conditions are SQL over the columns of `records`.  Two kinds are not, since
 * no column has them: ids of events, and texts in the records' bytes.
 *
 * As bytes it is parts, each a name, a blank, a value and a NUL.  Pure.
 */
struct plan_list {
	struct slice *list; /* in the plan's arena */
	size_t count, room;
};

/* One of the values is true; or, turned round, none. */
struct plan_group {
	bool none;
	struct slice of; /* in `any`: what has the value */
	struct plan_list values;
};

struct plan_groups {
	struct plan_group *list; /* in the plan's arena */
	size_t count, room;
};

struct plan {
	struct plan_list tenants; /* none: all */
	uint64_t below;           /* only records below; 0: all there are */
	struct slice sql;         /* empty: all that follows */
	/*
	 * Without any of these two there is no condition.  Each group of `any`
	 * has an expression of which postings tell where its values may stand
	 * (store/postings.h); each of `either` is a condition that DuckDB can
	 * look up, which it cannot do for a OR b.  A record of which two are
	 * true may be found twice.
	 */
	struct plan_groups any;
	struct plan_list either;
	struct plan_list where;
	struct plan_groups ids, texts;
	struct slice select, behind, order; /* behind, order: maybe empty */
	/*
	 * 0: no limit.  With one, the first two columns selected are the time
	 * in microseconds and the index: not to be shown, but to tell a page
	 * (store/page.h) of this query from.
	 */
	uint64_t limit;
	struct slice query; /* of the page: 16 digits; where there is a limit */
	struct arena arena;
};

#define PLAN_MAX ((size_t)4 << 20) /* bytes */

/* The value is copied into the arena, which must be the list's from then on. */
void plan_add(struct arena *arena, struct plan_list *list, struct slice value);
/* A new group, empty; good until the next is added.  As with plan_add(). */
struct plan_group *
plan_group(struct arena *arena, struct plan_groups *groups, bool none);
/* Adds the condition of a group of `any`. */
void plan_any(struct buf *sql, const struct plan_group *group);

/* A string of SQL. */
void plan_quote(struct buf *sql, struct slice s);

void plan_print(struct buf *out, const struct plan *plan);

/* Reads what plan_print() writes; to be released in any case. */
int plan_parse(struct slice text, struct plan *plan, struct err *err);

void plan_release(struct plan *plan);

#endif
