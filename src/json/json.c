#include "json/json.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/alloc.h"
#include "json/lenient.h"
#include "json/simd.h"

struct json_parser {
	struct simd *simd;
	struct lenient lenient;
	struct json_doc doc;
};

struct json_parser *
json_parser_new(void)
{
	struct json_parser *parser = xcalloc(1, sizeof(*parser));

	parser->simd = simd_new();
	assert(parser->simd);
	return parser;
}

void
json_parser_free(struct json_parser *parser)
{
	if (!parser)
		return;
	simd_free(parser->simd);
	lenient_release(&parser->lenient);
	free(parser);
}

enum json_result
json_parse(struct json_parser *parser, struct slice text, struct json *out,
    const char **why)
{
	struct json_doc *doc = &parser->doc;
	const char *refused = NULL;

	*out = (struct json){0};
	if (text.len > JSON_TEXT_MAX) {
		if (why)
			*why = "longer than 256 MiB";
		return JSON_BAD;
	}
	if (!simd_parse(parser->simd, text.ptr, text.len, &doc->tape,
	        &doc->strings, &refused)) {
		*out = (struct json){doc, 1};
		return JSON_OK;
	}
	if (lenient_parse(&parser->lenient, text)) {
		if (why)
			*why = parser->lenient.why;
		return JSON_BAD;
	}
	doc->tape = parser->lenient.tape;
	doc->strings = parser->lenient.strings.ptr;
	*out = (struct json){doc, 1};
	return JSON_REPAIRED;
}

struct json
json_get(struct json v, struct slice key)
{
	struct json_iter it;
	struct slice name;
	struct json member;

	if (json_type(v) != JSON_OBJECT)
		return (struct json){0};
	it = json_iter(v);
	while (json_next(&it, &name, &member))
		if (slice_eq(name, key))
			return member;
	return (struct json){0};
}

struct json
json_at(struct json v, size_t n)
{
	struct json_iter it;
	struct json element;

	if (json_type(v) != JSON_ARRAY)
		return (struct json){0};
	it = json_iter(v);
	while (json_next(&it, NULL, &element))
		if (!n--)
			return element;
	return (struct json){0};
}

bool
json_to_i64(struct json v, int64_t *out)
{
	struct slice s;
	uint64_t magnitude;
	bool minus;

	switch (json_type(v)) {
	case JSON_INT:
		memcpy(out, &v.doc->tape[v.at + 1], sizeof(*out));
		return true;
	case JSON_STRING:
		s = json_str(v);
		minus = s.len && s.ptr[0] == '-';
		if (!slice_to_u64(slice_skip(s, minus), &magnitude) ||
		    magnitude > INT64_MAX)
			return false;
		*out = minus ? -(int64_t)magnitude : (int64_t)magnitude;
		return true;
	default:
		return false;
	}
}

bool
json_to_double(struct json v, double *out)
{
	const uint64_t *word;
	int64_t i;

	if (!v.doc)
		return false;
	word = &v.doc->tape[v.at + 1];
	switch (json_type(v)) {
	case JSON_INT:
		memcpy(&i, word, sizeof(i));
		*out = (double)i;
		return true;
	case JSON_UINT:
		*out = (double)*word;
		return true;
	case JSON_DOUBLE:
		memcpy(out, word, sizeof(*out));
		return true;
	default:
		return false;
	}
}

bool
json_is_true(struct json v)
{
	struct slice s = json_str(v);

	if (json_type(v) == JSON_BOOL)
		return v.doc->tape[v.at] >> 56 == 't';
	return s.len == 4 && !strncasecmp(s.ptr, "true", 4);
}

static struct slice
double_text(double d, char room[JSON_SCALAR_MAX])
{
	int n = 0;

	if (d == 0 && signbit(d))
		return SLICE(
		    "-0.0"); /* "-0" would read back as a whole number */
	/* The shortest of these that reads back as the same number. */
	for (int digits = 15; digits <= DBL_DECIMAL_DIG; digits++) {
		n = snprintf(room, JSON_SCALAR_MAX, "%.*g", digits, d);
		if (strtod(room, NULL) == d)
			break;
	}
	return slice_of(room, (size_t)n);
}

static struct slice
whole_text(uint64_t number, bool negative, char room[JSON_SCALAR_MAX])
{
	char digits[20]; /* of 2^64 */
	size_t at = sizeof(digits), n = 0;

	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	if (negative)
		room[n++] = '-';
	memcpy(room + n, digits + at, sizeof(digits) - at);
	return slice_of(room, n + sizeof(digits) - at);
}

struct slice
json_scalar(struct json v, char room[JSON_SCALAR_MAX])
{
	double d;
	int64_t i;

	switch (json_type(v)) {
	case JSON_STRING:
		return json_str(v);
	case JSON_BOOL:
		return json_is_true(v) ? SLICE("true") : SLICE("false");
	case JSON_INT:
		memcpy(&i, &v.doc->tape[v.at + 1], sizeof(i));
		return whole_text(
		    i < 0 ? -(uint64_t)i : (uint64_t)i, i < 0, room);
	case JSON_UINT:
		return whole_text(v.doc->tape[v.at + 1], false, room);
	case JSON_DOUBLE:
		if (!json_to_double(v, &d))
			return SLICE("");
		return double_text(d, room);
	default:
		return SLICE("");
	}
}
