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
	size_t logsource_count;    /* 0: it has placeholders for all rules */
	uint32_t kinds;            /* bit 1 << kind */
	const struct yaml *fields; /* a map, or NULL */
	const struct yaml *prefix; /* a list, or NULL */
	const struct rules_placeholder *placeholders;
	size_t placeholder_count;
	/* The log source that it turns its own ones into; NULL: it does not. */
	const struct yaml *change;
	struct logsource changed;
	const struct mapping *next; /* what serves that one; may be NULL */
	const struct yaml *own_when;
	const struct node *when; /* also of what follows; NULL: nothing added */
	bool refused;
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
 * When all have been added: follows the changes of log sources, compiles what
 * hangs on them, and refuses what goes in a circle.  Mappings stay in place.
 */
void mappings_link(struct mappings *mappings, struct compile *compile);

/*
 * The mapping that serves the log source, in its taxonomy, with the most keys,
 * of these the one of the last group; NULL if none does.
 */
const struct mapping *mappings_find(
    const struct mappings *mappings, const struct logsource *logsource);

/* What the mapping says of a field: a scalar or a list; NULL for nothing. */
const struct yaml *
mapping_field(const struct mapping *mapping, struct slice name);

/* The names in the records that a rule's name for a field stands for. */
#define MAPPING_NAMES_MAX 256

struct mapping_names {
	struct slice list[MAPPING_NAMES_MAX];
	size_t count;
};

/* Adds them; false if there are too many.  Without mapping: the name itself. */
bool mapping_names(const struct mapping *mapping, struct arena *arena,
    struct slice name, struct mapping_names *out);

/* What the mapping, else one for all rules says of %name%; may be NULL. */
const struct rules_placeholder *
mappings_placeholder(const struct mappings *mappings,
    const struct mapping *mapping, struct slice name);

/* Whether the target is the name, but for blanks. */
bool mapping_respells(struct slice name, struct slice target);

void mappings_release(struct mappings *mappings);

#endif
