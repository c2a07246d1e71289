#include <string.h>

#include "rule/compile.h"

/*
 * The grammar, loosest first; the words in any case:
 *	or    := and { "or" and }
 *	and   := not { "and" not }
 *	not   := "not" not | "(" or ")" | COUNT "of" WHICH | NAME
 *	COUNT := "all" | "any" | digits
 *	WHICH := "them" | a name with any number of *
 */

/* Nesting of a condition at most. */
#define DEPTH_MAX 64

struct parser {
	struct compile *compile;
	const struct yaml *node;
	const struct idents *idents;
	struct slice rest;
	struct slice token; /* the one to come; empty at the end */
	unsigned depth;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
advance(struct parser *parser)
{
	struct slice s = parser->rest;
	size_t n = 0;

	while (s.len && is_space(s.ptr[0]))
		s = slice_skip(s, 1);
	if (s.len && memchr("()|", s.ptr[0], 3))
		n = 1;
	else
		while (n < s.len && !is_space(s.ptr[n]) &&
		       !memchr("()|", s.ptr[n], 3))
			n++;
	parser->token = slice_of(s.ptr, n);
	parser->rest = slice_skip(s, n);
}

static bool
word_is(struct slice token, const char *word)
{
	return token.len == strlen(word) &&
	       !strncasecmp(token.ptr, word, token.len);
}

static bool
take_word(struct parser *parser, const char *word)
{
	if (!word_is(parser->token, word))
		return false;
	advance(parser);
	return true;
}

#define fail_at(parser, at, ...)                                               \
	compile_fail_in((parser)->compile, (parser)->node,                     \
	    (size_t)((at).ptr - (parser)->node->text.ptr), __VA_ARGS__)

/* What to write instead of Sigma 1's "| count() by x > 5". */
static int
refuse_pipe(struct parser *parser)
{
	struct slice pipe = parser->token;
	const char *instead = "event_count";

	advance(parser);
	if (word_is(parser->token, "near"))
		instead = "temporal";
	else if (word_is(parser->token, "sum"))
		instead = "value_sum";
	else if (word_is(parser->token, "avg"))
		instead = "value_avg";
	else if (word_is(parser->token, "min") || word_is(parser->token, "max"))
		instead = "value_percentile";
	else if (word_is(parser->token, "count")) {
		advance(parser);
		advance(parser);
		if (!word_is(parser->token, ")"))
			instead = "value_count";
	}
	return fail_at(parser, pipe,
	    "aggregations with '|' are not part of Sigma 2: write a "
	    "correlation of type '%s'",
	    instead);
}

bool
name_fits(struct slice pattern, struct slice name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, star_n = 0;

	while (n < name.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = ++p;
			star_n = n;
		} else if (p < pattern.len && pattern.ptr[p] == name.ptr[n]) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star;
			n = ++star_n;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

static const struct node *
ident_node(struct parser *parser, const struct ident *ident)
{
	struct node *node = compile_node(parser->compile, NODE_IDENT, 0);

	node->ident = ident;
	return node;
}

/* Names that start with _ are chosen only by a pattern that does, too. */
static bool
selected(struct slice pattern, struct slice name)
{
	bool hidden = name.len && name.ptr[0] == '_';

	if (word_is(pattern, "them"))
		return !hidden;
	return (!hidden || (pattern.len && pattern.ptr[0] == '_')) &&
	       name_fits(pattern, name);
}

static int
parse_of(struct parser *parser, struct slice quantity, const struct node **out)
{
	const struct idents *idents = parser->idents;
	struct slice pattern = parser->token;
	uint64_t need = 1;
	const struct node **child =
	    compile_children(parser->compile, idents->count);
	struct node *node = compile_node(parser->compile, NODE_OR, 0);

	for (size_t i = 0; i < idents->count; i++)
		if (selected(pattern, idents->list[i].name))
			child[node->count++] =
			    ident_node(parser, &idents->list[i]);
	if (!node->count)
		return fail_at(parser, pattern,
		    "'" SLICE_FMT "' selects no search identifier",
		    SLICE_ARG(pattern));
	advance(parser);
	compile_order(parser->compile->rules, child, node->count);
	node->child = child;
	*out = node;
	if (word_is(quantity, "all")) {
		node->type = NODE_AND;
	} else if (slice_to_u64(quantity, &need) && need != 1) {
		if (!need || need > node->count)
			return fail_at(parser, quantity,
			    "'" SLICE_FMT "' selects %zu search identifiers",
			    SLICE_ARG(pattern), node->count);
		node->type = NODE_AT_LEAST;
		node->need = (uint32_t)need;
	}
	return 0;
}

static int
parse_name(struct parser *parser, const struct node **out)
{
	struct slice name = parser->token;
	uint64_t digits;
	bool counts = word_is(name, "all") || word_is(name, "any") ||
	              slice_to_u64(name, &digits);

	advance(parser);
	if (counts && take_word(parser, "of"))
		return parse_of(parser, name, out);
	for (size_t i = 0; i < parser->idents->count; i++) {
		if (!slice_eq(parser->idents->list[i].name, name))
			continue;
		*out = ident_node(parser, &parser->idents->list[i]);
		return 0;
	}
	return fail_at(parser, name,
	    "there is no search identifier '" SLICE_FMT "'", SLICE_ARG(name));
}

static int parse_or(struct parser *parser, const struct node **out);

static int
parse_not(struct parser *parser, const struct node **out)
{
	const struct node **child;
	struct slice start = parser->token;
	struct node *node;

	if (!start.len)
		return compile_fail(parser->compile, parser->node,
		    "the condition ends too early");
	if (parser->depth >= DEPTH_MAX)
		return fail_at(parser, start, "nested too deeply");
	if (take_word(parser, "not")) {
		child = compile_children(parser->compile, 1);
		node = compile_node(parser->compile, NODE_NOT, 1);
		node->child = child;
		*out = node;
		parser->depth++;
		if (parse_not(parser, child))
			return -1;
		parser->depth--;
		return 0;
	}
	if (!take_word(parser, "("))
		return parse_name(parser, out);
	parser->depth++;
	if (parse_or(parser, out))
		return -1;
	parser->depth--;
	if (!take_word(parser, ")"))
		return fail_at(parser, start, "'(' is not closed");
	return 0;
}

/* One or more `part`, with `word` between them. */
static int
parse_chain(struct parser *parser, const char *word, enum node_type type,
    int (*part)(struct parser *, const struct node **), const struct node **out)
{
	const struct node **child = NULL, *first = NULL;
	struct node *node;
	size_t count = 1, size = 0;

	if (part(parser, &first))
		return -1;
	if (!word_is(parser->token, word)) {
		*out = first;
		return 0;
	}
	while (take_word(parser, word)) {
		if (count >= size) {
			size_t more = size ? size * 2 : 4;
			const struct node **list =
			    compile_children(parser->compile, more);

			for (size_t i = 0; child && i < count; i++)
				list[i] = child[i];
			child = list;
			child[0] = first;
			size = more;
		}
		if (part(parser, &child[count]))
			return -1;
		count++;
	}
	compile_order(parser->compile->rules, child, count);
	node = compile_node(parser->compile, type, count);
	node->child = child;
	*out = node;
	return 0;
}

static int
parse_and(struct parser *parser, const struct node **out)
{
	return parse_chain(parser, "and", NODE_AND, parse_not, out);
}

static int
parse_or(struct parser *parser, const struct node **out)
{
	return parse_chain(parser, "or", NODE_OR, parse_and, out);
}

int
compile_condition(struct compile *compile, const struct yaml *text,
    const struct idents *idents, const struct node **out)
{
	struct parser parser = {
	    .compile = compile, .node = text, .idents = idents};

	if (text->type != YAML_STRING)
		return compile_fail(compile, text,
		    "a condition must be a text, not a %s",
		    yaml_type_name(text->type));
	parser.rest = text->text;
	for (size_t i = 0; i < text->text.len; i++) {
		if (text->text.ptr[i] != '|')
			continue;
		parser.rest = slice_skip(text->text, i);
		advance(&parser);
		return refuse_pipe(&parser);
	}
	advance(&parser);
	if (parse_or(&parser, out))
		return -1;
	if (parser.token.len)
		return fail_at(&parser, parser.token,
		    "'" SLICE_FMT "' is not expected here",
		    SLICE_ARG(parser.token));
	return 0;
}
