#ifndef RULE_META_H
#define RULE_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "coverage/level.h"

/*
 * meta - what a rule says of itself.  Good as long as its rules.
 */

enum rule_status {
	STATUS_NONE, /* the rule does not say */
	STATUS_STABLE,
	STATUS_TEST,
	STATUS_EXPERIMENTAL,
	STATUS_DEPRECATED,
	STATUS_UNSUPPORTED,
};

/* static; "" for none */
const char *rule_status_name(enum rule_status status);

struct rule_strings {
	const struct slice *list;
	size_t count;
};

/* What a rule says of itself.  Slices have a NUL behind them. */
struct rule_meta {
	struct slice id;   /* of a rule without: its file's name without .yml */
	struct slice name; /* by which others may name it; mostly empty */
	struct slice title;
	struct slice description;
	struct slice author;
	struct slice logsource; /* "product: m365, service: audit" */
	struct slice path;
	uint32_t line;    /* where its document starts */
	enum level level; /* medium if it does not say */
	enum rule_status status;
	struct rule_strings references;
	struct rule_strings falsepositives;
	struct rule_strings tags;
	struct rule_strings techniques; /* "T1098.003", from the tags */
	struct rule_strings tactics;    /* "persistence", from the tags */
};

/*
 * What a filter says of itself.  A suppression is one that names an owner, a
 * reason and the time at which it ends.
 */
struct filter_meta {
	struct rule_meta meta; /* the level and ATT&CK mean nothing */
	bool suppression;
	struct slice owner, reason;
	int64_t expires_us;
	size_t rule_count; /* rules that it holds for */
};

#endif
