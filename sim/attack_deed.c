#include "attack_deed.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 8
#define DEEDS_MAX 1000 /* in a file */
#define ITEMS_MAX 64
#define NAME_LEN  32

int
reader_wrong(
    const struct reader *reader, const struct yaml *at, const char *format, ...)
{
	char text[ERR_MSG_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return err_set(reader->err, ERR_INPUT, "%s:%u:%u: %s", reader->file,
	    at->line, at->column, text);
}

int
reader_text(struct reader *reader, const struct yaml *node, const char *what,
    const char **out)
{
	if (!yaml_is_scalar(node) || memchr(node->text.ptr, 0, node->text.len))
		return reader_wrong(reader, node, "%s must be a text", what);
	*out = node->text.ptr;
	return 0;
}

int
reader_number(struct reader *reader, const struct yaml *node, uint32_t min,
    uint32_t max, uint32_t *out)
{
	uint64_t n;

	if (node->type != YAML_INT || !slice_to_u64(node->text, &n) ||
	    n < min || n > max)
		return reader_wrong(
		    reader, node, "a number from %u to %u is wanted", min, max);
	*out = (uint32_t)n;
	return 0;
}

const struct arg *
deed_arg(const struct attack_deed *deed, const char *name)
{
	size_t i = 0;

	/* a name that no row has is a mistake in the program */
	while (strcmp(deed->row->args[i].name, name) != 0)
		i++;
	return &deed->args[i];
}

static int
word_in(const char *const *words, struct slice word)
{
	for (int i = 0; words[i]; i++)
		if (slice_eq(word, slice_cstr(words[i])))
			return i;
	return -1;
}

static const struct attack_role *
role_named(const struct attack *attack, struct slice name)
{
	for (size_t i = 0; i < attack->n_roles; i++)
		if (slice_eq(name, slice_cstr(attack->roles[i].name)))
			return &attack->roles[i];
	return NULL;
}

/* --- values --- */

static int
read_range(struct reader *reader, const struct arg_row *row,
    const struct yaml *map, struct item *item)
{
	const struct yaml *from = yaml_get(map, "from");
	const struct yaml *to = yaml_get(map, "to");

	if (!from || !to || map->count != 2)
		return reader_wrong(reader, map,
		    "'%s' is a number, {from: N, to: N} or $PARAMETER",
		    row->name);
	if (reader_number(reader, from, row->min, row->max, &item->from) ||
	    reader_number(reader, to, row->min, row->max, &item->to))
		return -1;
	if (item->from > item->to)
		return reader_wrong(reader, map, "the range is empty");
	return 0;
}

/* $NAME; the parameter must be of that kind, and fit. */
static int
read_parameter(struct reader *reader, const struct arg_row *row,
    const struct yaml *node, struct item *item)
{
	unsigned i =
	    attack_parameter_named(reader->attack, slice_skip(node->text, 1));
	const struct attack_parameter *p = &reader->attack->parameters[i];

	if (i == PARAMETERS_MAX)
		return reader_wrong(reader, node, "there is no parameter '%s'",
		    node->text.ptr + 1);
	if ((row->kind == ARG_NUMBER) != (p->n_words == 0))
		return reader_wrong(reader, node,
		    "'%s' wants a %s, which parameter '%s' is not", row->name,
		    row->kind == ARG_NUMBER ? "number" : "word", p->name);
	if (p->n_words == 0 && (p->from < row->min || p->to > row->max))
		return reader_wrong(reader, node,
		    "'%s' is from %u to %u, parameter '%s' is not", row->name,
		    row->min, row->max, p->name);
	for (unsigned k = 0; k < p->n_words; k++)
		if (word_in(row->words, slice_cstr(p->words[k])) < 0)
			return reader_wrong(reader, node,
			    "'%s' of parameter '%s' is nothing that '%s' takes",
			    p->words[k], p->name, row->name);
	item->parameter = (int)i;
	return 0;
}

static int
read_role(struct reader *reader, const struct arg_row *row,
    const struct yaml *node, struct item *item)
{
	const struct attack_role *role = role_named(reader->attack, node->text);
	unsigned kinds = row->kind == ARG_ROLE ? row->roles : ROLE_APP;

	if (!role)
		return reader_wrong(reader, node,
		    "'%s' is not in the cast so far", node->text.ptr);
	if (!(role->kind & kinds))
		return reader_wrong(reader, node,
		    "'%s' is of another kind than '%s' takes", role->name,
		    row->name);
	if (row->acts && role->kind == ROLE_APP && !role->addressed)
		return reader_wrong(reader, node,
		    "app '%s' has no address yet to act from", role->name);
	item->role = (int)(role - reader->attack->roles);
	return 0;
}

static int
read_app(struct reader *reader, const struct arg_row *row,
    const struct yaml *node, struct item *item)
{
	int app = word_in(deed_suite_apps, node->text);

	if (app >= 0) {
		item->from = (uint32_t)app;
		item->text = NULL;
		return 0;
	}
	if (row->kind == ARG_APP_ID && slice_is_guid(node->text))
		return 0;
	return read_role(reader, row, node, item);
}

/* Most texts go into records as they are, where these would end a text. */
static bool
is_safe(const struct arg_row *row, const char *text)
{
	bool path = !strcmp(row->name, "object");

	for (; row->kind != ARG_PAIRS && *text; text++)
		if ((unsigned char)*text < ' ' || *text == '"' ||
		    (*text == '\\' && !path))
			return false;
	return true;
}

/* What is to be filled in can be. */
static int
check_text(
    struct reader *reader, const struct arg_row *row, const struct yaml *node)
{
	const char *at = node->text.ptr;

	if (!is_safe(row, at))
		return reader_wrong(reader, node,
		    "'%s' may have no quotes, backslashes and line ends",
		    row->name);
	while ((at = strstr(at, "${"))) {
		size_t len = strcspn(at, "}");
		bool closed = at[len] == '}';
		struct slice name = slice_of(at + 2, closed ? len - 2 : 0);
		struct slice role = slice_cut(&name, '.');
		const struct attack_role *known =
		    role_named(reader->attack, role);
		bool ok =
		    name.len == 0
		        ? (reader->each && slice_eq(role, SLICE("each"))) ||
		              slice_eq(role, SLICE("mailbox")) ||
		              slice_eq(role, SLICE("message"))
		        : known && known->kind == ROLE_PERSON &&
		              (slice_eq(name, SLICE("user")) ||
		                  slice_eq(name, SLICE("alias")));

		if (!ok || row->kind == ARG_PLAIN)
			return reader_wrong(reader, node,
			    "nothing is known to fill in for '" SLICE_FMT "'",
			    SLICE_ARG(slice_of(at, len + closed)));
		at += len;
	}
	return 0;
}

static int
read_item(struct reader *reader, const struct arg_row *row,
    const struct yaml *node, struct item *item)
{
	bool dollar = node->text.len > 1 && node->text.ptr[0] == '$';
	int word;

	*item = (struct item){.parameter = -1, .role = -1};
	if (row->kind == ARG_NUMBER && node->type == YAML_MAP)
		return read_range(reader, row, node, item);
	if (reader_text(reader, node, row->name, &item->text))
		return -1;
	switch (row->kind) {
	case ARG_NUMBER:
		if (dollar)
			return read_parameter(reader, row, node, item);
		item->to = 0;
		if (reader_number(
		        reader, node, row->min, row->max, &item->from))
			return -1;
		item->to = item->from;
		return 0;
	case ARG_WORD:
		if (dollar)
			return read_parameter(reader, row, node, item);
		word = word_in(row->words, node->text);
		item->from = (uint32_t)word;
		return word >= 0 ? 0
		                 : reader_wrong(reader, node,
		                       "'%s' does not take '%s'", row->name,
		                       node->text.ptr);
	case ARG_ROLE:
		return read_role(reader, row, node, item);
	case ARG_APP:
	case ARG_APP_ID:
		return read_app(reader, row, node, item);
	default:
		return check_text(reader, row, node);
	}
}

static int
read_items(struct reader *reader, const struct arg_row *row,
    const struct yaml *node, struct arg *arg)
{
	bool list = node->type == YAML_LIST;
	const struct yaml *at = list ? node->first : node;

	if (list && (node->count == 0 || node->count > ITEMS_MAX))
		return reader_wrong(reader, node,
		    "a list of '%s' has 1 to %d members", row->name, ITEMS_MAX);
	arg->items = arena_calloc(&reader->attack->arena,
	    list ? node->count : 1, sizeof(*arg->items));
	for (; at; at = list ? at->next : NULL)
		if (read_item(reader, row, at, &arg->items[arg->n++]))
			return -1;
	return 0;
}

/* --- maps --- */

static int
read_pair(struct reader *reader, const struct arg_row *row,
    const struct yaml *node, struct arg *arg)
{
	struct item *pair = &arg->items[arg->n];

	if (reader_text(reader, node->key, "a name", &pair[0].text) ||
	    read_item(reader, row, node, &pair[1]))
		return -1;
	arg->n += 2;
	return 0;
}

static int
read_condition(struct reader *reader, const struct yaml *node, struct arg *arg)
{
	struct item *item = &arg->items[arg->n++];
	unsigned i = attack_parameter_named(reader->attack, node->key->text);
	const struct attack_parameter *p = &reader->attack->parameters[i];

	if (i == PARAMETERS_MAX || p->n_words == 0)
		return reader_wrong(reader, node->key,
		    "there is no parameter '%s' with words",
		    node->key->text.ptr);
	item->parameter = (int)i;
	while (item->from < p->n_words &&
	       !slice_eq(node->text, slice_cstr(p->words[item->from])))
		item->from++;
	return item->from < p->n_words
	           ? 0
	           : reader_wrong(reader, node, "'%s' is never '" SLICE_FMT "'",
	                 p->name, SLICE_ARG(node->text));
}

static int
read_map(struct reader *reader, const struct arg_row *row,
    const struct yaml *map, struct arg *arg)
{
	if (map->type != YAML_MAP || map->count == 0 || map->count > ITEMS_MAX)
		return reader_wrong(reader, map,
		    "'%s' is a map with 1 to %d members", row->name, ITEMS_MAX);
	arg->items = arena_calloc(
	    &reader->attack->arena, 2 * map->count, sizeof(*arg->items));
	for (const struct yaml *at = map->first; at; at = at->next)
		if (row->kind == ARG_PAIRS ? read_pair(reader, row, at, arg)
		                           : read_condition(reader, at, arg))
			return -1;
	return 0;
}

/* --- deeds --- */

static int
declare(struct reader *reader, const struct yaml *node, enum role_kind kind,
    struct arg *as)
{
	struct attack *attack = reader->attack;
	const struct attack_role *known = role_named(attack, node->text);
	const char *name = "";

	if (reader_text(reader, node, "a role", &name))
		return -1;
	if (node->text.len == 0 || node->text.len > NAME_LEN ||
	    strpbrk(name, "${}. ") || word_in(deed_suite_apps, node->text) >= 0)
		return reader_wrong(
		    reader, node, "a role is not called '%.64s'", name);
	if (known && known->kind != kind)
		return reader_wrong(
		    reader, node, "'%s' is cast as another kind already", name);
	if (!known && reader->perhaps)
		return reader_wrong(reader, node,
		    "'%s' may never be cast: not under 'when'", name);
	if (!known && attack->n_roles == ROLES_MAX)
		return reader_wrong(
		    reader, node, "more than %d roles", ROLES_MAX);
	if (!known) {
		attack->roles[attack->n_roles] =
		    (struct attack_role){.name = name, .kind = kind};
		known = &attack->roles[attack->n_roles++];
	}
	as->items = arena_calloc(&attack->arena, as->n = 1, sizeof(*as->items));
	as->items[0].role = (int)(known - attack->roles);
	return 0;
}

static int
read_below(struct reader *reader, const struct yaml *node,
    struct attack_deed *deed, size_t i)
{
	unsigned flags = deed->row->flags;
	int status;

	reader->perhaps += !!(flags & DEED_PERHAPS);
	reader->each += !!(flags & DEED_EACH);
	reader->depth++;
	status = deed_read_list(reader, node, &deed->args[i].deeds);
	reader->depth--;
	reader->perhaps -= !!(flags & DEED_PERHAPS);
	reader->each -= !!(flags & DEED_EACH);
	deed->args[i].n = 1;
	return status;
}

static int
read_arg(
    struct reader *reader, const struct yaml *node, struct attack_deed *deed)
{
	const struct arg_row *row = deed->row->args;
	size_t i = 0;

	while (
	    row[i].name && !slice_eq(node->key->text, slice_cstr(row[i].name)))
		i++;
	if (!row[i].name || (row[i].kind == ARG_AS && reader->in_cast))
		return reader_wrong(reader, node->key,
		    "'%s' has no '" SLICE_FMT "'", deed->row->name,
		    SLICE_ARG(node->key->text));
	switch (row[i].kind) {
	case ARG_DEEDS:
		return read_below(reader, node, deed, i);
	case ARG_PAIRS:
	case ARG_WHEN:
		return read_map(reader, &row[i], node, &deed->args[i]);
	case ARG_AS:
		return 0; /* once all else is read */
	default:
		return read_items(reader, &row[i], node, &deed->args[i]);
	}
}

static const struct deed_row *
find_row(const struct reader *reader, const struct yaml *map)
{
	const struct deed_row *row = deed_rows;

	if (map->type != YAML_MAP || map->count == 0) {
		reader_wrong(
		    reader, map, "a deed is wanted, such as {wait: 60}");
		return NULL;
	}
	while (row->name &&
	       !slice_eq(map->first->key->text, slice_cstr(row->name)))
		row++;
	if (!row->name)
		reader_wrong(reader, map->first->key,
		    "there is no deed '" SLICE_FMT "'",
		    SLICE_ARG(map->first->key->text));
	else if (reader->in_cast ? !row->casts : row->flags & DEED_IN_CAST)
		reader_wrong(reader, map->first->key, "'%s' belongs %s",
		    row->name,
		    reader->in_cast ? "into the steps" : "into the cast");
	else
		return row;
	return NULL;
}

static struct attack_deed *
read_deed(struct reader *reader, const struct yaml *map)
{
	const struct deed_row *row = find_row(reader, map);
	const struct yaml *as =
	    reader->in_cast ? map->key : yaml_get(map, "as");
	struct attack_deed *deed;
	const struct arg *first;

	if (!row)
		return NULL;
	if (++reader->deeds > DEEDS_MAX) {
		reader_wrong(reader, map, "more than %d deeds", DEEDS_MAX);
		return NULL;
	}
	deed = arena_calloc(&reader->attack->arena, 1, sizeof(*deed));
	*deed = (struct attack_deed){
	    .row = row, .line = map->line, .column = map->column};
	first = deed->args;
	for (const struct yaml *at = map->first; at; at = at->next)
		if (read_arg(reader, at, deed))
			return NULL;
	for (size_t i = 0; row->args[i].name; i++) {
		if (row->args[i].kind == ARG_AS && as &&
		    declare(reader, as, row->casts, &deed->args[i]))
			return NULL;
		if (row->args[i].must && deed->args[i].n == 0) {
			reader_wrong(reader, map, "'%s' wants '%s'", row->name,
			    row->args[i].name);
			return NULL;
		}
	}
	if (row->flags & DEED_ADDRESS && !reader->perhaps && first->items)
		reader->attack->roles[first->items->role].addressed = true;
	return deed;
}

int
deed_read_list(
    struct reader *reader, const struct yaml *list, struct attack_deed **out)
{
	*out = NULL;
	if (list->type != YAML_LIST)
		return reader_wrong(reader, list, "a list of deeds is wanted");
	if (reader->depth > DEPTH_MAX)
		return reader_wrong(
		    reader, list, "more than %d levels of deeds", DEPTH_MAX);
	for (const struct yaml *at = list->first; at; at = at->next) {
		*out = read_deed(reader, at);
		if (!*out)
			return -1;
		out = &(*out)->next;
	}
	return 0;
}

int
deed_read_cast(
    struct reader *reader, const struct yaml *map, struct attack_deed **out)
{
	if (map->type != YAML_MAP)
		return reader_wrong(reader, map, "a map of roles is wanted");
	reader->in_cast = true;
	for (const struct yaml *at = map->first; at; at = at->next) {
		*out = read_deed(reader, at);
		if (!*out)
			return -1;
		out = &(*out)->next;
	}
	reader->in_cast = false;
	return 0;
}
