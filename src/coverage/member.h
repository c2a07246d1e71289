#ifndef COVERAGE_MEMBER_H
#define COVERAGE_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "json/json.h"

/*
 * member - members of the JSON of firn's own records that JSON has no type for:
 * times, names of deliveries, counts.  Pure.
 */

/* Larger counts are none of ours, and sums of them stay within 64 bits. */
#define MEMBER_COUNT_MAX ((uint64_t)1 << 48)

/* RFC 3339; no member if it is EVENT_NO_TIME. */
void member_time(struct buf *out, const char *key, int64_t time_us);
/* What is absent is EVENT_NO_TIME; false if it is no time. */
bool member_to_time(struct json v, int64_t *time_us);

/* 16 bytes as 32 lower-case digits. */
void
member_name(struct buf *out, const char *key, const unsigned char name[16]);
bool member_to_name(struct json v, unsigned char name[16]);

/* What is absent is 0; false if it is no whole number up to the greatest. */
bool member_to_count(struct json v, uint64_t *count);

/* leaf_name_ok(); false if it is absent, too. */
bool member_to_text(struct json v, struct slice *text);

#endif
