#include "attack_order.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "rng.h"
#include "json/build.h"

/* --- what there is --- */

static void
load_builtins(struct attack_orders *orders)
{
	struct attack *attack;

	while (orders->n_attacks < ATTACK_BUILTINS_MAX &&
	       (attack = attack_builtin(orders->n_attacks)))
		orders->attacks[orders->n_attacks++] = attack;
	orders->n_builtin = orders->n_attacks;
}

void
attack_orders_release(struct attack_orders *orders)
{
	for (size_t i = 0; i < orders->n_attacks; i++)
		attack_free(orders->attacks[i]);
	*orders = (struct attack_orders){0};
}

static struct attack *
find_builtin(const struct attack_orders *orders, struct slice name)
{
	for (size_t i = 0; i < orders->n_builtin; i++)
		if (slice_eq(name, slice_cstr(orders->attacks[i]->name)))
			return orders->attacks[i];
	return NULL;
}

static bool
ends_with(struct slice name, const char *end)
{
	size_t n = strlen(end);

	return name.len > n && !memcmp(name.ptr + name.len - n, end, n);
}

/* Once, however often it is named. */
static struct attack *
load_file(struct attack_orders *orders, struct slice name, struct err *err)
{
	const struct attack *same;
	struct attack *attack;
	char path[4096];

	for (size_t i = orders->n_builtin; i < orders->n_attacks; i++)
		if (slice_eq(name, slice_cstr(orders->attacks[i]->file)))
			return orders->attacks[i];
	if (orders->n_attacks - orders->n_builtin == ATTACK_ORDERS_MAX) {
		err_set(err, ERR_USAGE, "more than %d files of attacks",
		    ATTACK_ORDERS_MAX);
		return NULL;
	}
	if (name.len >= sizeof(path)) {
		err_set(err, ERR_USAGE, "the path of an attack is too long");
		return NULL;
	}
	memcpy(path, name.ptr, name.len);
	path[name.len] = '\0';
	attack = attack_load(path, err);
	if (!attack)
		return NULL;
	/* a copy of one of the program falls on the same people */
	same = find_builtin(orders, slice_cstr(attack->name));
	if (same)
		attack->key = same->key;
	orders->attacks[orders->n_attacks++] = attack;
	return attack;
}

/* --- reading --- */

static unsigned
next_number(const struct attack_orders *orders, const struct attack *attack)
{
	unsigned number = 1;

	for (size_t i = 0; i < orders->n; i++)
		number += !strcmp(orders->list[i].attack->name, attack->name);
	return number;
}

static int
add_one(
    struct attack_orders *orders, const struct attack *attack, struct err *err)
{
	struct attack_order *order = &orders->list[orders->n];

	if (orders->n == ATTACK_ORDERS_MAX)
		return err_set(
		    err, ERR_USAGE, "more than %d attacks", ATTACK_ORDERS_MAX);
	*order = (struct attack_order){
	    .attack = attack, .number = next_number(orders, attack)};
	memset(&order->said, 0xff, sizeof(order->said));
	orders->n++;
	return 0;
}

static int
add_named(struct attack_orders *orders, struct slice name, struct err *err)
{
	const struct attack *attack;

	if (orders->n_builtin == 0)
		load_builtins(orders);
	if (slice_eq(name, SLICE("all"))) {
		for (size_t i = 0; i < orders->n_builtin; i++)
			if (add_one(orders, orders->attacks[i], err) < 0)
				return -1;
		return 0;
	}
	if (ends_with(name, ".yaml") || ends_with(name, ".yml")) {
		attack = load_file(orders, name, err);
		return attack ? add_one(orders, attack, err) : -1;
	}
	attack = find_builtin(orders, name);
	if (!attack)
		return err_set(err, ERR_USAGE,
		    "no attack '" SLICE_FMT "' (--help lists them)",
		    SLICE_ARG(name));
	return add_one(orders, attack, err);
}

static int
value_of(const struct attack_parameter *p, struct slice word, uint32_t *out,
    struct err *err)
{
	uint64_t n;

	for (*out = 0; *out < p->n_words; (*out)++)
		if (slice_eq(word, slice_cstr(p->words[*out])))
			return 0;
	if (p->n_words > 0)
		return err_set(err, ERR_USAGE,
		    "'%s' of an attack is not '" SLICE_FMT
		    "' (--help lists what it may be)",
		    p->name, SLICE_ARG(word));
	if (!slice_to_u64(word, &n) || n < p->from || n > p->to)
		return err_set(err, ERR_USAGE,
		    "'%s' of an attack is a number from %u to %u, not "
		    "'" SLICE_FMT "'",
		    p->name, p->from, p->to, SLICE_ARG(word));
	*out = (uint32_t)n;
	return 0;
}

/* Sets it where the attack has it; one of them must. */
static int
set_value(struct attack_order *order, size_t n, struct slice key,
    struct slice word, struct err *err)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const struct attack *attack = order[i].attack;
		unsigned p = attack_parameter_named(attack, key);

		if (p == PARAMETERS_MAX)
			continue;
		any = true;
		if (value_of(&attack->parameters[p], word,
		        &order[i].said.value[p], err) < 0)
			return -1;
	}
	return any ? 0
	           : err_set(err, ERR_USAGE,
	                 "attack '%s' has no '" SLICE_FMT "'",
	                 n == 1 ? order->attack->name : "all", SLICE_ARG(key));
}

/* KEY=VALUE, or draw, for the n attacks named last. */
static int
set_parameter(
    struct attack_order *order, size_t n, struct slice text, struct err *err)
{
	struct slice key = slice_cut(&text, '=');
	uint64_t seed;

	for (size_t i = 0; i < n; i++)
		order[i].drawn = true;
	if (slice_eq(key, SLICE("draw")) && text.len == 0)
		return 0;
	if (!slice_eq(key, SLICE("seed")))
		return set_value(order, n, key, text, err);
	if (!slice_to_u64(text, &seed) || seed == 0)
		return err_set(err, ERR_USAGE,
		    "'seed' of an attack wants a number from 1, not '" SLICE_FMT
		    "'",
		    SLICE_ARG(text));
	for (size_t i = 0; i < n; i++)
		order[i].seed = seed;
	return 0;
}

static int
add_word(struct attack_orders *orders, size_t *first, struct slice word,
    struct err *err)
{
	bool named =
	    memchr(word.ptr, ':', word.len) || !memchr(word.ptr, '=', word.len);
	struct slice name = named ? slice_cut(&word, ':') : word;

	if (named) {
		*first = orders->n;
		if (add_named(orders, name, err) < 0)
			return -1;
		if (word.len == 0)
			return 0;
	}
	if (*first == orders->n)
		return err_set(err, ERR_USAGE,
		    "'" SLICE_FMT "' belongs to no attack", SLICE_ARG(word));
	return set_parameter(
	    orders->list + *first, orders->n - *first, word, err);
}

int
attack_orders_add(
    struct attack_orders *orders, struct slice list, struct err *err)
{
	size_t first = orders->n, before = orders->n;

	while (list.len > 0) {
		size_t n = 0;

		while (n < list.len && !strchr(", \t", list.ptr[n]))
			n++;
		if (n > 0 &&
		    add_word(orders, &first, slice_of(list.ptr, n), err) < 0) {
			orders->n = before;
			return -1;
		}
		list = slice_skip(list, n + 1);
	}
	return 0;
}

/* --- settling --- */

static uint32_t
draw_word(struct rng *rng, const struct attack_parameter *p)
{
	unsigned at = rng_below(rng, 100);

	for (unsigned i = 1; i < p->n_words; i++) {
		if (at < p->shares[i])
			return i;
		at -= p->shares[i];
	}
	return 0;
}

/* Each of a scenario's own by itself: one more changes no other. */
static uint32_t
draw(struct rng *rng, unsigned i, const struct attack_parameter *p)
{
	struct rng own = {
	    rng_mix(rng->state, hash64(slice_cstr(p->name ? p->name : ""), 0))};

	if (i < WITH_COUNT)
		return draw_word(rng, p);
	return p->n_words ? draw_word(&own, p)
	                  : rng_range(&own, p->from, p->to);
}

static uint32_t
plain_of(const struct attack_parameter *p, uint64_t seed)
{
	return p->any ? (uint32_t)(seed % p->n_words) : p->plain;
}

void
attack_order_settle(
    const struct attack_order *order, uint64_t seed, struct attack_with *out)
{
	struct rng rng = {rng_mix(seed, 0x77697468)};

	for (unsigned i = 0; i < PARAMETERS_MAX; i++) {
		const struct attack_parameter *p =
		    &order->attack->parameters[i];
		uint32_t drawn = draw(&rng, i, p);

		out->value[i] = 0;
		if (!p->name)
			continue;
		if (order->said.value[i] != ATTACK_UNSAID)
			out->value[i] = order->said.value[i];
		else
			out->value[i] =
			    order->drawn ? drawn : plain_of(p, seed);
	}
}

void
attack_with_add(struct buf *out, const struct attack *attack,
    const struct attack_with *with)
{
	for (unsigned i = 0; i < PARAMETERS_MAX; i++) {
		const struct attack_parameter *p = &attack->parameters[i];

		if (!p->name)
			continue;
		if (p->n_words > 0)
			json_cstr(out, p->name, p->words[with->value[i]]);
		else
			json_u64(out, p->name, with->value[i]);
	}
}

/* --- help --- */

static void
print_words(const struct attack_parameter *p)
{
	printf("  %s=", p->name);
	for (unsigned w = 0; w < p->n_words; w++)
		printf("%s%s", w ? "|" : "", p->words[w]);
	printf("\n      %s\n", p->help);
}

void
attack_orders_help(void)
{
	struct attack_orders orders = {0};

	load_builtins(&orders);
	for (size_t i = 0; i < orders.n_attacks; i++)
		printf("  %-18s %s\n", orders.attacks[i]->name,
		    orders.attacks[i]->help);
	printf("  FILE.yaml          a scenario of your own\n"
	       "\nparameters of attacks (NAME:KEY=VALUE,...; what is left out "
	       "is drawn,\nNAME:draw draws all, seed=N draws by another "
	       "seed):\n");
	for (unsigned i = 0; i < WITH_COUNT; i++)
		print_words(&attack_known[i]);
	for (size_t i = 0; i < orders.n_attacks; i++) {
		const struct attack *attack = orders.attacks[i];

		for (unsigned k = WITH_COUNT; k < PARAMETERS_MAX; k++) {
			const struct attack_parameter *p =
			    &attack->parameters[k];

			if (p->name && p->n_words == 0)
				printf("  %s=%u..%u (%s)\n      %s\n", p->name,
				    p->from, p->to, attack->name, p->help);
		}
	}
	attack_orders_release(&orders);
}
