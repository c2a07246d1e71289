#ifndef JSON_BUILD_H
#define JSON_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * build - JSON written member by member.
 *
 * Commas take care of themselves: one is written unless the last byte opens
 * an object or an array (a string would end in its quote).  An object or
 * array that stays empty leaves no trace, and neither does an empty string;
 * what has to be there is written with json_key() and a value behind it.
 * A key is a plain word that needs no escaping.  NULL as key: an element of an
 * array, or the outermost value.
 */

/* Adds the comma and the key, for a value that the caller adds. */
void json_key(struct buf *out, const char *key);

/* Opens '{' or '['; the result is for json_close(). */
size_t json_open(struct buf *out, const char *key, char bracket);
void json_close(struct buf *out, size_t mark);

void json_text(struct buf *out, const char *key, struct slice s);
void json_cstr(struct buf *out, const char *key, const char *str);
void json_u64(struct buf *out, const char *key, uint64_t v);
void json_i64(struct buf *out, const char *key, int64_t v);

#endif
