#ifndef RULE_PATTERN_H
#define RULE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

/*
 * pattern - a Sigma string: literal text with the wildcards * and ?.
 *
 * First a list of segments, as the modifiers change it; then a pattern, whose
 * form says how it is compared.  A pattern that is not cased holds folded text
 * (base/fold.h) and must be given folded text.
 */
enum seg_type {
	SEG_TEXT,
	SEG_STAR, /* any run of characters */
	SEG_ONE,  /* one code point */
	SEG_DASH, /* one of the dashes a Windows program takes for another */
};

struct seg {
	enum seg_type type;
	struct slice text; /* of SEG_TEXT, not empty */
};

/* In an arena; grows by doubling. */
struct segs {
	struct seg *list;
	size_t count, size;
};

/* Adds a segment; merges texts and stars that touch. */
void segs_add(struct arena *arena, struct segs *segs, enum seg_type type,
    struct slice text);

/*
 * Sigma's escapes, from left to right: a backslash before *, ? or a backslash
 * makes it literal; any other backslash is itself.
 */
struct segs segs_parse(struct arena *arena, struct slice raw);

/* Whether there is literal text only; *text is it. */
bool segs_plain(const struct segs *segs, struct slice *text);

/*
 * Every - and / (and the dashes U+2013 to U+2015) that stands before a word's
 * character but not behind one becomes SEG_DASH.
 */
struct segs segs_windash(struct arena *arena, const struct segs *segs);

enum pattern_form {
	PATTERN_EXACT,
	PATTERN_PREFIX,
	PATTERN_SUFFIX,
	PATTERN_CONTAINS,
	PATTERN_ANY, /* stars only: every value that is not null */
	PATTERN_GLOB,
};

struct pattern {
	enum pattern_form form;
	bool cased;
	struct slice text;      /* of the first four forms */
	const struct seg *segs; /* of PATTERN_GLOB */
	size_t seg_count;
};

/* Compiles the segments, with a star in front or behind if asked for. */
struct pattern pattern_make(struct arena *arena, const struct segs *segs,
    bool star_before, bool star_behind, bool cased);

/* `text` is folded unless the pattern is cased. */
bool pattern_match(const struct pattern *pattern, struct slice text);

#endif
