#ifndef JSON_JSON_H
#define JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * json - one JSON text, parsed once, read in place.
 *
 * simdjson parses; this header reads its tape.  What simdjson refuses (bad
 * UTF-8, a lone surrogate, a number too large) is read again by json/lenient.c,
 * which writes the same tape, so that nothing above knows the difference.
 *
 * Everything read from a text is borrowed from the parser and is good until
 * its next json_parse().  A parser belongs to one thread.
 *
 * A struct json is a value inside the text, passed by value.  All zero is the
 * value that is not there: json_type() says JSON_ABSENT, and every accessor
 * takes it and gives its own nothing, so lookups chain without checks.
 */

/* Readable bytes that must follow the text given to json_parse(). */
#define JSON_PADDING 64

/* A text longer than this is refused. */
#define JSON_TEXT_MAX (256u << 20)

enum json_type {
	JSON_ABSENT,
	JSON_NULL,
	JSON_BOOL,
	JSON_INT,  /* fits int64_t */
	JSON_UINT, /* fits uint64_t only */
	JSON_DOUBLE,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

/*
 * The tape, as simdjson's doc/tape.md has it: 64-bit words, type in the top
 * byte.  Containers hold the index of the word behind their end; strings the
 * offset of a 32-bit length and the bytes in `strings`; numbers a second word.
 */
struct json_doc {
	const uint64_t *tape;
	const char *strings;
};

struct json {
	const struct json_doc *doc; /* NULL: absent */
	size_t at;                  /* index in the tape */
};

struct json_parser;

struct json_parser *json_parser_new(void);
void json_parser_free(struct json_parser *parser);

enum json_result {
	JSON_OK,
	JSON_REPAIRED, /* read by the lenient path; some bytes are replaced */
	JSON_BAD,      /* *why says what, until the parser's next text */
};

/*
 * Parses one value.  `text` must be followed by JSON_PADDING readable bytes
 * (of any content).  Blanks around the value are allowed, anything else behind
 * it is JSON_BAD.  `why` may be NULL.
 */
enum json_result json_parse(struct json_parser *parser, struct slice text,
    struct json *out, const char **why);

static inline enum json_type json_type(struct json v);

static inline bool
json_present(struct json v)
{
	return v.doc != NULL;
}

/* The bytes of a string; empty for anything else. */
static inline struct slice json_str(struct json v);

/* The first member of that name; absent if v is no object or has none. */
struct json json_get(struct json v, struct slice key);

/* JSON_GET(v, "name") */
#define JSON_GET(v, literal) json_get((v), SLICE(literal))

/* Element n, from 0; absent if v is no array or has none. */
struct json json_at(struct json v, size_t n);

/* False unless a number or a string of decimal digits that fits. */
bool json_to_i64(struct json v, int64_t *out);

/* False unless a number. */
bool json_to_double(struct json v, double *out);

/* True for true and "true" in any case; false for everything else. */
bool json_is_true(struct json v);

/* Room for json_scalar(). */
#define JSON_SCALAR_MAX 32

/*
 * A scalar as text: strings as they are, numbers in shortest decimal, true,
 * false.  Empty for null, containers and absent.  `room` holds what is not a
 * string and must live as long as the result.
 */
struct slice json_scalar(struct json v, char room[JSON_SCALAR_MAX]);

/* Adds v as compact JSON. */
void json_write(struct buf *out, struct json v);

/* Walks an object's members or an array's elements, in order. */
struct json_iter {
	const struct json_doc *doc;
	size_t at, end;
	bool object;
};

/* An iterator over nothing if v is no container. */
static inline struct json_iter json_iter(struct json v);

/* False at the end.  *key is empty for an array; key may be NULL. */
static inline bool
json_next(struct json_iter *it, struct slice *key, struct json *value);

/* --- writing --- */

/* Adds s as a JSON string with its quotes; bad UTF-8 becomes U+FFFD. */
void json_add_str(struct buf *out, struct slice s);

#include "json/tape.h"

#endif
