#include "base/term.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* More marks than this on one character are no writing any more. */
#define MARKS_MAX 4

struct range {
	uint32_t first, last;
};

/* Whole blocks where Unicode's East Asian Width is W or F, and pictographs. */
static const struct range wide[] = {
    {0x1100, 0x115f},
    {0x231a, 0x231b},
    {0x2329, 0x232a},
    {0x23e9, 0x23ff},
    {0x25fd, 0x25fe},
    {0x2600, 0x27bf},
    {0x2b00, 0x2bff},
    {0x2e80, 0x303e},
    {0x3041, 0x4dbf},
    {0x4e00, 0xa4cf},
    {0xa960, 0xa97f},
    {0xac00, 0xd7ff},
    {0xf900, 0xfaff},
    {0xfe10, 0xfe1f},
    {0xfe30, 0xfe6f},
    {0xff00, 0xff60},
    {0xffe0, 0xffe6},
    {0x16fe0, 0x18dff},
    {0x1aff0, 0x1b2ff},
    {0x1d300, 0x1d37f},
    {0x1f000, 0x1faff},
    {0x20000, 0x3ffff},
};

/* Marks that stand on the character before them, in the commoner scripts. */
static const struct range marks[] = {
    {0x0300, 0x036f},
    {0x0483, 0x0489},
    {0x0591, 0x05bd},
    {0x05bf, 0x05bf},
    {0x05c1, 0x05c2},
    {0x05c4, 0x05c5},
    {0x0610, 0x061a},
    {0x064b, 0x065f},
    {0x0670, 0x0670},
    {0x06d6, 0x06dc},
    {0x06df, 0x06e4},
    {0x093c, 0x093c},
    {0x0941, 0x0948},
    {0x094d, 0x094d},
    {0x0e31, 0x0e31},
    {0x0e34, 0x0e3a},
    {0x0e47, 0x0e4e},
    {0x1ab0, 0x1ace},
    {0x1dc0, 0x1dff},
    {0x20d0, 0x20f0},
    {0x302a, 0x302d},
    {0x3099, 0x309a},
    {0xfe20, 0xfe2f},
};

/* What turns, hides or splits text and has no business in a table. */
static const struct range hidden[] = {
    {0x0080, 0x009f},
    {0x00ad, 0x00ad},
    {0x034f, 0x034f},
    {0x061c, 0x061c},
    {0x115f, 0x1160},
    {0x17b4, 0x17b5},
    {0x180b, 0x180f},
    {0x200b, 0x200f},
    {0x2028, 0x202e},
    {0x2060, 0x206f},
    {0x3164, 0x3164},
    {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},
    {0xfff0, 0xfffb},
    {0x1d173, 0x1d17a},
    {0xe0000, 0xe0fff},
};

/* One character, or one byte that is part of none. */
struct glyph {
	size_t len;    /* bytes of it */
	size_t width;  /* columns that it takes, 0 for a mark */
	char text[12]; /* what is written instead; empty: itself */
};

static bool
is_in(const struct range *ranges, size_t count, uint32_t code)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (code > ranges[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && code >= ranges[low].first;
}

/* Writes the mark and the number in `digits` hexadecimal digits. */
static void
escape(struct glyph *glyph, char mark, int digits, uint32_t code)
{
	int n = snprintf(
	    glyph->text, sizeof(glyph->text), "\\%c%0*x", mark, digits, code);

	glyph->width = (size_t)n;
}

static struct glyph
ascii_glyph(unsigned char c)
{
	static const char name[32] = {['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
	struct glyph glyph = {.len = 1, .width = 1};

	if (c >= 32 && c < 127)
		return glyph;
	if (name[c & 31] && c < 32) {
		glyph.text[0] = '\\';
		glyph.text[1] = name[c];
		glyph.width = 2;
	} else {
		escape(&glyph, 'x', 2, c);
	}
	return glyph;
}

/* The next one in s, which is not empty.  *run counts marks in a row. */
static struct glyph
next_glyph(struct slice s, unsigned *run)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	struct glyph glyph = {.len = utf8_len(p, s.len), .width = 1};
	uint32_t code;
	bool mark;

	if (glyph.len == 1 || !glyph.len) {
		*run = 0;
		if (glyph.len)
			return ascii_glyph(*p);
		glyph.len = 1;
		escape(&glyph, 'x', 2, *p);
		return glyph;
	}
	code = utf8_get(p, glyph.len);
	mark = is_in(marks, COUNT(marks), code);
	*run = mark ? *run + 1 : 0;
	if (is_in(hidden, COUNT(hidden), code) || *run > MARKS_MAX)
		escape(&glyph, code > 0xffff ? 'U' : 'u', code > 0xffff ? 8 : 4,
		    code);
	else if (mark)
		glyph.width = 0;
	else if (is_in(wide, COUNT(wide), code))
		glyph.width = 2;
	return glyph;
}

size_t
term_width(struct slice s)
{
	size_t width = 0;
	unsigned run = 0;

	while (s.len) {
		struct glyph glyph = next_glyph(s, &run);

		width += glyph.width;
		s = slice_skip(s, glyph.len);
	}
	return width;
}

size_t
term_fit(struct buf *out, struct slice s, size_t columns)
{
	size_t used = 0, cut = out->len, cut_used = 0;
	unsigned run = 0;

	if (!columns)
		return 0;
	while (s.len) {
		struct glyph glyph = next_glyph(s, &run);

		/* The last place where an ellipsis still finds room. */
		if (glyph.width && used < columns) {
			cut = out->len;
			cut_used = used;
		}
		if (used + glyph.width > columns) {
			out->len = cut;
			buf_str(out, "\xe2\x80\xa6");
			return cut_used + 1;
		}
		if (glyph.text[0])
			buf_str(out, glyph.text);
		else
			buf_add(out, s.ptr, glyph.len);
		used += glyph.width;
		s = slice_skip(s, glyph.len);
	}
	return used;
}

void
term_blanks(struct buf *out, size_t n)
{
	if (!n)
		return;
	memset(buf_reserve(out, n), ' ', n);
	out->len += n;
}

void
term_pad(struct buf *out, struct slice s, size_t columns)
{
	term_blanks(out, columns - term_fit(out, s, columns));
}
