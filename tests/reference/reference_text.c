#include "reference_part.h"

#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- patterns --- */

enum token_type {
	TOKEN_CHAR,
	TOKEN_ONE,
	TOKEN_ANY,
	TOKEN_DASH,
};

struct token {
	enum token_type type;
	struct slice text; /* of a CHAR: its bytes */
};

struct pattern {
	struct token *list;
	size_t count;
};

static size_t
char_len(struct slice s)
{
	size_t len = utf8_len((const unsigned char *)s.ptr, s.len);

	return len ? len : 1;
}

static struct pattern
pattern_of(struct arena *arena, struct slice text, bool escapes)
{
	struct pattern out = {
	    arena_calloc(arena, text.len + 2, sizeof(*out.list)), 0};

	while (text.len) {
		struct token token = {TOKEN_CHAR, text};

		if (escapes && text.len > 1 && text.ptr[0] == '\\' &&
		    memchr("*?\\", text.ptr[1], 3))
			token.text = text = slice_skip(text, 1);
		else if (escapes && text.ptr[0] == '*')
			token.type = TOKEN_ANY;
		else if (escapes && text.ptr[0] == '?')
			token.type = TOKEN_ONE;
		token.text.len = char_len(text);
		text = slice_skip(text, token.text.len);
		out.list[out.count++] = token;
	}
	return out;
}

static bool
is_dash(struct slice s)
{
	static const char *const dashes[] = {"-", "/", "–", "—", "―"};

	for (size_t i = 0; i < COUNT(dashes); i++)
		if (slice_eq(s, slice_cstr(dashes[i])))
			return true;
	return false;
}

static bool
is_letter(const struct pattern *pattern, size_t i)
{
	struct slice s;

	if (i >= pattern->count || pattern->list[i].type != TOKEN_CHAR)
		return false;
	s = pattern->list[i].text;
	if (s.ptr[0] & 0x80)
		return !is_dash(s);
	return memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
	              "0123456789",
	           s.ptr[0], 63) != NULL;
}

static void
any_dash(struct pattern *pattern)
{
	for (size_t i = 0; i < pattern->count; i++) {
		struct token *token = &pattern->list[i];

		if (token->type == TOKEN_CHAR && is_dash(token->text) &&
		    is_letter(pattern, i + 1) &&
		    !(i && is_letter(pattern, i - 1)))
			token->type = TOKEN_DASH;
	}
}

/* How many bytes of s the token may stand for; 0: none. */
static size_t
token_takes(const struct token *token, struct slice s)
{
	struct slice first;

	if (!s.len)
		return 0;
	first = slice_of(s.ptr, char_len(s));
	switch (token->type) {
	case TOKEN_ONE:
		return first.len;
	case TOKEN_DASH:
		return is_dash(first) ? first.len : 0;
	default:
		/* Bytes, since UTF-16 is looked for in UTF-8, too. */
		return s.len >= token->text.len &&
		               !memcmp(s.ptr, token->text.ptr, token->text.len)
		           ? token->text.len
		           : 0;
	}
}

/*
 * Carries, token by token, the set of places that may be reached: true if the
 * text's end is one of them.
 */
static bool
pattern_fits(
    struct arena *arena, const struct pattern *pattern, struct slice text)
{
	bool *at = arena_calloc(arena, text.len + 1, sizeof(*at));

	at[0] = true;
	for (size_t t = 0; t < pattern->count; t++) {
		bool *next = arena_calloc(arena, text.len + 1, sizeof(*next));
		bool seen = false;

		for (size_t i = 0; i <= text.len; i++) {
			const struct token *token = &pattern->list[t];
			size_t n = 0;

			seen |= at[i];
			/* Not in the middle of a character. */
			if (token->type == TOKEN_ANY)
				next[i] =
				    seen && (i == text.len ||
				                (text.ptr[i] & 0xc0) != 0x80);
			else if (at[i])
				n = token_takes(token, slice_skip(text, i));
			if (n)
				next[i + n] = true;
		}
		at = next;
	}
	return at[text.len];
}

struct slice
text_folded(struct judge *judge, struct slice text)
{
	char *out = arena_alloc(&judge->arena, fold_room(text.len));

	return slice_of(out, fold_bytes(text, out));
}

static bool
is_literal(const struct pattern *pattern)
{
	for (size_t i = 0; i < pattern->count; i++)
		if (pattern->list[i].type != TOKEN_CHAR)
			return false;
	return true;
}

/* A star where the pattern may begin or end anywhere. */
static struct pattern
placed(struct judge *judge, const struct pattern *pattern,
    const struct modifiers *modifiers, bool keyword)
{
	struct pattern out = {
	    arena_calloc(&judge->arena, pattern->count + 2, sizeof(*out.list)),
	    0};
	bool starts = modified(modifiers, "startswith");
	bool ends = modified(modifiers, "endswith");
	bool part =
	    modified(modifiers, "contains") || (keyword && !starts && !ends);

	if (part || ends)
		out.list[out.count++].type = TOKEN_ANY;
	for (size_t i = 0; i < pattern->count; i++) {
		struct token token = pattern->list[i];

		if (token.type == TOKEN_CHAR && !modified(modifiers, "cased"))
			token.text = text_folded(judge, token.text);
		out.list[out.count++] = token;
	}
	if (part || starts)
		out.list[out.count++].type = TOKEN_ANY;
	return out;
}

static bool
pattern_holds(struct judge *judge, const struct values *values,
    const struct pattern *given, const struct modifiers *modifiers,
    bool keyword)
{
	struct pattern pattern = placed(judge, given, modifiers, keyword);
	bool holds = false;

	for (size_t i = 0; i < values->count; i++) {
		const struct value *value = &values->list[i];
		struct slice text = value->text;

		if (value->type == JSON_OBJECT && is_literal(&pattern))
			continue;
		if (!modified(modifiers, "cased"))
			text = text_folded(judge, text);
		holds |= pattern_fits(&judge->arena, &pattern, text);
	}
	return holds;
}

/* --- encodings --- */

static const char *const encodings[] = {
    "base64", "base64offset", "wide", "utf16le", "utf16be", "utf16"};

bool
is_encoding(struct slice name)
{
	for (size_t i = 0; i < COUNT(encodings); i++)
		if (slice_eq(name, slice_cstr(encodings[i])))
			return true;
	return false;
}

bool
is_encoded(const struct modifiers *modifiers)
{
	for (size_t i = 0; i < modifiers->count; i++)
		if (is_encoding(modifiers->list[i]))
			return true;
	return false;
}

static struct slice
utf16(struct arena *arena, struct slice text, bool big, bool mark)
{
	unsigned char *out = arena_alloc(arena, text.len * 2 + 2);
	size_t n = 0;

	if (mark) {
		out[n++] = 0xff;
		out[n++] = 0xfe;
	}
	while (text.len) {
		const unsigned char *p = (const unsigned char *)text.ptr;
		size_t len = utf8_len(p, text.len);
		uint32_t code = len ? utf8_get(p, len) : *p;
		uint32_t unit[2] = {code, 0};
		size_t units = 1;

		if (code >= 0x10000) {
			unit[0] = 0xd800 | (code - 0x10000) / 0x400;
			unit[1] = 0xdc00 | (code - 0x10000) % 0x400;
			units = 2;
		}
		for (size_t i = 0; i < units; i++) {
			out[n + big] = (unsigned char)(unit[i] % 256);
			out[n + !big] = (unsigned char)(unit[i] / 256);
			n += 2;
		}
		text = slice_skip(text, len ? len : 1);
	}
	return slice_of(out, n);
}

static struct slice
base64(struct arena *arena, struct slice text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = arena_alloc(arena, text.len * 2 + 4);
	size_t n = 0, bits = text.len * 8;

	/* Six bits, one by one, are a digit. */
	for (size_t bit = 0; bit < bits; bit += 6) {
		unsigned digit = 0;

		for (size_t i = bit; i < bit + 6; i++) {
			unsigned byte =
			    i < bits ? (unsigned char)text.ptr[i / 8] : 0;

			digit = digit * 2 + (byte >> (7 - i % 8) & 1);
		}
		out[n++] = digits[digit];
	}
	while (n % 4)
		out[n++] = '=';
	return slice_of(out, n);
}

/*
 * The digits that the text alone decides when `before` bytes stand in front of
 * it, whatever these are and whatever follows.
 */
static struct slice
base64_inside(struct arena *arena, struct slice text, size_t before)
{
	size_t n = before + text.len;
	char *bytes = arena_calloc(arena, n + 1, 1);
	size_t first = (before * 8 + 5) / 6, last = n * 8 / 6;

	memcpy(bytes + before, text.ptr, text.len);
	if (last < first)
		last = first;
	return slice_of(
	    base64(arena, slice_of(bytes, n)).ptr + first, last - first);
}

/* The encodings from the i-th modifier on, and then the test. */
static bool
encoded_holds(struct judge *judge, const struct values *values,
    struct slice text, const struct modifiers *modifiers, size_t i,
    bool keyword)
{
	bool holds = false;
	struct arena *arena = &judge->arena;
	struct pattern pattern;

	for (; i < modifiers->count; i++) {
		struct slice name = modifiers->list[i];

		if (slice_eq(name, SLICE("base64offset"))) {
			for (size_t n = 0; n < 3; n++) {
				struct slice part =
				    base64_inside(arena, text, n);

				judge->mistake |= !part.len;
				holds |= encoded_holds(judge, values, part,
				    modifiers, i + 1, keyword);
			}
			return holds;
		}
		if (slice_eq(name, SLICE("base64")))
			text = base64(arena, text);
		else if (slice_eq(name, SLICE("utf16be")))
			text = utf16(arena, text, true, false);
		else if (slice_eq(name, SLICE("utf16")))
			text = utf16(arena, text, false, true);
		else if (is_encoding(name))
			text = utf16(arena, text, false, false);
	}
	pattern = pattern_of(arena, text, false);
	return pattern_holds(judge, values, &pattern, modifiers, keyword);
}

bool
text_holds(struct judge *judge, const struct values *values, struct slice raw,
    const struct modifiers *modifiers, bool keyword)
{
	struct pattern pattern = pattern_of(&judge->arena, raw, true);
	struct buf text = {0};
	struct slice plain;

	if (!is_encoded(modifiers)) {
		if (modified(modifiers, "windash"))
			any_dash(&pattern);
		return pattern_holds(
		    judge, values, &pattern, modifiers, keyword);
	}
	judge->mistake |= !is_literal(&pattern);
	for (size_t i = 0; i < pattern.count; i++)
		buf_slice_add(&text, pattern.list[i].text);
	plain = arena_copy(&judge->arena, buf_slice(&text));
	buf_release(&text);
	return encoded_holds(judge, values, plain, modifiers, 0, keyword);
}
