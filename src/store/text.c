#include "store/text.h"

#include <assert.h>
#include <stdint.h>

/*
 * Of 16 places at once, the first and the last byte of the word are compared;
 * where both fit, which is rare, the rest is.
 */
typedef unsigned char bytes16 __attribute__((vector_size(16)));

void
text_init(struct text *text, struct slice word)
{
	assert(word.len && word.len <= TEXT_MAX);
	*text = (struct text){.len = word.len};
	for (size_t i = 0; i < word.len; i++) {
		unsigned char c = (unsigned char)word.ptr[i];
		unsigned char lower = c | 0x20;
		bool letter = lower >= 'a' && lower <= 'z';

		text->mask[i] = letter ? 0x20 : 0;
		text->want[i] = letter ? lower : c;
	}
}

static bool
fits(const struct text *text, const char *p)
{
	size_t i = 0;

	for (; i + 8 <= text->len; i += 8) {
		uint64_t bytes, mask, want;

		memcpy(&bytes, p + i, 8);
		memcpy(&mask, text->mask + i, 8);
		memcpy(&want, text->want + i, 8);
		if ((bytes | mask) != want)
			return false;
	}
	for (; i < text->len; i++)
		if (((unsigned char)p[i] | text->mask[i]) != text->want[i])
			return false;
	return true;
}

static bytes16
all(unsigned char c)
{
	return (bytes16){c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c};
}

static bytes16
load(const char *p)
{
	bytes16 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static bool
any(bytes16 v)
{
	uint64_t halves[2];

	memcpy(halves, &v, sizeof(halves));
	return (halves[0] | halves[1]) != 0;
}

bool
text_is_in(const struct text *text, struct slice bytes)
{
	size_t behind = text->len - 1, i = 0, places;
	const bytes16 mask0 = all(text->mask[0]), want0 = all(text->want[0]),
	              mask1 = all(text->mask[behind]),
	              want1 = all(text->want[behind]);

	if (bytes.len < text->len)
		return false;
	places = bytes.len - behind;
	for (; i + 16 <= places; i += 16) {
		const char *p = bytes.ptr + i;
		bytes16 hit = (bytes16)(((load(p) | mask0) == want0) &
		                        ((load(p + behind) | mask1) == want1));

		if (!any(hit))
			continue;
		for (size_t k = 0; k < 16; k++)
			if (hit[k] && fits(text, p + k))
				return true;
	}
	for (; i < places; i++)
		if (fits(text, bytes.ptr + i))
			return true;
	return false;
}
