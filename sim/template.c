#include "template.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "json/json.h"

static const struct {
	const char *name;
	bool raw;
} fields[F_COUNT_OF] = {
#define X(name) [F_##name] = {#name, false},
    FIELDS_TEXT(X)
#undef X
#define X(name) [F_##name] = {#name, true},
        FIELDS_RAW(X)
#undef X
};

static _Noreturn void
bug(const char *what, struct slice where)
{
	fprintf(stderr, "firn-sim: %s at '" SLICE_FMT "'\n", what,
	    SLICE_ARG(where));
	abort();
}

/* The field with the longest name that the text begins with. */
static enum field
field_at(struct slice text)
{
	enum field found = F_NONE;
	size_t longest = 0;

	for (int i = 0; i < F_COUNT_OF; i++) {
		size_t len = strlen(fields[i].name);

		if (len > longest && len <= text.len &&
		    memcmp(text.ptr, fields[i].name, len) == 0) {
			found = (enum field)i;
			longest = len;
		}
	}
	if (found == F_NONE)
		bug("no such field", text);
	return found;
}

/* The literal text up to the next hole, with its quotes turned. */
static struct slice
cut_literal(struct buf *room, struct slice *rest)
{
	size_t i = 0;

	buf_clear(room);
	for (; i < rest->len; i++) {
		char c = rest->ptr[i];

		if (c == '@') {
			if (i + 1 >= rest->len || rest->ptr[i + 1] != '@')
				break;
			i++;
		}
		buf_char(room, c == '\'' ? '"' : c);
	}
	*rest = slice_skip(*rest, i);
	return buf_slice(room);
}

void
template_compile(struct tmpl *out, struct arena *arena, struct slice text)
{
	struct buf room = {0};
	size_t holes = 1;

	for (size_t i = 0; i < text.len; i++)
		holes += text.ptr[i] == '@';
	out->parts = arena_calloc(arena, holes, sizeof(*out->parts));
	out->n = 0;
	while (text.len > 0) {
		struct template_part *part = &out->parts[out->n++];

		part->text = arena_copy(arena, cut_literal(&room, &text));
		part->field = F_NONE;
		if (text.len == 0)
			break;
		text = slice_skip(text, 1);
		part->field = field_at(text);
		text = slice_skip(text, strlen(fields[part->field].name));
	}
	buf_release(&room);
}

static bool
needs_escape(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < 0x20 || c == '"' || c == '\\')
			return true;
	}
	return false;
}

/* As json_add_str(), without the quotes around it. */
static void
add_inside_string(struct buf *out, struct slice s)
{
	size_t start = out->len;

	if (!needs_escape(s)) {
		buf_slice_add(out, s);
		return;
	}
	json_add_str(out, s);
	out->len -= 2;
	memmove(out->ptr + start, out->ptr + start + 1, out->len - start);
}

void
template_add(struct buf *out, const struct tmpl *tmpl,
    const struct slice *values, struct rng *rng)
{
	char guid[GUID_TEXT_MAX];

	for (size_t i = 0; i < tmpl->n; i++) {
		const struct template_part *part = &tmpl->parts[i];

		buf_slice_add(out, part->text);
		if (part->field == F_NONE)
			continue;
		if (part->field == F_GUID) {
			text_guid(guid, rng);
			buf_add(out, guid, GUID_TEXT_MAX - 1);
			continue;
		}
		if (!values[part->field].ptr)
			bug("no value for a field",
			    slice_cstr(fields[part->field].name));
		if (fields[part->field].raw)
			buf_slice_add(out, values[part->field]);
		else
			add_inside_string(out, values[part->field]);
	}
}
