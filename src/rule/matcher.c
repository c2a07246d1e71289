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

/* Slots that a whole value may have, next to those of its texts. */
#define WHOLE_MAX 2

/* Cache lines of a condition that are fetched in advance. */
#define CONDITION_LINES 4

/*
 * Which atoms a field's value has, remembered: the same operations, people and
 * clients come again and again.  Keys, of field and value, stand by themselves,
 * since most values have no atom.
 */
#define MEMO_SIZE  2048 /* a power of two */
#define MEMO_SLOTS 15
#define MEMO_USED  1 /* in a key: so that it is never 0, as a free place is */
#define MEMO_SOME  2 /* there are atoms */

struct memo {
	uint32_t count;
	uint32_t slots[MEMO_SLOTS]; /* of plan->atoms */
};

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
	matcher->on = xcalloc(rules->route_max + 1, sizeof(*matcher->on));
	matcher->announced =
	    xcalloc(rules->count + 1, sizeof(struct posting *));
	matcher->announced_at =
	    xcalloc(rules->count + 1, sizeof(*matcher->announced_at));
	matcher->matched =
	    xcalloc(match_words(rules) + 1, sizeof(*matcher->matched));
	matcher->matched_words = xcalloc(
	    match_words(rules) / 64 + 1, sizeof(*matcher->matched_words));
	matcher->result = xcalloc(rules->count + 1, sizeof(*matcher->result));
	matcher->hits.size = 64;
	matcher->hits.list =
	    xcalloc(matcher->hits.size, sizeof(*matcher->hits.list));
	matcher->memo_keys = xcalloc(MEMO_SIZE, sizeof(*matcher->memo_keys));
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
	free(matcher->on);
	free(matcher->announced);
	free(matcher->announced_at);
	free(matcher->memo_keys);
	free(matcher->memo);
	free(matcher->hits.list);
	free(matcher->verdicts);
	free(matcher->matched);
	free(matcher->undecided);
	free(matcher->matched_words);
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
		memset(matcher->announced_at, 0,
		    rules->count * sizeof(*matcher->announced_at));
		matcher->epoch = 1;
	}
	matcher->record = record;
	matcher->event = event;
	matcher->plan = rules->plans[event->kind];
	matcher->announced_count = 0;
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
	const struct rules *rules = matcher->rules;

	return rules->list[number].facts
	           ? decide_rule(matcher, number)
	           : eval_node(matcher, rules->conditions[number]);
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
	if (!(matcher->costs ? measured(matcher, number)
	                     : holds(matcher, number)))
		return;
	matcher->matched[number / 64] |= UINT64_C(1) << number % 64;
	matcher->matched_words[number / 4096] |= UINT64_C(1)
	                                         << number / 64 % 64;
}

/* --- what is announced --- */

static void
announce(struct matcher *matcher, const struct posting *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t number = list[i].rule;

		if (!matcher->on[list[i].route] ||
		    matcher->announced_at[number] == matcher->epoch)
			continue;
		matcher->announced_at[number] = matcher->epoch;
		matcher->announced[matcher->announced_count++] = &list[i];
		__builtin_prefetch(&matcher->plan->needs[list[i].needs]);
	}
}

static void
announce_slot(struct matcher *matcher, uint64_t number)
{
	const struct atoms *atoms = &matcher->plan->atoms;
	const struct witness_slot *slot = &atoms->slots[number];

	matcher->seen[seen_bit(number) / 64] |= UINT64_C(1)
	                                        << seen_bit(number) % 64;
	if (slot->routes & matcher->routes)
		announce(matcher, atoms->postings + slot->first, slot->count);
}

/* Adds the number of the hash's slot, if it has one, to the hits. */
static void
add_hit(struct literal_hits *hits, const struct atoms *atoms, uint64_t hash)
{
	uint64_t bit = witness_bit(atoms, hash);

	if (!(atoms->bits[bit / 64] >> bit % 64 & 1))
		return;
	for (uint64_t at = hash >> 1;; at++) {
		uint64_t number = at & (atoms->slot_count - 1);

		if (!atoms->slots[number].hash)
			return;
		if (atoms->slots[number].hash != hash)
			continue;
		hits->list[hits->count++] = number;
		return;
	}
}

/* A double that is whole may be meant by a rule's integer, too. */
static void
add_whole(struct matcher *matcher, const struct atoms *atoms, uint32_t field,
    size_t value)
{
	char text[JSON_SCALAR_MAX];
	double number;
	int n;

	if (!json_to_double(matcher->values[value].json, &number) ||
	    number < (double)-WITNESS_WHOLE_MAX ||
	    number > (double)WITNESS_WHOLE_MAX ||
	    number != (double)(int64_t)number)
		return;
	n = snprintf(text, sizeof(text), "%lld", (long long)number);
	add_hit(&matcher->hits, atoms,
	    witness_value(field,
	        hash64(slice_of(text, (size_t)n), matcher->rules->seed)));
}

/* The slots of the whole value i, to the hits; they have room for both. */
static void
add_value(struct matcher *matcher, const struct atoms *atoms,
    const struct planned *planned, size_t i)
{
	enum json_type type = matcher->values[i].type;

	if (!planned->by_value || type == JSON_OBJECT)
		return;
	add_hit(&matcher->hits, atoms,
	    witness_value(planned->field,
	        hash64(value_folded(matcher, i), matcher->rules->seed)));
	if (type == JSON_DOUBLE)
		add_whole(matcher, atoms, planned->field, i);
}

/* --- fields --- */

/* All slots of value i of the field, to the hits. */
static void
look_up(struct matcher *matcher, const struct planned *planned, size_t i)
{
	struct literal_hits *hits = &matcher->hits;
	struct slice text = value_folded(matcher, i);

	literals_find(planned->literals, text, hits);
	if (hits->count + WHOLE_MAX > hits->size) {
		hits->size = (hits->count + WHOLE_MAX) * 2;
		hits->list =
		    xrealloc(hits->list, hits->size * sizeof(*hits->list));
		literals_find(planned->literals, text, hits);
	}
	add_value(matcher, &matcher->plan->atoms, planned, i);
}

/* Remembers the hits at that place under the key, if they are few. */
static void
remember(struct matcher *matcher, size_t place, uint64_t key)
{
	const struct literal_hits *hits = &matcher->hits;
	struct memo *memo = &matcher->memo[place];
	size_t n = 0, k;

	matcher->memo_keys[place] = 0;
	for (size_t i = 0; i < hits->count; i++) {
		for (k = 0; k < n && memo->slots[k] != hits->list[i]; k++)
			;
		if (k == MEMO_SLOTS)
			return;
		if (k == n)
			memo->slots[n++] = (uint32_t)hits->list[i];
	}
	if (n)
		memo->count = (uint32_t)n;
	matcher->memo_keys[place] = key | (n ? MEMO_SOME : 0);
}

/* For a field with literals. */
static void
announce_text(struct matcher *matcher, const struct planned *planned, size_t i)
{
	uint64_t kind = planned->memo * UINT64_C(16) + matcher->values[i].type;
	uint64_t hash = hash64(value_text(matcher, i),
	    matcher->rules->seed ^ kind * 0x9e3779b97f4a7c15u);
	uint64_t key = (hash & ~(uint64_t)MEMO_SOME) | MEMO_USED;
	size_t place = hash >> 2 & (MEMO_SIZE - 1);
	const struct memo *memo = &matcher->memo[place];

	if (matcher->memo_keys[place] == key)
		return;
	if (matcher->memo_keys[place] == (key | MEMO_SOME)) {
		for (size_t k = 0; k < memo->count; k++)
			announce_slot(matcher, memo->slots[k]);
		return;
	}
	look_up(matcher, planned, i);
	remember(matcher, place, key);
	for (size_t k = 0; k < matcher->hits.count; k++)
		announce_slot(matcher, matcher->hits.list[k]);
}

static void
announce_found(struct matcher *matcher, const struct planned *planned,
    const struct found *found)
{
	if (found->present && planned->present)
		announce_slot(matcher, planned->present - 1);
	for (size_t i = found->first; i < found->first + found->count; i++) {
		if (planned->literals) {
			announce_text(matcher, planned, i);
			continue;
		}
		matcher->hits.count = 0;
		add_value(matcher, &matcher->plan->atoms, planned, i);
		for (size_t k = 0; k < matcher->hits.count; k++)
			announce_slot(matcher, matcher->hits.list[k]);
	}
}

static void
announce_field(struct matcher *matcher, const struct planned *planned)
{
	if (planned->routes & matcher->routes)
		announce_found(
		    matcher, planned, resolve(matcher, planned->field));
}

/* The fields that begin with a member of the record's root. */
static void
announce_member(
    struct matcher *matcher, const struct plan_root *root, struct json member)
{
	const struct plan *plan = matcher->plan;
	const uint32_t *places = plan->root_fields + root->first;

	for (size_t i = 0; i < root->count; i++) {
		const struct planned *planned = &plan->fields[places[i]];
		uint32_t number = planned->field;

		if (matcher->rules->fields.list[number].key_count > 1)
			announce_field(matcher, planned);
		else if (planned->routes & matcher->routes)
			announce_found(matcher, planned,
			    resolve_member(matcher, number, member));
	}
}

static void
announce_members(struct matcher *matcher)
{
	const struct json_index *index = matcher->index;
	const struct plan *plan = matcher->plan;

	for (size_t i = 0; i < index->count; i++) {
		struct json_key key;
		struct json member = json_index_member(index, i, &key);

		for (size_t at = key.hash;; at++) {
			const struct plan_root *root =
			    &plan->roots[at & (plan->root_size - 1)];

			if (!root->key.name.len)
				break;
			if (root->key.hash != key.hash ||
			    !slice_eq(root->key.name, key.name))
				continue;
			announce_member(matcher, root, member);
			break;
		}
	}
}

/* --- routes --- */

static void
try_route(struct matcher *matcher, uint32_t route)
{
	const struct node *when = matcher->plan->whens[route];

	if (matcher->on[route] || (when && !eval_node(matcher, when)))
		return;
	matcher->on[route] = true;
	matcher->routes |= route_bit(route);
}

static void
try_slot(struct matcher *matcher, uint64_t number)
{
	const struct atoms *atoms = &matcher->plan->gate_atoms;
	const struct witness_slot *slot = &atoms->slots[number];

	for (size_t i = slot->first; i < slot->first + slot->count; i++)
		try_route(matcher, atoms->postings[i].route);
}

/* Finds out which routes the record is on. */
static void
find_routes(struct matcher *matcher)
{
	const struct plan *plan = matcher->plan;

	memset(matcher->on, 0, plan->route_count * sizeof(*matcher->on));
	matcher->routes = 0;
	for (size_t i = 0; i < plan->open_count; i++)
		try_route(matcher, plan->open[i]);
	for (size_t g = 0; g < plan->gate_count; g++) {
		const struct planned *gate = &plan->gates[g];
		const struct found *found = resolve(matcher, gate->field);

		if (found->present && gate->present)
			try_slot(matcher, gate->present - 1);
		for (size_t i = 0; i < found->count; i++) {
			matcher->hits.count = 0;
			add_value(
			    matcher, &plan->gate_atoms, gate, found->first + i);
			for (size_t k = 0; k < matcher->hits.count; k++)
				try_slot(matcher, matcher->hits.list[k]);
		}
	}
}

/* --- what is looked at --- */

static bool
has_needs(const struct matcher *matcher, const struct needs *needs)
{
	size_t n = 0;

	for (size_t group = 0; group < NEEDS_GROUPS; group++) {
		bool seen = n == needs->ends[group];

		for (; n < needs->ends[group]; n++)
			seen |= matcher->seen[needs->atoms[n] / 64] >>
			            needs->atoms[n] % 64 &
			        1;
		if (!seen)
			return false;
	}
	return true;
}

/*
 * Looks at those announced rules that have what they need, once all fields
 * have been looked up; what they read is fetched meanwhile.
 */
static void
look_at_announced(struct matcher *matcher)
{
	const struct posting **list = matcher->announced;
	size_t n = 0;

	for (size_t i = 0; i < matcher->announced_count; i++) {
		const char *condition =
		    (const char *)matcher->rules->conditions[list[i]->rule];

		if (!has_needs(matcher, &matcher->plan->needs[list[i]->needs]))
			continue;
		list[n++] = list[i];
		for (size_t line = 0; line < CONDITION_LINES; line++)
			__builtin_prefetch(condition + line * 64);
	}
	for (size_t i = 0; i < n; i++)
		look_at(matcher, list[i]->rule);
}

static void
follow(struct matcher *matcher)
{
	const struct plan *plan = matcher->plan;

	find_routes(matcher);
	if (!matcher->routes)
		return;
	memset(matcher->seen, 0, sizeof(matcher->seen));
	if (matcher->index->spilled) {
		for (size_t i = 0; i < plan->field_count; i++)
			announce_field(matcher, &plan->fields[i]);
	} else {
		for (size_t i = 0; i < plan->direct_count; i++)
			announce_field(matcher, &plan->fields[plan->direct[i]]);
		announce_members(matcher);
	}
	announce(matcher, plan->always, plan->always_count);
	look_at_announced(matcher);
}

/* Moves the numbers of the rules that matched to the result, in order. */
static size_t
take_matched(struct matcher *matcher)
{
	size_t n = 0;

	for (size_t i = 0; i < match_words(matcher->rules) / 64 + 1; i++) {
		uint64_t words = matcher->matched_words[i];

		matcher->matched_words[i] = 0;
		for (; words; words &= words - 1) {
			size_t w = i * 64 + (size_t)__builtin_ctzll(words);
			uint64_t bits = matcher->matched[w];

			matcher->matched[w] = 0;
			for (; bits; bits &= bits - 1)
				matcher->result[n++] =
				    (uint32_t)(w * 64 +
				               (size_t)__builtin_ctzll(bits));
		}
	}
	return n;
}

size_t
matcher_run(struct matcher *matcher, const struct record *record,
    const struct event *event, const uint32_t **indexes)
{
	start(matcher, record, event);
	if (matcher->plan)
		follow(matcher);
	*indexes = matcher->result;
	return take_matched(matcher);
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
