#ifndef RULE_AST_H
#define RULE_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/slice.h"
#include "rule/field.h"
#include "rule/pattern.h"
#include "rule/rules.h"

/*
 * ast - compiled rules, as the compiler leaves them and the matcher reads them.
 *
 * Everything lives in the set's arena and does not change after loading; only
 * the regular expressions are PCRE2's own memory, listed in struct rules.
 */

/* One condition on one value. */
enum test_type {
	TEST_TEXT,
	TEST_NULL,
	TEST_REGEX,
	TEST_CIDR,
	TEST_COMPARE,
	TEST_FIELD, /* another field's value */
};

enum compare {
	COMPARE_NONE,
	COMPARE_LT,
	COMPARE_LTE,
	COMPARE_GT,
	COMPARE_GTE,
	COMPARE_EQ,
};

/* Which part of a time is compared; none: the value itself, as a number. */
enum time_part {
	PART_NONE,
	PART_MINUTE,
	PART_HOUR,
	PART_DAY,
	PART_WEEK, /* of ISO 8601 */
	PART_MONTH,
	PART_YEAR,
};

struct test {
	enum test_type type;
	struct pattern pattern; /* TEXT; of FIELD its form and cased only; of
	                           REGEX as written */
	bool is_int;            /* TEXT: also equal to a double of ... */
	int64_t number;         /* ... this value */
	const void *regex;      /* a pcre2_code */
	struct slice literal;   /* REGEX: folded, in every match; maybe empty */
	struct ip_net net;
	enum compare compare;
	enum time_part part;
	double limit;
	const uint32_t *fields; /* FIELD: any of these */
	size_t field_count;
};

enum item_type {
	ITEM_TESTS,
	ITEM_EXISTS, /* or `absent` */
	ITEM_SINCE,  /* the event's time is not before `since_us`, or unknown */
};

/*
 * A field (or keywords) with its tests: true if one test is true of one of the
 * values of any of the fields.
 */
struct item {
	enum item_type type;
	bool absent;
	struct slice name; /* of the field, as the rule has it */
	const uint32_t *fields;
	size_t field_count;
	const struct test *tests;
	size_t test_count;
	/*
	 * Not 0: many patterns over text alone, whose verdict on a value is
	 * worth remembering under this number.
	 */
	uint32_t memo;
	int64_t since_us;
};

enum node_type {
	NODE_AND,
	NODE_OR,
	NODE_NOT,
	NODE_AT_LEAST, /* `need` of the children */
	NODE_IDENT,
	NODE_ITEM,
};

struct node {
	enum node_type type;
	uint32_t need;
	size_t count;
	const struct node *const *child;
	const struct ident *ident;
	const struct item *item;
};

/* A search identifier. */
struct ident {
	struct slice name;
	const struct node *node;
};

enum logsource_key {
	LOGSOURCE_PRODUCT,
	LOGSOURCE_CATEGORY,
	LOGSOURCE_SERVICE,
	LOGSOURCE_KEYS,
};

/* Empty slices are keys that are not given. */
struct logsource {
	struct slice key[LOGSOURCE_KEYS];
	struct slice taxonomy; /* whose words it is in; empty: Sigma's */
};

struct rule {
	struct rule_meta meta;
	struct logsource logsource;
	uint32_t kinds;          /* bit 1 << kind: it looks at such records */
	unsigned found_by;       /* of enum rule_found_by */
	uint32_t facts;          /* it names: bits 1 << enum event_fact */
	const uint32_t *filters; /* numbers of those that hold for it */
	size_t filter_count;
	const struct node
	    *when; /* its mapping's part of the condition; or NULL */
	const struct node *condition;
	const struct correlation *correlation; /* NULL: a rule on one record */
	const struct correlation_link *links;  /* correlations it is part of */
	size_t link_count;
	bool generates; /* makes findings although it is part of one */
};

#endif
