#ifndef STORE_SEARCH_H
#define STORE_SEARCH_H

#include "store/plan.h"

/*
 * search - what people type to find records, as a plan.
 *
 *	user:anna@example.com op:MailItemsAccessed,Send -ip:10.0.0.0/8 budget
 *
 * docs/search.md is the language.  Words over columns become conditions of SQL:
 * values in them are strings, quoted, and no other byte of them gets into it.
 * Pure.
 */
#define SEARCH_MAX ((size_t)64 << 10) /* bytes */

/*
 * Adds what the words say to `either`, `where`, `ids` and `texts` of the plan.
 * A mistake is told as "query:<column>: reason"; the plan is of no use then.
 */
int search_read(struct slice query, struct plan *plan, struct err *err);

#endif
