#ifndef RULE_MATCHER_H
#define RULE_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "rule/match.h"
#include "rule/set.h"
#include "json/index.h"

/*
 * matcher - what is known of the record at hand, shared by the matcher's parts.
 *
 * A field is looked up once a record, when it is first asked for; its values
 * stand together in one list that starts anew with each record.  `epoch`
 * counts records, so that nothing has to be cleared between them.
 */

/* A value that is neither null nor an array. */
struct value {
	enum json_type type;
	bool has_text, has_folded;
	struct json json;    /* absent for a column of the event */
	struct slice text;   /* use value_text() */
	struct slice folded; /* use value_folded() */
};

/* What a field is in this record. */
struct found {
	uint32_t epoch;
	uint32_t first, count; /* in matcher->values */
	bool present;          /* something is there, if only null or [] */
	bool null;             /* there is a null among it */
	/*
	 * There may be more than was found: what is asked of it and not true
	 * of what was found is unknown.  Only explain.c asks for this.
	 */
	bool unknown;
	bool unknown_fact; /* nobody knows: decide.c asks for this, too */
};

/* JSON that was opened inside a string. */
struct opened {
	struct json string; /* where it was */
	struct json root;   /* absent: it is none */
};

/* Strings opened in one record at most; others count as text, and are counted.
 */
#define OPENED_MAX 64

/* Verdicts of items with a memo: the last bit of a key. */
#define VERDICTS 4096 /* a power of two */

struct matcher {
	const struct rules *rules;
	const struct record *record;
	const struct event *event;
	uint32_t epoch;
	const struct json_index *index;
	struct json_index own_index; /* where the record brings none */
	struct found *found;         /* for each field */
	struct value *values;
	size_t value_count, value_size;
	struct arena arena; /* texts of this record */
	struct buf buf;     /* for one text at a time */
	struct opened opened[OPENED_MAX];
	struct json_parser *parsers[OPENED_MAX]; /* made when first used */
	size_t opened_count;
	const struct plan *plan;       /* for records of this kind */
	bool *on;                      /* for each route of the plan */
	uint64_t routes;               /* route_bit() of those */
	uint64_t seen[SEEN_BITS / 64]; /* seen_bit() of the atoms so far */
	/* Rules, each once, by what announced them first. */
	const struct posting **announced;
	size_t announced_count;
	uint32_t *announced_at; /* for each rule: the epoch */
	uint64_t *memo_keys;    /* see matcher.c */
	struct memo *memo;
	struct literal_hits hits; /* in one value */
	uint64_t *verdicts;
	struct undecided *undecided;
	size_t undecided_count, undecided_size;
	/* A bit for each rule, and for each word of these; zero between runs */
	uint64_t *matched, *matched_words;
	uint32_t *result;
	void *match_data; /* of PCRE2 */
	void *match_context;
	void *jit_stack;
	struct rule_cost *costs; /* for each rule; NULL: not measured */
	uint64_t regex_limited;
	uint64_t lookup_limited;
};

/* --- resolve.c --- */

/* What the field is; good until the next record. */
const struct found *resolve(struct matcher *matcher, uint32_t number);

/* The same where the record's root has the field's only name as a member. */
const struct found *
resolve_member(struct matcher *matcher, uint32_t number, struct json member);

/* Value i of matcher->values as text; of an object its compact JSON. */
struct slice value_text(struct matcher *matcher, size_t i);
struct slice value_folded(struct matcher *matcher, size_t i);

/* --- eval.c --- */

bool eval_node(struct matcher *matcher, const struct node *node);

/* Whether the test, which is not TEST_NULL, is true of value i. */
bool eval_value(struct matcher *matcher, const struct test *test, size_t i);

/* Whether a value that is there makes the item true; a value at all, if it
 * asks for that. */
bool eval_values(struct matcher *matcher, const struct item *item);

bool eval_item(struct matcher *matcher, const struct item *item);

/* --- decide.c --- */

/* A verdict; the facts (bits 1 << enum event_fact) for want of which it is
 * unknown. */
struct decision {
	enum verdict verdict;
	uint32_t facts;
};

/*
 * As eval_node(), where facts may be unknown.  What is not looked up to its
 * end counts as absent here, as there.
 */
struct decision decide_node(struct matcher *matcher, const struct node *node);

/* Whether the rule, which names facts, is true; an unknown one is noted. */
bool decide_rule(struct matcher *matcher, uint32_t number);

/* Notes that the rule is undecided for want of these. */
void decide_note(struct matcher *matcher, uint32_t number, uint32_t facts);

/* The fact that the field is, as a bit, if it is one that is unknown. */
uint32_t decide_unknown(struct matcher *matcher, uint32_t number);

#endif
