/*
 * What happened: the intruder's acts and the ways back over time as a drawing,
 * and the steps as a table.
 */
#include "event/event.h"
#include "finding/report_page.h"
#include "finding/report_plain.h"
#include "incident/damage_page_part.h"

/* The drawing, in its own units. */
#define WIDTH      960
#define LEFT       96
#define RIGHT      (WIDTH - 10)
#define LANE       24
#define LANES      4
#define TICKS      4
#define MARK_LEAST 5.0

/* At least so much time is drawn. */
#define SPAN_LEAST_US INT64_C(60000000)

struct span {
	int64_t from_us, to_us;
};

static void
stretch(struct span *span, int64_t time_us)
{
	if (time_us == EVENT_NO_TIME)
		return;
	if (span->from_us == EVENT_NO_TIME || time_us < span->from_us)
		span->from_us = time_us;
	if (span->to_us == EVENT_NO_TIME || time_us > span->to_us)
		span->to_us = time_us;
}

static struct span
span_of(const struct damage *damage)
{
	struct span span = {EVENT_NO_TIME, EVENT_NO_TIME};

	for (size_t i = 0; i < damage->step_count; i++) {
		stretch(&span, damage->steps[i].time_us);
		stretch(&span, damage->steps[i].last_us);
	}
	for (size_t i = 0; i < damage->way_count; i++) {
		stretch(&span, damage->ways[i].opened_us);
		stretch(&span, damage->ways[i].closed_us);
	}
	if (span.from_us != EVENT_NO_TIME &&
	    span.to_us - span.from_us < SPAN_LEAST_US)
		span.to_us = span.from_us + SPAN_LEAST_US;
	return span;
}

static double
x_of(const struct span *span, int64_t time_us)
{
	double part = (double)(time_us - span->from_us) /
	              (double)(span->to_us - span->from_us);

	return LEFT + (RIGHT - LEFT) * part;
}

static void
add_lane(struct buf *out, int lane, const char *name)
{
	int y = lane * LANE + LANE / 2;

	buf_printf(out,
	    "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n"
	    "<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n",
	    LEFT - 10, y + 4, name, LEFT, y, RIGHT, y);
}

static void
add_bar(
    struct buf *out, const struct span *span, const struct damage_step *step)
{
	bool certain = step->certainty == CERTAINLY_INTRUDER;
	double x = x_of(span, step->time_us);
	double width =
	    step->last_us == EVENT_NO_TIME ? 0 : x_of(span, step->last_us) - x;

	if (width < MARK_LEAST)
		width = MARK_LEAST;
	if (x + width > RIGHT)
		x = RIGHT - width;
	buf_printf(out,
	    "<rect class=\"lane %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" "
	    "height=\"%d\" rx=\"2\"><title>",
	    certain ? "certain" : "likely", x, (certain ? 0 : LANE) + 5, width,
	    LANE - 10);
	damage_time(out, step->time_us);
	buf_str(out, ": ");
	page_text(out, step->what);
	buf_str(out, "</title></rect>\n");
}

/* Open: a ring; closed: a full circle. */
static void
add_dot(struct buf *out, const struct span *span, const struct way_back *way,
    bool closed)
{
	int64_t time_us = closed ? way->closed_us : way->opened_us;

	if (time_us == EVENT_NO_TIME)
		return;
	buf_printf(out,
	    "<circle class=\"%s %s\" cx=\"%.1f\" cy=\"%d\" r=\"5\"><title>",
	    closed ? "lane gone" : "node open", closed ? "shut" : "way",
	    x_of(span, time_us), (closed ? 3 : 2) * LANE + LANE / 2);
	damage_time(out, time_us);
	buf_str(out, closed ? ": closed: " : ": opened: ");
	buf_str(out, way_kinds[way->way].words);
	buf_char(out, ' ');
	page_text(out, damage_name(way->name, way->object));
	buf_str(out, "</title></circle>\n");
}

static void
add_ticks(struct buf *out, const struct span *span)
{
	for (int i = 0; i <= TICKS; i++) {
		int64_t part = (span->to_us - span->from_us) / TICKS;
		int64_t time_us =
		    i == TICKS ? span->to_us : span->from_us + i * part;
		double x = x_of(span, time_us);

		buf_printf(out,
		    "<line class=\"axis\" x1=\"%.1f\" y1=\"0\" x2=\"%.1f\" "
		    "y2=\"%d\"/>\n<text x=\"%.1f\" y=\"%d\" "
		    "text-anchor=\"%s\">",
		    x, x, LANES * LANE + 4, x, LANES * LANE + 18,
		    i == 0       ? "start"
		    : i == TICKS ? "end"
		                 : "middle");
		words_time(out, time_us);
		buf_str(out, "</text>\n");
	}
}

static void
add_drawing(struct buf *out, const struct damage *damage)
{
	struct span span = span_of(damage);

	if (span.from_us == EVENT_NO_TIME)
		return;
	buf_printf(out,
	    "<figure>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-labelledby=\"when whenwhat\">\n"
	    "<title id=\"when\">The intrusion over time</title>\n"
	    "<desc id=\"whenwhat\">Steps of the intruder, certain and likely, "
	    "and ways back as they were opened and closed. The tables below "
	    "have the same.</desc>\n",
	    WIDTH, LANES * LANE + 26);
	add_ticks(out, &span);
	add_lane(out, 0, "certain");
	add_lane(out, 1, "likely");
	add_lane(out, 2, "ways opened");
	add_lane(out, 3, "ways closed");
	for (size_t i = 0; i < damage->step_count && i < PAGE_ROWS_MAX; i++)
		if (damage->steps[i].time_us != EVENT_NO_TIME)
			add_bar(out, &span, &damage->steps[i]);
	for (size_t i = 0; i < damage->way_count && i < PAGE_ROWS_MAX; i++) {
		add_dot(out, &span, &damage->ways[i], false);
		add_dot(out, &span, &damage->ways[i], true);
	}
	buf_str(out, "</svg>\n</figure>\n");
}

static void
add_step(struct buf *out, const struct damage_step *step)
{
	part_row(out);
	page_cell_time(out, step->time_us);
	page_cell(out, step->what);
	page_cell(out, step->who);
	page_cell(out, step->by);
	page_cell(out, slice_cstr(damage_intruder_name(step->certainty)));
	page_cell_number(out, step->acts);
	page_cell_index(out, step->index);
	page_row_end(out);
}

void
damage_page_time(struct buf *out, const struct damage *damage)
{
	size_t shown = damage->step_count;

	buf_str(out, "<h2 id=\"time\">What happened</h2>\n<p>");
	if (!damage->step_count) {
		buf_str(out, "No act is the intruder's.</p>\n");
		return;
	}
	words_range(out, damage->first_us, damage->last_us);
	buf_str(out, ": ");
	words_count(out, damage->certain, "act");
	buf_str(out, " certainly the intruder's; ");
	words_count(out, damage->likely, "act");
	buf_str(out, " likely.</p>\n");
	add_drawing(out, damage);
	if (shown > PAGE_ROWS_MAX)
		shown = PAGE_ROWS_MAX;
	page_table(out, "Acts that belong together are one step.",
	    "when|what|who|known by|the intruder|#acts|#record");
	for (size_t i = 0; i < shown; i++)
		add_step(out, &damage->steps[i]);
	page_table_end(out);
	page_rest(out, shown, damage->step_count);
}
