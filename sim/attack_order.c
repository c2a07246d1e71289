#include "attack_order.h"

#include <stdio.h>
#include <string.h>

#include "attack.h"
#include "rng.h"
#include "json/build.h"

#define WORDS_MAX 3

/* The first word is the plain one; of a hundred, so many draw each other. */
static const struct {
	const char *name, *help;
	const char *words[WORDS_MAX];
	unsigned char shares[WORDS_MAX];
} parameters[WITH_COUNT] = {
    [WITH_VARIANT] = {"variant", "how an app or a token reads mail",
        {"graph", "ews"}, {0, 50}},
    [WITH_CONTAIN] = {"contain", "what the tenant takes back afterwards",
        {"none", "partial", "full"}, {0, 33, 34}},
    [WITH_OWNER] = {"owner", "whether the victim works meanwhile",
        {"quiet", "busy"}, {0, 50}},
    [WITH_BACKGROUND] = {"background",
        "the suite's own clients read the same mailbox", {"off", "on"},
        {0, 50}},
    [WITH_SYNC] = {"sync", "folders are synchronised as a whole, too",
        {"off", "on"}, {0, 50}},
    [WITH_THROTTLE] = {"throttle",
        "so much is read that the log falls silent for a day", {"off", "on"},
        {0, 20}},
    [WITH_REPEATS] = {"repeats",
        "the same is read again within the hour, without a record",
        {"off", "on"}, {0, 50}},
    [WITH_ATTACHMENTS] = {"attachments", "an app opens attachments, too",
        {"off", "on"}, {0, 50}},
};

static bool
has(enum attack_id id, unsigned parameter)
{
	return attacks[id].parameters >> parameter & 1;
}

/* --- reading --- */

static unsigned
next_number(const struct attack_orders *orders, enum attack_id id)
{
	unsigned number = 1;

	for (size_t i = 0; i < orders->n; i++)
		number += orders->list[i].id == id;
	return number;
}

static int
add_one(struct attack_orders *orders, enum attack_id id, struct err *err)
{
	struct attack_order *order = &orders->list[orders->n];

	if (orders->n == ATTACK_ORDERS_MAX)
		return err_set(
		    err, ERR_USAGE, "more than %d attacks", ATTACK_ORDERS_MAX);
	*order =
	    (struct attack_order){.id = id, .number = next_number(orders, id)};
	memset(&order->said, ATTACK_UNSAID, sizeof(order->said));
	orders->n++;
	return 0;
}

static int
add_named(struct attack_orders *orders, struct slice name, struct err *err)
{
	enum attack_id id;

	if (slice_eq(name, SLICE("all"))) {
		for (int i = 0; i < ATTACK_COUNT; i++)
			if (add_one(orders, (enum attack_id)i, err) < 0)
				return -1;
		return 0;
	}
	if (!attack_by_name(name, &id))
		return err_set(err, ERR_USAGE,
		    "no attack '" SLICE_FMT "' (--help lists them)",
		    SLICE_ARG(name));
	return add_one(orders, id, err);
}

static int
value_of(
    unsigned parameter, struct slice word, unsigned char *out, struct err *err)
{
	for (unsigned char i = 0; i < WORDS_MAX; i++) {
		const char *known = parameters[parameter].words[i];

		if (known && slice_eq(word, slice_cstr(known))) {
			*out = i;
			return 0;
		}
	}
	return err_set(err, ERR_USAGE,
	    "'%s' of an attack is not '" SLICE_FMT
	    "' (--help lists what it may be)",
	    parameters[parameter].name, SLICE_ARG(word));
}

/* Sets it where the attack has it; one that is named must. */
static int
set_value(struct attack_order *order, size_t n, struct slice key,
    struct slice word, struct err *err)
{
	unsigned parameter = 0;
	unsigned char value = 0;

	while (parameter < WITH_COUNT &&
	       !slice_eq(key, slice_cstr(parameters[parameter].name)))
		parameter++;
	if (parameter == WITH_COUNT || (n == 1 && !has(order->id, parameter)))
		return err_set(err, ERR_USAGE,
		    "attack '%s' has no '" SLICE_FMT "'",
		    n == 1 ? attacks[order->id].name : "all", SLICE_ARG(key));
	if (value_of(parameter, word, &value, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (has(order[i].id, parameter))
			order[i].said.value[parameter] = value;
	return 0;
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

static unsigned char
draw(struct rng *rng, unsigned parameter)
{
	unsigned at = rng_below(rng, 100);

	for (unsigned char i = 1; i < WORDS_MAX; i++) {
		if (at < parameters[parameter].shares[i])
			return i;
		at -= parameters[parameter].shares[i];
	}
	return 0;
}

void
attack_order_settle(
    const struct attack_order *order, uint64_t seed, struct attack_with *out)
{
	struct rng rng = {rng_mix(seed, 0x77697468)};

	for (unsigned i = 0; i < WITH_COUNT; i++) {
		unsigned char drawn = draw(&rng, i);

		out->value[i] = 0;
		if (!has(order->id, i))
			continue;
		if (order->said.value[i] != ATTACK_UNSAID)
			out->value[i] = order->said.value[i];
		else if (order->drawn)
			out->value[i] = drawn;
		else if (i == WITH_VARIANT &&
		         order->id == ATTACK_MIDNIGHT_BLIZZARD)
			out->value[i] = seed & 1 ? VARIANT_EWS : VARIANT_GRAPH;
	}
}

void
attack_with_add(
    struct buf *out, enum attack_id id, const struct attack_with *with)
{
	for (unsigned i = 0; i < WITH_COUNT; i++)
		if (has(id, i))
			json_cstr(out, parameters[i].name,
			    parameters[i].words[with->value[i]]);
}

void
attack_parameters_help(void)
{
	for (unsigned i = 0; i < WITH_COUNT; i++) {
		printf("  %s=", parameters[i].name);
		for (int w = 0; w < WORDS_MAX && parameters[i].words[w]; w++)
			printf("%s%s", w ? "|" : "", parameters[i].words[w]);
		printf("\n      %s\n", parameters[i].help);
	}
}
