#include "finding/report_plain.h"

#include "base/time.h"
#include "event/event.h"

/* Bytes of "2024-05-01 10:00", and of the day and the year in it. */
#define MINUTE_TEXT 16
#define DAY_TEXT    10
#define YEAR_TEXT   4

void
words_number(struct buf *out, uint64_t n)
{
	if (n >= 1000) {
		words_number(out, n / 1000);
		buf_printf(out, ",%03u", (unsigned)(n % 1000));
	} else {
		buf_u64(out, n);
	}
}

void
words_count(struct buf *out, uint64_t n, const char *one)
{
	words_number(out, n);
	buf_char(out, ' ');
	buf_str(out, one);
	if (n != 1)
		buf_char(out, 's');
}

static void
minute_text(int64_t time_us, char text[TIME_TEXT_MAX])
{
	time_format(time_us, text);
	text[10] = ' ';
	text[MINUTE_TEXT] = '\0';
}

void
words_time(struct buf *out, int64_t time_us)
{
	char text[TIME_TEXT_MAX] = "-";

	if (time_us != EVENT_NO_TIME)
		minute_text(time_us, text);
	buf_str(out, text);
}

void
words_range(struct buf *out, int64_t first_us, int64_t last_us)
{
	char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX];

	words_time(out, first_us);
	if (first_us == EVENT_NO_TIME || last_us == EVENT_NO_TIME)
		return;
	minute_text(first_us, first);
	minute_text(last_us, last);
	if (!memcmp(first, last, MINUTE_TEXT))
		return;
	buf_str(out, " \xe2\x80\x93 ");
	if (!memcmp(first, last, DAY_TEXT))
		buf_str(out, last + DAY_TEXT + 1);
	else if (!memcmp(first, last, YEAR_TEXT))
		buf_str(out, last + YEAR_TEXT + 1);
	else
		buf_str(out, last);
}
