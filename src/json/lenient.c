#include "json/lenient.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/utf8.h"

#define DEPTH_MAX   1024
#define REPLACEMENT 0xfffd

struct walk {
	struct lenient *out;
	const unsigned char *at, *begin, *end;
	size_t words; /* on the tape */
	size_t depth;
	uint32_t open[DEPTH_MAX]; /* tape index of each open container */
	uint32_t count[DEPTH_MAX];
};

static int
fail(struct walk *w, const char *what)
{
	snprintf(w->out->why, sizeof(w->out->why), "%s at byte %zu", what,
	    (size_t)(w->at - w->begin));
	return -1;
}

static void
put(struct walk *w, char type, uint64_t payload)
{
	assert(w->words < w->out->tape_size);
	w->out->tape[w->words++] =
	    (uint64_t)(unsigned char)type << 56 | payload;
}

static void
put_raw(struct walk *w, const void *eight)
{
	assert(w->words < w->out->tape_size);
	memcpy(&w->out->tape[w->words++], eight, 8);
}

static void
skip_blanks(struct walk *w)
{
	while (w->at < w->end && (*w->at == ' ' || *w->at == '\t' ||
	                             *w->at == '\n' || *w->at == '\r'))
		w->at++;
}

/* Four hex digits at p, or -1. */
static int
hex4(const unsigned char *p, const unsigned char *end)
{
	int v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int c = p[i] | 0x20;

		if (p[i] >= '0' && p[i] <= '9')
			v = v * 16 + p[i] - '0';
		else if (c >= 'a' && c <= 'f')
			v = v * 16 + c - 'a' + 10;
		else
			return -1;
	}
	return v;
}

/* w->at is behind "\u"; steps over the digits and adds what they mean. */
static void
unicode_escape(struct walk *w)
{
	struct buf *out = &w->out->strings;
	int hi = hex4(w->at, w->end), lo;

	if (hi < 0) {
		buf_add(out, "\\u", 2);
		return;
	}
	w->at += 4;
	if (hi >= 0xd800 && hi < 0xdc00 && w->end - w->at >= 6 &&
	    w->at[0] == '\\' && w->at[1] == 'u') {
		lo = hex4(w->at + 2, w->end);
		if (lo >= 0xdc00 && lo < 0xe000) {
			w->at += 6;
			utf8_add(out, 0x10000u +
			                  (uint32_t)(hi - 0xd800) * 0x400u +
			                  (uint32_t)(lo - 0xdc00));
			return;
		}
	}
	utf8_add(out, hi >= 0xd800 && hi < 0xe000 ? REPLACEMENT : (uint32_t)hi);
}

static void
escape(struct walk *w)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	struct buf *out = &w->out->strings;
	unsigned char c = *w->at++;
	const char *hit = c ? strchr(from, c) : NULL;

	if (c == 'u') {
		unicode_escape(w);
	} else if (hit) {
		buf_char(out, to[hit - from]);
	} else {
		buf_char(out, '\\');
		w->at--; /* the character itself, perhaps of several bytes */
	}
}

/* w->at is behind the opening quote. */
static int
string(struct walk *w)
{
	struct buf *out = &w->out->strings;
	size_t start = out->len;
	uint32_t len = 0;

	buf_add(out, &len, sizeof(len));
	for (;;) {
		size_t n;

		if (w->at >= w->end)
			return fail(w, "a string does not end");
		if (*w->at == '"')
			break;
		if (*w->at == '\\' && w->at + 1 < w->end) {
			w->at++;
			escape(w);
			continue;
		}
		n = utf8_len(w->at, (size_t)(w->end - w->at));
		if (n)
			buf_add(out, w->at, n);
		else
			utf8_add(out, REPLACEMENT);
		w->at += n ? n : 1;
	}
	w->at++;
	len = (uint32_t)(out->len - start - sizeof(len));
	memcpy(out->ptr + start, &len, sizeof(len));
	buf_char(out, '\0');
	put(w, '"', start);
	return 0;
}

static void
text_of_number(struct walk *w, const char *digits, size_t n)
{
	struct buf *out = &w->out->strings;
	uint32_t len = (uint32_t)n;

	put(w, '"', out->len);
	buf_add(out, &len, sizeof(len));
	buf_add(out, digits, n);
	buf_char(out, '\0');
}

/* The tape takes what fits int64_t, and above that what fits uint64_t. */
static void
whole_number(struct walk *w, const char *text, const char *raw, size_t n)
{
	int64_t i;
	uint64_t u;
	char *end;

	errno = 0;
	i = strtoll(text, &end, 10);
	if (!errno && !*end) {
		put(w, 'l', 0);
		put_raw(w, &i);
		return;
	}
	errno = 0;
	u = strtoull(text, &end, 10);
	if (text[0] != '-' && !errno && !*end) {
		put(w, 'u', 0);
		put_raw(w, &u);
	} else {
		text_of_number(w, raw, n);
	}
}

static int
number(struct walk *w)
{
	struct buf *strings = &w->out->strings;
	const unsigned char *start = w->at;
	bool whole = true, digit = false;
	const char *text, *first;
	size_t n, keep = strings->len;
	char *end;
	double d;

	while (w->at < w->end && *w->at && strchr("+-.eE0123456789", *w->at)) {
		whole = whole && *w->at != '.' && (*w->at | 0x20) != 'e';
		digit = digit || (*w->at >= '0' && *w->at <= '9');
		w->at++;
	}
	n = (size_t)(w->at - start);
	if (!digit) {
		w->at = start;
		return fail(w, "expected a value");
	}
	/* strtod() wants a NUL: lend the text a place behind the strings. */
	buf_add(strings, start, n);
	buf_char(strings, '\0');
	text = strings->ptr + keep;
	strings->len = keep;
	first = text + (text[0] == '-');
	if (*first == '+' ||
	    (first[0] == '0' && first[1] >= '0' && first[1] <= '9')) {
		text_of_number(w, (const char *)start, n);
	} else if (whole) {
		whole_number(w, text, (const char *)start, n);
	} else {
		d = strtod(text, &end);
		if (!isfinite(d) || *end) {
			text_of_number(w, (const char *)start, n);
		} else {
			put(w, 'd', 0);
			put_raw(w, &d);
		}
	}
	return 0;
}

static bool
word(struct walk *w, const char *name)
{
	size_t n = strlen(name);

	if ((size_t)(w->end - w->at) < n || memcmp(w->at, name, n) != 0)
		return false;
	w->at += n;
	return true;
}

/* A scalar, or the opening of a container. */
static int
value(struct walk *w)
{
	unsigned char c;

	skip_blanks(w);
	if (w->at >= w->end)
		return fail(w, "the text ends where a value should be");
	c = *w->at;
	if (c == '"') {
		w->at++;
		return string(w);
	}
	if (c == '{' || c == '[') {
		if (w->depth == DEPTH_MAX)
			return fail(w, "nested too deeply");
		w->at++;
		w->open[w->depth] = (uint32_t)w->words;
		w->count[w->depth++] = 0;
		put(w, (char)c, 0);
		return 0;
	}
	if (word(w, "true"))
		put(w, 't', 0);
	else if (word(w, "false"))
		put(w, 'f', 0);
	else if (word(w, "null"))
		put(w, 'n', 0);
	else
		return number(w);
	return 0;
}

static void
close_container(struct walk *w, unsigned char closer)
{
	size_t level = --w->depth;
	uint64_t n = w->count[level] < 0xffffff ? w->count[level] : 0xffffff;

	put(w, (char)closer, w->open[level]);
	w->out->tape[w->open[level]] |= n << 32 | w->words;
	w->at++;
}

/* One member or element of the innermost open container, or its end. */
static int
step(struct walk *w)
{
	bool object = w->out->tape[w->open[w->depth - 1]] >> 56 == '{';
	unsigned char closer = object ? '}' : ']';
	uint32_t *count = &w->count[w->depth - 1];

	skip_blanks(w);
	if (w->at < w->end && *w->at == closer) {
		close_container(w, closer);
		return 0;
	}
	if (*count) {
		if (w->at >= w->end || *w->at != ',')
			return fail(w, "expected ',' or the end of the "
			               "object or array");
		w->at++;
		skip_blanks(w);
	}
	++*count;
	if (object) {
		if (w->at >= w->end || *w->at != '"')
			return fail(w, "expected a name");
		w->at++;
		if (string(w))
			return -1;
		skip_blanks(w);
		if (w->at >= w->end || *w->at != ':')
			return fail(w, "expected ':'");
		w->at++;
	}
	return value(w);
}

int
lenient_parse(struct lenient *lenient, struct slice text)
{
	struct walk *w = xcalloc(1, sizeof(*w));
	int status = -1;

	/* Every value takes a byte, and a separator or bracket, for 2 words. */
	if (lenient->tape_size < text.len + 8) {
		lenient->tape_size = text.len + 8;
		lenient->tape = xrealloc(
		    lenient->tape, lenient->tape_size * sizeof(uint64_t));
	}
	buf_clear(&lenient->strings);
	w->out = lenient;
	w->begin = w->at = (const unsigned char *)text.ptr;
	w->end = w->begin + text.len;
	put(w, 'r', 0);
	if (value(w))
		goto out;
	while (w->depth)
		if (step(w))
			goto out;
	skip_blanks(w);
	if (w->at < w->end) {
		fail(w, "text behind the end of the value");
		goto out;
	}
	put(w, 'r', 0);
	lenient->tape[0] |= w->words;
	status = 0;
out:
	free(w);
	return status;
}

void
lenient_release(struct lenient *lenient)
{
	free(lenient->tape);
	buf_release(&lenient->strings);
	*lenient = (struct lenient){0};
}
