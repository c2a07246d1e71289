#include "text/yaml.h"

#include <libfyaml.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

struct parse {
	struct arena *arena;
	struct fy_parser *parser;
	struct fy_diag *diag; /* collects what is wrong, prints nothing */
	struct yaml_place *place;
	struct err *err;
};

struct yaml *
yaml_copy(struct arena *arena, const struct yaml *node)
{
	struct yaml *out = arena_alloc(arena, sizeof(*out));
	struct yaml **tail = &out->first;

	*out = *node;
	out->text = arena_copy(arena, node->text);
	out->next = NULL;
	out->first = NULL;
	if (node->key)
		out->key = yaml_copy(arena, node->key);
	for (const struct yaml *child = node->first; child;
	     child = child->next) {
		*tail = yaml_copy(arena, child);
		tail = &(*tail)->next;
	}
	return out;
}

const char *
yaml_type_name(enum yaml_type type)
{
	static const char *const names[] = {
	    "null", "bool", "integer", "string", "list", "map"};

	return names[type];
}

const struct yaml *
yaml_get(const struct yaml *map, const char *key)
{
	struct slice name = slice_cstr(key);

	if (!map || map->type != YAML_MAP)
		return NULL;
	for (const struct yaml *child = map->first; child; child = child->next)
		if (slice_eq(child->key->text, name))
			return child;
	return NULL;
}

static void
take_place(struct yaml_place *place, const struct fy_mark *mark)
{
	if (!mark)
		return;
	place->line = (uint32_t)mark->line + 1;
	place->column = (uint32_t)mark->column + 1;
}

static bool
is_int(struct slice s)
{
	if (s.len && s.ptr[0] == '-')
		s = slice_skip(s, 1);
	if (!s.len || s.len > 18 || (s.ptr[0] == '0' && s.len > 1))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return true;
}

static bool
is_one_of(struct slice s, const char *const *words)
{
	for (; *words; words++)
		if (slice_eq(s, slice_cstr(*words)))
			return true;
	return false;
}

static enum yaml_type
plain_type(struct slice s)
{
	static const char *const nulls[] = {
	    "", "~", "null", "Null", "NULL", NULL};
	static const char *const bools[] = {
	    "true", "True", "TRUE", "false", "False", "FALSE", NULL};

	if (is_one_of(s, nulls))
		return YAML_NULL;
	if (is_one_of(s, bools))
		return YAML_BOOL;
	return is_int(s) ? YAML_INT : YAML_STRING;
}

/* What libfyaml says is wrong. */
static int
take_error(struct parse *parse)
{
	void *at = NULL;
	const struct fy_diag_error *found =
	    fy_diag_errors_iterate(parse->diag, &at);

	if (found && found->line >= 0) {
		/* libfyaml counts lines here from 1, columns too. */
		parse->place->line = (uint32_t)found->line;
		parse->place->column = (uint32_t)found->column;
	}
	return err_set(parse->err, ERR_INPUT, "%s",
	    found && found->msg ? found->msg : "is no YAML");
}

static int
take_scalar(
    struct parse *parse, const struct fy_event *event, struct yaml *node)
{
	struct fy_token *token = event->scalar.value;
	const char *text;
	size_t len = 0;

	if (!token) {
		node->type = YAML_NULL;
		node->text = SLICE("");
		return 0;
	}
	text = fy_token_get_text(token, &len);
	if (!text)
		return err_set(parse->err, ERR_INPUT, "cannot read the scalar");
	node->text = arena_copy(parse->arena, slice_of(text, len));
	node->type = YAML_STRING;
	switch (fy_token_scalar_style(token)) {
	case FYSS_PLAIN:
		node->plain = true;
		node->type = plain_type(node->text);
		break;
	case FYSS_SINGLE_QUOTED:
	case FYSS_DOUBLE_QUOTED:
		/* libfyaml's mark is behind the quote. */
		node->column -= node->column > 1;
		break;
	default:
		break;
	}
	return 0;
}

static bool
has_properties(const struct fy_event *event)
{
	switch (event->type) {
	case FYET_SCALAR:
		return event->scalar.anchor || event->scalar.tag;
	case FYET_SEQUENCE_START:
		return event->sequence_start.anchor ||
		       event->sequence_start.tag;
	case FYET_MAPPING_START:
		return event->mapping_start.anchor || event->mapping_start.tag;
	default:
		return true; /* an alias */
	}
}

static int take_node(struct parse *parse, struct fy_event *event,
    unsigned depth, struct yaml **out);

/* The next event; NULL, with the error set, if there is none. */
static struct fy_event *
next_event(struct parse *parse)
{
	struct fy_event *event = fy_parser_parse(parse->parser);

	if (!event)
		take_error(parse);
	return event;
}

static int
check_key(struct parse *parse, const struct yaml *map, const struct yaml *key)
{
	struct yaml_place at = {key->line, key->column};

	if (!yaml_is_scalar(key)) {
		*parse->place = at;
		return err_set(
		    parse->err, ERR_INPUT, "a key must be a plain value");
	}
	if (map->count >= YAML_KEYS_MAX) {
		*parse->place = at;
		return err_set(parse->err, ERR_LIMIT,
		    "more than %d keys in a map", YAML_KEYS_MAX);
	}
	for (const struct yaml *child = map->first; child;
	     child = child->next) {
		if (!slice_eq(child->key->text, key->text))
			continue;
		*parse->place = at;
		return err_set(parse->err, ERR_INPUT,
		    "key '" SLICE_FMT "' is already there, in line %u",
		    SLICE_ARG(key->text), child->key->line);
	}
	return 0;
}

static int
take_children(struct parse *parse, struct yaml *node, unsigned depth)
{
	enum fy_event_type last =
	    node->type == YAML_MAP ? FYET_MAPPING_END : FYET_SEQUENCE_END;
	struct yaml **tail = &node->first;

	for (;;) {
		struct fy_event *event = next_event(parse);
		struct yaml *key = NULL;

		if (!event)
			return -1;
		if (event->type == last) {
			fy_parser_event_free(parse->parser, event);
			return 0;
		}
		if (node->type == YAML_MAP) {
			if (take_node(parse, event, depth, &key) ||
			    check_key(parse, node, key))
				return -1;
			event = next_event(parse);
			if (!event)
				return -1;
		}
		if (take_node(parse, event, depth, tail))
			return -1;
		(*tail)->key = key;
		tail = &(*tail)->next;
		node->count++;
	}
}

/* Uses up the event. */
static int
take_node(struct parse *parse, struct fy_event *event, unsigned depth,
    struct yaml **out)
{
	struct yaml *node = arena_calloc(parse->arena, 1, sizeof(*node));
	enum fy_event_type type = event->type;
	int status = 0;

	take_place(parse->place, fy_event_start_mark(event));
	node->line = parse->place->line;
	node->column = parse->place->column;
	if (has_properties(event))
		status = err_set(parse->err, ERR_INPUT,
		    "anchors, aliases and tags are not supported");
	else if (depth >= YAML_DEPTH_MAX)
		status = err_set(parse->err, ERR_INPUT, "nested too deeply");
	else if (type == FYET_SCALAR)
		status = take_scalar(parse, event, node);
	else
		node->type = type == FYET_MAPPING_START ? YAML_MAP : YAML_LIST;
	fy_parser_event_free(parse->parser, event);
	if (!status && node->type >= YAML_LIST)
		status = take_children(parse, node, depth + 1);
	if (!status)
		*out = node;
	return status;
}

static int
take_documents(struct parse *parse, struct yaml **tail)
{
	for (;;) {
		struct fy_event *event = next_event(parse);

		if (!event)
			return -1;
		switch (event->type) {
		case FYET_STREAM_END:
			fy_parser_event_free(parse->parser, event);
			return 0;
		case FYET_STREAM_START:
		case FYET_DOCUMENT_START:
		case FYET_DOCUMENT_END:
			fy_parser_event_free(parse->parser, event);
			break;
		default:
			if (take_node(parse, event, 0, tail))
				return -1;
			tail = &(*tail)->next;
		}
	}
}

/*
 * What libfyaml must not see: it never returns from a directive with bytes
 * that are no UTF-8.
 */
static int
check_text(struct slice text, struct yaml_place *place, struct err *err)
{
	const char *start = text.ptr;
	size_t i = 0;

	if (text.len > YAML_TEXT_MAX)
		return err_set(err, ERR_LIMIT, "longer than 16 MiB");
	while (i < text.len) {
		const unsigned char *p = (const unsigned char *)text.ptr + i;
		size_t len = utf8_len(p, text.len - i);

		place->column = (uint32_t)(text.ptr + i - start) + 1;
		if (!len || !*p)
			return err_set(err, ERR_INPUT, "is no UTF-8 text");
		if (*p == '%' && place->column == 1)
			return err_set(
			    err, ERR_INPUT, "a line may not start with %%");
		i += len;
		if (*p == '\n') {
			place->line++;
			start = text.ptr + i;
		}
	}
	*place = (struct yaml_place){1, 1};
	return 0;
}

int
yaml_parse(struct arena *arena, struct slice text, struct yaml **out,
    struct yaml_place *place, struct err *err)
{
	struct fy_parse_cfg cfg = {
	    .flags = FYPCF_QUIET | FYPCF_DISABLE_MMAP_OPT,
	};
	struct parse parse = {.arena = arena, .place = place, .err = err};
	struct yaml *docs = NULL;
	int status;

	*out = NULL;
	*place = (struct yaml_place){1, 1};
	if (check_text(text, place, err))
		return -1;
	parse.diag = fy_diag_create(NULL);
	if (parse.diag)
		fy_diag_set_collect_errors(parse.diag, true);
	cfg.diag = parse.diag;
	parse.parser = fy_parser_create(&cfg);
	if (!parse.diag || !parse.parser)
		status =
		    err_set(err, ERR_SYSTEM, "cannot start the YAML parser");
	else if (!text.len)
		status = 0;
	else if (fy_parser_set_string(parse.parser, text.ptr, text.len))
		status = take_error(&parse);
	else
		status = take_documents(&parse, &docs);
	fy_parser_destroy(parse.parser);
	fy_diag_destroy(parse.diag);
	if (!status)
		*out = docs;
	return status;
}
