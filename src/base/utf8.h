#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * utf8 - code points in and out (RFC 3629: no surrogates, nothing overlong).
 */

/* Bytes of the well-formed sequence at p, 1 to 4; 0 if there is none. */
size_t utf8_len(const unsigned char *p, size_t n);

/* How many bytes from the start of s on are well-formed. */
size_t utf8_good(struct slice s);

/* The code point of a well-formed sequence of `len` bytes. */
uint32_t utf8_get(const unsigned char *p, size_t len);

/* Adds a code point that is no surrogate and at most 0x10ffff. */
void utf8_add(struct buf *out, uint32_t code);

#endif
