#ifndef TEXT_DECODE_H
#define TEXT_DECODE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * decode - the bytes of a file as UTF-8, whatever is around them.
 *
 * Takes off gzip (also several members) and zstd, then turns UTF-16 of either
 * order, with or without a mark, into UTF-8, and drops byte-order marks at the
 * start.  All told by content.  Anything else comes through as it is.
 * Unpaired surrogates become U+FFFD.  Streaming; one thread.
 */
struct decode;

/* Opens a file, or standard input for "-". */
int decode_open(struct decode **out, const char *path, struct err *err);

/* The same for bytes in memory, which are borrowed. */
int decode_open_bytes(struct decode **out, struct slice bytes, struct err *err);

/*
 * Up to n bytes (n at least 64) into buf.  Returns how many, 0 at the end, -1
 * on error: ERR_SYSTEM from reading, ERR_INPUT when the compression is broken
 * (what came before is good).
 */
ssize_t
decode_read(struct decode *decode, char *buf, size_t n, struct err *err);

/* Bytes taken from the file so far, as stored. */
uint64_t decode_taken(const struct decode *decode);

/* NULL is allowed. */
void decode_close(struct decode *decode);

#endif
