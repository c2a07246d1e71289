#define PCRE2_CODE_UNIT_WIDTH 8
#include "rule/matcher.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "rule/rules.h"
#include "rule/witness.h"

/* A regular expression that needs more of these is given up. */
#define REGEX_STEPS     200000
#define REGEX_HEAP_KIB  16384
#define JIT_STACK_BYTES (512u << 10)

static size_t
match_words(const struct rules *rules)
{
	return (rules->count + 63) / 64;
}

struct matcher *
matcher_new(const struct rules *rules)
{
	struct matcher *matcher = xcalloc(1, sizeof(*matcher));

	matcher->rules = rules;
	matcher->found =
	    xcalloc(rules->fields.count + 1, sizeof(*matcher->found));
	matcher->looked_at =
	    xcalloc(rules->count + 1, sizeof(*matcher->looked_at));
	matcher->matched =
	    xcalloc(match_words(rules) + 1, sizeof(*matcher->matched));
	matcher->result = xcalloc(rules->count + 1, sizeof(*matcher->result));
	matcher->memo = xcalloc(MEMO_SIZE, sizeof(*matcher->memo));
	matcher->verdicts = xcalloc(VERDICTS, sizeof(*matcher->verdicts));
	if (getrandom(&matcher->seed, sizeof(matcher->seed), 0) < 0)
		matcher->seed = 0;
	matcher->match_data = pcre2_match_data_create(1, NULL);
	matcher->match_context = pcre2_match_context_create(NULL);
	matcher->jit_stack =
	    pcre2_jit_stack_create(32 << 10, JIT_STACK_BYTES, NULL);
	if (!matcher->match_data || !matcher->match_context)
		abort();
	pcre2_set_match_limit(matcher->match_context, REGEX_STEPS);
	pcre2_set_heap_limit(matcher->match_context, REGEX_HEAP_KIB);
	pcre2_jit_stack_assign(
	    matcher->match_context, NULL, matcher->jit_stack);
	return matcher;
}

void
matcher_free(struct matcher *matcher)
{
	if (!matcher)
		return;
	for (size_t i = 0; i < OPENED_MAX; i++)
		json_parser_free(matcher->parsers[i]);
	pcre2_match_data_free(matcher->match_data);
	pcre2_match_context_free(matcher->match_context);
	pcre2_jit_stack_free(matcher->jit_stack);
	json_index_release(&matcher->own_index);
	arena_release(&matcher->arena);
	buf_release(&matcher->buf);
	free(matcher->found);
	free(matcher->values);
	free(matcher->looked_at);
	free(matcher->memo);
	free(matcher->verdicts);
	free(matcher->matched);
	free(matcher->result);
	free(matcher);
}

static void
start(struct matcher *matcher, const struct record *record,
    const struct event *event)
{
	const struct rules *rules = matcher->rules;

	if (!++matcher->epoch) {
		memset(matcher->found, 0,
		    rules->fields.count * sizeof(*matcher->found));
		memset(matcher->looked_at, 0,
		    rules->count * sizeof(*matcher->looked_at));
		matcher->epoch = 1;
	}
	matcher->record = record;
	matcher->event = event;
	matcher->value_count = 0;
	matcher->opened_count = 0;
	arena_reset(&matcher->arena);
	matcher->index = record->index;
	if (!matcher->index) {
		json_index_build(&matcher->own_index, record->root);
		matcher->index = &matcher->own_index;
	}
}

static void
look_at(struct matcher *matcher, uint32_t number)
{
	const struct rule *rule = &matcher->rules->list[number];

	if (matcher->looked_at[number] == matcher->epoch)
		return;
	matcher->looked_at[number] = matcher->epoch;
	/* Announced by a field that another kind's rules share. */
	if (!(rule->kinds & 1u << matcher->event->kind))
		return;
	if (eval_node(matcher, rule->condition))
		matcher->matched[number / 64] |= UINT64_C(1) << number % 64;
}

/* Looks at the rules that an atom announces. */
static void
announce(struct matcher *matcher, uint64_t hash)
{
	const struct rules *rules = matcher->rules;

	for (uint64_t at = hash >> 1;; at++) {
		const struct witness_slot *slot =
		    &rules->slots[at & (rules->slot_count - 1)];

		if (!slot->hash)
			return;
		if (slot->hash != hash)
			continue;
		for (size_t i = 0; i < slot->count; i++)
			look_at(matcher, rules->postings[slot->first + i]);
		return;
	}
}

/* A double that is whole may be meant by a rule's integer, too. */
static void
announce_whole(struct matcher *matcher, uint32_t field, size_t value)
{
	char text[JSON_SCALAR_MAX];
	double number;
	int n;

	if (!json_to_double(matcher->values[value].json, &number) ||
	    number < -1e15 || number > 1e15 ||
	    number != (double)(int64_t)number)
		return;
	n = snprintf(text, sizeof(text), "%lld", (long long)number);
	announce(matcher, witness_value(field, slice_of(text, (size_t)n)));
}

/* Fills memo with the patterns of the field that value i fits. */
static bool
fit_patterns(struct matcher *matcher, const struct field_patterns *patterns,
    size_t i, struct memo *memo)
{
	memo->count = 0;
	for (size_t k = 0; k < patterns->count; k++) {
		const struct pattern *pattern = patterns->list[k];

		if (!pattern_match(pattern, pattern->cased
		                                ? value_text(matcher, i)
		                                : value_folded(matcher, i)))
			continue;
		if (memo->count < MEMO_HASHES)
			memo->hashes[memo->count++] = patterns->hashes[k];
		else
			announce(matcher, patterns->hashes[k]);
	}
	return memo->count < MEMO_HASHES;
}

/* The rules that patterns announce, for value i of the field. */
static void
announce_patterns(struct matcher *matcher, uint32_t field, size_t i)
{
	const struct field_patterns *patterns =
	    &matcher->rules->patterns[field];
	struct memo fresh, *memo;
	uint64_t key;

	if (!patterns->count)
		return;
	key = hash64(patterns->cased ? value_text(matcher, i)
	                             : value_folded(matcher, i),
	          matcher->seed + field) |
	      1;
	memo = &matcher->memo[key >> 1 & (MEMO_SIZE - 1)];
	if (memo->key != key) {
		bool whole = fit_patterns(matcher, patterns, i, &fresh);

		fresh.key = key;
		if (whole)
			*memo = fresh;
		else
			memo = &fresh;
	}
	for (size_t k = 0; k < memo->count; k++)
		announce(matcher, memo->hashes[k]);
}

static void
announce_field(struct matcher *matcher, uint32_t field)
{
	const struct found *found = resolve(matcher, field);

	if (!found->present)
		return;
	announce(matcher, witness_present(field));
	for (size_t i = found->first; i < found->first + found->count; i++) {
		enum json_type type = matcher->values[i].type;

		announce_patterns(matcher, field, i);
		if (type == JSON_OBJECT)
			continue;
		announce(
		    matcher, witness_value(field, value_folded(matcher, i)));
		if (type == JSON_DOUBLE)
			announce_whole(matcher, field, i);
	}
}

/* The fields of the plan that the record's root has a member for. */
static void
announce_members(struct matcher *matcher, const struct plan *plan)
{
	const struct json_index *index = matcher->index;
	struct json_key key;

	for (size_t i = 0; i < index->count; i++) {
		(void)json_index_member(index, i, &key);
		for (size_t at = key.hash;; at++) {
			const struct plan_root *root =
			    &plan->roots[at & (plan->root_size - 1)];

			if (!root->key.name.len)
				break;
			if (root->key.hash != key.hash ||
			    !slice_eq(root->key.name, key.name))
				continue;
			for (size_t k = 0; k < root->count; k++)
				announce_field(matcher,
				    plan->root_fields[root->first + k]);
			break;
		}
	}
}

size_t
matcher_run(struct matcher *matcher, const struct record *record,
    const struct event *event, const uint32_t **indexes)
{
	const struct plan *plan = &matcher->rules->plans[event->kind];
	size_t n = 0;

	start(matcher, record, event);
	if (matcher->index->spilled) {
		for (size_t i = 0; i < plan->field_count; i++)
			announce_field(matcher, plan->fields[i]);
	} else {
		for (size_t i = 0; i < plan->direct_count; i++)
			announce_field(matcher, plan->direct[i]);
		announce_members(matcher, plan);
	}
	for (size_t i = 0; i < plan->always_count; i++)
		look_at(matcher, plan->always[i]);
	for (size_t w = 0; w < match_words(matcher->rules); w++) {
		uint64_t word = matcher->matched[w];

		matcher->matched[w] = 0;
		for (; word; word &= word - 1)
			matcher->result[n++] = (uint32_t)(w * 64) +
			                       (uint32_t)__builtin_ctzll(word);
	}
	*indexes = matcher->result;
	return n;
}

uint64_t
matcher_regex_limited(const struct matcher *matcher)
{
	return matcher->regex_limited;
}
