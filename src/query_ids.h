#ifndef QUERY_IDS_H
#define QUERY_IDS_H

#include "query_records.h"

/*
 * query_ids - which records tell an event of one of these ids, each the
 * record's own id or family:id.
 */
int query_ids(struct records *records, const struct plan_list *list,
    struct set *set, struct err *err);

#endif
