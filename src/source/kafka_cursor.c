#include "source/kafka_cursor.h"

#include <inttypes.h>
#include <string.h>

#include "base/xxh64.h"

/*
 * A broker never changes a message nor its time.  Both count: a topic may well
 * say the same again and again.
 */
struct kafka_anchor
kafka_anchor_of(const struct kafka_message *message)
{
	uint64_t digest = xxh64(message->value) ^
	                  (uint64_t)message->created_us * 0x9e3779b97f4a7c15;

	return (struct kafka_anchor){message->offset, digest ? digest : 1};
}

void
kafka_cursor_write(struct buf *out, const struct kafka_cursor *cursor)
{
	const struct kafka_anchor *anchor = &cursor->anchor;

	buf_i64(out, cursor->offset);
	if (cursor->again)
		buf_printf(out, "@%ju", (uintmax_t)cursor->again);
	if (anchor->digest && anchor->offset < cursor->offset)
		buf_printf(out, "#%jd:%" PRIx64, (intmax_t)anchor->offset,
		    anchor->digest);
	else if (!anchor->digest && anchor->offset)
		buf_printf(out, "#%jd", (intmax_t)anchor->offset);
}

static bool
read_offset(struct slice text, int64_t *offset)
{
	uint64_t n;

	if (!slice_to_u64(text, &n) || n > INT64_MAX)
		return false;
	*offset = (int64_t)n;
	return true;
}

static bool
read_hex(struct slice text, uint64_t *out)
{
	static const char digits[] = "0123456789abcdef";

	*out = 0;
	for (size_t i = 0; i < text.len; i++) {
		const char *at =
		    memchr(digits, text.ptr[i], sizeof(digits) - 1);

		if (!at)
			return false;
		*out = *out << 4 | (uint64_t)(at - digits);
	}
	return *out && text.len <= 16;
}

/* Whether there is this sign; then *text is before it, *rest behind it. */
static bool
cut(struct slice *text, char sign, struct slice *rest)
{
	bool has = text->len && memchr(text->ptr, sign, text->len);

	*rest = *text;
	*text = slice_cut(rest, sign);
	return has;
}

bool
kafka_cursor_read(struct slice text, struct kafka_cursor *cursor)
{
	struct slice anchor, digest, again;
	bool has_anchor = cut(&text, '#', &anchor);
	bool has_digest = cut(&anchor, ':', &digest);
	bool has_again = cut(&text, '@', &again);

	*cursor = (struct kafka_cursor){0};
	return read_offset(text, &cursor->offset) &&
	       (!has_again || slice_to_u64(again, &cursor->again)) &&
	       (!has_anchor || read_offset(anchor, &cursor->anchor.offset)) &&
	       (!has_digest || read_hex(digest, &cursor->anchor.digest));
}
