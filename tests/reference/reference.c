#include "reference.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "reference_part.h"

struct reference {
	struct judge judge;
	struct arena arena; /* of the YAML */
	const struct yaml **rules;
	struct slice *ids;
	size_t count, refused;
	bool judges;
};

/* --- search identifiers --- */

static bool
exists_holds(
    struct judge *judge, const struct values *values, const struct yaml *value)
{
	bool yes = slice_eq(value->text, SLICE("true")) ||
	           slice_eq(value->text, SLICE("yes"));
	bool no = slice_eq(value->text, SLICE("false")) ||
	          slice_eq(value->text, SLICE("no"));

	if (value->type == YAML_BOOL)
		yes = value->text.ptr[0] == 't' || value->text.ptr[0] == 'T';
	else
		judge->mistake |= !yes && !no;
	return values->present == yes;
}

/* One value or a list, of which one or all must hold. */
static bool
values_hold(struct judge *judge, const struct values *values,
    const struct yaml *value, const struct modifiers *modifiers, bool keyword)
{
	bool all = modified(modifiers, "all"), one = false, each = true;
	bool list = value->type == YAML_LIST;

	judge->mistake |= list && !value->first;
	judge->mistake |= all && !keyword && (!list || value->count < 2);
	for (value = list ? value->first : value; value;
	     value = list ? value->next : NULL) {
		bool holds =
		    value_holds(judge, values, value, modifiers, keyword);

		one |= holds;
		each &= holds;
	}
	return all ? each : one;
}

/* A field with modifiers and values; without a name, keywords. */
static bool
field_condition(struct judge *judge, struct slice key, const struct yaml *value)
{
	struct slice name = slice_cut(&key, '|');
	struct values values = field_values(judge, name);
	struct modifiers modifiers = {0};
	bool keyword = !name.len, holds;

	while (key.len && modifiers.count < MODIFIERS_MAX)
		modifiers.list[modifiers.count++] = slice_cut(&key, '|');
	if (key.len || !modifiers_fit(&modifiers)) {
		judge->mistake = true;
		return false;
	}
	if (keyword && (modified(&modifiers, "exists") ||
	                   modified(&modifiers, "fieldref")))
		judge->mistake = true;
	if (modified(&modifiers, "exists"))
		return exists_holds(judge, &values, value);
	holds = values_hold(judge, &values, value, &modifiers, keyword);
	return modified(&modifiers, "neq") ? !holds : holds;
}

static bool
map_holds(struct judge *judge, const struct yaml *map)
{
	bool holds = true;

	judge->mistake |= !map->first;
	for (const struct yaml *value = map->first; value; value = value->next)
		holds &= field_condition(judge, value->key->text, value);
	return holds;
}

static bool
search_holds(struct judge *judge, const struct yaml *search)
{
	bool holds = false;

	if (search->type == YAML_MAP)
		return map_holds(judge, search);
	if (search->type != YAML_LIST)
		return field_condition(judge, SLICE(""), search);
	judge->mistake |= !search->first;
	for (const struct yaml *node = search->first; node; node = node->next) {
		judge->mistake |= node->type == YAML_LIST;
		if (node->type == YAML_MAP)
			holds |= map_holds(judge, node);
		else
			holds |= field_condition(judge, SLICE(""), node);
	}
	return holds;
}

/* --- conditions --- */

struct reading {
	struct judge *judge;
	const struct yaml *detection;
	struct slice rest;
	struct slice word; /* the next one; empty at the end */
	unsigned depth;
};

static bool
is_word(struct slice s, const char *word)
{
	return s.len == strlen(word) && !strncasecmp(s.ptr, word, s.len);
}

static void
read_word(struct reading *reading)
{
	struct slice s = reading->rest;
	size_t n = 0;

	while (s.len && memchr(" \t\r\n", s.ptr[0], 4))
		s = slice_skip(s, 1);
	while (n < s.len && !memchr(" \t\r\n()|", s.ptr[n], 7))
		n++;
	n += n == 0 && s.len;
	reading->word = slice_of(s.ptr, n);
	reading->rest = slice_skip(s, n);
}

static bool
take(struct reading *reading, const char *word)
{
	bool there = is_word(reading->word, word);

	if (there)
		read_word(reading);
	return there;
}

static bool
is_identifier(const struct yaml *search)
{
	return !slice_eq(search->key->text, SLICE("condition")) &&
	       !slice_eq(search->key->text, SLICE("timeframe"));
}

/* Whether the name is the pattern's, in which * is any run. */
static bool
is_named(struct slice pattern, struct slice name)
{
	if (!pattern.len)
		return !name.len;
	if (pattern.ptr[0] == '*')
		return is_named(slice_skip(pattern, 1), name) ||
		       (name.len && is_named(pattern, slice_skip(name, 1)));
	return name.len && name.ptr[0] == pattern.ptr[0] &&
	       is_named(slice_skip(pattern, 1), slice_skip(name, 1));
}

static bool
is_selected(struct slice pattern, struct slice name)
{
	bool hidden = name.len && name.ptr[0] == '_';

	if (is_word(pattern, "them"))
		return !hidden;
	if (hidden && !(pattern.len && pattern.ptr[0] == '_'))
		return false;
	return is_named(pattern, name);
}

static bool
read_of(struct reading *reading, struct slice quantity)
{
	uint64_t selected = 0, hold = 0, need = 1;

	for (const struct yaml *search = reading->detection->first; search;
	     search = search->next) {
		if (!is_identifier(search) ||
		    !is_selected(reading->word, search->key->text))
			continue;
		selected++;
		hold += search_holds(reading->judge, search);
	}
	read_word(reading);
	if (is_word(quantity, "all"))
		need = selected;
	else
		(void)slice_to_u64(quantity, &need);
	reading->judge->mistake |= !need || need > selected;
	return hold >= need;
}

static bool
read_name(struct reading *reading)
{
	struct slice word = reading->word;
	uint64_t digits;

	read_word(reading);
	if ((is_word(word, "all") || is_word(word, "any") ||
	        slice_to_u64(word, &digits)) &&
	    take(reading, "of"))
		return read_of(reading, word);
	for (const struct yaml *search = reading->detection->first; search;
	     search = search->next)
		if (is_identifier(search) && slice_eq(search->key->text, word))
			return search_holds(reading->judge, search);
	reading->judge->mistake = true;
	return false;
}

static bool read_or(struct reading *reading);

static bool
read_not(struct reading *reading)
{
	bool holds;

	if (!reading->word.len || reading->depth >= 64) {
		reading->judge->mistake = true;
		return false;
	}
	if (!is_word(reading->word, "not") && !is_word(reading->word, "("))
		return read_name(reading);
	reading->depth++;
	if (take(reading, "not")) {
		holds = !read_not(reading);
	} else {
		take(reading, "(");
		holds = read_or(reading);
		reading->judge->mistake |= !take(reading, ")");
	}
	reading->depth--;
	return holds;
}

static bool
read_and(struct reading *reading)
{
	bool holds = read_not(reading);

	while (take(reading, "and"))
		holds &= read_not(reading);
	return holds;
}

static bool
read_or(struct reading *reading)
{
	bool holds = read_and(reading);

	while (take(reading, "or"))
		holds |= read_and(reading);
	return holds;
}

static bool
condition_holds(struct judge *judge, const struct yaml *detection,
    const struct yaml *condition)
{
	struct reading reading = {.judge = judge, .detection = detection};
	bool holds = false;

	if (condition->type == YAML_LIST) {
		judge->mistake |= !condition->first;
		for (condition = condition->first; condition;
		     condition = condition->next) {
			judge->mistake |= condition->type == YAML_LIST;
			holds |= condition->type != YAML_LIST &&
			         condition_holds(judge, detection, condition);
		}
		return holds;
	}
	if (condition->type != YAML_STRING) {
		judge->mistake = true;
		return false;
	}
	reading.rest = condition->text;
	read_word(&reading);
	holds = read_or(&reading);
	judge->mistake |= reading.word.len != 0;
	return holds;
}

/* Every identifier is looked at, be it named or not, for its mistakes. */
static bool
detection_holds(struct judge *judge, const struct yaml *detection)
{
	const struct yaml *condition = yaml_get(detection, "condition");
	size_t identifiers = 0;
	bool holds = false;

	if (!detection || detection->type != YAML_MAP ||
	    yaml_get(detection, "timeframe")) {
		judge->mistake = true;
		return false;
	}
	for (const struct yaml *search = detection->first; search;
	     search = search->next) {
		if (!is_identifier(search))
			continue;
		holds = search_holds(judge, search);
		identifiers++;
	}
	judge->mistake |= !identifiers || (!condition && identifiers > 1);
	return condition ? condition_holds(judge, detection, condition) : holds;
}

/* --- documents --- */

static bool
is_one_of(const struct yaml *value, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(value->text, slice_cstr(words[i])))
			return true;
	return false;
}

static bool
is_text(const struct yaml *value)
{
	return !value || yaml_is_scalar(value);
}

static bool
is_texts(const struct yaml *value)
{
	if (!value || value->type != YAML_LIST)
		return is_text(value);
	for (value = value->first; value; value = value->next)
		if (!is_text(value))
			return false;
	return true;
}

static bool
meta_is_right(const struct yaml *doc)
{
	static const char *const levels[] = {
	    "informational", "low", "medium", "high", "critical"};
	static const char *const states[] = {
	    "stable", "test", "experimental", "deprecated", "unsupported"};
	static const char *const texts[] = {
	    "title", "id", "name", "description", "author"};
	static const char *const lists[] = {
	    "references", "falsepositives", "tags"};
	static const char *const sources[] = {"product", "category", "service"};
	const struct yaml *title = yaml_get(doc, "title");
	const struct yaml *level = yaml_get(doc, "level");
	const struct yaml *status = yaml_get(doc, "status");
	const struct yaml *source = yaml_get(doc, "logsource");
	bool right = title && title->type != YAML_NULL && title->text.len;

	right &= !level || is_one_of(level, levels, 5);
	right &= !status || is_one_of(status, states, 5);
	for (size_t i = 0; i < 5; i++)
		right &= is_text(yaml_get(doc, texts[i]));
	for (size_t i = 0; i < 3; i++) {
		right &= is_texts(yaml_get(doc, lists[i]));
		right &= is_text(yaml_get(source, sources[i]));
	}
	return right && (!source || source->type == YAML_NULL ||
	                    source->type == YAML_MAP);
}

/* The id, or what stands for it: the file's name and the document's number. */
static struct slice
id_of(struct arena *arena, const struct yaml *doc, const char *stem, size_t n)
{
	const struct yaml *id = yaml_get(doc, "id");

	if (id && id->type != YAML_NULL && id->text.len)
		return id->text;
	return n ? arena_printf(arena, "%s#%zu", stem, n + 1)
	         : slice_cstr(stem);
}

/* Nothing is in this record. */
static struct json
empty_record(void)
{
	static const uint64_t tape[] = {
	    (uint64_t)'{' << 56 | 2, (uint64_t)'}' << 56};
	static const struct json_doc doc = {tape, ""};

	return (struct json){&doc, 0};
}

static bool
judge_rule(struct judge *judge, const struct yaml *doc, struct json record,
    const struct event *event)
{
	arena_reset(&judge->arena);
	judge->parser_count = 0;
	judge->record = record;
	judge->event = event;
	judge->mistake = judge->gave_up = false;
	return detection_holds(judge, yaml_get(doc, "detection"));
}

static void
add_document(struct reference *reference, const struct yaml *doc,
    const char *stem, size_t number)
{
	static const struct event nothing = {.kind = KIND_UNKNOWN};
	bool right = doc->type == YAML_MAP && !yaml_get(doc, "action") &&
	             meta_is_right(doc);
	struct slice id;

	if (yaml_get(doc, "filter") || yaml_get(doc, "correlation"))
		reference->judges = false;
	if (right) {
		judge_rule(&reference->judge, doc, empty_record(), &nothing);
		right = !reference->judge.mistake;
	}
	id = right ? id_of(&reference->arena, doc, stem, number) : SLICE("");
	for (size_t i = 0; right && i < reference->count; i++)
		right = !slice_eq(reference->ids[i], id);
	if (!right) {
		reference->refused++;
		return;
	}
	reference->ids[reference->count] = id;
	reference->rules[reference->count++] = doc;
}

struct reference *
reference_new(struct slice text, const char *stem,
    const struct reference_word *words, size_t word_count)
{
	struct reference *reference = xcalloc(1, sizeof(*reference));
	struct yaml *docs = NULL;
	struct yaml_place place;
	size_t count = 0;

	reference->judge.words = words;
	reference->judge.word_count = word_count;
	reference->judges = true;
	text = arena_copy(&reference->arena, text);
	if (yaml_parse(&reference->arena, text, &docs, &place, NULL)) {
		reference->refused++;
		return reference;
	}
	for (const struct yaml *doc = docs; doc; doc = doc->next)
		count++;
	reference->ids =
	    arena_calloc(&reference->arena, count + 1, sizeof(*reference->ids));
	reference->rules = arena_calloc(&reference->arena, count + 1,
	    /* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers */
	    sizeof(*reference->rules));
	count = 0;
	for (const struct yaml *doc = docs; doc; doc = doc->next)
		add_document(reference, doc, stem, count++);
	return reference;
}

void
reference_free(struct reference *reference)
{
	if (!reference)
		return;
	for (size_t i = 0; i < reference->judge.parser_size; i++)
		json_parser_free(reference->judge.parsers[i]);
	free((void *)reference->judge.parsers);
	arena_release(&reference->judge.arena);
	arena_release(&reference->arena);
	free(reference);
}

bool
reference_judges(const struct reference *reference)
{
	return reference->judges;
}

size_t
reference_count(const struct reference *reference)
{
	return reference->count;
}

size_t
reference_refused(const struct reference *reference)
{
	return reference->refused;
}

struct slice
reference_id(const struct reference *reference, size_t i)
{
	return reference->ids[i];
}

bool
reference_holds(struct reference *reference, size_t i, struct json record,
    const struct event *event, bool *gave_up)
{
	bool holds =
	    judge_rule(&reference->judge, reference->rules[i], record, event);

	*gave_up = reference->judge.gave_up;
	return holds;
}
