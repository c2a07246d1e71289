#include "reference_part.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <arpa/inet.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/ip.h"
#include "base/time.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- modifiers --- */

/*
 * A letter for what can stand together: Text, Position, Regular expression,
 * Network, Comparison, time pArt, Exists, Field; - for what joins anything.
 */
static const struct {
	const char *name;
	char family;
} names[] = {
    {"all", '-'},
    {"neq", '-'},
    {"contains", 'P'},
    {"startswith", 'P'},
    {"endswith", 'P'},
    {"cased", 'P'},
    {"windash", 'T'},
    {"expand", 'T'},
    {"base64", 'T'},
    {"base64offset", 'T'},
    {"wide", 'T'},
    {"utf16le", 'T'},
    {"utf16be", 'T'},
    {"utf16", 'T'},
    {"re", 'R'},
    {"i", 'R'},
    {"ignorecase", 'R'},
    {"m", 'R'},
    {"multiline", 'R'},
    {"s", 'R'},
    {"dotall", 'R'},
    {"cidr", 'N'},
    {"lt", 'C'},
    {"lte", 'C'},
    {"gt", 'C'},
    {"gte", 'C'},
    {"minute", 'A'},
    {"hour", 'A'},
    {"day", 'A'},
    {"week", 'A'},
    {"month", 'A'},
    {"year", 'A'},
    {"exists", 'E'},
    {"fieldref", 'F'},
};

static const char *const families[] = {"-TP", "-R", "-N", "-CA", "E", "-FP"};

static char
family(struct slice name)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (slice_eq(name, slice_cstr(names[i].name)))
			return names[i].family;
	return '\0';
}

bool
modified(const struct modifiers *modifiers, const char *name)
{
	for (size_t i = 0; i < modifiers->count; i++)
		if (slice_eq(modifiers->list[i], slice_cstr(name)))
			return true;
	return false;
}

static size_t
count_family(const struct modifiers *modifiers, char wanted)
{
	size_t n = 0;

	for (size_t i = 0; i < modifiers->count; i++)
		n += family(modifiers->list[i]) == wanted;
	return n;
}

static bool
all_within(const struct modifiers *modifiers, const char *allowed)
{
	for (size_t i = 0; i < modifiers->count; i++)
		if (!strchr(allowed, family(modifiers->list[i])))
			return false;
	return true;
}

bool
modifiers_fit(const struct modifiers *modifiers)
{
	size_t encoded = 0;
	bool fit = false;

	for (size_t i = 0; i < modifiers->count; i++) {
		if (!family(modifiers->list[i]))
			return false;
		encoded += is_encoding(modifiers->list[i]);
	}
	for (size_t i = 0; i < COUNT(families); i++)
		fit |= all_within(modifiers, families[i]);
	if (count_family(modifiers, 'R') && !modified(modifiers, "re"))
		return false;
	if (count_family(modifiers, 'C') > 1 ||
	    count_family(modifiers, 'A') > 1)
		return false;
	if (encoded > 4 || (encoded && modified(modifiers, "windash")))
		return false;
	return fit;
}

/* --- regular expressions --- */

/* Steps of a match at most; more than the matcher's. */
#define STEPS_MAX 2000000

static bool
regex_fits(struct judge *judge, pcre2_code *code, struct slice text)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	int n;

	pcre2_set_match_limit(context, STEPS_MAX);
	n = pcre2_match(
	    code, (PCRE2_SPTR)text.ptr, text.len, 0, 0, data, context);
	judge->gave_up |= n < 0 && n != PCRE2_ERROR_NOMATCH;
	pcre2_match_context_free(context);
	pcre2_match_data_free(data);
	return n >= 0;
}

static bool
regex_holds(struct judge *judge, const struct values *values,
    struct slice regex, const struct modifiers *m)
{
	uint32_t options =
	    PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
	bool holds = false;
	pcre2_code *code;
	size_t at;
	int why;

	if (modified(m, "i") || modified(m, "ignorecase"))
		options |= PCRE2_CASELESS;
	if (modified(m, "m") || modified(m, "multiline"))
		options |= PCRE2_MULTILINE;
	if (modified(m, "s") || modified(m, "dotall"))
		options |= PCRE2_DOTALL;
	code = pcre2_compile(
	    (PCRE2_SPTR)regex.ptr, regex.len, options, &why, &at, NULL);
	judge->mistake |= !code || regex.len > 65536;
	for (size_t i = 0; code && i < values->count; i++)
		holds |= regex_fits(judge, code, values->list[i].text);
	pcre2_code_free(code);
	return holds;
}

/* --- networks --- */

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

/* An address, a slash and the bits that count; all of them without a slash. */
static bool
network(struct slice text, unsigned char base[16], uint64_t *bits)
{
	struct slice rest = slice_trim(text), address = slice_cut(&rest, '/');
	bool sized = address.len < slice_trim(text).len;
	char name[64] = {0};
	bool v4;

	address = slice_trim(address);
	if (address.len >= sizeof(name))
		return false;
	if (address.len)
		memcpy(name, address.ptr, address.len);
	memcpy(base, mapped, sizeof(mapped));
	v4 = inet_pton(AF_INET, name, base + sizeof(mapped)) == 1;
	if (!v4 && inet_pton(AF_INET6, name, base) != 1)
		return false;
	*bits = v4 ? 32 : 128;
	if (sized && (!slice_to_u64(rest, bits) || *bits > (v4 ? 32 : 128)))
		return false;
	*bits += v4 ? 96 : 0;
	return true;
}

static bool
network_holds(
    struct judge *judge, const struct values *values, struct slice text)
{
	unsigned char base[16];
	bool holds = false;
	uint64_t bits = 0;

	if (!network(text, base, &bits)) {
		judge->mistake = true;
		return false;
	}
	for (size_t i = 0; i < values->count; i++) {
		bool same = true;
		struct ip ip;

		if (values->list[i].type != JSON_STRING ||
		    !ip_parse(values->list[i].text, &ip))
			continue;
		for (size_t bit = 0; bit < bits; bit++)
			same &= !((base[bit / 8] ^ ip.bytes[bit / 8]) &
			          0x80 >> bit % 8);
		holds |= same;
	}
	return holds;
}

/* --- numbers and times --- */

static bool
number(struct slice text, double *out)
{
	char copy[64] = {0}, *end;

	if (!text.len || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	*out = strtod(copy, &end);
	return end == copy + text.len &&
	       strspn(copy, "+-.0123456789eE") == text.len;
}

static bool
time_part(const struct value *value, struct slice part, double *out)
{
	int64_t us = 0;
	struct tm tm;
	char week[8];
	time_t seconds;

	if (value->type == JSON_INT) {
		if (!json_to_i64(value->json, &us) || !time_from_count(us, &us))
			return false;
	} else if (value->type != JSON_STRING ||
	           !time_parse(value->text, &us)) {
		return false;
	}
	seconds = us / 1000000 - (us % 1000000 < 0);
	gmtime_r(&seconds, &tm);
	strftime(week, sizeof(week), "%V", &tm);
	if (slice_eq(part, SLICE("minute")))
		*out = tm.tm_min;
	else if (slice_eq(part, SLICE("hour")))
		*out = tm.tm_hour;
	else if (slice_eq(part, SLICE("day")))
		*out = tm.tm_mday;
	else if (slice_eq(part, SLICE("week")))
		*out = strtod(week, NULL);
	else if (slice_eq(part, SLICE("month")))
		*out = tm.tm_mon + 1;
	else
		*out = tm.tm_year + 1900;
	return true;
}

static bool
compares(double a, struct slice how, double b)
{
	if (slice_eq(how, SLICE("lt")))
		return a < b;
	if (slice_eq(how, SLICE("lte")))
		return a <= b;
	if (slice_eq(how, SLICE("gt")))
		return a > b;
	if (slice_eq(how, SLICE("gte")))
		return a >= b;
	return a == b;
}

static bool
number_holds(struct judge *judge, const struct values *values,
    struct slice text, const struct modifiers *modifiers)
{
	struct slice how = SLICE(""), part = SLICE("");
	double limit = 0, n = 0;
	bool holds = false;

	for (size_t i = 0; i < modifiers->count; i++) {
		char letter = family(modifiers->list[i]);

		how = letter == 'C' ? modifiers->list[i] : how;
		part = letter == 'A' ? modifiers->list[i] : part;
	}
	if (!number(text, &limit)) {
		judge->mistake = true;
		return false;
	}
	for (size_t i = 0; i < values->count; i++) {
		const struct value *value = &values->list[i];
		bool is_number;

		if (part.len)
			is_number = time_part(value, part, &n);
		else if (value->type == JSON_STRING)
			is_number = number(value->text, &n);
		else
			is_number = json_to_double(value->json, &n);
		holds |= is_number && compares(n, how, limit);
	}
	return holds;
}

/* --- another field --- */

static bool
field_fits(struct judge *judge, struct slice a, struct slice b,
    const struct modifiers *m)
{
	bool starts = modified(m, "startswith"), ends = modified(m, "endswith");

	if (!modified(m, "cased")) {
		a = text_folded(judge, a);
		b = text_folded(judge, b);
	}
	if (a.len < b.len)
		return false;
	if (modified(m, "contains") || (starts && ends))
		return !b.len || memmem(a.ptr, a.len, b.ptr, b.len);
	if (starts)
		a.len = b.len;
	if (ends)
		a = slice_skip(a, a.len - b.len);
	return slice_eq(a, b);
}

static bool
field_holds(struct judge *judge, const struct values *values, struct slice name,
    const struct modifiers *modifiers)
{
	struct values others = field_values(judge, name);
	bool holds = false;

	judge->mistake |= !name.len;
	for (size_t i = 0; i < values->count; i++)
		for (size_t k = 0; k < others.count; k++)
			holds |= field_fits(judge, values->list[i].text,
			    others.list[k].text, modifiers);
	return holds;
}

/* --- placeholders --- */

/* From the byte on, the first %name%; one behind a backslash is none. */
static bool
placeholder(struct slice text, size_t from, size_t *start, struct slice *name)
{
	for (*start = from; *start < text.len; ++*start) {
		*name = slice_skip(text, *start + 1);
		if (text.ptr[*start] != '%' ||
		    (*start && text.ptr[*start - 1] == '\\') || !name->len ||
		    !memchr(name->ptr, '%', name->len))
			continue;
		*name = slice_cut(name, '%');
		if (name->len)
			return true;
	}
	return false;
}

static bool
expanded_holds(struct judge *judge, const struct values *values,
    struct slice text, size_t from, const struct modifiers *m, bool keyword)
{
	const struct reference_word *word = NULL;
	bool holds = false;
	struct slice name;
	struct buf buf = {0};
	size_t start;

	if (!placeholder(text, from, &start, &name)) {
		for (size_t i = 0; i < text.len; i++)
			if (text.ptr[i] != '\\' || i + 1 == text.len ||
			    text.ptr[i + 1] != '%')
				buf_char(&buf, text.ptr[i]);
		text = arena_copy(&judge->arena, buf_slice(&buf));
		buf_release(&buf);
		return text_holds(judge, values, text, m, keyword);
	}
	for (size_t i = 0; i < judge->word_count; i++)
		if (slice_eq(name, slice_cstr(judge->words[i].name)))
			word = &judge->words[i];
	judge->mistake |= !word;
	for (size_t i = 0; word && i < word->value_count; i++) {
		struct slice whole = arena_printf(&judge->arena, "%.*s%s%.*s",
		    (int)start, text.ptr, word->values[i],
		    (int)(text.len - start - name.len - 2),
		    name.ptr + name.len + 1);

		holds |= expanded_holds(judge, values, whole,
		    start + strlen(word->values[i]), m, keyword);
	}
	return holds;
}

/* --- a value --- */

/* A number without quotes is equal to one with a point that is as large. */
static bool
integer_holds(const struct values *values, struct slice text)
{
	bool holds = false;

	for (size_t i = 0; i < values->count; i++) {
		double wanted = 0, n;

		holds |= values->list[i].type == JSON_DOUBLE &&
		         json_to_double(values->list[i].json, &n) &&
		         number(text, &wanted) && n == wanted;
	}
	return holds;
}

static bool
null_holds(struct judge *judge, const struct values *values,
    const struct modifiers *modifiers, bool keyword)
{
	for (size_t i = 0; i < modifiers->count; i++) {
		char letter = family(modifiers->list[i]);

		judge->mistake |= letter != '-' &&
		                  !slice_eq(modifiers->list[i], SLICE("cased"));
	}
	judge->mistake |= keyword;
	return !values->present || values->null;
}

bool
value_holds(struct judge *judge, const struct values *values,
    const struct yaml *value, const struct modifiers *m, bool keyword)
{
	struct slice text = value->text;
	/* A minus that stands for other dashes is no number's. */
	bool windash = modified(m, "windash") && text.len && text.ptr[0] == '-';
	bool plain = !keyword && !windash && !is_encoded(m) &&
	             !modified(m, "contains") && !modified(m, "startswith") &&
	             !modified(m, "endswith");

	if (!yaml_is_scalar(value)) {
		judge->mistake = true;
		return false;
	}
	if (value->type == YAML_NULL)
		return null_holds(judge, values, m, keyword);
	if (modified(m, "re"))
		return regex_holds(judge, values, text, m);
	if (modified(m, "cidr"))
		return network_holds(judge, values, text);
	if (count_family(m, 'C') || count_family(m, 'A'))
		return number_holds(judge, values, text, m);
	if (modified(m, "fieldref"))
		return field_holds(judge, values, text, m);
	if (modified(m, "expand"))
		return expanded_holds(judge, values, text, 0, m, keyword);
	if (value->type == YAML_INT && plain && integer_holds(values, text))
		return true;
	return text_holds(judge, values, text, m, keyword);
}
