#ifndef RULE_COMPILE_H
#define RULE_COMPILE_H

#include <stdbool.h>
#include <stdint.h>

#include "rule/rules.h"
#include "rule/set.h"
#include "text/yaml.h"

/*
 * compile - from the YAML of one document to the matcher's form.
 *
 * Functions return 0 or -1; whoever finds a problem puts it in the report and
 * goes on with the next part, so that one reading names all that is wrong.
 */
struct compile {
	struct rules *rules;
	const struct rules_source *source;
	struct rules_report *report;
	struct slice path; /* of the document */
	const struct mappings *mappings;
	const struct mapping *mapping; /* for its fields; may be NULL */
};

/* Adds a problem at the node, or of the whole file if NULL; returns -1. */
int compile_fail(struct compile *compile, const struct yaml *at,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same, `skip` bytes into a scalar's text. */
int compile_fail_in(struct compile *compile, const struct yaml *at, size_t skip,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* --- order.c --- */

/* What it costs to look a field up, in about nanoseconds. */
uint64_t compile_field_cost(const struct field *field);

/* Cheap ones first, so that AND and OR are decided early. */
void compile_order(
    const struct rules *rules, const struct node **child, size_t count);

/* --- item.c: a field with its values --- */

/* `key` as written, "field|modifier|..."; "" for plain keywords. */
int compile_item(struct compile *compile, const struct yaml *key,
    const struct yaml *values, const struct node **out);

/* --- modifier.c --- */

enum encoding {
	ENCODE_BASE64,
	ENCODE_BASE64_OFFSET,
	ENCODE_UTF16LE,
	ENCODE_UTF16BE,
	ENCODE_UTF16, /* little-endian with a byte-order mark */
};

#define ENCODINGS_MAX 4

struct modifiers {
	bool contains, startswith, endswith;
	bool all, exists, cased, neq, windash;
	bool re, re_i, re_m, re_s;
	bool cidr, expand, fieldref;
	enum compare compare;
	enum time_part part;
	enum encoding encodings[ENCODINGS_MAX]; /* in their order */
	size_t encoding_count;
};

/* Reads "contains|all" and checks what may go together. */
int modifiers_parse(struct compile *compile, const struct yaml *key,
    struct slice text, struct modifiers *out);

/* --- test.c: one value with its modifiers --- */

/* Adds the tests (base64offset: three) that the value stands for. */
struct tests {
	struct test *list; /* for free() */
	size_t count, size;
};

int compile_tests(struct compile *compile, const struct yaml *value,
    const struct modifiers *modifiers, struct tests *out);

/* Numbers of the fields that a rule's field name stands for. */
int compile_fields(struct compile *compile, const struct yaml *at,
    struct slice name, const uint32_t **fields, size_t *count);

/* --- encode.c --- */

/* Applies base64 or UTF-16 to bytes; not for ENCODE_BASE64_OFFSET. */
struct slice
encode(struct arena *arena, enum encoding encoding, struct slice text);

/* The part of a base64 text that text has in it at offset 0 to 2. */
struct slice
encode_offset(struct arena *arena, struct slice text, unsigned offset);

/* --- detection.c --- */

/* A search identifier's map or list, or a mapping's `when`. */
int compile_search(struct compile *compile, const struct yaml *search,
    const struct node **out);

/* The whole `detection`. */
int compile_detection(struct compile *compile, const struct yaml *detection,
    const struct node **out);

/* Room for n children, all NULL. */
const struct node **compile_children(struct compile *compile, size_t n);

struct node *
compile_node(struct compile *compile, enum node_type type, size_t children);

/* --- condition.c --- */

struct idents {
	const struct ident *list;
	size_t count;
};

int compile_condition(struct compile *compile, const struct yaml *text,
    const struct idents *idents, const struct node **out);

/* Whether the name fits the pattern, in which * is any run. */
bool name_fits(struct slice pattern, struct slice name);

/* --- meta.c --- */

/* Title, level and so on; `number` counts a file's documents from 0. */
int compile_meta(struct compile *compile, const struct yaml *doc, size_t number,
    struct rule_meta *meta);

/* --- decide.c, layout.c, plan.c: once all rules are finished, in order --- */

/* Finds out which facts the rules name. */
void compile_facts(struct rules *rules);

/* Makes rules->conditions; for compile_index(), which builds the index. */
void layout_conditions(struct rules *rules);
void compile_index(struct rules *rules);

#endif
