#ifndef REFERENCE_PART_H
#define REFERENCE_PART_H

#include "reference.h"
#include "text/yaml.h"

/*
 * reference_part - what the parts of the reference share.
 *
 * A rule is checked by judging a record that has nothing in it: nobody stops
 * at the first thing that decides, so every mistake is met in every judgement.
 */
struct judge {
	struct arena arena; /* of one judgement */
	struct json record;
	const struct event *event;
	const struct reference_word *words;
	size_t word_count;
	/* For JSON within texts, one each; they are used again. */
	struct json_parser **parsers;
	size_t parser_count, parser_size;
	bool mistake; /* the rule is to be refused */
	bool gave_up;
};

/* A value that a field has in the record. */
struct value {
	enum json_type type; /* JSON_STRING, a number, JSON_BOOL, JSON_OBJECT */
	struct json json;
	struct slice text; /* of an object: its compact JSON */
};

struct values {
	bool present;
	bool null; /* one of them is null; it is not in the list */
	struct value *list;
	size_t count, size;
};

/* The values of the field of that name; of "", all that keywords look at. */
struct values field_values(struct judge *judge, struct slice name);

/* The modifiers behind a field's name, as they are written. */
#define MODIFIERS_MAX 32

struct modifiers {
	struct slice list[MODIFIERS_MAX];
	size_t count;
};

bool modified(const struct modifiers *modifiers, const char *name);

/* Whether they are known and may stand together. */
bool modifiers_fit(const struct modifiers *modifiers);

bool is_encoding(struct slice modifier);
bool is_encoded(const struct modifiers *modifiers);

struct slice text_folded(struct judge *judge, struct slice text);

/* Whether one of the values is as the text says, wildcards and all. */
bool text_holds(struct judge *judge, const struct values *values,
    struct slice raw, const struct modifiers *modifiers, bool keyword);

/*
 * Whether one of the field's values is as the rule's value and its modifiers
 * say; `keyword`: it need only be a part.
 */
bool value_holds(struct judge *judge, const struct values *values,
    const struct yaml *value, const struct modifiers *modifiers, bool keyword);

#endif
