#ifndef RULE_MAPPING_H
#define RULE_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "rule/compile.h"
#include "text/yaml.h"

/*
 * mapping - for which log sources which records are looked at, and where the
 * fields of the rules are in them.  docs/rules.md has the format.
 */
/* Reads a rule's or a mapping's log source. */
int logsource_parse(
    struct compile *compile, const struct yaml *node, struct logsource *out);

/* The log source of a document, which must have one if that matters. */
int logsource_of(
    struct compile *compile, const struct yaml *doc, struct logsource *out);

/* Whether every key that `a` has is the same in `b`. */
bool logsource_within(const struct logsource *a, const struct logsource *b);

struct mapping {
	struct slice path;
	size_t group; /* the place in rules_source that it came from */
	struct logsource *logsources;
	size_t logsource_count;
	uint32_t kinds;            /* bit 1 << kind */
	const struct yaml *fields; /* a map, or NULL */
	const struct node *when;   /* NULL: no condition added */
};

struct mappings {
	struct mapping *list;
	size_t count, size;
};

/*
 * Compiles a document and adds it.  A log source that a mapping of the same
 * group serves already is a problem.
 */
int mappings_add(struct mappings *mappings, struct compile *compile,
    const struct yaml *doc, size_t group);

/*
 * The mapping that serves the log source with the most keys, of these the one
 * of the last group; NULL if none does.
 */
const struct mapping *mappings_find(
    const struct mappings *mappings, const struct logsource *logsource);

/* What the mapping says of a field: a scalar or a list; NULL for nothing. */
const struct yaml *
mapping_field(const struct mapping *mapping, struct slice name);

/* Whether the target is the name, but for blanks. */
bool mapping_respells(struct slice name, struct slice target);

void mappings_release(struct mappings *mappings);

#endif
