#ifndef COVERAGE_PACKED_H
#define COVERAGE_PACKED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * packed - numbers and texts one behind the other, as the files hold them that
 * lie beside a ledger's others.
 *
 * Numbers are little-endian, of eight bytes; a text is behind its length. Pure.
 */
void packed_put_number(struct buf *out, uint64_t v);
void packed_put_time(struct buf *out, int64_t time_us);
void packed_put_text(struct buf *out, struct slice text);
/* NULL as if it were empty. */
void packed_put_cstr(struct buf *out, const char *text);

/* Read on from its begin; once something is missing, all that is read is 0. */
struct packed {
	struct slice rest;
	bool bad;
};

/* Slices are as good as what is read from. */
struct slice packed_bytes(struct packed *in, uint64_t n);
uint64_t packed_number(struct packed *in);
int64_t packed_time(struct packed *in);
struct slice packed_text(struct packed *in);
/* A number of things of which each has at least so many bytes. */
size_t packed_count(struct packed *in, size_t each);
/* A text that is kept as a string; owned, NULL if it is empty. */
char *packed_cstr(struct packed *in);
/* Leaves `to` as it is if there are not so many bytes. */
void packed_copy(struct packed *in, unsigned char *to, size_t len);

#endif
