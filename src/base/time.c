#include "base/time.h"

#include <limits.h>
#include <time.h>

#define SECOND_US INT64_C(1000000)
#define DAY_S     86400

/* Days from 0000-03-01 to 1970-01-01 in the Gregorian calendar. */
#define DAYS_TO_1970 719468
#define DAYS_OF_400Y 146097

/* 0000-01-01 and the last microsecond of 9999. */
#define FORMAT_FIRST (INT64_C(-62167219200) * SECOND_US)
#define FORMAT_LAST  (INT64_C(253402300800) * SECOND_US - 1)

/* 1990-01-01 and 2100-01-01 in seconds. */
#define COUNT_FIRST INT64_C(631152000)
#define COUNT_LAST  INT64_C(4102444800)

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
days_in_month(int year, int month)
{
	static const unsigned char days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

static bool
civil_exists(const struct time_civil *c)
{
	/* A leap second is taken as the first second of the next minute. */
	return c->year >= 1 && c->year <= 9999 && c->month >= 1 &&
	       c->month <= 12 && c->day >= 1 &&
	       c->day <= days_in_month(c->year, c->month) && c->hour >= 0 &&
	       c->hour <= 23 && c->minute >= 0 && c->minute <= 59 &&
	       c->second >= 0 && c->second <= 60;
}

/*
 * Years are counted from March, so that the leap day is the last of its year
 * and a month's first day is a linear function of the month.
 */
int64_t
time_of_civil(const struct time_civil *c)
{
	int64_t year = c->year - (c->month <= 2);
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t month = c->month > 2 ? c->month - 3 : c->month + 9;
	int64_t day = (153 * month + 2) / 5 + c->day - 1;

	day += of_era * 365 + of_era / 4 - of_era / 100;
	day += era * DAYS_OF_400Y - DAYS_TO_1970;
	day = day * 24 + c->hour;
	return ((day * 60 + c->minute) * 60 + c->second) * SECOND_US;
}

struct time_civil
time_civil(int64_t time_us)
{
	int64_t seconds, days, rest, era, of_era, year, day, month;

	seconds = time_us / SECOND_US - (time_us % SECOND_US < 0);
	days = seconds / DAY_S - (seconds % DAY_S < 0);
	rest = seconds - days * DAY_S;
	days += DAYS_TO_1970;
	era = (days >= 0 ? days : days - (DAYS_OF_400Y - 1)) / DAYS_OF_400Y;
	of_era = days - era * DAYS_OF_400Y;
	year = (of_era - of_era / 1460 + of_era / 36524 -
	           of_era / (DAYS_OF_400Y - 1)) /
	       365;
	day = of_era - (365 * year + year / 4 - year / 100);
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month = month < 10 ? month + 3 : month - 9;
	return (struct time_civil){
	    .year = (int)(year + era * 400 + (month <= 2)),
	    .month = (int)month,
	    .day = (int)day + 1,
	    .hour = (int)(rest / 3600),
	    .minute = (int)(rest / 60 % 60),
	    .second = (int)(rest % 60),
	};
}

/* --- reading --- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes min to max digits off the front; -1 if there are fewer. */
static int
take_number(struct slice *s, size_t min, size_t max)
{
	size_t n = 0;
	int v = 0;

	for (; n < s->len && n < max && is_digit(s->ptr[n]); n++)
		v = v * 10 + (s->ptr[n] - '0');
	if (n < min)
		return -1;
	*s = slice_skip(*s, n);
	return v;
}

static bool
take_char(struct slice *s, char c)
{
	if (s->len == 0 || s->ptr[0] != c)
		return false;
	*s = slice_skip(*s, 1);
	return true;
}

/* A fraction of a second with its mark; what is below a microsecond is cut. */
static bool
take_fraction(struct slice *s, int *us)
{
	int unit = 100000;
	size_t n = 1;

	*us = 0;
	if (s->len == 0 || (s->ptr[0] != '.' && s->ptr[0] != ','))
		return true;
	for (; n < s->len && is_digit(s->ptr[n]); n++, unit /= 10)
		*us += (s->ptr[n] - '0') * unit;
	*s = slice_skip(*s, n);
	return n > 1;
}

/* Blanks, and the narrow no-break space that newer systems put before PM. */
static void
skip_blanks(struct slice *s)
{
	for (;;) {
		if (s->len > 0 && (s->ptr[0] == ' ' || s->ptr[0] == '\t'))
			*s = slice_skip(*s, 1);
		else if (s->len >= 3 && !memcmp(s->ptr, "\xe2\x80\xaf", 3))
			*s = slice_skip(*s, 3);
		else
			return;
	}
}

/* Z, UTC, GMT, +hh, +hhmm, +hh:mm or nothing, and nothing behind it. */
static bool
take_zone(struct slice *s, int *east_s)
{
	int sign, hour, minute = 0;

	*east_s = 0;
	skip_blanks(s);
	if (s->len == 0 || slice_eq(*s, SLICE("Z")) ||
	    slice_eq(*s, SLICE("z")) || slice_eq(*s, SLICE("UTC")) ||
	    slice_eq(*s, SLICE("GMT")))
		return true;
	sign = s->ptr[0] == '-' ? -1 : 1;
	if (s->ptr[0] != '-' && s->ptr[0] != '+')
		return false;
	*s = slice_skip(*s, 1);
	hour = take_number(s, 2, 2);
	take_char(s, ':');
	if (s->len > 0)
		minute = take_number(s, 2, 2);
	*east_s = sign * (hour * 3600 + minute * 60);
	return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 &&
	       s->len == 0;
}

/* hh:mm[:ss[.fraction]]; `least` is how many digits an hour has at least. */
static bool
take_clock(struct slice *s, size_t least, struct time_civil *c, int *us)
{
	*us = 0;
	c->hour = take_number(s, least, 2);
	if (!take_char(s, ':'))
		return false;
	c->minute = take_number(s, 2, 2);
	if (!take_char(s, ':'))
		return true;
	c->second = take_number(s, 2, 2);
	return take_fraction(s, us);
}

static bool
finish(const struct time_civil *c, int us, struct slice zone, int64_t *time_us)
{
	int east_s;

	if (!take_zone(&zone, &east_s) || !civil_exists(c))
		return false;
	*time_us = time_of_civil(c) + us - east_s * SECOND_US;
	return true;
}

/* 2021-05-18[T10:48[:21[.123]][zone]] */
static bool
parse_iso(struct slice s, int64_t *time_us)
{
	struct time_civil c = {0};
	int us = 0;

	c.year = take_number(&s, 4, 4);
	if (!take_char(&s, '-'))
		return false;
	c.month = take_number(&s, 2, 2);
	if (!take_char(&s, '-'))
		return false;
	c.day = take_number(&s, 2, 2);
	if (s.len > 0) {
		if (s.ptr[0] != 'T' && s.ptr[0] != 't' && s.ptr[0] != ' ')
			return false;
		s = slice_skip(s, 1);
		if (!take_clock(&s, 2, &c, &us))
			return false;
	}
	return finish(&c, us, s, time_us);
}

/* 12 hours to 24; false if the hour is none of a twelve-hour clock. */
static bool
take_half_day(struct slice *s, struct time_civil *c)
{
	char half;

	skip_blanks(s);
	if (s->len < 2 || (s->ptr[1] | 0x20) != 'm')
		return true;
	half = (char)(s->ptr[0] | 0x20);
	if (half != 'a' && half != 'p')
		return false;
	*s = slice_skip(*s, 2);
	if (c->hour < 1 || c->hour > 12)
		return false;
	c->hour = c->hour % 12 + (half == 'p' ? 12 : 0);
	return true;
}

/* 3/25/2021[,] [12:36[:42[.000]] [PM]] */
static bool
parse_us(struct slice s, int64_t *time_us)
{
	struct time_civil c = {0};
	int us = 0;

	c.month = take_number(&s, 1, 2);
	if (!take_char(&s, '/'))
		return false;
	c.day = take_number(&s, 1, 2);
	if (!take_char(&s, '/'))
		return false;
	c.year = take_number(&s, 4, 4);
	take_char(&s, ',');
	skip_blanks(&s);
	if (s.len > 0 &&
	    (!take_clock(&s, 1, &c, &us) || !take_half_day(&s, &c)))
		return false;
	return finish(&c, us, s, time_us);
}

/* /Date(1728364117000)/, perhaps with its slashes still escaped */
static bool
parse_date_call(struct slice s, int64_t *time_us)
{
	uint64_t ms;
	size_t n = 0;

	take_char(&s, '\\');
	if (s.len < 6 || memcmp(s.ptr, "/Date(", 6) != 0)
		return false;
	s = slice_skip(s, 6);
	while (n < s.len && is_digit(s.ptr[n]))
		n++;
	if (!slice_to_u64(slice_of(s.ptr, n), &ms) ||
	    ms > (uint64_t)FORMAT_LAST / 1000)
		return false;
	s = slice_skip(s, n);
	/* An offset is only for display: the count is in UTC. */
	if (take_char(&s, '+') || take_char(&s, '-'))
		take_number(&s, 4, 4);
	if (!take_char(&s, ')'))
		return false;
	take_char(&s, '\\');
	if (!slice_eq(s, SLICE("/")))
		return false;
	*time_us = (int64_t)ms * 1000;
	return true;
}

/*
 * The first 19 bytes as most records have them, 2021-05-18T10:48:21, without
 * a branch a digit.
 */
static bool
parse_plain(const char *p, struct time_civil *c)
{
	static const unsigned char place[] = {
	    0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18};
	unsigned digit[sizeof(place)], bad = 0;

	for (size_t i = 0; i < sizeof(place); i++) {
		digit[i] = (unsigned)(unsigned char)p[place[i]] - '0';
		bad |= digit[i] > 9;
	}
	bad |= p[4] != '-' || p[7] != '-' || p[10] != 'T';
	bad |= p[13] != ':' || p[16] != ':';
	if (bad)
		return false;
	c->year =
	    (int)(digit[0] * 1000 + digit[1] * 100 + digit[2] * 10 + digit[3]);
	c->month = (int)(digit[4] * 10 + digit[5]);
	c->day = (int)(digit[6] * 10 + digit[7]);
	c->hour = (int)(digit[8] * 10 + digit[9]);
	c->minute = (int)(digit[10] * 10 + digit[11]);
	c->second = (int)(digit[12] * 10 + digit[13]);
	return true;
}

bool
time_parse(struct slice s, int64_t *time_us)
{
	struct time_civil c;
	int us;

	if (s.len >= 19 && parse_plain(s.ptr, &c)) {
		s = slice_skip(s, 19);
		return take_fraction(&s, &us) && finish(&c, us, s, time_us);
	}
	s = slice_trim(s);
	if (s.len < 8)
		return false;
	if (s.ptr[0] == '/' || s.ptr[0] == '\\')
		return parse_date_call(s, time_us);
	if (s.ptr[1] == '/' || s.ptr[2] == '/')
		return parse_us(s, time_us);
	return parse_iso(s, time_us);
}

bool
time_from_count(int64_t count, int64_t *time_us)
{
	static const struct {
		int64_t unit; /* how many make a second */
	} units[] = {{1}, {1000}, {1000000}, {1000000000}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		int64_t unit = units[i].unit;

		if (count < COUNT_FIRST * unit || count >= COUNT_LAST * unit)
			continue;
		if (unit <= SECOND_US)
			*time_us = count * (SECOND_US / unit);
		else
			*time_us = count / (unit / SECOND_US);
		return true;
	}
	return false;
}

/* --- writing --- */

static char *
put(char *p, int v, int digits)
{
	for (int i = digits - 1; i >= 0; i--, v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + digits;
}

struct slice
time_format(int64_t time_us, char room[TIME_TEXT_MAX])
{
	struct time_civil c;
	char *p = room;
	int us;

	if (time_us < FORMAT_FIRST)
		time_us = FORMAT_FIRST;
	if (time_us > FORMAT_LAST)
		time_us = FORMAT_LAST;
	c = time_civil(time_us);
	us = (int)(time_us % SECOND_US);
	if (us < 0)
		us += (int)SECOND_US;
	p = put(p, c.year, 4);
	*p++ = '-';
	p = put(p, c.month, 2);
	*p++ = '-';
	p = put(p, c.day, 2);
	*p++ = 'T';
	p = put(p, c.hour, 2);
	*p++ = ':';
	p = put(p, c.minute, 2);
	*p++ = ':';
	p = put(p, c.second, 2);
	*p++ = '.';
	p = put(p, us, 6);
	*p++ = 'Z';
	*p = '\0';
	return slice_of(room, (size_t)(p - room));
}

static int64_t
clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
time_now_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t
time_mono_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}
