#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "rule/compile.h"
#include "rule/witness.h"

/*
 * The tables of every route, made from the witnesses of its rules.
 */

/* An atom that announces a rule. */
struct posting {
	uint64_t hash;
	uint32_t rule;
};

struct postings {
	struct posting *list;
	size_t count, size;
};

static int
by_hash(const void *a, const void *b)
{
	const struct posting *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

static void
post(struct postings *postings, uint64_t hash, uint32_t rule)
{
	if (postings->count == postings->size) {
		postings->size = postings->size ? postings->size * 2 : 1024;
		postings->list = xrealloc(
		    postings->list, postings->size * sizeof(*postings->list));
	}
	postings->list[postings->count++] = (struct posting){hash, rule};
}

/* A literal that announces rules, and the field it is looked for in. */
struct looked_for {
	struct literal literal;
	uint32_t field;
};

struct literal_list {
	struct looked_for *list; /* owned */
	size_t count, size;
};

static void
look_for(struct literal_list *all, const struct atom *atom)
{
	if (all->count == all->size) {
		all->size = all->size ? all->size * 2 : 1024;
		all->list = xrealloc(all->list, all->size * sizeof(*all->list));
	}
	all->list[all->count] = (struct looked_for){atom->literal, atom->field};
	all->list[all->count++].literal.value = atom->hash;
}

static int
by_field(const void *a, const void *b)
{
	const struct looked_for *x = a, *y = b;

	if (x->field != y->field)
		return x->field < y->field ? -1 : 1;
	if (x->literal.value != y->literal.value)
		return x->literal.value < y->literal.value ? -1 : 1;
	return slice_order(x->literal.text, y->literal.text);
}

/* The literals of every planned field, each once. */
static void
make_literals(
    struct rules *rules, struct route *route, struct literal_list *all)
{
	struct literal *list = xcalloc(all->count + 1, sizeof(struct literal));
	size_t n = 0, place = 0;

	if (all->count)
		qsort(all->list, all->count, sizeof(*all->list), by_field);
	for (size_t i = 0; i < all->count; i++) {
		const struct looked_for *now = &all->list[i];

		if (!n || by_field(now, now - 1) != 0)
			list[n++] = now->literal;
		if (i + 1 < all->count && now[1].field == now->field)
			continue;
		/* Both are in the order of the fields' numbers. */
		while (route->fields[place].field != now->field)
			place++;
		route->fields[place].literals =
		    literals_new(&rules->arena, list, n);
		n = 0;
	}
	free(list);
}

static void
make_table(struct rules *rules, struct route *route, struct postings *postings)
{
	size_t n = 0, size = 64;

	if (postings->count)
		qsort(postings->list, postings->count, sizeof(*postings->list),
		    by_hash);
	while (size < postings->count * 2)
		size *= 2;
	route->slots = arena_calloc(&rules->arena, size, sizeof(*route->slots));
	route->slot_count = size;
	route->slot_bits_log = 10;
	while (route->slot_bits_log < 24 &&
	       (size_t)1 << route->slot_bits_log < postings->count * 16)
		route->slot_bits_log++;
	route->slot_bits = arena_calloc(&rules->arena,
	    ((size_t)1 << route->slot_bits_log) / 64, sizeof(uint64_t));
	route->postings = arena_calloc(
	    &rules->arena, postings->count + 1, sizeof(*route->postings));
	for (size_t i = 0; i < postings->count; i++) {
		const struct posting *posting = &postings->list[i];
		struct witness_slot *slot;
		uint64_t at = posting->hash >> 1, bit;

		/* A value twice in a list announces its rule once. */
		if (i && !by_hash(posting, posting - 1))
			continue;
		for (;; at++) {
			slot = &route->slots[at & (size - 1)];
			if (!slot->hash || slot->hash == posting->hash)
				break;
		}
		bit = witness_bit(route, posting->hash);
		route->slot_bits[bit / 64] |= UINT64_C(1) << bit % 64;
		if (!slot->hash)
			*slot = (struct witness_slot){
			    posting->hash, (uint32_t)n, 0};
		route->postings[n++] = posting->rule;
		slot->count++;
	}
}

static struct plan_root *
find_root(const struct route *route, const struct json_key *key)
{
	for (size_t at = key->hash;; at++) {
		struct plan_root *root =
		    &route->roots[at & (route->root_size - 1)];

		if (!root->key.name.len || slice_eq(root->key.name, key->name))
			return root;
	}
}

/* A field that begins with a name is looked up by each of its first keys. */
static bool
by_root(const struct field *field)
{
	for (size_t i = 0; i < field->key_count; i++)
		if (!field->keys[i].name.len)
			return false;
	return field->type == FIELD_PATH && field->key_count;
}

static void
make_roots(struct rules *rules, struct route *route)
{
	size_t keys = 0, next = 0;

	for (size_t i = 0; i < route->field_count; i++)
		keys += rules->fields.list[route->fields[i].field].key_count;
	route->root_size = 16;
	while (route->root_size < keys * 4)
		route->root_size *= 2;
	route->roots = arena_calloc(
	    &rules->arena, route->root_size, sizeof(*route->roots));
	route->root_fields =
	    arena_calloc(&rules->arena, keys + 1, sizeof(*route->root_fields));
	route->direct = arena_calloc(
	    &rules->arena, route->field_count + 1, sizeof(*route->direct));
	/* First how many fields each name has, then which. */
	for (int fill = 0; fill < 2; fill++) {
		for (size_t i = 0; i < route->field_count; i++) {
			const struct field *field =
			    &rules->fields.list[route->fields[i].field];

			for (size_t k = 0;
			     by_root(field) && k < field->key_count; k++) {
				struct plan_root *root =
				    find_root(route, &field->keys[k]);

				root->key = field->keys[k];
				if (fill)
					route->root_fields[root->first +
					                   root->count] =
					    (uint32_t)i;
				root->count++;
			}
			if (!fill && !by_root(field))
				route->direct[route->direct_count++] =
				    (uint32_t)i;
		}
		for (size_t i = 0; !fill && i < route->root_size; i++) {
			route->roots[i].first = (uint32_t)next;
			next += route->roots[i].count;
			route->roots[i].count = 0;
		}
	}
}

/* What is gathered while a route is made. */
struct making {
	struct chooser chooser;
	struct postings postings;
	struct literal_list literals;
	bool *used; /* fields */
};

static unsigned
found_by(const struct atom *atom)
{
	if (atom->literal.text.len)
		return RULE_BY_PATTERN;
	return atom->hash == witness_present(atom->field) ? RULE_BY_PRESENCE
	                                                  : RULE_BY_VALUE;
}

static void
post_rule(struct making *making, struct route *route, uint32_t number)
{
	struct rule *rule = &making->chooser.rules->list[number];
	struct witness witness = chooser_choose(&making->chooser, rule);

	if (witness.none) {
		route->always[route->always_count++] = number;
		return;
	}
	for (size_t i = 0; i < witness.count; i++) {
		const struct atom *atom = &witness.list[i];

		if (atom->literal.text.len)
			look_for(&making->literals, atom);
		rule->found_by |= found_by(atom);
		post(&making->postings, atom->hash, number);
		making->used[atom->field] = true;
	}
}

/* `members` are the numbers of the route's rules. */
static void
make_route(struct rules *rules, struct route *route, const uint32_t *members,
    size_t count, uint32_t *memos)
{
	struct arena scratch = {0};
	struct making making = {0};

	chooser_init(&making.chooser, rules, route->when, &scratch);
	making.used = xcalloc(rules->fields.count + 1, sizeof(*making.used));
	route->always =
	    arena_calloc(&rules->arena, count + 1, sizeof(*route->always));
	for (size_t i = 0; i < count; i++) {
		chooser_count(&making.chooser, &rules->list[members[i]]);
		arena_reset(&scratch);
	}
	for (size_t i = 0; i < count; i++) {
		post_rule(&making, route, members[i]);
		arena_reset(&scratch);
	}
	for (size_t i = 0; i < rules->fields.count; i++)
		route->field_count += making.used[i];
	route->fields = arena_calloc(
	    &rules->arena, route->field_count + 1, sizeof(*route->fields));
	route->field_count = 0;
	for (size_t i = 0; i < rules->fields.count; i++)
		if (making.used[i])
			route->fields[route->field_count++] = (struct planned){
			    .field = (uint32_t)i, .memo = ++*memos};
	make_literals(rules, route, &making.literals);
	make_table(rules, route, &making.postings);
	make_roots(rules, route);
	chooser_release(&making.chooser);
	free(making.postings.list);
	free(making.literals.list);
	free(making.used);
	arena_release(&scratch);
}

/* The route of a rule; a new one if none is like it. */
static size_t
route_of(struct rules *rules, const struct rule *rule)
{
	for (size_t i = 0; i < rules->route_count; i++)
		if (rules->routes[i].kinds == rule->kinds &&
		    rules->routes[i].when == rule->when)
			return i;
	rules->routes[rules->route_count] =
	    (struct route){.kinds = rule->kinds, .when = rule->when};
	return rules->route_count++;
}

void
compile_index(struct rules *rules)
{
	uint32_t *routes = xcalloc(rules->count + 1, sizeof(*routes));
	uint32_t *members = xcalloc(rules->count + 1, sizeof(*members));
	uint32_t memos = 0;

	if (getrandom(&rules->seed, sizeof(rules->seed), 0) < 0)
		rules->seed = 0;
	rules->routes = arena_calloc(
	    &rules->arena, rules->count + 1, sizeof(*rules->routes));
	for (size_t i = 0; i < rules->count; i++)
		routes[i] = (uint32_t)route_of(rules, &rules->list[i]);
	for (size_t r = 0; r < rules->route_count; r++) {
		size_t n = 0;

		for (size_t i = 0; i < rules->count; i++)
			if (routes[i] == r)
				members[n++] = (uint32_t)i;
		make_route(rules, &rules->routes[r], members, n, &memos);
	}
	free(routes);
	free(members);
}
