#ifndef JSON_TAPE_H
#define JSON_TAPE_H

/*
 * tape - the walk over the tape, in line: every record passes here with some
 * 35 members, several times.  Included by json.h, which documents it.
 */

#define JSON_PAYLOAD_MASK 0x00ffffffffffffffu
#define JSON_INDEX_MASK   0xffffffffu

static inline enum json_type
json_type(struct json v)
{
	/* By the letters that simdjson puts in the top byte. */
	static const unsigned char types[128] = {
	    ['n'] = JSON_NULL,
	    ['t'] = JSON_BOOL,
	    ['f'] = JSON_BOOL,
	    ['l'] = JSON_INT,
	    ['u'] = JSON_UINT,
	    ['d'] = JSON_DOUBLE,
	    ['"'] = JSON_STRING,
	    ['['] = JSON_ARRAY,
	    ['{'] = JSON_OBJECT,
	};

	if (!v.doc)
		return JSON_ABSENT;
	return (enum json_type)types[v.doc->tape[v.at] >> 56 & 127];
}

/* The string whose word is at `at`. */
static inline struct slice
json_tape_str(const struct json_doc *doc, size_t at)
{
	const char *p = doc->strings + (doc->tape[at] & JSON_PAYLOAD_MASK);
	uint32_t len;

	memcpy(&len, p, sizeof(len));
	return slice_of(p + sizeof(len), len);
}

/* The index behind the value at `at`. */
static inline size_t
json_tape_behind(const struct json_doc *doc, size_t at)
{
	uint64_t word = doc->tape[at];
	unsigned char type = (unsigned char)(word >> 56);

	if (type == '"')
		return at + 1;
	if (type == '[' || type == '{')
		return word & JSON_INDEX_MASK;
	return at + 1 + (type == 'l' || type == 'u' || type == 'd');
}

static inline struct slice
json_str(struct json v)
{
	if (!v.doc || json_type(v) != JSON_STRING)
		return SLICE("");
	return json_tape_str(v.doc, v.at);
}

static inline struct json_iter
json_iter(struct json v)
{
	enum json_type type = json_type(v);

	if (type != JSON_OBJECT && type != JSON_ARRAY)
		return (struct json_iter){0};
	return (struct json_iter){v.doc, v.at + 1,
	    (v.doc->tape[v.at] & JSON_INDEX_MASK) - 1, type == JSON_OBJECT};
}

static inline bool
json_next(struct json_iter *it, struct slice *key, struct json *value)
{
	if (it->at >= it->end)
		return false;
	if (it->object) {
		if (key)
			*key = json_tape_str(it->doc, it->at);
		it->at++;
	} else if (key) {
		*key = SLICE("");
	}
	*value = (struct json){it->doc, it->at};
	it->at = json_tape_behind(it->doc, it->at);
	return true;
}

#endif
