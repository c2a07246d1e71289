#ifndef JSON_LENIENT_H
#define JSON_LENIENT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * lenient - the slow reading of a text that simdjson refuses.  Internal to
 * json/.
 *
 * Writes the tape that json.h describes.  What it takes beyond RFC 8259:
 *	bytes that are no UTF-8, and lone surrogates: U+FFFD each
 *	control characters inside strings: as they are
 *	an escape that does not exist: the backslash and the character
 *	a number that fits no 64 bits, or has leading zeros: a string of the
 *	text as written, so that no digit is invented or lost
 * Broken structure stays an error, with the byte where it was seen.
 */
struct lenient {
	uint64_t *tape; /* owned; room for tape_size words */
	size_t tape_size;
	struct buf strings;
	char why[96]; /* after a failure */
};

/* 0, or -1 with lenient->why filled. */
int lenient_parse(struct lenient *lenient, struct slice text);

void lenient_release(struct lenient *lenient);

#endif
