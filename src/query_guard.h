#ifndef QUERY_GUARD_H
#define QUERY_GUARD_H

#include "duck.h"

/*
 * query_guard - whether a SELECT looks at nothing but tables by their names and
 * at values, so that it can see no more than the view `records` shows.
 *
 * DuckDB can open the files of segments by their paths, in which the records of
 * all tenants are.  Its parser says what a statement names; whatever is not
 * known to read no file is refused (ERR_USAGE).
 */
int query_guard(struct duck *duck, struct slice sql, struct err *err);

#endif
