#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fold.h"
#include "rule/compile.h"
#include "rule/mapping.h"
#include "rule/number.h"
#include "rule/regex_literal.h"

#define REGEX_MAX (64u << 10)

static struct test *
add_test(struct compile *compile, struct tests *tests, enum test_type type)
{
	if (tests->count == tests->size) {
		size_t size = tests->size ? tests->size * 2 : 4;
		struct test *list =
		    arena_calloc(&compile->rules->arena, size, sizeof(*list));

		if (tests->count)
			memcpy(list, tests->list, tests->count * sizeof(*list));
		tests->list = list;
		tests->size = size;
	}
	tests->list[tests->count] = (struct test){.type = type};
	return &tests->list[tests->count++];
}

/* --- regular expressions, networks, comparisons --- */

static void
keep_regex(struct rules *rules, void *regex)
{
	if (rules->regex_count == rules->regex_size) {
		rules->regex_size =
		    rules->regex_size ? rules->regex_size * 2 : 16;
		rules->regexes = xrealloc(rules->regexes,
		    rules->regex_size * sizeof(*rules->regexes));
	}
	rules->regexes[rules->regex_count++] = regex;
}

/* A text in every match, folded as the values it is looked for in. */
static struct slice
required(struct compile *compile, struct slice regex)
{
	struct buf literal = {0};
	struct slice out = SLICE("");
	char *folded;

	regex_literal(regex, &literal);
	if (literal.len) {
		folded =
		    arena_alloc(&compile->rules->arena, fold_room(literal.len));
		out = slice_of(folded, fold_bytes(buf_slice(&literal), folded));
	}
	buf_release(&literal);
	return out;
}

static int
regex_test(struct compile *compile, const struct yaml *value,
    const struct modifiers *m, struct tests *out)
{
	uint32_t options =
	    PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
	pcre2_code *code;
	struct test *test;
	size_t at;
	int why;

	options |= m->re_i ? PCRE2_CASELESS : 0;
	options |= m->re_m ? PCRE2_MULTILINE : 0;
	options |= m->re_s ? PCRE2_DOTALL : 0;
	if (value->text.len > REGEX_MAX)
		return compile_fail(compile, value,
		    "the regular expression is longer than %u bytes",
		    REGEX_MAX);
	code = pcre2_compile((PCRE2_SPTR)value->text.ptr, value->text.len,
	    options, &why, &at, NULL);
	if (!code) {
		char text[128];

		pcre2_get_error_message(why, (PCRE2_UCHAR *)text, sizeof(text));
		return compile_fail_in(
		    compile, value, at, "regular expression: %s", text);
	}
	/* Without JIT it is matched all the same, more slowly. */
	(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	keep_regex(compile->rules, code);
	test = add_test(compile, out, TEST_REGEX);
	test->regex = code;
	test->literal = required(compile, value->text);
	test->pattern.text = arena_copy(&compile->rules->arena, value->text);
	return 0;
}

/*
 * Sigma allows bits behind the length (10.1.2.3/8): they are cleared.  The
 * address stands there alone, without a port or brackets.
 */
static bool
net_parse(struct slice text, struct ip_net *net)
{
	struct slice rest = slice_trim(text), base = slice_cut(&rest, '/');
	unsigned most = memchr(base.ptr, ':', base.len) ? 128 : 32;
	uint64_t bits = most;

	if (!ip_net_parse(base, net))
		return false;
	if (base.len < slice_trim(text).len &&
	    (!slice_to_u64(rest, &bits) || bits > most))
		return false;
	net->bits = (unsigned)bits + 128 - most;
	for (unsigned i = net->bits; i < 128; i++)
		net->base.bytes[i / 8] &= (unsigned char)~(0x80u >> i % 8);
	return true;
}

static int
cidr_test(struct compile *compile, const struct yaml *value, struct tests *out)
{
	struct ip_net net;

	if (!net_parse(value->text, &net))
		return compile_fail(compile, value,
		    "'" SLICE_FMT "' is no network", SLICE_ARG(value->text));
	add_test(compile, out, TEST_CIDR)->net = net;
	return 0;
}

static int
compare_test(struct compile *compile, const struct yaml *value,
    const struct modifiers *m, struct tests *out)
{
	struct test *test;
	double limit;

	if (!number_parse(value->text, &limit))
		return compile_fail(compile, value,
		    "'" SLICE_FMT "' is no number", SLICE_ARG(value->text));
	test = add_test(compile, out, TEST_COMPARE);
	test->limit = limit;
	test->compare = m->compare ? m->compare : COMPARE_EQ;
	test->part = m->part;
	return 0;
}

static int
field_test(struct compile *compile, const struct yaml *value,
    const struct modifiers *m, struct tests *out)
{
	struct test *test;

	/* No name would mean all that keywords look at. */
	if (!value->text.len)
		return compile_fail(
		    compile, value, "'fieldref' needs a field's name");
	test = add_test(compile, out, TEST_FIELD);
	test->pattern.cased = m->cased;
	if (m->contains || (m->startswith && m->endswith))
		test->pattern.form = PATTERN_CONTAINS;
	else if (m->startswith)
		test->pattern.form = PATTERN_PREFIX;
	else if (m->endswith)
		test->pattern.form = PATTERN_SUFFIX;
	return compile_fields(
	    compile, value, value->text, &test->fields, &test->field_count);
}

/* --- text --- */

static void
pattern_test(struct compile *compile, const struct segs *segs,
    const struct modifiers *m, struct tests *out)
{
	add_test(compile, out, TEST_TEXT)->pattern = pattern_make(
	    &compile->rules->arena, segs, m->contains || m->endswith,
	    m->contains || m->startswith, m->cased);
}

/* Encodes and adds; base64offset branches into three. */
static int
encoded_tests(struct compile *compile, const struct yaml *value,
    struct slice text, const struct modifiers *m, size_t done,
    struct tests *out)
{
	struct arena *arena = &compile->rules->arena;
	struct segs segs = {0};

	while (done < m->encoding_count &&
	       m->encodings[done] != ENCODE_BASE64_OFFSET)
		text = encode(arena, m->encodings[done++], text);
	if (done == m->encoding_count) {
		segs_add(arena, &segs, SEG_TEXT, text);
		pattern_test(compile, &segs, m, out);
		return 0;
	}
	for (unsigned offset = 0; offset < 3; offset++) {
		struct slice part = encode_offset(arena, text, offset);

		if (!part.len)
			return compile_fail(
			    compile, value, "is too short for 'base64offset'");
		if (encoded_tests(compile, value, part, m, done + 1, out))
			return -1;
	}
	return 0;
}

static int
text_test(struct compile *compile, const struct yaml *value, struct slice raw,
    const struct modifiers *m, struct tests *out)
{
	struct arena *arena = &compile->rules->arena;
	struct segs segs = segs_parse(arena, raw);
	struct slice text;

	if (m->encoding_count) {
		if (!segs_plain(&segs, &text))
			return compile_fail(compile, value,
			    "a value with wildcards cannot be encoded");
		return encoded_tests(compile, value, text, m, 0, out);
	}
	if (m->windash)
		segs = segs_windash(arena, &segs);
	pattern_test(compile, &segs, m, out);
	return 0;
}

/* --- placeholders --- */

/* What is given from outside wins over what mappings say. */
static const struct rules_placeholder *
find_placeholder(const struct compile *compile, struct slice name)
{
	const struct rules_source *source = compile->source;

	for (size_t i = 0; i < source->placeholder_count; i++)
		if (slice_eq(slice_cstr(source->placeholders[i].name), name))
			return &source->placeholders[i];
	return mappings_placeholder(compile->mappings, compile->mapping, name);
}

/* The first %name% of the text from `from` on; \% is no start of one. */
static bool
next_placeholder(
    struct slice text, size_t from, size_t *start, struct slice *name)
{
	for (size_t i = from; i < text.len; i++) {
		const char *end;

		if (text.ptr[i] != '%' || (i && text.ptr[i - 1] == '\\'))
			continue;
		end = memchr(text.ptr + i + 1, '%', text.len - i - 1);
		if (!end)
			return false;
		if (end == text.ptr + i + 1)
			continue;
		*start = i;
		*name = slice_of(
		    text.ptr + i + 1, (size_t)(end - text.ptr) - i - 1);
		return true;
	}
	return false;
}

/* The text with \% as %. */
static struct slice
plain_percent(struct arena *arena, struct slice text)
{
	char *out = arena_alloc(arena, text.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\\' && i + 1 < text.len &&
		    text.ptr[i + 1] == '%')
			continue;
		out[n++] = text.ptr[i];
	}
	return slice_of(out, n);
}

/* Tests that one value may become by its placeholders. */
#define EXPANDED_MAX 100000

static int
expand(struct compile *compile, const struct yaml *value, struct slice text,
    size_t from, const struct modifiers *m, struct tests *out)
{
	struct arena *arena = &compile->rules->arena;
	const struct rules_placeholder *found;
	struct slice name;
	size_t start;

	if (!next_placeholder(text, from, &start, &name))
		return text_test(
		    compile, value, plain_percent(arena, text), m, out);
	found = find_placeholder(compile, name);
	if (!found)
		return compile_fail(compile, value,
		    "nothing says what %%" SLICE_FMT "%% stands for",
		    SLICE_ARG(name));
	for (size_t i = 0; i < found->value_count; i++) {
		struct slice middle = slice_cstr(found->values[i]);
		struct slice tail = slice_skip(text, start + name.len + 2);
		size_t n = start + middle.len + tail.len;
		char *whole = arena_alloc(arena, n + 1);

		if (out->count >= EXPANDED_MAX)
			return compile_fail(compile, value,
			    "its placeholders give more than %d values",
			    EXPANDED_MAX);
		memcpy(whole, text.ptr, start);
		memcpy(whole + start, middle.ptr, middle.len);
		memcpy(whole + start + middle.len, tail.ptr, tail.len);
		if (expand(compile, value, slice_of(whole, n),
		        start + middle.len, m, out))
			return -1;
	}
	return 0;
}

/* --- a value --- */

static int
null_test(struct compile *compile, const struct yaml *value,
    const struct modifiers *m, struct tests *out)
{
	if (m->contains || m->startswith || m->endswith || m->windash ||
	    m->encoding_count || m->re || m->cidr || m->compare || m->part ||
	    m->fieldref || m->expand)
		return compile_fail(
		    compile, value, "null goes with no such modifier");
	add_test(compile, out, TEST_NULL);
	return 0;
}

int
compile_tests(struct compile *compile, const struct yaml *value,
    const struct modifiers *m, struct tests *out)
{
	uint64_t number = 0;
	struct test *test;
	int status;

	if (value->type == YAML_NULL)
		return null_test(compile, value, m, out);
	if (m->re)
		return regex_test(compile, value, m, out);
	if (m->cidr)
		return cidr_test(compile, value, out);
	if (m->compare || m->part)
		return compare_test(compile, value, m, out);
	if (m->fieldref)
		return field_test(compile, value, m, out);
	if (m->expand)
		return expand(compile, value, value->text, 0, m, out);
	status = text_test(compile, value, value->text, m, out);
	if (status || value->type != YAML_INT)
		return status;
	test = &out->list[out->count - 1];
	if (test->pattern.form == PATTERN_EXACT && !m->encoding_count) {
		bool minus = value->text.ptr[0] == '-';

		/* yaml.h: 18 digits at most, so it fits. */
		(void)slice_to_u64(slice_skip(value->text, minus), &number);
		test->is_int = true;
		test->number = minus ? -(int64_t)number : (int64_t)number;
	}
	return 0;
}
