#include "coverage/member.h"

#include "base/time.h"
#include "event/event.h"
#include "ledger/leaf.h"
#include "json/build.h"

void
member_time(struct buf *out, const char *key, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	if (time_us != EVENT_NO_TIME)
		json_text(out, key, time_format(time_us, room));
}

bool
member_to_time(struct json v, int64_t *time_us)
{
	*time_us = EVENT_NO_TIME;
	if (!json_present(v))
		return true;
	return json_type(v) == JSON_STRING && time_parse(json_str(v), time_us);
}

void
member_name(struct buf *out, const char *key, const unsigned char name[16])
{
	static const char digits[] = "0123456789abcdef";
	char text[32];

	for (size_t i = 0; i < 16; i++) {
		text[2 * i] = digits[name[i] >> 4];
		text[2 * i + 1] = digits[name[i] & 15];
	}
	json_text(out, key, slice_of(text, sizeof(text)));
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
member_to_name(struct json v, unsigned char name[16])
{
	struct slice text = json_str(v);

	if (text.len != 32)
		return false;
	for (size_t i = 0; i < 16; i++) {
		int high = digit_value(text.ptr[2 * i]);
		int low = digit_value(text.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		name[i] = (unsigned char)(high * 16 + low);
	}
	return true;
}

bool
member_to_count(struct json v, uint64_t *count)
{
	int64_t n = 0;

	if (json_present(v) &&
	    (json_type(v) != JSON_INT || !json_to_i64(v, &n) || n < 0 ||
	        (uint64_t)n > MEMBER_COUNT_MAX))
		return false;
	*count = (uint64_t)n;
	return true;
}

bool
member_to_text(struct json v, struct slice *text)
{
	*text = json_str(v);
	return leaf_name_ok(*text);
}
