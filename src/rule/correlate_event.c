#include <string.h>

#include "base/sha256.h"
#include "rule/correlate.h"
#include "rule/correlate_window.h"
#include "rule/correlation.h"
#include "rule/matcher.h"
#include "rule/number.h"

/* --- packed values --- */

/*
 * Each is a byte, 0 if it is absent, else 1, two bytes of length, and the text.
 * A long one is its beginning and a hash of the whole.
 */
#define VALUE_MAX  256
#define VALUE_HEAD 220

static size_t
packed_bytes(struct slice value)
{
	return value.ptr ? 3 + (value.len > VALUE_MAX ? VALUE_MAX : value.len)
	                 : 1;
}

/* NULL stands for absent. */
static char *
pack(char *out, struct slice value)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[SHA256_LEN];
	size_t n = packed_bytes(value);

	*out++ = value.ptr != NULL;
	if (!value.ptr)
		return out;
	n -= 3;
	*out++ = (char)(n & 0xff);
	*out++ = (char)(n >> 8);
	if (value.len <= VALUE_MAX) {
		if (n)
			memcpy(out, value.ptr, n);
		return out + n;
	}
	memcpy(out, value.ptr, VALUE_HEAD);
	sha256(value, digest);
	memset(out + VALUE_HEAD, '.', 4);
	for (size_t i = 0; i < (VALUE_MAX - VALUE_HEAD - 4) / 2; i++) {
		out[VALUE_HEAD + 4 + 2 * i] = hex[digest[i] >> 4];
		out[VALUE_HEAD + 5 + 2 * i] = hex[digest[i] & 15];
	}
	return out + VALUE_MAX;
}

void
pack_value(struct buf *out, struct slice folded)
{
	char *room;

	if (!folded.ptr)
		folded = SLICE("");
	room = buf_reserve(out, packed_bytes(folded));
	out->len += (size_t)(pack(room, folded) - room);
}

void
pack_absent(struct buf *out)
{
	buf_char(out, '\0');
}

bool
unpack_value(struct slice *rest, struct slice *value)
{
	const unsigned char *p = (const unsigned char *)rest->ptr;
	size_t n;

	*value = (struct slice){0};
	if (!rest->len)
		return false;
	if (!p[0]) {
		*rest = slice_skip(*rest, 1);
		return true;
	}
	n = p[1] | (size_t)p[2] << 8;
	*value = slice_of(rest->ptr + 3, n);
	*rest = slice_skip(*rest, 3 + n);
	return true;
}

/* --- the values of fields --- */

/* Of one field at most. */
#define CHOICES_MAX 16

struct choice {
	struct slice list[CHOICES_MAX];
	size_t count;
	uint32_t unknown; /* facts among the fields that nobody knows */
};

static bool
holds(const struct choice *choice, struct slice value)
{
	for (size_t i = 0; i < choice->count; i++)
		if (slice_eq(choice->list[i], value))
			return true;
	return false;
}

/* Adds the values of a field; a repeated one only where each counts. */
static void
take_choices(struct matcher *matcher, const struct correlation_field *field,
    bool numbers, struct choice *out)
{
	out->count = 0;
	out->unknown = 0;
	for (size_t k = 0; k < field->count; k++) {
		const struct found *found = resolve(matcher, field->fields[k]);
		size_t end = found->first + found->count;

		out->unknown |= decide_unknown(matcher, field->fields[k]);
		for (size_t i = found->first; i < end; i++) {
			struct slice text = numbers ? value_text(matcher, i)
			                            : value_folded(matcher, i);

			if (!text.ptr)
				text = SLICE("");
			if (!numbers && holds(out, text))
				continue;
			if (out->count == CHOICES_MAX) {
				matcher->lookup_limited++;
				return;
			}
			out->list[out->count++] = text;
		}
	}
}

/* --- contributions --- */

struct adding {
	struct matcher *matcher;
	struct arena *arena;
	struct contribution *list; /* in the arena */
	size_t count, size;
	size_t first; /* of the correlation at hand and the rule at hand */
	struct choice groups[CORRELATION_FIELDS_MAX];
	struct choice values[CORRELATION_FIELDS_MAX];
};

static void
add(struct adding *a, const struct contribution *one)
{
	if (a->count - a->first == CONTRIBUTIONS_MAX) {
		a->matcher->lookup_limited++;
		return;
	}
	if (a->count == a->size) {
		size_t size = a->size ? a->size * 2 : 8;
		struct contribution *list =
		    arena_calloc(a->arena, size, sizeof(*list));

		if (a->count)
			memcpy(list, a->list, a->count * sizeof(*list));
		a->list = list;
		a->size = size;
	}
	a->list[a->count++] = *one;
}

/* The n-th way to choose one value of each field; empty if there is none. */
static bool
choose(struct arena *arena, const struct choice *choices, size_t count,
    size_t n, struct slice *out)
{
	size_t bytes = 0, rest = n;
	char *room, *at;

	for (size_t i = 0; i < count; i++) {
		bytes += packed_bytes(choices[i].list[rest % choices[i].count]);
		rest /= choices[i].count;
	}
	if (rest)
		return false;
	at = room = arena_alloc(arena, bytes + 1);
	for (size_t i = 0; i < count; i++) {
		at = pack(at, choices[i].list[n % choices[i].count]);
		n /= choices[i].count;
	}
	*out = slice_of(room, bytes);
	return true;
}

/* Whether another of its rules has put this event into the group. */
static bool
is_counted(const struct adding *a, const struct contribution *one)
{
	for (size_t i = a->first; i-- > 0;)
		if (a->list[i].correlation == one->correlation &&
		    a->list[i].ref != one->ref &&
		    slice_eq(a->list[i].group, one->group))
			return true;
	return false;
}

/* What the event adds to one group. */
static void
add_values(
    struct adding *a, const struct correlation *c, struct contribution *one)
{
	const struct choice *numbers = &a->values[0];

	if (!correlation_is_temporal(c) && is_counted(a, one))
		return;
	if (!c->value_count) {
		add(a, one);
	} else if (c->type == CORRELATION_VALUE_COUNT) {
		for (size_t n = 0; n < CONTRIBUTIONS_MAX; n++) {
			if (!choose(a->arena, a->values, c->value_count, n,
			        &one->value))
				return;
			add(a, one);
		}
	} else {
		for (size_t n = 0; n < numbers->count; n++)
			if (number_parse(numbers->list[n], &one->number) &&
			    entry_number_fits(one->number))
				add(a, one);
	}
}

static void
add_link(struct adding *a, const struct correlation_link *link)
{
	const struct correlation *c =
	    a->matcher->rules->correlations[link->correlation];
	const struct correlation_ref *ref = &c->refs[link->ref];
	struct contribution one = {
	    .correlation = link->correlation, .ref = link->ref};
	bool numbers = c->type != CORRELATION_VALUE_COUNT;

	a->first = a->count;
	for (size_t i = 0; i < c->value_count; i++) {
		take_choices(
		    a->matcher, &ref->values[i], numbers, &a->values[i]);
		if (a->values[i].unknown)
			decide_note(a->matcher, c->rule, a->values[i].unknown);
		/* What is not there is not counted. */
		if (!a->values[i].count)
			return;
	}
	for (size_t i = 0; i < c->group_count; i++) {
		take_choices(a->matcher, &ref->groups[i], false, &a->groups[i]);
		if (a->groups[i].unknown)
			decide_note(a->matcher, c->rule, a->groups[i].unknown);
		if (!a->groups[i].count)
			a->groups[i].list[a->groups[i].count++] =
			    (struct slice){0};
	}
	for (size_t n = 0; n < CONTRIBUTIONS_MAX; n++) {
		if (!choose(a->arena, a->groups, c->group_count, n, &one.group))
			return;
		add_values(a, c, &one);
	}
}

size_t
matcher_correlate(struct matcher *matcher, const uint32_t *rules, size_t n,
    struct arena *arena, const struct contribution **out)
{
	struct adding a; /* not cleared: the choices are large */

	a.matcher = matcher;
	a.arena = arena;
	a.list = NULL;
	a.count = a.size = a.first = 0;
	for (size_t i = 0; i < n; i++) {
		const struct rule *rule = &matcher->rules->list[rules[i]];

		for (size_t k = 0; k < rule->link_count; k++)
			add_link(&a, &rule->links[k]);
	}
	*out = a.list;
	return a.count;
}

size_t
rules_part_count(const struct rules *rules, size_t i)
{
	return rules->list[i].link_count;
}

uint32_t
rules_part_of(const struct rules *rules, size_t i, size_t n)
{
	return rules->correlations[rules->list[i].links[n].correlation]->rule;
}
