/*
 * The intrusion as a graph: each mark points to those that follow from its
 * acts, in layers by how many rules lie between it and what was given.
 *
 * A mark follows from one other at most, so the graph is a forest: a node takes
 * as many rows as its children, and no lines cross.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/term.h"
#include "event/event.h"
#include "finding/report_page.h"
#include "finding/report_plain.h"
#include "incident/damage_page_part.h"

/* With more marks, those without followers are drawn together by kind. */
#define MARKS_APART 50
#define NODES_MAX   200

/* The drawing, in its own units. */
#define BOX       232
#define HEIGHT    50
#define COLUMN    (BOX + 40)
#define ROW       (HEIGHT + 10)
#define TEXT_COLS 37 /* columns of text in a box, about */
#define WIDTH     960

/* What the acts of a mark reached. */
struct reached {
	uint64_t items[DAMAGE_ACCESSED + 1];
};

struct node {
	const struct mark *mark; /* the first of them */
	struct reached reached;
	uint64_t certain, likely;
	size_t count; /* marks */
	size_t parent, depth;
	size_t top, rows, taken; /* rows: from where, how many, by children */
};
#define NO_PARENT SIZE_MAX

struct graph {
	struct node *nodes; /* parents before their children */
	size_t *node_of;    /* by mark; NO_PARENT: not drawn */
	size_t count, rows, layers;
	size_t left; /* marks that are not drawn */
};

/* Marks come in their order, so one follows from one before it. */
static size_t
via_of(const struct damage *damage, size_t i)
{
	return damage->marks[i].via_mark < i ? damage->marks[i].via_mark
	                                     : NO_PARENT;
}

static struct reached *
count_reached(const struct damage *damage)
{
	struct reached *reached =
	    xcalloc(damage->mark_count + 1, sizeof(*reached));

	for (size_t i = 0; i < damage->item_count; i++)
		if (damage->items[i].mark < damage->mark_count)
			reached[damage->items[i].mark]
			    .items[damage->items[i].certainty]++;
	return reached;
}

/* --- building --- */

static bool
alike(const struct mark *a, const struct mark *b)
{
	return a->kind == b->kind && a->rule == b->rule &&
	       a->certainty == b->certainty && a->own == b->own &&
	       a->cut == b->cut;
}

/* The node of such marks without followers; the graph's count if none. */
static size_t
find_group(const struct graph *graph, const bool *leads, size_t parent,
    const struct damage *damage, size_t mark)
{
	for (size_t i = 0; i < graph->count; i++) {
		const struct node *node = &graph->nodes[i];

		if (node->parent == parent &&
		    !leads[node->mark - damage->marks] &&
		    alike(node->mark, &damage->marks[mark]))
			return i;
	}
	return graph->count;
}

static void
add_mark(struct graph *graph, const struct damage *damage, const bool *leads,
    const struct reached *reached, size_t i)
{
	const struct mark *mark = &damage->marks[i];
	size_t via = via_of(damage, i);
	size_t parent = via == NO_PARENT ? NO_PARENT : graph->node_of[via];
	size_t at = graph->count;
	struct node *node;

	graph->node_of[i] = NO_PARENT;
	if (via != NO_PARENT && parent == NO_PARENT) {
		graph->left++;
		return;
	}
	if (damage->mark_count > MARKS_APART && !leads[i])
		at = find_group(graph, leads, parent, damage, i);
	if (at == NODES_MAX) {
		graph->left++;
		return;
	}
	node = &graph->nodes[at];
	if (at == graph->count) {
		graph->count++;
		*node = (struct node){.mark = mark, .parent = parent};
		if (parent != NO_PARENT)
			node->depth = graph->nodes[parent].depth + 1;
	}
	graph->node_of[i] = at;
	node->count++;
	node->certain += mark->certain;
	node->likely += mark->likely;
	for (int c = DAMAGE_POSSIBLE; c <= DAMAGE_ACCESSED; c++)
		node->reached.items[c] += reached[i].items[c];
}

static void
lay_out(struct graph *graph)
{
	for (size_t i = graph->count; i-- > 0;) {
		struct node *node = &graph->nodes[i];

		if (!node->rows)
			node->rows = 1;
		if (node->parent != NO_PARENT)
			graph->nodes[node->parent].rows += node->rows;
	}
	for (size_t i = 0; i < graph->count; i++) {
		struct node *node = &graph->nodes[i];
		size_t *taken = node->parent == NO_PARENT
		                    ? &graph->rows
		                    : &graph->nodes[node->parent].taken;

		node->top = *taken;
		if (node->parent != NO_PARENT)
			node->top += graph->nodes[node->parent].top;
		*taken += node->rows;
		if (node->depth + 1 > graph->layers)
			graph->layers = node->depth + 1;
	}
}

static void
build(struct graph *graph, const struct damage *damage)
{
	struct reached *reached = count_reached(damage);
	bool *leads = xcalloc(damage->mark_count + 1, sizeof(*leads));

	graph->nodes = xcalloc(NODES_MAX, sizeof(*graph->nodes));
	graph->node_of =
	    xcalloc(damage->mark_count + 1, sizeof(*graph->node_of));
	for (size_t i = 0; i < damage->mark_count; i++)
		if (via_of(damage, i) != NO_PARENT)
			leads[via_of(damage, i)] = true;
	for (size_t i = 0; i < damage->mark_count; i++)
		add_mark(graph, damage, leads, reached, i);
	lay_out(graph);
	free(reached);
	free(leads);
}

/* --- drawing --- */

static const char *
class_of(const struct mark *mark)
{
	return mark->cut                               ? "undetermined cut"
	       : mark->certainty == CERTAINLY_INTRUDER ? "certain"
	                                               : "likely";
}

/* "address 203.0.113.7", "12 addresses" */
static void
add_name(struct buf *out, const struct node *node)
{
	const struct mark *mark = node->mark;

	if (node->count > 1) {
		words_number(out, node->count);
		buf_str(out, " \xc3\x97 ");
	}
	buf_str(out, damage_mark_words(mark->kind));
	if (node->count == 1) {
		buf_char(out, ' ');
		buf_slice_add(out, damage_name(mark->name, mark->value));
	}
}

static void
add_numbers(struct buf *out, const struct node *node)
{
	if (node->mark->cut) {
		buf_str(out, "cut by the responder");
		return;
	}
	words_number(out, node->certain);
	buf_str(out, " certain, ");
	words_number(out, node->likely);
	buf_str(out, " likely");
	if (node->reached.items[DAMAGE_ACCESSED]) {
		buf_str(out, "; ");
		words_number(out, node->reached.items[DAMAGE_ACCESSED]);
		buf_str(out, " accessed");
	}
	if (node->reached.items[DAMAGE_POSSIBLE]) {
		buf_str(out, "; ");
		words_number(out, node->reached.items[DAMAGE_POSSIBLE]);
		buf_str(out, " possibly");
	}
}

static void
add_text(
    struct buf *out, const char *class, size_t x, size_t y, struct slice text)
{
	struct buf fit = {0};

	term_fit(&fit, text, TEXT_COLS);
	buf_printf(out, "<text class=\"%s\" x=\"%zu\" y=\"%zu\">", class, x, y);
	page_text(out, buf_slice(&fit));
	buf_str(out, "</text>");
	buf_release(&fit);
}

static void
add_edge(struct buf *out, const struct graph *graph, const struct node *node)
{
	const struct node *parent;
	size_t x, y, from;

	if (node->parent == NO_PARENT)
		return;
	parent = &graph->nodes[node->parent];
	x = node->depth * COLUMN;
	y = node->top * ROW + HEIGHT / 2 + 1;
	from = parent->top * ROW + HEIGHT / 2 + 1;
	buf_printf(out,
	    "<path class=\"edge\" d=\"M%zu %zuH%zuV%zuH%zum-6 -4l6 4l-6 4\"/>"
	    "\n",
	    parent->depth * COLUMN + BOX, from, x - 20, y, x - 1);
}

static void
add_node(struct buf *out, const struct node *node)
{
	size_t x = node->depth * COLUMN + 1, y = node->top * ROW + 1;
	struct buf text = {0};

	buf_printf(out, "<g class=\"%s\"><title>", class_of(node->mark));
	add_name(&text, node);
	page_text(out, buf_slice(&text));
	buf_str(out, ": ");
	buf_str(out, mark_rule_words(node->mark->rule));
	buf_printf(out,
	    "</title><rect class=\"node\" x=\"%zu\" y=\"%zu\" width=\"%d\" "
	    "height=\"%d\" rx=\"5\"/><rect class=\"side\" x=\"%zu\" "
	    "y=\"%zu\" width=\"5\" height=\"%d\"/>",
	    x, y, BOX - 2, HEIGHT - 2, x, y, HEIGHT - 2);
	add_text(out, "name", x + 12, y + 16, buf_slice(&text));
	add_text(out, "why", x + 12, y + 29,
	    slice_cstr(mark_rule_words(node->mark->rule)));
	buf_clear(&text);
	add_numbers(&text, node);
	add_text(out, "sum", x + 12, y + 42, buf_slice(&text));
	buf_str(out, "</g>\n");
	buf_release(&text);
}

static void
add_drawing(struct buf *out, const struct graph *graph)
{
	size_t width = graph->layers * COLUMN;

	if (width < WIDTH)
		width = WIDTH;
	buf_printf(out,
	    "<figure>\n<svg viewBox=\"0 0 %zu %zu\" "
	    "style=\"min-width:%zupx\" role=\"img\" "
	    "aria-labelledby=\"graph-what graph-how\">\n"
	    "<title id=\"graph-what\">What led to what</title>\n"
	    "<desc id=\"graph-how\">Boxes are what is the intruder's; a line "
	    "leads to what follows from acts by it. The table below has the "
	    "same.</desc>\n",
	    width, graph->rows * ROW, width * 4 / 5);
	for (size_t i = 0; i < graph->count; i++)
		add_edge(out, graph, &graph->nodes[i]);
	for (size_t i = 0; i < graph->count; i++)
		add_node(out, &graph->nodes[i]);
	buf_str(out, "</svg>\n</figure>\n");
	if (graph->left) {
		buf_str(out, "<p class=\"dim\">");
		words_count(out, graph->left, "more mark");
		buf_str(out, " would not fit; the table has them.</p>\n");
	}
}

/* --- the table --- */

static void
add_row(struct buf *out, const struct damage *damage, const struct mark *mark)
{
	part_row(out);
	page_cell(out, slice_cstr(damage_mark_words(mark->kind)));
	page_cell(out, mark->value);
	page_cell(out, mark->name);
	page_cell(out, slice_cstr(mark_rule_words(mark->rule)));
	page_cell_mark(out, damage, mark->via_mark);
	page_cell_index(out, mark->via_index);
	page_cell(
	    out, mark->own ? SLICE("the intruder's alone") : SLICE("shared"));
	page_cell(out, mark->cut
	                   ? SLICE("cut by the responder")
	                   : slice_cstr(damage_intruder_name(mark->certainty)));
	page_cell_number(out, mark->certain);
	page_cell_number(out, mark->likely);
	page_row_end(out);
}

void
damage_page_graph(struct buf *out, const struct damage *damage)
{
	struct graph graph = {0};
	size_t shown = damage->mark_count;

	buf_str(out, "<h2 id=\"graph\">The intrusion</h2>\n<p>From left to "
	             "right: what was known to be the intruder's, and what "
	             "follows from acts by it, each by a stated rule. Numbers "
	             "are acts, and items by certainty.</p>\n");
	if (!shown) {
		buf_str(out, "<p>Nothing was given.</p>\n");
		return;
	}
	build(&graph, damage);
	add_drawing(out, &graph);
	free(graph.nodes);
	free(graph.node_of);
	if (shown > PAGE_ROWS_MAX)
		shown = PAGE_ROWS_MAX;
	page_table(out, "What is the intruder's, and why",
	    "kind|value|name|why|follows from|#record|whose|certainty|#acts "
	    "certain|#likely");
	for (size_t i = 0; i < shown; i++)
		add_row(out, damage, &damage->marks[i]);
	page_table_end(out);
	page_rest(out, shown, damage->mark_count);
}
