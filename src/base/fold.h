#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * fold - text made equal where it differs in case only.
 *
 * Unicode simple case folding (statuses C and S of CaseFolding.txt: one code
 * point to one code point), so that the length in code points stays; that in
 * bytes may not.  Not Turkish: a dotted capital I stays as it is.  Bytes that
 * are no UTF-8 stay as they are.
 */

/* Room that fold_bytes() may need for n bytes. */
static inline size_t
fold_room(size_t n)
{
	return n + n / 2 + 8;
}

/* Writes s folded to `out`, which has fold_room(s.len); returns the bytes. */
size_t fold_bytes(struct slice s, char *out);

/* The folding of one code point. */
uint32_t fold_point(uint32_t code);

#endif
