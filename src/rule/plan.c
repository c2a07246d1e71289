#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "rule/compile.h"
#include "rule/witness.h"

/*
 * The tables of every plan, made from the witnesses of its rules.
 */

/* An atom that announces a rule on a route. */
struct announcing {
	uint64_t hash;
	uint32_t field;
	struct posting posting;
};

struct announcings {
	struct announcing *list; /* owned */
	size_t count, size;
};

static int
by_hash(const void *a, const void *b)
{
	const struct announcing *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->posting.route != y->posting.route)
		return x->posting.route < y->posting.route ? -1 : 1;
	return x->posting.rule < y->posting.rule
	           ? -1
	           : x->posting.rule > y->posting.rule;
}

static void
add_announcing(
    struct announcings *all, const struct atom *atom, struct posting posting)
{
	if (all->count == all->size) {
		all->size = all->size ? all->size * 2 : 1024;
		all->list = xrealloc(all->list, all->size * sizeof(*all->list));
	}
	all->list[all->count++] =
	    (struct announcing){atom->hash, atom->field, posting};
}

/* --- atoms --- */

static struct witness_slot *
find_slot(const struct atoms *atoms, uint64_t hash)
{
	uint64_t at = hash >> 1;
	struct witness_slot *slot;

	do
		slot = &atoms->slots[at++ & (atoms->slot_count - 1)];
	while (slot->hash && slot->hash != hash);
	return slot;
}

static void
make_atoms(struct rules *rules, struct atoms *atoms, struct announcings *all)
{
	size_t n = 0, size = 64;

	if (all->count)
		qsort(all->list, all->count, sizeof(*all->list), by_hash);
	while (size < all->count * 2)
		size *= 2;
	atoms->slots = arena_calloc(&rules->arena, size, sizeof(*atoms->slots));
	atoms->slot_count = size;
	atoms->bits_log = 10;
	while (atoms->bits_log < 24 &&
	       (size_t)1 << atoms->bits_log < all->count * 16)
		atoms->bits_log++;
	atoms->bits = arena_calloc(&rules->arena,
	    ((size_t)1 << atoms->bits_log) / 64, sizeof(*atoms->bits));
	atoms->postings = arena_calloc(
	    &rules->arena, all->count + 1, sizeof(*atoms->postings));
	for (size_t i = 0; i < all->count; i++) {
		const struct announcing *one = &all->list[i];
		struct witness_slot *slot;
		uint64_t bit = witness_bit(atoms, one->hash);

		/* A value twice in a list announces its rule once. */
		if (i && !by_hash(one, one - 1))
			continue;
		atoms->bits[bit / 64] |= UINT64_C(1) << bit % 64;
		slot = find_slot(atoms, one->hash);
		if (!slot->hash)
			*slot = (struct witness_slot){
			    .hash = one->hash, .first = (uint32_t)n};
		slot->routes |= route_bit(one->posting.route);
		slot->count++;
		atoms->postings[n++] = one->posting;
	}
	atoms->posting_count = n;
}

/* --- fields --- */

static int
by_number(const void *a, const void *b)
{
	const struct planned *x = a, *y = b;

	return x->field < y->field ? -1 : x->field > y->field;
}

/* The fields that the atoms are of, by number, and what is asked of each. */
static struct planned *
make_fields(struct rules *rules, const struct atoms *atoms,
    const struct announcings *all, size_t *count)
{
	uint32_t *places = xcalloc(rules->fields.count + 1, sizeof(*places));
	struct planned *fields;
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		if (!places[all->list[i].field])
			places[all->list[i].field] = (uint32_t)++n;
	fields = arena_calloc(&rules->arena, n + 1, sizeof(*fields));
	for (size_t i = 0; i < all->count; i++) {
		const struct announcing *one = &all->list[i];
		struct planned *planned = &fields[places[one->field] - 1];
		const struct witness_slot *slot;

		planned->field = one->field;
		planned->routes |= route_bit(one->posting.route);
		slot = find_slot(atoms, one->hash);
		if (one->hash == witness_present(one->field))
			planned->present = (uint32_t)(slot - atoms->slots) + 1;
		else
			planned->by_value |= witness_is_value(one->hash);
	}
	free(places);
	qsort(fields, n, sizeof(*fields), by_number);
	*count = n;
	return fields;
}

/* --- literals --- */

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
make_literals(struct rules *rules, struct plan *plan, struct literal_list *all)
{
	struct literal *list = xcalloc(all->count + 1, sizeof(struct literal));
	size_t n = 0, place = 0;

	if (all->count)
		qsort(all->list, all->count, sizeof(*all->list), by_field);
	for (size_t i = 0; i < all->count; i++) {
		const struct looked_for *now = &all->list[i];

		if (!i || by_field(now, now - 1) != 0) {
			list[n] = now->literal;
			list[n++].value = (uint64_t)(find_slot(&plan->atoms,
			                                 now->literal.value) -
			                             plan->atoms.slots);
		}
		if (i + 1 < all->count && now[1].field == now->field)
			continue;
		/* Both are in the order of the fields' numbers. */
		while (plan->fields[place].field != now->field)
			place++;
		plan->fields[place].literals =
		    literals_new(&rules->arena, list, n);
		n = 0;
	}
	free(list);
}

/* --- what the fields begin with --- */

static struct plan_root *
find_root(const struct plan *plan, const struct json_key *key)
{
	for (size_t at = key->hash;; at++) {
		struct plan_root *root =
		    &plan->roots[at & (plan->root_size - 1)];

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
make_roots(struct rules *rules, struct plan *plan)
{
	size_t keys = 0, next = 0;

	for (size_t i = 0; i < plan->field_count; i++)
		keys += rules->fields.list[plan->fields[i].field].key_count;
	plan->root_size = 16;
	while (plan->root_size < keys * 4)
		plan->root_size *= 2;
	plan->roots =
	    arena_calloc(&rules->arena, plan->root_size, sizeof(*plan->roots));
	plan->root_fields =
	    arena_calloc(&rules->arena, keys + 1, sizeof(*plan->root_fields));
	plan->direct = arena_calloc(
	    &rules->arena, plan->field_count + 1, sizeof(*plan->direct));
	/* First how many fields each name has, then which. */
	for (int fill = 0; fill < 2; fill++) {
		for (size_t i = 0; i < plan->field_count; i++) {
			const struct field *field =
			    &rules->fields.list[plan->fields[i].field];

			for (size_t k = 0;
			     by_root(field) && k < field->key_count; k++) {
				struct plan_root *root =
				    find_root(plan, &field->keys[k]);

				root->key = field->keys[k];
				if (fill)
					plan->root_fields[root->first +
					                  root->count] =
					    (uint32_t)i;
				root->count++;
			}
			if (!fill && !by_root(field))
				plan->direct[plan->direct_count++] =
				    (uint32_t)i;
		}
		for (size_t i = 0; !fill && i < plan->root_size; i++) {
			plan->roots[i].first = (uint32_t)next;
			next += plan->roots[i].count;
			plan->roots[i].count = 0;
		}
	}
}

/* --- plans --- */

/* What is gathered while a plan is made. */
struct making {
	struct plan *plan;
	struct chooser chooser;
	struct announcings rules, gates;
	struct literal_list literals;
	size_t needs_count;
};

static unsigned
found_by(const struct atom *atom)
{
	if (atom->literal.text.len)
		return RULE_BY_PATTERN;
	return atom->hash == witness_present(atom->field) ? RULE_BY_PRESENCE
	                                                  : RULE_BY_VALUE;
}

/* The number of the route of that condition; a new one if there is none. */
static uint32_t
route_of(struct plan *plan, const struct node *when)
{
	for (size_t i = 0; i < plan->route_count; i++)
		if (plan->whens[i] == when)
			return (uint32_t)i;
	plan->whens[plan->route_count] = when;
	return (uint32_t)plan->route_count++;
}

static void
post_rule(struct making *making, uint32_t number)
{
	struct rule *rule = &making->chooser.rules->list[number];
	struct witnesses all = chooser_choose(&making->chooser, rule);
	struct plan *plan = making->plan;
	struct posting posting = {
	    .rule = number, .route = route_of(plan, rule->when)};

	if (!all.count)
		plan->always[plan->always_count++] = posting;
	for (size_t i = 0; all.count && i < all.list->count; i++) {
		const struct atom *atom = &all.list->list[i];

		if (atom->literal.text.len)
			look_for(&making->literals, atom);
		rule->found_by |= found_by(atom);
		add_announcing(&making->rules, atom, posting);
	}
}

/* Of a condition, too, values and presence can be looked up; texts are not. */
static void
post_route(struct making *making, uint32_t route)
{
	struct plan *plan = making->plan;
	struct witness witness = {.none = true};

	if (plan->whens[route])
		witness =
		    chooser_choose_when(&making->chooser, plan->whens[route]);
	for (size_t i = 0; !witness.none && i < witness.count; i++)
		witness.none = witness.list[i].literal.text.len != 0;
	if (witness.none)
		plan->open[plan->open_count++] = route;
	for (size_t i = 0; !witness.none && i < witness.count; i++)
		add_announcing(&making->gates, &witness.list[i],
		    (struct posting){.route = route});
}

static void
post_all(struct making *making, const uint32_t *members, size_t count)
{
	struct rules *rules = making->chooser.rules;
	struct arena *scratch = making->chooser.scratch;

	for (size_t i = 0; i < count; i++) {
		chooser_count(&making->chooser, &rules->list[members[i]]);
		arena_reset(scratch);
	}
	for (size_t i = 0; i < count; i++) {
		post_rule(making, members[i]);
		arena_reset(scratch);
	}
	making->plan->open = arena_calloc(&rules->arena,
	    making->plan->route_count + 1, sizeof(*making->plan->open));
	for (uint32_t i = 0; i < making->plan->route_count; i++) {
		post_route(making, i);
		arena_reset(scratch);
	}
}

/* --- what announced rules need --- */

/* Whether the field is looked up, anyway, in records on the route. */
static bool
is_looked_up(const struct plan *plan, uint32_t field, uint32_t route)
{
	struct planned key = {.field = field};
	const struct planned *planned = bsearch(&key, plan->fields,
	    plan->field_count, sizeof(*plan->fields), by_number);

	return planned && planned->routes & route_bit(route);
}

/* Adds the witness, if no table has to have more for its sake. */
static void
add_needs(const struct plan *plan, struct needs *needs, size_t group,
    const struct witness *witness, uint32_t route)
{
	size_t n = needs->ends[group];

	if (n + witness->count > NEEDS_ATOMS)
		return;
	for (size_t i = 0; i < witness->count; i++) {
		const struct atom *atom = &witness->list[i];
		const struct witness_slot *slot =
		    find_slot(&plan->atoms, atom->hash);

		if (!slot->hash || !is_looked_up(plan, atom->field, route))
			return;
		needs->atoms[n++] =
		    seen_bit((uint64_t)(slot - plan->atoms.slots));
	}
	for (; group < NEEDS_GROUPS; group++)
		needs->ends[group] = (uint8_t)n;
}

/* The place of what the rule needs besides its first witness. */
static uint32_t
needs_of(struct making *making, uint32_t number)
{
	const struct rule *rule = &making->chooser.rules->list[number];
	struct witnesses all = chooser_choose(&making->chooser, rule);
	struct plan *plan = making->plan;
	struct needs needs = {0};
	uint32_t route = route_of(plan, rule->when);
	size_t group = 0;

	for (size_t i = 1; i < all.count && group < NEEDS_GROUPS; i++) {
		size_t n = needs.ends[group];

		add_needs(plan, &needs, group, &all.list[i], route);
		group += needs.ends[group] > n;
	}
	if (!group)
		return 0;
	plan->needs[making->needs_count] = needs;
	return (uint32_t)making->needs_count++;
}

static void
make_needs(struct making *making, const uint32_t *members, size_t count)
{
	struct rules *rules = making->chooser.rules;
	uint32_t *places = xcalloc(rules->count + 1, sizeof(*places));
	struct atoms *atoms = &making->plan->atoms;

	making->plan->needs = arena_calloc(
	    &rules->arena, count + 1, sizeof(*making->plan->needs));
	making->needs_count = 1;
	for (size_t i = 0; i < count; i++) {
		places[members[i]] = needs_of(making, members[i]);
		arena_reset(making->chooser.scratch);
	}
	for (size_t i = 0; i < atoms->posting_count; i++)
		atoms->postings[i].needs = places[atoms->postings[i].rule];
	free(places);
}

/* `members` are the numbers of the plan's rules. */
static const struct plan *
make_plan(
    struct rules *rules, const uint32_t *members, size_t count, uint32_t *memos)
{
	struct plan *plan = arena_calloc(&rules->arena, 1, sizeof(*plan));
	struct arena scratch = {0};
	struct making making = {.plan = plan};

	plan->whens =
	    arena_calloc(&rules->arena, count + 1, sizeof(struct node *));
	plan->always =
	    arena_calloc(&rules->arena, count + 1, sizeof(*plan->always));
	chooser_init(&making.chooser, rules, &scratch);
	post_all(&making, members, count);
	make_atoms(rules, &plan->atoms, &making.rules);
	make_atoms(rules, &plan->gate_atoms, &making.gates);
	plan->fields =
	    make_fields(rules, &plan->atoms, &making.rules, &plan->field_count);
	plan->gates = make_fields(
	    rules, &plan->gate_atoms, &making.gates, &plan->gate_count);
	for (size_t i = 0; i < plan->field_count; i++)
		plan->fields[i].memo = ++*memos;
	make_literals(rules, plan, &making.literals);
	make_roots(rules, plan);
	make_needs(&making, members, count);
	chooser_release(&making.chooser);
	free(making.rules.list);
	free(making.gates.list);
	free(making.literals.list);
	arena_release(&scratch);
	return plan;
}

/* Whether the same rules look at records of both kinds. */
static bool
are_alike(const struct rules *rules, unsigned a, unsigned b)
{
	for (size_t i = 0; i < rules->count; i++)
		if ((rules->list[i].kinds >> a & 1) !=
		    (rules->list[i].kinds >> b & 1))
			return false;
	return true;
}

void
compile_index(struct rules *rules)
{
	uint32_t *members = xcalloc(rules->count + 1, sizeof(*members));
	uint32_t memos = 0;

	if (getrandom(&rules->seed, sizeof(rules->seed), 0) < 0)
		rules->seed = 0;
	layout_conditions(rules);
	for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
		unsigned like = 0;
		size_t n = 0;

		while (like < kind && !are_alike(rules, like, kind))
			like++;
		for (size_t i = 0; like == kind && i < rules->count; i++)
			if (rules->list[i].kinds >> kind & 1)
				members[n++] = (uint32_t)i;
		if (like < kind)
			rules->plans[kind] = rules->plans[like];
		else if (n)
			rules->plans[kind] =
			    make_plan(rules, members, n, &memos);
		if (rules->plans[kind] &&
		    rules->plans[kind]->route_count > rules->route_max)
			rules->route_max = rules->plans[kind]->route_count;
	}
	free(members);
}
