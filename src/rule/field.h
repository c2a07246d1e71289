#ifndef RULE_FIELD_H
#define RULE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "event/fact.h"
#include "json/index.h"

/*
 * field - where a value is: a path in the record, a column of the event, or a
 * fact.
 *
 * A path is names with dots between them and array accesses:
 *	Parameters[Name=ForwardTo].Value	ModifiedProperties[*].NewValue
 * Fields are interned over a whole set of rules: the same text is the same
 * number, so that a record's field is looked up once for all rules.
 */
enum field_type {
	FIELD_PATH,
	FIELD_KEYWORDS, /* every scalar anywhere in the record */
	FIELD_COLUMN,
	FIELD_FACT,
	FIELD_OPERATION_PLAIN, /* the operation without full stop and blanks */
	FIELD_KIND,
	FIELD_OUTCOME,
};

enum step_type {
	STEP_NAME,
	STEP_ALL,    /* [*] */
	STEP_FILTER, /* [name=value] */
};

struct step {
	enum step_type type;
	struct slice name;
	struct slice value; /* of a filter, folded */
	/*
	 * Of a name: how many names stand here in a row, this one included, and
	 * all of them with their dots.  A member that is called so wins over
	 * the path.
	 */
	size_t run;
	struct slice joined;
};

struct field {
	struct slice name;
	enum field_type type;
	enum event_column column;
	enum event_fact fact;
	const struct step *steps;
	size_t step_count;
	/*
	 * The first names as the record's root may have them: all of the run
	 * joined, all but the last, ..., the first alone.
	 */
	const struct json_key *keys;
	size_t key_count;
};

/* Steps of a path at most. */
#define FIELD_STEPS_MAX 32

/* The fields of a set of rules; all zero is empty. */
struct fields {
	struct field *list;
	size_t count, size;
	uint32_t *table; /* number + 1, 0 free */
	size_t table_size;
};

/* The number of the field of that name; texts go to the arena. */
int fields_intern(struct fields *fields, struct arena *arena, struct slice name,
    uint32_t *number, struct err *err);

/* The number of the field that keywords are searched in. */
uint32_t fields_keywords(struct fields *fields, struct arena *arena);

void fields_release(struct fields *fields);

#endif
