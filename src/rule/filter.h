#ifndef RULE_FILTER_H
#define RULE_FILTER_H

#include <stddef.h>

#include "base/arena.h"
#include "rule/compile.h"
#include "rule/mapping.h"
#include "rule/meta.h"
#include "text/yaml.h"

/*
 * filter - conditions that documents of their own add to rules with `and`.
 *
 * Rules that a filter names may be read after it, and its fields mean what
 * they mean in the rule: so filters are noted as they are read, and compiled
 * once for each mapping when all rules are there.
 */
struct filter {
	struct filter_meta meta;
	struct logsource logsource;
	const struct yaml *doc;    /* a copy */
	const struct yaml *search; /* its identifiers and its condition */
	const struct yaml *names;  /* of rules, a list; NULL: any */
};

/* All zero is empty. */
struct filters {
	struct arena arena;
	struct filter *list;
	size_t count, size;
};

/* Notes a document; -1, and a problem, if something is wrong with it. */
int filters_add(struct filters *filters, struct compile *compile,
    const struct yaml *doc, size_t number);

/*
 * Puts the filters' conditions into the rules of the set.  A filter that names
 * a rule for which it cannot hold is refused.
 */
void filters_apply(struct filters *filters, struct compile *compile,
    const struct mappings *mappings);

void filters_release(struct filters *filters);

#endif
