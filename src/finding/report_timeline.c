#include "finding/report_out.h"
#include "finding/report_page.h"
#include "finding/report_words.h"

#define BINS_MAX 240
#define HOUR_US  (INT64_C(3600) * 1000000)

/* The drawing, in its own units. */
#define WIDTH      960
#define LEFT       84
#define RIGHT      (WIDTH - 6)
#define LANE       18 /* height of a level's line of marks */
#define BARS       90 /* height of the bars */
#define AXIS       22
#define MARK_LEAST 4.0

struct bin {
	uint64_t events;
	uint64_t findings[LEVEL_COUNT];
};

struct timeline {
	int64_t first_hour;
	int64_t hours; /* in a bin */
	size_t count;
	struct bin bins[BINS_MAX];
	uint64_t most; /* events in a bin */
	uint64_t findings[LEVEL_COUNT];
};

static int64_t
hour_of(int64_t time_us)
{
	return time_us / HOUR_US - (time_us % HOUR_US < 0);
}

/* Bins as long as people count: hours, parts of a day, days, weeks. */
static int64_t
bin_hours(int64_t hours)
{
	static const int64_t steps[] = {1, 2, 3, 6, 12, 24, 48, 168, 336, 672};
	size_t n = sizeof(steps) / sizeof(steps[0]);
	int64_t step = steps[0];

	for (size_t i = 0; hours / step >= BINS_MAX; i++)
		step = i < n ? steps[i] : step * 2;
	return step;
}

static void
gather(struct timeline *timeline, const struct tally_day *day)
{
	for (int hour = 0; hour < 24; hour++) {
		int64_t at = day->day * 24 + hour - timeline->first_hour;
		struct bin *bin;

		if (at < 0 || at / timeline->hours >= (int64_t)timeline->count)
			continue;
		bin = &timeline->bins[at / timeline->hours];
		bin->events += day->events[hour];
		if (bin->events > timeline->most)
			timeline->most = bin->events;
		for (int i = 0; i < LEVEL_COUNT; i++) {
			bin->findings[i] += day->findings[hour][i];
			timeline->findings[i] += day->findings[hour][i];
		}
	}
}

static void
build(struct timeline *timeline, const struct tally *tally)
{
	int64_t first = hour_of(tally->first_us);
	int64_t last = hour_of(tally->last_us);

	timeline->hours = bin_hours(last - first);
	/* Bins begin where the day or their own length does. */
	timeline->first_hour = first - first % timeline->hours;
	if (timeline->first_hour > first)
		timeline->first_hour -= timeline->hours;
	timeline->count =
	    (size_t)((last - timeline->first_hour) / timeline->hours) + 1;
	if (timeline->count > BINS_MAX)
		timeline->count = BINS_MAX;
	for (size_t i = 0; i < tally->day_count; i++)
		gather(timeline, tally->days[i]);
}

static int64_t
bin_time(const struct timeline *timeline, size_t i)
{
	return (timeline->first_hour + (int64_t)i * timeline->hours) * HOUR_US;
}

static void
add_bin_length(struct buf *out, const struct timeline *timeline)
{
	if (timeline->hours % 24)
		words_count(out, (uint64_t)timeline->hours, "hour");
	else
		words_count(out, (uint64_t)timeline->hours / 24, "day");
}

static double
bin_x(const struct timeline *timeline, size_t i)
{
	return LEFT +
	       (double)(RIGHT - LEFT) * (double)i / (double)timeline->count;
}

static void
add_axis_time(
    struct buf *out, double x, const char *anchor, int y, int64_t time_us)
{
	buf_printf(
	    out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor);
	words_time(out, time_us);
	buf_str(out, "</text>\n");
}

static void
add_bars(struct buf *out, const struct timeline *timeline, int top)
{
	double width = bin_x(timeline, 1) - bin_x(timeline, 0);
	int bottom = top + BARS;

	buf_printf(out,
	    "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">events</text>\n"
	    "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">",
	    LEFT - 8, bottom, LEFT - 8, top + 10);
	words_number(out, timeline->most);
	buf_str(out, "</text>\n");
	for (size_t i = 0; i < timeline->count; i++) {
		uint64_t events = timeline->bins[i].events;
		double height = BARS * (double)events / (double)timeline->most;

		if (!events)
			continue;
		if (height < 1)
			height = 1;
		buf_printf(out,
		    "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" "
		    "width=\"%.1f\" height=\"%.1f\"><title>",
		    bin_x(timeline, i), bottom - height,
		    width > 3 ? width - 1 : width, height);
		words_time(out, bin_time(timeline, i));
		buf_str(out, ": ");
		words_count(out, events, "event");
		buf_str(out, "</title></rect>\n");
	}
	buf_printf(out,
	    "<line class=\"rule\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n",
	    LEFT, bottom, RIGHT, bottom);
	add_axis_time(out, LEFT, "start", bottom + 16, bin_time(timeline, 0));
	add_axis_time(out, RIGHT, "end", bottom + 16,
	    bin_time(timeline, timeline->count));
}

static void
add_lane(
    struct buf *out, const struct timeline *timeline, enum level level, int top)
{
	double width = bin_x(timeline, 1) - bin_x(timeline, 0) - 1;

	if (width < MARK_LEAST)
		width = MARK_LEAST;
	buf_printf(out,
	    "<g class=\"%s\"><text x=\"%d\" y=\"%d\" "
	    "text-anchor=\"end\">%s</text>\n"
	    "<line class=\"rule\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n",
	    level_name(level), LEFT - 8, top + 13, level_name(level), LEFT,
	    top + LANE / 2, RIGHT, top + LANE / 2);
	for (size_t i = 0; i < timeline->count; i++) {
		uint64_t n = timeline->bins[i].findings[level];

		if (!n)
			continue;
		buf_printf(out,
		    "<rect class=\"mark\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" "
		    "height=\"%d\" rx=\"2\"><title>%s, ",
		    bin_x(timeline, i), top + 3, width, LANE - 6,
		    level_name(level));
		words_time(out, bin_time(timeline, i));
		buf_str(out, ": ");
		words_count(out, n, "finding");
		buf_str(out, "</title></rect>\n");
	}
	buf_str(out, "</g>\n");
}

static void
add_svg(struct buf *out, const struct timeline *timeline)
{
	int lanes = 0, top = 4;

	for (int i = 0; i < LEVEL_COUNT; i++)
		lanes += timeline->findings[i] != 0;
	buf_printf(out,
	    "<svg viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-labelledby=\"when what\">\n"
	    "<title id=\"when\">Events and findings over time</title>\n"
	    "<desc id=\"what\">",
	    WIDTH, top + lanes * LANE + BARS + AXIS + 8);
	buf_str(out, "One bar is ");
	add_bin_length(out, timeline);
	buf_str(out, "; the highest has ");
	words_count(out, timeline->most, "event");
	buf_str(out, ". Marks above it are findings by level. "
	             "The table below has the same numbers.</desc>\n");
	for (int i = LEVEL_COUNT - 1; i >= 0; i--) {
		if (!timeline->findings[i])
			continue;
		add_lane(out, timeline, (enum level)i, top);
		top += LANE;
	}
	add_bars(out, timeline, top + 8);
	buf_str(out, "</svg>\n");
}

static void
add_cell(struct buf *out, uint64_t n)
{
	buf_str(out, "<td class=\"n\">");
	if (n)
		words_number(out, n);
	buf_str(out, "</td>");
}

static void
add_table(struct buf *out, const struct timeline *timeline)
{
	buf_str(out, "<details><summary>The timeline as a table</summary>\n"
	             "<div class=\"wide\"><table>\n<tr><th>from (UTC)</th>"
	             "<th class=\"n\">events</th>");
	for (int i = LEVEL_COUNT - 1; i >= 0; i--)
		buf_printf(
		    out, "<th class=\"n\">%s</th>", level_name((enum level)i));
	buf_str(out, "</tr>\n");
	for (size_t i = 0; i < timeline->count; i++) {
		const struct bin *bin = &timeline->bins[i];

		if (!bin->events)
			continue;
		buf_str(out, "<tr><td>");
		words_time(out, bin_time(timeline, i));
		buf_str(out, "</td>");
		add_cell(out, bin->events);
		for (int j = LEVEL_COUNT - 1; j >= 0; j--)
			add_cell(out, bin->findings[j]);
		buf_str(out, "</tr>\n");
	}
	buf_str(out, "</table></div></details>\n");
}

void
report_html_timeline(struct buf *out, const struct tally *tally)
{
	struct timeline timeline = {0};

	if (tally->events <= tally->no_time)
		return;
	build(&timeline, tally);
	if (!timeline.most)
		return;
	buf_str(out, "<h2>When</h2>\n<figure>\n");
	add_svg(out, &timeline);
	buf_str(out, "<figcaption class=\"dim\">Events per ");
	add_bin_length(out, &timeline);
	buf_str(out, ", UTC, with findings by level above.");
	if (tally->undated) {
		buf_char(out, ' ');
		words_count(out, tally->undated, "event");
		buf_str(out, " on too many different days to be drawn.");
	}
	buf_str(out, "</figcaption>\n</figure>\n");
	add_table(out, &timeline);
}
