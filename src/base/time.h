#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * time - times as suites write them, to int64_t microseconds UTC and back.
 */

/*
 * Reads a time in any of the spellings seen in exports; one without a zone is
 * UTC:
 *	2021-05-18T10:48:21  2021-05-18 10:48:21.1234567Z  ...+02:00  2021-05-18
 *	3/25/2021 12:36:42 PM    4/28/2021, 3:05:26.000 PM    (month first)
 *	/Date(1728364117000)/    (milliseconds since 1970)
 * False if it is none of them or names no day that exists.
 */
bool time_parse(struct slice s, int64_t *time_us);

/*
 * A count since 1970 whose unit is told by its size: seconds, milliseconds,
 * microseconds or nanoseconds.  False outside the years 1990 to 2100.
 */
bool time_from_count(int64_t count, int64_t *time_us);

/* The machine's clock. */
int64_t time_now_us(void);

/* One that only grows and says no date. */
int64_t time_mono_us(void);

/* Room for time_format(), with its NUL. */
#define TIME_TEXT_MAX 28

/*
 * RFC 3339 UTC with microseconds: 2021-05-18T10:48:21.000000Z.  A time outside
 * the years 0 to 9999 is written as the nearest inside.
 */
struct slice time_format(int64_t time_us, char room[TIME_TEXT_MAX]);

/* The calendar day and second of the day of a time. */
struct time_civil {
	int year, month, day, hour, minute, second;
};

struct time_civil time_civil(int64_t time_us);

/* Microseconds UTC of a civil time; the day must exist. */
int64_t time_of_civil(const struct time_civil *civil);

#endif
