#include <string.h>

#include "rule/compile.h"

/* What a name sets, and with what others it may stand. */
enum group {
	GROUP_TEXT = 1,  /* changes a text */
	GROUP_REGEX = 2, /* re and its flags */
	GROUP_CIDR = 4,
	GROUP_COMPARE = 8, /* lt and so on, parts of a time */
	GROUP_EXISTS = 16,
	GROUP_FIELD = 32,
	GROUP_POSITION = 64, /* contains, startswith, endswith, cased */
};

/* Each row may stand together in one key; all and neq may join any but one. */
static const unsigned together[] = {
    GROUP_TEXT | GROUP_POSITION,
    GROUP_REGEX,
    GROUP_CIDR,
    GROUP_COMPARE,
    GROUP_EXISTS,
    GROUP_FIELD | GROUP_POSITION,
};

static void
add_encoding(struct modifiers *m, enum encoding encoding)
{
	if (m->encoding_count < ENCODINGS_MAX)
		m->encodings[m->encoding_count] = encoding;
	m->encoding_count++;
}

/* The group of the text modifiers; 0 if the name is none of them. */
static unsigned
text_modifier(struct slice name, struct modifiers *m)
{
	static const struct {
		const char *name;
		enum encoding encoding;
	} encodings[] = {
	    {"base64", ENCODE_BASE64},
	    {"base64offset", ENCODE_BASE64_OFFSET},
	    {"utf16le", ENCODE_UTF16LE},
	    {"wide", ENCODE_UTF16LE},
	    {"utf16be", ENCODE_UTF16BE},
	    {"utf16", ENCODE_UTF16},
	};
	struct {
		const char *name;
		bool *flag;
		unsigned group;
	} flags[] = {
	    {"contains", &m->contains, GROUP_POSITION},
	    {"startswith", &m->startswith, GROUP_POSITION},
	    {"endswith", &m->endswith, GROUP_POSITION},
	    {"cased", &m->cased, GROUP_POSITION},
	    {"windash", &m->windash, GROUP_TEXT},
	    {"expand", &m->expand, GROUP_TEXT},
	    {"re", &m->re, GROUP_REGEX},
	    {"i", &m->re_i, GROUP_REGEX},
	    {"ignorecase", &m->re_i, GROUP_REGEX},
	    {"m", &m->re_m, GROUP_REGEX},
	    {"multiline", &m->re_m, GROUP_REGEX},
	    {"s", &m->re_s, GROUP_REGEX},
	    {"dotall", &m->re_s, GROUP_REGEX},
	    {"cidr", &m->cidr, GROUP_CIDR},
	    {"exists", &m->exists, GROUP_EXISTS},
	    {"fieldref", &m->fieldref, GROUP_FIELD},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!slice_eq(name, slice_cstr(flags[i].name)))
			continue;
		*flags[i].flag = true;
		return flags[i].group;
	}
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		if (!slice_eq(name, slice_cstr(encodings[i].name)))
			continue;
		add_encoding(m, encodings[i].encoding);
		return GROUP_TEXT;
	}
	return 0;
}

/* Comparisons and parts of a time; *twice if there was another before. */
static unsigned
number_modifier(struct slice name, struct modifiers *m, bool *twice)
{
	static const struct {
		const char *name;
		enum compare compare;
		enum time_part part;
	} table[] = {
	    {"lt", COMPARE_LT, PART_NONE},
	    {"lte", COMPARE_LTE, PART_NONE},
	    {"gt", COMPARE_GT, PART_NONE},
	    {"gte", COMPARE_GTE, PART_NONE},
	    {"minute", COMPARE_NONE, PART_MINUTE},
	    {"hour", COMPARE_NONE, PART_HOUR},
	    {"day", COMPARE_NONE, PART_DAY},
	    {"week", COMPARE_NONE, PART_WEEK},
	    {"month", COMPARE_NONE, PART_MONTH},
	    {"year", COMPARE_NONE, PART_YEAR},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!slice_eq(name, slice_cstr(table[i].name)))
			continue;
		*twice |= table[i].compare ? m->compare != COMPARE_NONE
		                           : m->part != PART_NONE;
		if (table[i].compare)
			m->compare = table[i].compare;
		else
			m->part = table[i].part;
		return GROUP_COMPARE;
	}
	return 0;
}

static int
check(struct compile *compile, const struct yaml *key, unsigned groups,
    const struct modifiers *m)
{
	bool fits = !groups;

	for (size_t i = 0; i < sizeof(together) / sizeof(together[0]); i++)
		fits |= (groups & ~together[i]) == 0;
	if (!fits)
		return compile_fail(
		    compile, key, "these modifiers cannot be combined");
	if (m->exists && (m->all || m->neq))
		return compile_fail(compile, key,
		    "'exists' cannot be combined with 'all' or 'neq'");
	if ((groups & GROUP_REGEX) && !m->re)
		return compile_fail(compile, key,
		    "the modifiers i, m and s need 're' before them");
	if (m->encoding_count > ENCODINGS_MAX)
		return compile_fail(
		    compile, key, "more than %d encodings", ENCODINGS_MAX);
	if (m->windash && m->encoding_count)
		return compile_fail(compile, key,
		    "'windash' cannot be combined with an encoding");
	return 0;
}

int
modifiers_parse(struct compile *compile, const struct yaml *key,
    struct slice text, struct modifiers *out)
{
	unsigned groups = 0;
	bool twice = false;

	*out = (struct modifiers){0};
	while (text.len) {
		struct slice name = slice_cut(&text, '|');
		unsigned group = 0;

		if (slice_eq(name, SLICE("all")))
			out->all = true;
		else if (slice_eq(name, SLICE("neq")))
			out->neq = true;
		else {
			group = text_modifier(name, out);
			if (!group)
				group = number_modifier(name, out, &twice);
			if (!group)
				return compile_fail_in(compile, key,
				    (size_t)(name.ptr - key->text.ptr),
				    "there is no modifier '" SLICE_FMT "'",
				    SLICE_ARG(name));
		}
		groups |= group;
	}
	if (twice)
		return compile_fail(
		    compile, key, "more than one comparison or part of a time");
	return check(compile, key, groups, out);
}
