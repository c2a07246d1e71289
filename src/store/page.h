#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include "base/buf.h"
#include "base/err.h"

/*
 * page - where a query that was cut short goes on.
 *
 *	<query>.<size>.<time>.<index>
 *
 * `query` is 16 hexadecimal digits that tell the query, so that a token goes on
 * with its own alone; `size` how many records the ledger had when the first
 * page was asked for: those of later pages are among these.  `time` (in
 * microseconds since 1970, - where the record has none) and `index` are those
 * of the last record shown.  Numbers are decimal, without leading zeros.
 *
 * Nothing in it is secret, and nothing in it is believed: it only narrows what
 * is shown.  Pure.
 */
#define PAGE_QUERY_LEN 16 /* digits */
#define PAGE_MAX       128

struct page {
	char query[PAGE_QUERY_LEN];
	uint64_t size; /* not 0 */
	bool has_time;
	int64_t time_us;
	uint64_t index; /* below size */
};

void page_print(struct buf *out, const struct page *page);

/* Exactly what page_print() writes; false for anything else. */
bool page_parse(struct slice text, struct page *page);

#endif
