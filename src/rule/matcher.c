#define PCRE2_CODE_UNIT_WIDTH 8
#include "rule/matcher.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "rule/match.h"
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
	matcher->hits.size = 64;
	matcher->hits.list =
	    xcalloc(matcher->hits.size, sizeof(*matcher->hits.list));
	matcher->memo = xcalloc(MEMO_SIZE, sizeof(*matcher->memo));
	matcher->verdicts = xcalloc(VERDICTS, sizeof(*matcher->verdicts));
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
	free(matcher->hits.list);
	free(matcher->verdicts);
	free(matcher->matched);
	free(matcher->undecided);
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
	matcher->undecided_count = 0;
	arena_reset(&matcher->arena);
	matcher->index = record->index;
	if (!matcher->index) {
		json_index_build(&matcher->own_index, record->root);
		matcher->index = &matcher->own_index;
	}
}

static uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Rules that name facts may be undecided, too. */
static bool
holds(struct matcher *matcher, uint32_t number)
{
	const struct rule *rule = &matcher->rules->list[number];

	return rule->facts ? decide_rule(matcher, number)
	                   : eval_node(matcher, rule->condition);
}

/* Whether the rule holds, with what it cost added up. */
static bool
measured(struct matcher *matcher, uint32_t number)
{
	struct rule_cost *cost = &matcher->costs[number];
	uint64_t start = now_ns();
	bool is_true = holds(matcher, number);

	cost->ns += now_ns() - start;
	cost->looked_at++;
	cost->matched += is_true;
	return is_true;
}

static void
look_at(struct matcher *matcher, uint32_t number)
{
	if (matcher->looked_at[number] == matcher->epoch)
		return;
	matcher->looked_at[number] = matcher->epoch;
	if (matcher->costs ? measured(matcher, number) : holds(matcher, number))
		matcher->matched[number / 64] |= UINT64_C(1) << number % 64;
}

/* Looks at the rules that an atom announces. */
static void
announce(struct matcher *matcher, const struct route *route, uint64_t hash)
{
	uint64_t bit = witness_bit(route, hash);

	if (!(route->slot_bits[bit / 64] >> bit % 64 & 1))
		return;
	for (uint64_t at = hash >> 1;; at++) {
		const struct witness_slot *slot =
		    &route->slots[at & (route->slot_count - 1)];

		if (!slot->hash)
			return;
		if (slot->hash != hash)
			continue;
		for (size_t i = 0; i < slot->count; i++)
			look_at(matcher, route->postings[slot->first + i]);
		return;
	}
}

/* A double that is whole may be meant by a rule's integer, too. */
static void
announce_whole(struct matcher *matcher, const struct route *route,
    uint32_t field, size_t value)
{
	char text[JSON_SCALAR_MAX];
	double number;
	int n;

	if (!json_to_double(matcher->values[value].json, &number) ||
	    number < -1e15 || number > 1e15 ||
	    number != (double)(int64_t)number)
		return;
	n = snprintf(text, sizeof(text), "%lld", (long long)number);
	announce(matcher, route,
	    witness_value(field,
	        hash64(slice_of(text, (size_t)n), matcher->rules->seed)));
}

/* Routes and fields ask for it again and again. */
static uint64_t
value_hash(struct matcher *matcher, size_t i)
{
	struct value *value = &matcher->values[i];
	struct slice folded;

	if (!value->has_hash) {
		folded = value_folded(matcher, i);
		value = &matcher->values[i];
		value->hash = hash64(folded, matcher->rules->seed);
		value->has_hash = true;
	}
	return value->hash;
}

/* The rules that literals announce, for value i of the field. */
static void
announce_literals(struct matcher *matcher, const struct route *route,
    const struct planned *planned, size_t i)
{
	const struct literals *literals = planned->literals;
	struct literal_hits *hits = &matcher->hits;
	struct slice text;
	struct memo *memo;
	uint64_t key;

	if (!literals)
		return;
	text = value_folded(matcher, i);
	key = hash_mix(
	          value_hash(matcher, i), planned->memo * 0x9e3779b97f4a7c15u) |
	      1;
	memo = &matcher->memo[key >> 1 & (MEMO_SIZE - 1)];
	if (memo->key == key) {
		for (size_t k = 0; k < memo->count; k++)
			announce(matcher, route, memo->hashes[k]);
		return;
	}
	literals_find(literals, text, hits);
	if (hits->count > hits->size) {
		hits->size = hits->count * 2;
		hits->list =
		    xrealloc(hits->list, hits->size * sizeof(*hits->list));
		literals_find(literals, text, hits);
	}
	if (hits->count <= MEMO_HASHES) {
		memo->key = key;
		memo->count = hits->count;
		memcpy(memo->hashes, hits->list,
		    hits->count * sizeof(*hits->list));
	}
	for (size_t k = 0; k < hits->count; k++)
		announce(matcher, route, hits->list[k]);
}

static void
announce_field(struct matcher *matcher, const struct route *route,
    const struct planned *planned)
{
	uint32_t field = planned->field;
	const struct found *found = resolve(matcher, field);

	if (!found->present)
		return;
	announce(matcher, route, witness_present(field));
	for (size_t i = found->first; i < found->first + found->count; i++) {
		enum json_type type = matcher->values[i].type;

		announce_literals(matcher, route, planned, i);
		if (type == JSON_OBJECT)
			continue;
		announce(matcher, route,
		    witness_value(field, value_hash(matcher, i)));
		if (type == JSON_DOUBLE)
			announce_whole(matcher, route, field, i);
	}
}

/* The fields of the route that the record's root has a member for. */
static void
announce_members(struct matcher *matcher, const struct route *route)
{
	const struct json_index *index = matcher->index;
	struct json_key key;

	for (size_t i = 0; i < index->count; i++) {
		(void)json_index_member(index, i, &key);
		for (size_t at = key.hash;; at++) {
			const struct plan_root *root =
			    &route->roots[at & (route->root_size - 1)];

			if (!root->key.name.len)
				break;
			if (root->key.hash != key.hash ||
			    !slice_eq(root->key.name, key.name))
				continue;
			for (size_t k = 0; k < root->count; k++)
				announce_field(matcher, route,
				    &route->fields
				         [route->root_fields[root->first + k]]);
			break;
		}
	}
}

static void
follow(struct matcher *matcher, const struct route *route)
{
	if (route->when && !eval_node(matcher, route->when))
		return;
	if (matcher->index->spilled) {
		for (size_t i = 0; i < route->field_count; i++)
			announce_field(matcher, route, &route->fields[i]);
	} else {
		for (size_t i = 0; i < route->direct_count; i++)
			announce_field(
			    matcher, route, &route->fields[route->direct[i]]);
		announce_members(matcher, route);
	}
	for (size_t i = 0; i < route->always_count; i++)
		look_at(matcher, route->always[i]);
}

size_t
matcher_run(struct matcher *matcher, const struct record *record,
    const struct event *event, const uint32_t **indexes)
{
	const struct rules *rules = matcher->rules;
	size_t n = 0;

	start(matcher, record, event);
	for (size_t i = 0; i < rules->route_count; i++)
		if (rules->routes[i].kinds & 1u << event->kind)
			follow(matcher, &rules->routes[i]);
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

void
matcher_measure(struct matcher *matcher, struct rule_cost *costs)
{
	matcher->costs = costs;
}
