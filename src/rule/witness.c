#include "rule/witness.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fold.h"
#include "rule/compile.h"

struct atom {
	uint64_t hash;
	uint32_t field;
	const struct pattern *pattern; /* NULL: a value, or presence */
};

/* A set of atoms; `none` is the witness of what may be true of anything. */
struct witness {
	bool none;
	uint64_t cost;
	struct atom *list; /* in the scratch arena */
	size_t count, size;
};

/*
 * What a witness costs at every record: its rules looked at for nothing, and
 * the look-up of a field, which the rules that use the field share.
 */
#define PATTERN_COST 20 /* to see whether a value fits a pattern */
#define PRESENT_COST 1000
#define LOOKUP_COST  256

/* How many rules name an atom: what many name announces many for nothing. */
struct uses {
	struct use {
		uint64_t hash;
		uint32_t count;
	} * table;
	size_t size, count;
};

static struct use *
find_use(struct uses *uses, uint64_t hash)
{
	uint64_t at = hash >> 1;

	while (uses->table[at & (uses->size - 1)].hash &&
	       uses->table[at & (uses->size - 1)].hash != hash)
		at++;
	return &uses->table[at & (uses->size - 1)];
}

static void
add_use(struct uses *uses, uint64_t hash)
{
	struct use *use;

	if (uses->count * 2 >= uses->size) {
		struct uses more = {.size = uses->size ? uses->size * 2 : 1024};

		more.table = xcalloc(more.size, sizeof(*more.table));
		for (size_t i = 0; i < uses->size; i++)
			if (uses->table[i].hash)
				*find_use(&more, uses->table[i].hash) =
				    uses->table[i];
		more.count = uses->count;
		free(uses->table);
		*uses = more;
	}
	use = find_use(uses, hash);
	uses->count += !use->hash;
	use->hash = hash;
	use->count++;
}

struct index {
	struct rules *rules;
	struct arena *scratch;
	struct uses uses;
	uint32_t *field_uses; /* atoms on each field, over all rules */
	bool counting;        /* the first pass: atoms are only counted */
};

static void
add_atom(struct index *index, struct witness *witness, struct atom atom,
    uint64_t cost)
{
	if (index->counting) {
		add_use(&index->uses, atom.hash);
		index->field_uses[atom.field]++;
	} else {
		cost *= find_use(&index->uses, atom.hash)->count;
		cost += LOOKUP_COST / index->field_uses[atom.field];
	}
	if (witness->count == witness->size) {
		size_t size = witness->size ? witness->size * 2 : 4;
		struct atom *list =
		    arena_calloc(index->scratch, size, sizeof(*list));

		if (witness->count)
			memcpy(list, witness->list,
			    witness->count * sizeof(*list));
		witness->list = list;
		witness->size = size;
	}
	witness->list[witness->count++] = atom;
	witness->cost += cost;
}

static struct slice
folded(struct arena *scratch, struct slice text)
{
	char *out = arena_alloc(scratch, fold_room(text.len));

	return slice_of(out, fold_bytes(text, out));
}

/* The atoms of one field: a value, a pattern for each test, or presence. */
static void
field_witness(struct index *index, struct witness *witness,
    const struct item *item, uint32_t field, bool by_text)
{
	witness->cost += compile_field_cost(&index->rules->fields.list[field]);
	if (!by_text) {
		add_atom(index, witness,
		    (struct atom){witness_present(field), field, NULL},
		    PRESENT_COST);
		return;
	}
	for (size_t i = 0; i < item->test_count; i++) {
		const struct pattern *pattern = &item->tests[i].pattern;
		struct atom atom = {.field = field};

		if (pattern->form == PATTERN_EXACT) {
			atom.hash = witness_value(
			    field, folded(index->scratch, pattern->text));
			add_atom(index, witness, atom, 1);
		} else {
			atom.hash = witness_pattern(field, pattern);
			atom.pattern = pattern;
			add_atom(index, witness, atom, PATTERN_COST);
		}
	}
}

static struct witness
item_witness(struct index *index, const struct item *item)
{
	struct witness witness = {0};
	bool by_text = item->type == ITEM_TESTS;

	if (item->type == ITEM_EXISTS && item->absent)
		return (struct witness){.none = true};
	for (size_t i = 0; i < item->field_count; i++)
		if (index->rules->fields.list[item->fields[i]].type ==
		    FIELD_KEYWORDS)
			return (struct witness){.none = true};
	for (size_t i = 0; i < item->test_count; i++) {
		const struct test *test = &item->tests[i];

		if (test->type == TEST_NULL)
			return (struct witness){.none = true};
		by_text &= test->type == TEST_TEXT &&
		           test->pattern.form != PATTERN_ANY;
	}
	for (size_t i = 0; i < item->field_count; i++)
		field_witness(index, &witness, item, item->fields[i], by_text);
	return witness;
}

static struct witness
merged(struct index *index, struct witness a, const struct witness *b)
{
	if (a.none || b->none)
		return (struct witness){.none = true};
	a.cost += b->cost;
	if (a.count + b->count > a.size) {
		size_t size = (a.count + b->count) * 2;
		struct atom *list =
		    arena_calloc(index->scratch, size, sizeof(*list));

		if (a.count)
			memcpy(list, a.list, a.count * sizeof(*list));
		a.list = list;
		a.size = size;
	}
	if (b->count)
		memcpy(a.list + a.count, b->list, b->count * sizeof(*a.list));
	a.count += b->count;
	return a;
}

static struct witness
node_witness(struct index *index, const struct node *node)
{
	struct witness best = {.none = true}, sum = {0};

	switch (node->type) {
	case NODE_NOT:
		return best;
	case NODE_IDENT:
		return node_witness(index, node->ident->node);
	case NODE_ITEM:
		return item_witness(index, node->item);
	default:
		break;
	}
	for (size_t i = 0; i < node->count; i++) {
		struct witness child = node_witness(index, node->child[i]);

		if (node->type != NODE_AND)
			sum = merged(index, sum, &child);
		else if (!child.none && (best.none || child.cost < best.cost))
			best = child;
	}
	return node->type == NODE_AND ? best : sum;
}

/* --- the tables --- */

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

static bool
same_pattern(const struct pattern *a, const struct pattern *b)
{
	if (a->form == PATTERN_GLOB)
		return a == b;
	return a->form == b->form && a->cased == b->cased &&
	       slice_eq(a->text, b->text);
}

static void
add_pattern(struct rules *rules, const struct atom *atom)
{
	struct field_patterns *p = &rules->patterns[atom->field];

	for (size_t i = 0; i < p->count; i++)
		if (same_pattern(p->list[i], atom->pattern))
			return;
	if (p->count == p->size) {
		struct field_patterns more = *p;

		more.size = p->size ? p->size * 2 : 4;
		more.list = arena_calloc(
		    &rules->arena, more.size, sizeof(struct pattern *));
		more.hashes = arena_calloc(
		    &rules->arena, more.size, sizeof(*more.hashes));
		for (size_t i = 0; i < p->count; i++) {
			more.list[i] = p->list[i];
			more.hashes[i] = p->hashes[i];
		}
		*p = more;
	}
	p->list[p->count] = atom->pattern;
	p->hashes[p->count++] = atom->hash;
	p->cased |= atom->pattern->cased;
}

/* `used` has a mask of kinds for every field. */
static void
post_rule(struct index *index, uint32_t number, struct postings *postings,
    uint32_t *used)
{
	struct rules *rules = index->rules;
	const struct rule *rule = &rules->list[number];
	struct witness witness = node_witness(index, rule->condition);

	if (witness.none) {
		for (size_t k = 0; k < KIND_COUNT; k++) {
			struct plan *plan = &rules->plans[k];

			if (rule->kinds & 1u << k)
				plan->always[plan->always_count++] = number;
		}
		return;
	}
	for (size_t i = 0; i < witness.count; i++) {
		if (witness.list[i].pattern)
			add_pattern(rules, &witness.list[i]);
		post(postings, witness.list[i].hash, number);
		used[witness.list[i].field] |= rule->kinds;
	}
}

static void
make_table(struct rules *rules, struct postings *postings)
{
	size_t n = 0, size = 64;

	if (postings->count)
		qsort(postings->list, postings->count, sizeof(*postings->list),
		    by_hash);
	while (size < postings->count * 2)
		size *= 2;
	rules->slots = arena_calloc(&rules->arena, size, sizeof(*rules->slots));
	rules->slot_count = size;
	rules->postings = arena_calloc(
	    &rules->arena, postings->count + 1, sizeof(*rules->postings));
	for (size_t i = 0; i < postings->count; i++) {
		const struct posting *posting = &postings->list[i];
		struct witness_slot *slot;
		uint64_t at = posting->hash >> 1;

		/* A value twice in a list announces its rule once. */
		if (i && !by_hash(posting, posting - 1))
			continue;
		for (;; at++) {
			slot = &rules->slots[at & (size - 1)];
			if (!slot->hash || slot->hash == posting->hash)
				break;
		}
		if (!slot->hash)
			*slot = (struct witness_slot){
			    posting->hash, (uint32_t)n, 0};
		rules->postings[n++] = posting->rule;
		slot->count++;
	}
}

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
		keys += rules->fields.list[plan->fields[i]].key_count;
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
			    &rules->fields.list[plan->fields[i]];

			for (size_t k = 0;
			     by_root(field) && k < field->key_count; k++) {
				struct plan_root *root =
				    find_root(plan, &field->keys[k]);

				root->key = field->keys[k];
				if (fill)
					plan->root_fields[root->first +
					                  root->count] =
					    plan->fields[i];
				root->count++;
			}
			if (!fill && !by_root(field))
				plan->direct[plan->direct_count++] =
				    plan->fields[i];
		}
		for (size_t i = 0; !fill && i < plan->root_size; i++) {
			plan->roots[i].first = (uint32_t)next;
			next += plan->roots[i].count;
			plan->roots[i].count = 0;
		}
	}
}

static void
make_plans(struct rules *rules, const uint32_t *used)
{
	for (size_t k = 0; k < KIND_COUNT; k++) {
		struct plan *plan = &rules->plans[k];

		plan->fields = arena_calloc(&rules->arena,
		    rules->fields.count + 1, sizeof(*plan->fields));
		for (size_t i = 0; i < rules->fields.count; i++)
			if (used[i] & 1u << k)
				plan->fields[plan->field_count++] = (uint32_t)i;
		make_roots(rules, plan);
	}
}

void
compile_index(struct rules *rules)
{
	struct arena scratch = {0};
	struct index index = {.rules = rules, .scratch = &scratch};
	struct postings postings = {0};
	uint32_t *used = xcalloc(rules->fields.count + 1, sizeof(*used));

	for (size_t k = 0; k < KIND_COUNT; k++)
		rules->plans[k].always = arena_calloc(
		    &rules->arena, rules->count + 1, sizeof(uint32_t));
	rules->patterns = arena_calloc(
	    &rules->arena, rules->fields.count + 1, sizeof(*rules->patterns));
	index.counting = true;
	index.field_uses =
	    xcalloc(rules->fields.count + 1, sizeof(*index.field_uses));
	for (size_t i = 0; i < rules->count; i++) {
		(void)node_witness(&index, rules->list[i].condition);
		arena_reset(&scratch);
	}
	index.counting = false;
	for (size_t i = 0; i < rules->count; i++) {
		post_rule(&index, (uint32_t)i, &postings, used);
		arena_reset(&scratch);
	}
	make_table(rules, &postings);
	make_plans(rules, used);
	free(index.uses.table);
	free(index.field_uses);
	free(postings.list);
	free(used);
	arena_release(&scratch);
}
