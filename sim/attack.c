#include "attack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack_deed.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"

/* A scenario longer than this is refused. */
#define TEXT_MAX   65536

#define NUMBERS_TO 1000000

/* Made of sim/attacks/ by scripts/embed.sh: name and text by turns, NULL. */
extern const char *const attack_texts[];

const struct attack_parameter attack_known[WITH_COUNT] = {
    [WITH_VARIANT] = {.name = "variant",
        .help = "how an app or a token reads mail",
        .words = {"graph", "ews"},
        .n_words = 2},
    [WITH_CONTAIN] = {.name = "contain",
        .help = "what the tenant takes back afterwards",
        .words = {"none", "partial", "full"},
        .n_words = 3},
    [WITH_OWNER] = {.name = "owner",
        .help = "whether the victim works meanwhile",
        .words = {"quiet", "busy"},
        .n_words = 2},
    [WITH_BACKGROUND] = {.name = "background",
        .help = "the suite's own clients read the same mailbox",
        .words = {"off", "on"},
        .n_words = 2},
    [WITH_SYNC] = {.name = "sync",
        .help = "folders are synchronised as a whole, too",
        .words = {"off", "on"},
        .n_words = 2},
    [WITH_THROTTLE] = {.name = "throttle",
        .help = "so much is read that the log falls silent for a day",
        .words = {"off", "on"},
        .n_words = 2},
    [WITH_REPEATS] = {.name = "repeats",
        .help = "the same is read again within the hour, without a record",
        .words = {"off", "on"},
        .n_words = 2},
    [WITH_ATTACHMENTS] = {.name = "attachments",
        .help = "an app opens attachments, too",
        .words = {"off", "on"},
        .n_words = 2},
};

unsigned
attack_parameter_named(const struct attack *attack, struct slice name)
{
	unsigned i = 0;

	while (i < PARAMETERS_MAX &&
	       (!attack->parameters[i].name ||
	           !slice_eq(name, slice_cstr(attack->parameters[i].name))))
		i++;
	return i;
}

/* --- parameters --- */

static int
read_words(
    struct reader *reader, const struct yaml *map, struct attack_parameter *p)
{
	uint32_t share = 0, sum = 0;

	if (map->type != YAML_MAP || map->count < 2 || map->count > WORDS_MAX)
		return reader_wrong(reader, map,
		    "2 to %d words with their shares are wanted", WORDS_MAX);
	for (const struct yaml *at = map->first; at; at = at->next) {
		if (reader_text(
		        reader, at->key, "a word", &p->words[p->n_words]) ||
		    reader_number(reader, at, 0, 100, &share))
			return -1;
		p->shares[p->n_words++] = (unsigned char)share;
		sum += share;
	}
	return sum == 100 ? 0
	                  : reader_wrong(reader, map,
	                        "the shares come to %u, not to 100", sum);
}

static int
read_plain_word(
    struct reader *reader, const struct yaml *plain, struct attack_parameter *p)
{
	p->any = plain && slice_eq(plain->text, SLICE("any"));
	if (!plain || p->any || slice_eq(plain->text, slice_cstr(p->words[0])))
		return 0;
	return reader_wrong(reader, plain,
	    "plainly it is '%s', the first, or any", p->words[0]);
}

static int
read_number(
    struct reader *reader, const struct yaml *map, struct attack_parameter *p)
{
	const struct yaml *from = yaml_get(map, "from");
	const struct yaml *to = yaml_get(map, "to");
	const struct yaml *plain = yaml_get(map, "plain");

	if (!to || !plain || !p->source)
		return reader_wrong(
		    reader, map, "a range wants 'to', 'plain' and 'source'");
	if (reader_number(reader, from, 1, NUMBERS_TO, &p->from) ||
	    reader_number(reader, to, 1, NUMBERS_TO, &p->to))
		return -1;
	if (p->from > p->to)
		return reader_wrong(reader, map, "the range is empty");
	return reader_number(reader, plain, p->from, p->to, &p->plain);
}

/* Words alone, or one of the two with what is said of it. */
static int
read_values(
    struct reader *reader, const struct yaml *map, struct attack_parameter *p)
{
	bool number = yaml_get(map, "from") != NULL;
	const struct yaml *words = yaml_get(map, "words");

	if (!number && !words)
		return read_words(reader, map, p);
	for (const struct yaml *at = map->first; at; at = at->next) {
		struct slice key = at->key->text;

		if (slice_eq(key, SLICE("plain")) ||
		    slice_eq(key, number ? SLICE("from") : SLICE("words")) ||
		    (number && slice_eq(key, SLICE("to"))))
			continue;
		if (!slice_eq(key, SLICE("help")) &&
		    !slice_eq(key, SLICE("source")))
			return reader_wrong(reader, at->key,
			    "a parameter has no '" SLICE_FMT "'",
			    SLICE_ARG(key));
		if (reader_text(reader, at, key.ptr,
		        key.ptr[0] == 'h' ? &p->help : &p->source))
			return -1;
	}
	if (number)
		return read_number(reader, map, p);
	return read_words(reader, words, p) ||
	               read_plain_word(reader, yaml_get(map, "plain"), p)
	           ? -1
	           : 0;
}

/* Of those that the simulator acts on the words are known. */
static int
check_known(struct reader *reader, const struct yaml *map,
    const struct attack_parameter *p, const struct attack_parameter *known)
{
	bool same = p->n_words == known->n_words;

	for (unsigned i = 0; same && i < p->n_words; i++)
		same = !strcmp(p->words[i], known->words[i]);
	return same ? 0
	            : reader_wrong(reader, map,
	                  "the words of '%s' are %s, %s%s%s, in this order",
	                  known->name, known->words[0], known->words[1],
	                  known->words[2] ? ", " : "",
	                  known->words[2] ? known->words[2] : "");
}

static bool
is_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!strchr(
		        "abcdefghijklmnopqrstuvwxyz0123456789-", name.ptr[i]))
			return false;
	return name.len > 0 && name.len <= 40;
}

static int
read_parameter(struct reader *reader, const struct yaml *map)
{
	struct attack_parameter *all = reader->attack->parameters;
	unsigned known = 0, i;

	if (!is_name(map->key->text) || slice_eq(map->key->text, SLICE("seed")))
		return reader_wrong(reader, map->key,
		    "a parameter is not called '" SLICE_FMT "'",
		    SLICE_ARG(map->key->text));
	while (known < WITH_COUNT &&
	       !slice_eq(map->key->text, slice_cstr(attack_known[known].name)))
		known++;
	for (i = known; i < PARAMETERS_MAX && all[i].name; i++)
		;
	if (i == PARAMETERS_MAX)
		return reader_wrong(reader, map->key,
		    "more than %d parameters of its own",
		    PARAMETERS_MAX - WITH_COUNT);
	all[i].name = map->key->text.ptr;
	all[i].help = known < WITH_COUNT ? attack_known[known].help : "";
	if (read_values(reader, map, &all[i]))
		return -1;
	return known < WITH_COUNT
	           ? check_known(reader, map, &all[i], &attack_known[known])
	           : 0;
}

/* --- the file --- */

static int
read_comeback(struct reader *reader, const struct yaml *map)
{
	/* as attack_contain.c takes them back */
	static const char *const known[] = {"password", "session",
	    "authentication-method", "device", "user", "role", "secret",
	    "application", "service-principal", "consent", "delegated-grant",
	    "app-role", "licence", "inbox-rule", "forwarding",
	    "mailbox-permission", "mailbox-audit", "audit-bypass", "audit-log",
	    "sharing-link"};
	struct attack *attack = reader->attack;
	struct comeback *back = &attack->comebacks[attack->n_comebacks];
	const struct yaml *kinds = yaml_get(map, "kinds");
	const struct yaml *deeds = yaml_get(map, "do");
	struct buf text = {0};

	if (attack->n_comebacks == COMEBACKS_MAX)
		return reader_wrong(
		    reader, map, "more than %d comebacks", COMEBACKS_MAX);
	if (!kinds || kinds->type != YAML_LIST || !deeds || map->count != 2)
		return reader_wrong(
		    reader, map, "a comeback has a list 'kinds', and 'do'");
	for (const struct yaml *at = kinds->first; at; at = at->next) {
		size_t i = 0, n = sizeof(known) / sizeof(known[0]);

		while (i < n && !slice_eq(at->text, slice_cstr(known[i])))
			i++;
		if (i == n) {
			buf_release(&text);
			return reader_wrong(
			    reader, at, "there is no such kind of way back");
		}
		buf_str(&text, text.len > 0 ? " " : "");
		buf_str(&text, known[i]);
	}
	back->kinds = arena_copy(&attack->arena, buf_slice(&text)).ptr;
	buf_release(&text);
	attack->n_comebacks++;
	return deed_read_list(reader, deeds, &back->deeds);
}

/* What one casts is not there in another. */
static int
read_comebacks(struct reader *reader, const struct yaml *list)
{
	size_t roles = reader->attack->n_roles;

	if (list->type != YAML_LIST)
		return reader_wrong(reader, list, "a list is wanted");
	for (const struct yaml *at = list->first; at; at = at->next) {
		if (read_comeback(reader, at))
			return -1;
		reader->attack->n_roles = roles;
	}
	return 0;
}

static int
read_period(struct reader *reader, const struct yaml *map)
{
	struct attack *attack = reader->attack;
	const struct yaml *from = yaml_get(map, "from");
	const struct yaml *to = yaml_get(map, "to");

	if (!from || !to || map->count != 2)
		return reader_wrong(
		    reader, map, "a period is {from: PERCENT, to: PERCENT}");
	if (reader_number(reader, from, 0, 100, &attack->from) ||
	    reader_number(reader, to, 0, 100, &attack->to))
		return -1;
	return attack->from < attack->to
	           ? 0
	           : reader_wrong(reader, map, "the period is empty");
}

static int
read_name(struct reader *reader, const struct yaml *node)
{
	if (reader_text(reader, node, "a name", &reader->attack->name))
		return -1;
	/* 'all' is every attack, 'draw' no name */
	return is_name(node->text) && !slice_eq(node->text, SLICE("all"))
	           ? 0
	           : reader_wrong(reader, node,
	                 "an attack is not called '%.64s'", node->text.ptr);
}

static int
read_parameters(struct reader *reader, const struct yaml *map)
{
	if (map->type != YAML_MAP)
		return reader_wrong(reader, map, "a map is wanted");
	for (const struct yaml *at = map->first; at; at = at->next)
		if (read_parameter(reader, at))
			return -1;
	return 0;
}

static int
read_help(struct reader *reader, const struct yaml *node)
{
	return reader_text(reader, node, "help", &reader->attack->help);
}

static int
read_cast(struct reader *reader, const struct yaml *map)
{
	return deed_read_cast(reader, map, &reader->attack->cast);
}

static int
read_steps(struct reader *reader, const struct yaml *list)
{
	return deed_read_list(reader, list, &reader->attack->steps);
}

/* In the order in which they are read, wherever they stand. */
static const struct {
	const char *name;
	int (*read)(struct reader *reader, const struct yaml *node);
	bool must;
} members[] = {
    {"name", read_name, true},
    {"help", read_help, true},
    {"period", read_period, true},
    {"parameters", read_parameters, false},
    {"cast", read_cast, false},
    {"steps", read_steps, true},
    {"comebacks", read_comebacks, false},
};

#define MEMBERS (sizeof(members) / sizeof(members[0]))

static int
check_members(const struct reader *reader, const struct yaml *map)
{
	for (const struct yaml *at = map->first; at; at = at->next) {
		size_t i = 0;

		while (i < MEMBERS &&
		       !slice_eq(at->key->text, slice_cstr(members[i].name)))
			i++;
		if (i == MEMBERS)
			return reader_wrong(reader, at->key,
			    "an attack has no '" SLICE_FMT "'",
			    SLICE_ARG(at->key->text));
	}
	return 0;
}

/* All of it must end, and soon. */
static int
check_measure(const struct reader *reader)
{
	const struct attack *attack = reader->attack;
	struct measure m = {0};

	deed_measure(attack->cast, attack, NULL, &m);
	deed_measure(attack->steps, attack, NULL, &m);
	for (size_t i = 0; i < attack->n_comebacks; i++)
		deed_measure(attack->comebacks[i].deeds, attack, NULL, &m);
	if (!m.over)
		return 0;
	return err_set(reader->err, ERR_INPUT,
	    "%s:%u:%u: too much: %d deeds and %d people are the most",
	    reader->file, m.over->line, m.over->column, DEEDS_PLAYED_MAX,
	    DEED_PEOPLE_MAX);
}

static int
read_attack(struct reader *reader, const struct yaml *map)
{
	if (map->type != YAML_MAP)
		return reader_wrong(reader, map, "a map is wanted");
	if (map->next)
		return reader_wrong(reader, map->next, "one attack a file");
	if (check_members(reader, map))
		return -1;
	for (size_t i = 0; i < MEMBERS; i++) {
		const struct yaml *node = yaml_get(map, members[i].name);

		if (!node && members[i].must)
			return reader_wrong(reader, map, "an attack wants '%s'",
			    members[i].name);
		if (node && members[i].read(reader, node))
			return -1;
	}
	return check_measure(reader);
}

struct attack *
attack_read(struct slice text, const char *file, struct err *err)
{
	struct attack *attack = xcalloc(1, sizeof(*attack));
	struct reader reader = {.attack = attack, .err = err};
	struct yaml_place place;
	struct yaml *map = NULL;
	int status;

	reader.file = attack->file =
	    arena_copy(&attack->arena, slice_cstr(file)).ptr;
	if (text.len > TEXT_MAX)
		status = err_set(
		    err, ERR_LIMIT, "%s: longer than %d bytes", file, TEXT_MAX);
	else if (yaml_parse(&attack->arena, text, &map, &place, err))
		status = err_context(
		    err, "%s:%u:%u", file, place.line, place.column);
	else if (!map)
		status = err_set(err, ERR_INPUT, "%s:1:1: is empty", file);
	else
		status = read_attack(&reader, map);
	if (status) {
		attack_free(attack);
		return NULL;
	}
	attack->key = hash64(slice_cstr(attack->name), 0);
	return attack;
}

struct attack *
attack_load(const char *path, struct err *err)
{
	FILE *file = fopen(path, "re");
	struct attack *attack = NULL;
	char *text;
	size_t len;

	if (!file) {
		err_sys(err, "cannot open '%s'", path);
		return NULL;
	}
	text = xmalloc(TEXT_MAX + 1);
	errno = 0;
	len = fread(text, 1, TEXT_MAX + 1, file);
	if (ferror(file))
		err_sys(err, "cannot read '%s'", path);
	else
		attack = attack_read(slice_of(text, len), path, err);
	fclose(file);
	free(text);
	return attack;
}

struct attack *
attack_builtin(size_t number)
{
	struct attack *attack;

	if (!attack_texts[2 * number])
		return NULL;
	attack = attack_read(slice_cstr(attack_texts[2 * number + 1]),
	    attack_texts[2 * number], NULL);
	if (attack)
		attack->key = 0xa77ac4 + number;
	return attack;
}

void
attack_free(struct attack *attack)
{
	if (!attack)
		return;
	arena_release(&attack->arena);
	free(attack);
}
