#include "rule/field.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fold.h"
#include "base/hash.h"

#define OWN "firn."

static bool
has_prefix(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && !memcmp(s.ptr, prefix.ptr, prefix.len);
}

/* What firn adds to the record. */
static int
own(struct field *field, struct err *err)
{
	struct slice name = slice_skip(field->name, sizeof(OWN) - 1);

	if (slice_eq(name, SLICE("kind"))) {
		field->type = FIELD_KIND;
		return 0;
	}
	if (slice_eq(name, SLICE("outcome"))) {
		field->type = FIELD_OUTCOME;
		return 0;
	}
	if (slice_eq(name, SLICE("operation_plain"))) {
		field->type = FIELD_OPERATION_PLAIN;
		return 0;
	}
	if (event_fact_parse(name, &field->fact)) {
		field->type = FIELD_FACT;
		return 0;
	}
	for (int i = 0; i < EV_COLUMNS; i++) {
		enum event_column column = (enum event_column)i;

		if (!slice_eq(name, slice_cstr(event_column_name(column))))
			continue;
		field->type = FIELD_COLUMN;
		field->column = column;
		return 0;
	}
	return err_set(err, ERR_INPUT, "there is no field '" SLICE_FMT "'",
	    SLICE_ARG(field->name));
}

/*
 * The inside of the array access that s starts with.  Any other bracket is
 * part of a name.
 */
static bool
is_access(struct slice s, struct slice *inside)
{
	const char *end, *equals;

	if (!s.len || s.ptr[0] != '[')
		return false;
	end = memchr(s.ptr, ']', s.len);
	if (!end)
		return false;
	*inside = slice_of(s.ptr + 1, (size_t)(end - s.ptr) - 1);
	s = slice_skip(s, inside->len + 2);
	if (s.len && s.ptr[0] != '.' && s.ptr[0] != '[')
		return false;
	equals = memchr(inside->ptr, '=', inside->len);
	return slice_eq(*inside, SLICE("*")) ||
	       (equals && equals != inside->ptr && equals + 1 != end);
}

static void
skip_dot(struct slice *rest)
{
	if (rest->len && rest->ptr[0] == '.')
		*rest = slice_skip(*rest, 1);
}

/*
 * Cuts the next step off the front of *rest, with the dot behind it.  *more: a
 * step follows, be it a name without letters behind a dot at the end.
 */
static struct step
cut_step(struct arena *arena, struct slice *rest, bool *more)
{
	struct step step = {0};
	struct slice inside;
	size_t n = 0;
	char *folded;

	if (!is_access(*rest, &inside)) {
		while (n < rest->len && rest->ptr[n] != '.' &&
		       !is_access(slice_skip(*rest, n), &inside))
			n++;
		step.name = slice_of(rest->ptr, n);
		*rest = slice_skip(*rest, n);
		*more = rest->len != 0;
		skip_dot(rest);
		return step;
	}
	*rest = slice_skip(*rest, inside.len + 2);
	*more = rest->len != 0;
	skip_dot(rest);
	step.type = STEP_ALL;
	if (!slice_eq(inside, SLICE("*"))) {
		step.type = STEP_FILTER;
		step.name = slice_cut(&inside, '=');
		folded = arena_alloc(arena, fold_room(inside.len));
		step.value = slice_of(folded, fold_bytes(inside, folded));
	}
	return step;
}

static int
split(struct arena *arena, struct field *field, struct step *steps,
    struct err *err)
{
	struct slice rest = field->name;
	bool more = true;

	while (more) {
		if (field->step_count == FIELD_STEPS_MAX)
			return err_set(err, ERR_LIMIT, "more than %d steps",
			    FIELD_STEPS_MAX);
		steps[field->step_count++] = cut_step(arena, &rest, &more);
	}
	return 0;
}

static int
path(struct arena *arena, struct field *field, struct err *err)
{
	struct step steps[FIELD_STEPS_MAX + 1] = {{0}};
	struct json_key *keys;
	size_t run = 0;

	if (split(arena, field, steps, err))
		return err_context(
		    err, "field '" SLICE_FMT "'", SLICE_ARG(field->name));
	for (size_t i = field->step_count; i-- > 0;) {
		struct step *step = &steps[i], *next = &steps[i + 1];

		if (step->type != STEP_NAME) {
			run = 0;
			continue;
		}
		step->run = ++run;
		step->joined = step->name;
		if (run > 1)
			step->joined.len =
			    (size_t)(next->joined.ptr - step->name.ptr) +
			    next->joined.len;
	}
	field->steps =
	    memcpy(arena_calloc(arena, field->step_count, sizeof(*steps)),
	        steps, field->step_count * sizeof(*steps));
	keys = arena_calloc(arena, run + 1, sizeof(*keys));
	for (size_t i = 0; i < run; i++) {
		struct slice last = steps[run - 1 - i].name;
		const char *end = last.ptr + last.len;

		keys[i] = json_key_of(
		    slice_of(field->name.ptr, (size_t)(end - field->name.ptr)));
	}
	field->keys = keys;
	field->key_count = run;
	return 0;
}

static uint64_t
slot_hash(struct slice name)
{
	return hash64(name, 0);
}

static void
grow(struct fields *fields)
{
	size_t size = fields->table_size ? fields->table_size * 2 : 256;

	free(fields->table);
	fields->table = xcalloc(size, sizeof(*fields->table));
	fields->table_size = size;
	for (size_t i = 0; i < fields->count; i++) {
		uint64_t at = slot_hash(fields->list[i].name);

		while (fields->table[at & (size - 1)])
			at++;
		fields->table[at & (size - 1)] = (uint32_t)i + 1;
	}
}

int
fields_intern(struct fields *fields, struct arena *arena, struct slice name,
    uint32_t *number, struct err *err)
{
	struct field field = {0};
	uint64_t at = slot_hash(name);

	if (fields->count * 2 >= fields->table_size)
		grow(fields);
	for (;; at++) {
		uint32_t *slot = &fields->table[at & (fields->table_size - 1)];

		if (!*slot)
			break;
		if (slice_eq(fields->list[*slot - 1].name, name)) {
			*number = *slot - 1;
			return 0;
		}
	}
	field.name = arena_copy(arena, name);
	if (!name.len)
		field.type = FIELD_KEYWORDS;
	else if (has_prefix(name, SLICE(OWN))) {
		if (own(&field, err))
			return -1;
	} else if (path(arena, &field, err)) {
		return -1;
	}
	if (fields->count == fields->size) {
		fields->size = fields->size ? fields->size * 2 : 64;
		fields->list = xrealloc(
		    fields->list, fields->size * sizeof(*fields->list));
	}
	*number = (uint32_t)fields->count;
	fields->list[fields->count++] = field;
	fields->table[at & (fields->table_size - 1)] = *number + 1;
	return 0;
}

uint32_t
fields_keywords(struct fields *fields, struct arena *arena)
{
	uint32_t number = 0;

	/* The name that no field has cannot be refused. */
	(void)fields_intern(fields, arena, SLICE(""), &number, NULL);
	return number;
}

void
fields_release(struct fields *fields)
{
	free(fields->list);
	free(fields->table);
	*fields = (struct fields){0};
}
