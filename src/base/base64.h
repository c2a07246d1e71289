#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * base64 - RFC 4648 section 4: the standard alphabet, with padding.
 *
 * Reading is strict, so that bytes have exactly one text: nothing but the
 * alphabet, padding to a multiple of four, and no bits set that the last digit
 * does not need.
 */

/* Digits and padding that n bytes take; n is at most half of SIZE_MAX. */
static inline size_t
base64_size(size_t n)
{
	return (n + 2) / 3 * 4;
}

/* Writes base64_size(n) characters and no NUL. */
void base64_write(char *text, const void *bytes, size_t n);

void base64_add(struct buf *out, const void *bytes, size_t n);

/* Whether the text is well-formed; if so, how many bytes it stands for. */
bool base64_len(struct slice text, size_t *n);

/* Whether the text is well-formed and stands for n bytes; if so, those. */
bool base64_read(struct slice text, void *bytes, size_t n);

#endif
