#include "rule/witness.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fold.h"
#include "rule/compile.h"

/*
 * What a witness costs at every record: its rules looked at for nothing, and
 * the look-up of a field, which the rules that use the field share.
 */
#define PRESENT_COST     1000
#define LOOKUP_COST      256

#define PIECE            4 /* bytes of a literal that are counted together */
#define PIECE_BITS       16
#define LITERAL_COST_MAX 900

#define SHORT_VALUE      8 /* bytes */

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

static void
add_atom(struct chooser *chooser, struct witness *witness, struct atom atom,
    uint64_t cost)
{
	if (chooser->counting) {
		add_use(&chooser->uses, atom.hash);
		chooser->field_uses[atom.field]++;
	} else {
		/* Of a literal its pieces are counted instead. */
		if (!atom.literal.text.len)
			cost *= find_use(&chooser->uses, atom.hash)->count;
		cost += LOOKUP_COST / chooser->field_uses[atom.field];
	}
	if (witness->count == witness->size) {
		size_t size = witness->size ? witness->size * 2 : 4;
		struct atom *list =
		    arena_calloc(chooser->scratch, size, sizeof(*list));

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

static uint32_t *
piece_count(const struct chooser *chooser, const char *p)
{
	uint32_t piece;

	memcpy(&piece, p, PIECE);
	return &chooser->pieces[piece * 0x9e3779b1u >> (32 - PIECE_BITS)];
}

static void
count_pieces(const struct chooser *chooser, struct slice text)
{
	for (size_t i = 0; i + PIECE <= text.len; i++)
		++*piece_count(chooser, text.ptr + i);
}

/*
 * How often a literal is found for nothing.  What many rules' literals have in
 * common, most events have, too (".exe"), so its rarest piece is the measure;
 * short ones are found everywhere.
 */
static uint64_t
literal_cost(const struct chooser *chooser, struct slice text)
{
	static const uint64_t short_ones[PIECE] = {0, 900, 600, 300};
	uint64_t least = LITERAL_COST_MAX;

	if (text.len < PIECE)
		return short_ones[text.len];
	for (size_t i = 0; i + PIECE <= text.len; i++) {
		uint32_t n = *piece_count(chooser, text.ptr + i);

		least = n < least ? n : least;
	}
	return 4 + least;
}

/* Numbers and short names are values of many an event. */
static uint64_t
value_cost(struct slice text)
{
	return text.len < SHORT_VALUE ? SHORT_VALUE - text.len : 1;
}

/*
 * A text that a value must contain for the test to be true; empty if there is
 * none.  Folded; the exact comparison comes later.
 */
static struct literal
required_literal(struct chooser *chooser, const struct test *test)
{
	const struct pattern *pattern = &test->pattern;
	struct literal literal = {.text = SLICE("")};

	if (test->type == TEST_REGEX) {
		literal.text = test->literal;
		return literal;
	}
	switch (pattern->form) {
	case PATTERN_PREFIX:
		literal.at = LITERAL_START;
		break;
	case PATTERN_SUFFIX:
		literal.at = LITERAL_END;
		break;
	case PATTERN_CONTAINS:
		break;
	default:
		for (size_t i = 0; i < pattern->seg_count; i++)
			if (pattern->segs[i].type == SEG_TEXT &&
			    pattern->segs[i].text.len > literal.text.len)
				literal.text = pattern->segs[i].text;
		break;
	}
	if (pattern->form != PATTERN_GLOB)
		literal.text = pattern->text;
	/* Other patterns hold folded text as they are. */
	if (pattern->cased)
		literal.text = folded(&chooser->rules->arena, literal.text);
	return literal;
}

/* Whether every test has an atom by value or literal. */
static bool
is_by_text(struct chooser *chooser, const struct item *item)
{
	for (size_t i = 0; i < item->test_count; i++) {
		const struct test *test = &item->tests[i];
		bool exact = test->type == TEST_TEXT &&
		             test->pattern.form == PATTERN_EXACT;

		if (test->is_int && (test->number > WITNESS_WHOLE_MAX ||
		                        test->number < -WITNESS_WHOLE_MAX))
			return false;
		if (!exact && test->type != TEST_TEXT &&
		    test->type != TEST_REGEX)
			return false;
		if (!exact && !required_literal(chooser, test).text.len)
			return false;
	}
	return item->type == ITEM_TESTS;
}

/* The atoms of one field: one for each test, or presence. */
static void
field_witness(struct chooser *chooser, struct witness *witness,
    const struct item *item, uint32_t field, bool by_text)
{
	witness->cost +=
	    compile_field_cost(&chooser->rules->fields.list[field]);
	if (!by_text) {
		add_atom(chooser, witness,
		    (struct atom){.hash = witness_present(field), field},
		    PRESENT_COST);
		return;
	}
	for (size_t i = 0; i < item->test_count; i++) {
		const struct test *test = &item->tests[i];
		struct atom atom = {.field = field};

		if (test->type == TEST_TEXT &&
		    test->pattern.form == PATTERN_EXACT) {
			atom.hash = witness_value(field,
			    hash64(folded(chooser->scratch, test->pattern.text),
			        chooser->rules->seed));
			add_atom(chooser, witness, atom,
			    value_cost(test->pattern.text));
		} else {
			atom.literal = required_literal(chooser, test);
			atom.hash = witness_literal(field, &atom.literal);
			if (chooser->counting)
				count_pieces(chooser, atom.literal.text);
			add_atom(chooser, witness, atom,
			    literal_cost(chooser, atom.literal.text));
		}
	}
}

static struct witness
item_witness(struct chooser *chooser, const struct item *item)
{
	struct witness witness = {0};
	bool by_text = is_by_text(chooser, item);
	size_t atoms;

	if (item->type == ITEM_SINCE ||
	    (item->type == ITEM_EXISTS && item->absent))
		return (struct witness){.none = true};
	for (size_t i = 0; i < item->field_count; i++) {
		enum field_type type =
		    chooser->rules->fields.list[item->fields[i]].type;

		/* Of an unknown fact nothing is there to be seen. */
		if (type == FIELD_FACT || (type == FIELD_KEYWORDS && !by_text))
			return (struct witness){.none = true};
	}
	for (size_t i = 0; i < item->test_count; i++)
		if (item->tests[i].type == TEST_NULL)
			return (struct witness){.none = true};
	/* A condition may name a long list again and again. */
	atoms = item->field_count * (by_text ? item->test_count : 1);
	if (atoms > chooser->atoms_left)
		return (struct witness){.none = true};
	chooser->atoms_left -= atoms;
	for (size_t i = 0; i < item->field_count; i++)
		field_witness(
		    chooser, &witness, item, item->fields[i], by_text);
	return witness;
}

static struct witness
merged(struct chooser *chooser, struct witness a, const struct witness *b)
{
	if (a.none || b->none)
		return (struct witness){.none = true};
	a.cost += b->cost;
	if (a.count + b->count > a.size) {
		size_t size = (a.count + b->count) * 2;
		struct atom *list =
		    arena_calloc(chooser->scratch, size, sizeof(*list));

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
node_witness(struct chooser *chooser, const struct node *node)
{
	struct witness best = {.none = true}, sum = {0};

	switch (node->type) {
	case NODE_NOT:
		return best;
	case NODE_IDENT:
		if (node->ident->node == chooser->when)
			return best;
		return node_witness(chooser, node->ident->node);
	case NODE_ITEM:
		return item_witness(chooser, node->item);
	default:
		break;
	}
	for (size_t i = 0; i < node->count; i++) {
		struct witness child = node_witness(chooser, node->child[i]);

		if (node->type != NODE_AND)
			sum = merged(chooser, sum, &child);
		else if (!child.none && (best.none || child.cost < best.cost))
			best = child;
	}
	return node->type == NODE_AND ? best : sum;
}

/* --- the chooser --- */

void
chooser_init(
    struct chooser *chooser, struct rules *rules, struct arena *scratch)
{
	*chooser = (struct chooser){.rules = rules, .scratch = scratch};
	chooser->field_uses =
	    xcalloc(rules->fields.count + 1, sizeof(*chooser->field_uses));
	chooser->pieces =
	    xcalloc((size_t)1 << PIECE_BITS, sizeof(*chooser->pieces));
}

static struct witness
witness_of(struct chooser *chooser, const struct node *condition,
    const struct node *when, bool counting)
{
	chooser->when = when;
	chooser->counting = counting;
	chooser->atoms_left = ATOMS_MAX;
	return node_witness(chooser, condition);
}

void
chooser_count(struct chooser *chooser, const struct rule *rule)
{
	(void)witness_of(chooser, rule->condition, rule->when, true);
	/* The events on its route have what its mapping asks for. */
	if (rule->when)
		(void)witness_of(chooser, rule->when, NULL, true);
}

static void
add_witness(struct chooser *chooser, struct witnesses *all, struct witness one)
{
	if (all->count == all->size) {
		size_t size = all->size ? all->size * 2 : 8;
		struct witness *list =
		    arena_calloc(chooser->scratch, size, sizeof(*list));

		if (all->count)
			memcpy(list, all->list, all->count * sizeof(*list));
		all->list = list;
		all->size = size;
	}
	all->list[all->count++] = one;
}

/* Those of the parts of `and`, and of the parts of these. */
static void
add_witnesses(
    struct chooser *chooser, struct witnesses *all, const struct node *node)
{
	struct witness one;

	if (node->type == NODE_AND) {
		for (size_t i = 0; i < node->count; i++)
			add_witnesses(chooser, all, node->child[i]);
	} else if (node->type == NODE_IDENT) {
		if (node->ident->node != chooser->when)
			add_witnesses(chooser, all, node->ident->node);
	} else {
		one = node_witness(chooser, node);
		if (!one.none)
			add_witness(chooser, all, one);
	}
}

static int
by_cost(const void *a, const void *b)
{
	const struct witness *x = a, *y = b;

	return x->cost < y->cost ? -1 : x->cost > y->cost;
}

struct witnesses
chooser_choose(struct chooser *chooser, const struct rule *rule)
{
	struct witnesses all = {0};

	chooser->when = rule->when;
	chooser->counting = false;
	chooser->atoms_left = ATOMS_MAX;
	add_witnesses(chooser, &all, rule->condition);
	if (all.count)
		qsort(all.list, all.count, sizeof(*all.list), by_cost);
	return all;
}

struct witness
chooser_choose_when(struct chooser *chooser, const struct node *when)
{
	(void)witness_of(chooser, when, NULL, true);
	return witness_of(chooser, when, NULL, false);
}

void
chooser_release(struct chooser *chooser)
{
	free(chooser->uses.table);
	free(chooser->field_uses);
	free(chooser->pieces);
}
