#ifndef TEXT_YAML_H
#define TEXT_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * yaml - a YAML 1.2 text as a tree of nodes, each knowing its place.
 *
 * libfyaml parses.  A scalar's type follows from how it is written: plain
 * null, ~ or nothing is null; plain true or false a bool; plain decimal digits
 * (a minus in front, no leading zero) an integer; everything else, and
 * everything in quotes, a string.  So yes, on, 0x10 and 007 are strings.
 *
 * Refused, because no rule or configuration needs them and each can surprise:
 * anchors, aliases, tags, directives (a line may not start with %), keys that
 * are no scalar, a key twice in a map, and more than YAML_DEPTH_MAX levels.
 */

#define YAML_DEPTH_MAX 32

/* Keys of a map are compared one by one, so their number is bounded. */
#define YAML_KEYS_MAX 4096

/* A text longer than this is refused. */
#define YAML_TEXT_MAX (16u << 20)

enum yaml_type {
	YAML_NULL,
	YAML_BOOL,
	YAML_INT,
	YAML_STRING,
	YAML_LIST,
	YAML_MAP,
};

struct yaml {
	enum yaml_type type;
	uint32_t line, column; /* from 1 */
	struct slice text;     /* of a scalar, NUL behind it */
	bool plain;            /* a scalar on one line, without quotes */
	size_t count;          /* of a list or map */
	struct yaml *first;    /* child of a list or map */
	struct yaml *next;     /* next child of the parent */
	struct yaml *key;      /* of a map's child */
};

/* Where a text is wrong: line and column from 1. */
struct yaml_place {
	uint32_t line, column;
};

/*
 * Parses all documents of the text into a chain (->next) in *out, NULL if
 * there is none; nodes live in the arena.  On failure *place says where.
 */
int yaml_parse(struct arena *arena, struct slice text, struct yaml **out,
    struct yaml_place *place, struct err *err);

/* The value under a key; NULL if `map` is NULL, no map, or has none. */
const struct yaml *yaml_get(const struct yaml *map, const char *key);

/* The node with all below it, for when its text is gone; without siblings. */
struct yaml *yaml_copy(struct arena *arena, const struct yaml *node);

/* "null", "bool", ... for messages. */
const char *yaml_type_name(enum yaml_type type);

static inline bool
yaml_is_scalar(const struct yaml *node)
{
	return node->type < YAML_LIST;
}

#endif
