#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "event/event.h"

/*
 * reference - Sigma rules a second time: slow, obvious, and apart.
 *
 * What docs/rules.md says, straight from the rule's YAML for every record
 * again: nothing is compiled, indexed, ordered or remembered, and nothing of
 * src/rule is used.  Log sources are ignored, and fields are called what the
 * rules call them.  There are no limits on what is looked into, and regular
 * expressions have one of their own: where one of these was reached, here or
 * there, verdicts cannot be compared.
 */
struct reference;

/* What %name% stands for under the modifier `expand`. */
struct reference_word {
	const char *name;
	const char *const *values;
	size_t value_count;
};

/*
 * Reads the rules in a text, which is copied.  `stem` is the name that rules
 * without an id have; `words` are borrowed for as long as the rules live.
 */
struct reference *reference_new(struct slice text, const char *stem,
    const struct reference_word *words, size_t word_count);

void reference_free(struct reference *reference);

/* False if there are filters or correlations, of which nothing is known here */
bool reference_judges(const struct reference *reference);

/* How many rules there are, and how many documents were refused. */
size_t reference_count(const struct reference *reference);
size_t reference_refused(const struct reference *reference);

/* The id of rule i, or what stands for it; good as long as the rules. */
struct slice reference_id(const struct reference *reference, size_t i);

/*
 * Whether rule i, of those not refused, is true of the record.  *gave_up says
 * that a regular expression took too long, so that the answer means nothing.
 */
bool reference_holds(struct reference *reference, size_t i, struct json record,
    const struct event *event, bool *gave_up);

#endif
