#include "rule/pattern.h"

#include <string.h>

#include "base/fold.h"
#include "base/utf8.h"

static void
segs_push(struct arena *arena, struct segs *segs, struct seg seg)
{
	if (segs->count == segs->size) {
		size_t size = segs->size ? segs->size * 2 : 1;
		struct seg *list = arena_calloc(arena, size, sizeof(*list));

		if (segs->count)
			memcpy(list, segs->list, segs->count * sizeof(*list));
		segs->list = list;
		segs->size = size;
	}
	segs->list[segs->count++] = seg;
}

void
segs_add(struct arena *arena, struct segs *segs, enum seg_type type,
    struct slice text)
{
	struct seg *last = segs->count ? &segs->list[segs->count - 1] : NULL;

	if (type == SEG_TEXT && !text.len)
		return;
	if (last && type == SEG_STAR && last->type == SEG_STAR)
		return;
	if (last && type == SEG_TEXT && last->type == SEG_TEXT) {
		size_t n = last->text.len + text.len;
		char *both = arena_alloc(arena, n);

		memcpy(both, last->text.ptr, last->text.len);
		memcpy(both + last->text.len, text.ptr, text.len);
		last->text = slice_of(both, n);
		return;
	}
	segs_push(arena, segs, (struct seg){type, text});
}

struct segs
segs_parse(struct arena *arena, struct slice raw)
{
	char *text = arena_alloc(arena, raw.len + 1);
	struct segs segs = {0};
	size_t from = 0, n = 0;

	for (size_t i = 0; i < raw.len; i++) {
		char c = raw.ptr[i];

		if (c == '\\' && i + 1 < raw.len &&
		    memchr("*?\\", raw.ptr[i + 1], 3)) {
			text[n++] = raw.ptr[++i];
		} else if (c == '*' || c == '?') {
			segs_add(arena, &segs, SEG_TEXT,
			    slice_of(text + from, n - from));
			from = n;
			segs_add(arena, &segs, c == '*' ? SEG_STAR : SEG_ONE,
			    SLICE(""));
		} else {
			text[n++] = c;
		}
	}
	segs_add(arena, &segs, SEG_TEXT, slice_of(text + from, n - from));
	return segs;
}

bool
segs_plain(const struct segs *segs, struct slice *text)
{
	*text = segs->count ? segs->list[0].text : SLICE("");
	return !segs->count ||
	       (segs->count == 1 && segs->list[0].type == SEG_TEXT);
}

/* Bytes of the dash at the start of s; 0 if there is none. */
static size_t
dash_len(struct slice s)
{
	if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '/'))
		return 1;
	/* U+2013, U+2014, U+2015 */
	if (s.len >= 3 && !memcmp(s.ptr, "\xe2\x80", 2) &&
	    (unsigned char)s.ptr[2] >= 0x93 && (unsigned char)s.ptr[2] <= 0x95)
		return 3;
	return 0;
}

/* Letters, digits, the underscore, and whatever is not ASCII but a dash. */
static bool
is_word(struct slice s)
{
	char c;

	if (!s.len || dash_len(s))
		return false;
	c = s.ptr[0];
	return (c & 0x80) || (c >= '0' && c <= '9') || c == '_' ||
	       ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

struct segs
segs_windash(struct arena *arena, const struct segs *segs)
{
	struct segs out = {0};

	for (size_t k = 0; k < segs->count; k++) {
		struct slice s = segs->list[k].text;
		bool behind_word = false;
		size_t from = 0, i = 0;

		if (segs->list[k].type != SEG_TEXT) {
			segs_add(arena, &out, segs->list[k].type, s);
			continue;
		}
		while (i < s.len) {
			size_t dash = dash_len(slice_skip(s, i));

			if (!dash) {
				behind_word = is_word(slice_skip(s, i));
				i++;
				continue;
			}
			if (!behind_word && is_word(slice_skip(s, i + dash))) {
				segs_add(arena, &out, SEG_TEXT,
				    slice_of(s.ptr + from, i - from));
				segs_add(arena, &out, SEG_DASH, SLICE(""));
				from = i + dash;
			}
			behind_word = false;
			i += dash;
		}
		segs_add(arena, &out, SEG_TEXT, slice_skip(s, from));
	}
	return out;
}

static struct slice
fold(struct arena *arena, struct slice text)
{
	char *out = arena_alloc(arena, fold_room(text.len));

	return slice_of(out, fold_bytes(text, out));
}

/* The form of one text alone, with or without stars around it. */
static enum pattern_form
form_of(bool star_before, bool star_behind)
{
	if (star_before)
		return star_behind ? PATTERN_CONTAINS : PATTERN_SUFFIX;
	return star_behind ? PATTERN_PREFIX : PATTERN_EXACT;
}

struct pattern
pattern_make(struct arena *arena, const struct segs *segs, bool star_before,
    bool star_behind, bool cased)
{
	struct pattern pattern = {.cased = cased};
	const struct seg *seg;
	struct segs all = {0};
	bool first, last;

	if (segs->count == 1 && segs->list->type == SEG_TEXT) {
		pattern.text =
		    cased ? segs->list->text : fold(arena, segs->list->text);
		pattern.form = form_of(star_before, star_behind);
		return pattern;
	}
	if (star_before)
		segs_add(arena, &all, SEG_STAR, SLICE(""));
	for (size_t i = 0; i < segs->count; i++) {
		struct slice text = segs->list[i].text;

		segs_add(arena, &all, segs->list[i].type,
		    cased ? text : fold(arena, text));
	}
	if (star_behind)
		segs_add(arena, &all, SEG_STAR, SLICE(""));
	if (!all.count) {
		pattern.text = SLICE("");
		return pattern;
	}
	first = all.list[0].type == SEG_STAR;
	last = all.list[all.count - 1].type == SEG_STAR;
	seg = all.count > first ? &all.list[first] : NULL;
	if (!seg) {
		pattern.form = PATTERN_ANY;
	} else if (all.count - first - last == 1 && seg->type == SEG_TEXT) {
		pattern.text = seg->text;
		pattern.form = form_of(first, last);
	} else {
		pattern.form = PATTERN_GLOB;
		pattern.segs = all.list;
		pattern.seg_count = all.count;
	}
	return pattern;
}

static bool
starts_with(struct slice s, struct slice head)
{
	return s.len >= head.len && !memcmp(s.ptr, head.ptr, head.len);
}

/* Bytes of the character at the start of s, which is not empty. */
static size_t
one(struct slice s)
{
	size_t len = utf8_len((const unsigned char *)s.ptr, s.len);

	return len ? len : 1;
}

/* Whether s starts with the segment, which is no star; *len bytes of it. */
static bool
takes(const struct seg *seg, struct slice s, size_t *len)
{
	switch (seg->type) {
	case SEG_TEXT:
		*len = seg->text.len;
		return starts_with(s, seg->text);
	case SEG_ONE:
		*len = s.len ? one(s) : 0;
		return s.len != 0;
	default:
		*len = dash_len(s);
		return *len != 0;
	}
}

/*
 * A star takes as little as it can and is widened when what follows fails; one
 * that another star follows need never be widened again.  So the time is the
 * text's length times the pattern's at worst.
 */
static bool
glob(const struct seg *segs, size_t count, struct slice text)
{
	size_t at = 0, seg = 0, len;
	size_t star_seg = SIZE_MAX, star_at = 0;

	for (;;) {
		if (seg < count && segs[seg].type == SEG_STAR) {
			star_seg = ++seg;
			star_at = at;
			if (seg == count)
				return true;
		} else if (seg < count &&
		           takes(&segs[seg], slice_skip(text, at), &len)) {
			at += len;
			seg++;
		} else if (seg == count && at == text.len) {
			return true;
		} else {
			if (star_seg == SIZE_MAX || star_at == text.len)
				return false;
			star_at += one(slice_skip(text, star_at));
			at = star_at;
			seg = star_seg;
		}
	}
}

bool
pattern_match(const struct pattern *pattern, struct slice text)
{
	struct slice part = pattern->text;

	switch (pattern->form) {
	case PATTERN_EXACT:
		return slice_eq(text, part);
	case PATTERN_PREFIX:
		return starts_with(text, part);
	case PATTERN_SUFFIX:
		return text.len >= part.len &&
		       starts_with(slice_skip(text, text.len - part.len), part);
	case PATTERN_CONTAINS:
		return memmem(text.ptr, text.len, part.ptr, part.len) != NULL;
	case PATTERN_ANY:
		return true;
	default:
		return glob(pattern->segs, pattern->seg_count, text);
	}
}
