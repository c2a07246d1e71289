#ifndef STORE_SEARCH_H
#define STORE_SEARCH_H

#include "base/buf.h"
#include "base/err.h"

/*
 * search - what people type to find records, as a condition of SQL over the
 * columns of events.
 *
 *	user:anna@example.com op:MailItemsAccessed,Send -ip:10.0.0.0/8
 *
 * docs/search.md is the language.  Values become strings of SQL, quoted; no
 * other byte of them gets into it.  Pure.
 */
#define SEARCH_MAX ((size_t)64 << 10) /* bytes */

/*
 * Adds the condition; "true" where nothing is asked for.  A mistake is told as
 * "query:<column>: reason", and nothing is added.
 */
int search_condition(struct slice query, struct buf *sql, struct err *err);

#endif
