/*
 * What the intrusion left, and what nothing shows.
 */
#include "event/event.h"
#include "finding/report_page.h"
#include "finding/report_plain.h"
#include "incident/damage_page_part.h"

#define PLACES_SHOWN 5

/* --- ways back --- */

static const struct {
	const char *title, *means;
} states[WAY_STATES] = {
    [WAY_OPEN] = {"Open", "Opened, and not closed as far as is known."},
    [WAY_SHUT] = {"Closed, not confirmed",
        "Closed in the log, or absent in a later state of the tenant, but "
        "not both."},
    [WAY_GONE] = {"Gone",
        "Closed in the log, and absent in a later state of the tenant."},
    [WAY_UNCHECKED] = {"Not checked",
        "Nothing that firn has read shows whether there is one."},
    [WAY_STATED] = {"Stated",
        "Somebody says by name that it was checked elsewhere."},
};

static void
add_seen(struct buf *out, const struct way_back *way)
{
	struct buf text = {0};

	if (way->seen_us != EVENT_NO_TIME) {
		buf_str(&text, way->seen_present ? "present " : "absent ");
		damage_time(&text, way->seen_us);
	}
	if (way->where.len) {
		if (text.len)
			buf_str(&text, ", ");
		buf_slice_add(&text, way->where);
	}
	page_cell(out, buf_slice(&text));
	buf_release(&text);
}

static void
add_records(struct buf *out, const struct way_back *way)
{
	const uint64_t list[] = {way->opened_index, way->used_index,
	    way->closed_index, way->seen_index};
	struct buf text = {0};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		if (list[i] == NO_ACT || (i && list[i] == list[i - 1]))
			continue;
		if (text.len)
			buf_str(&text, ", ");
		buf_u64(&text, list[i]);
	}
	page_cell(out, buf_slice(&text));
	buf_release(&text);
}

/* What it is called, and what it does. */
static void
add_what(struct buf *out, const struct way_back *way)
{
	struct slice name = damage_name(way->name, way->object);
	struct buf text = {0};

	buf_slice_add(&text, name);
	if (way->detail.len) {
		if (text.len)
			buf_str(&text, ": ");
		buf_slice_add(&text, way->detail);
	}
	page_cell(out, buf_slice(&text));
	buf_release(&text);
}

static void
add_way(struct buf *out, const struct way_back *way)
{
	part_row(out);
	page_cell(out, slice_cstr(way_kinds[way->way].words));
	add_what(out, way);
	page_cell(out, damage_name(way->holder_name, way->holder));
	page_cell(out, way->place);
	page_cell(out, slice_cstr(damage_intruder_name(way->intruder)));
	page_cell_time(out, way->opened_us);
	page_cell_time(out, way->used_us);
	page_cell_time(out, way->closed_us);
	add_seen(out, way);
	add_records(out, way);
	page_row_end(out);
}

static void
add_state(struct buf *out, const struct damage *damage, enum way_state state)
{
	uint64_t all = 0, shown = 0;

	for (size_t i = 0; i < damage->way_count; i++)
		all += damage->ways[i].state == state;
	if (!all)
		return;
	buf_printf(out, "<h3 class=\"%s\"><span class=\"tag\">%s</span> (",
	    way_state_names[state], states[state].title);
	words_number(out, all);
	buf_str(out, ")</h3>\n");
	page_table(out, states[state].means,
	    "kind|what|whose|place|by the intruder|opened|last used|closed|"
	    "state of the tenant, read from|records");
	for (size_t i = 0; i < damage->way_count && shown < PAGE_ROWS_MAX;
	     i++) {
		if (damage->ways[i].state != state)
			continue;
		add_way(out, &damage->ways[i]);
		shown++;
	}
	page_table_end(out);
	page_rest(out, shown, all);
}

void
damage_page_ways(struct buf *out, const struct damage *damage)
{
	const struct damage_verdict *verdict = &damage->verdict;

	buf_str(out, "<h2 id=\"ways\">Ways back</h2>\n");
	if (!damage->way_count)
		buf_str(out, "<p>None was looked for: no account and no app is "
		             "the intruder's.</p>\n");
	add_state(out, damage, WAY_OPEN);
	add_state(out, damage, WAY_UNCHECKED);
	add_state(out, damage, WAY_SHUT);
	add_state(out, damage, WAY_STATED);
	add_state(out, damage, WAY_GONE);
	if (!verdict->settle_count)
		return;
	buf_str(out, "<h3>What would settle it</h3>\n<ul>\n");
	for (size_t i = 0; i < verdict->settle_count; i++) {
		buf_str(out, "<li>");
		page_text(out, verdict->settles[i]);
		buf_str(out, "</li>\n");
	}
	buf_str(out, "</ul>\n");
}

/* --- what is not seen --- */

static void
add_places(struct buf *out, const struct unseen *unseen)
{
	struct buf text = {0};

	for (size_t i = 0; i < unseen->place_count && i < PLACES_SHOWN; i++) {
		if (i)
			buf_str(&text, ", ");
		buf_slice_add(&text, unseen->places[i]);
	}
	if (unseen->place_count > PLACES_SHOWN)
		buf_printf(
		    &text, " and %zu more", unseen->place_count - PLACES_SHOWN);
	page_cell(out, unseen->place_count ? buf_slice(&text)
	                                   : SLICE("all of the tenant"));
	buf_release(&text);
}

static void
add_unseen(struct buf *out, const struct unseen *unseen)
{
	static const char *const causes[UNSEEN_CAUSES] = {
	    [UNSEEN_GAP] = "gap",
	    [UNSEEN_BLIND] = "not logged",
	    [UNSEEN_EDISCOVERY] = "eDiscovery",
	    [UNSEEN_FORGED] = "no sign-in explains it",
	    [UNSEEN_REACH] = "outside of the data",
	    [UNSEEN_INCOMPLETE] = "not complete",
	    [UNSEEN_ERASED] = "erased",
	};
	struct buf stream = {0};

	part_row(out);
	page_cell_time(out, unseen->from_us);
	page_cell_time(out, unseen->to_us);
	page_cell(out, slice_cstr(causes[unseen->cause]));
	page_cell(out, unseen->detail);
	buf_slice_add(&stream, unseen->source);
	if (unseen->stream.len) {
		buf_char(&stream, '/');
		buf_slice_add(&stream, unseen->stream);
	}
	page_cell(out, buf_slice(&stream));
	add_places(out, unseen);
	if (unseen->heals_until_us == EVENT_NO_TIME)
		page_cell(out, SLICE("no"));
	else
		page_cell_time(out, unseen->heals_until_us);
	page_cell_index(out, unseen->index);
	page_row_end(out);
	buf_release(&stream);
}

void
damage_page_unseen(struct buf *out, const struct damage *damage)
{
	size_t shown = damage->unseen_count;

	buf_str(out, "<h2 id=\"unseen\"><span class=\"tag undetermined\">"
	             "Undetermined</span></h2>\n<p>What was read in these "
	             "times and places no record can tell. A time that is "
	             "missing is open.</p>\n");
	if (!shown) {
		buf_str(out, "<p>Nothing that firn knows of.</p>\n");
		return;
	}
	if (shown > PAGE_ROWS_MAX)
		shown = PAGE_ROWS_MAX;
	page_table(out, "undetermined",
	    "from|to|cause|what it means|source|where|may heal until|#record");
	for (size_t i = 0; i < shown; i++)
		add_unseen(out, &damage->unseen[i]);
	page_table_end(out);
	page_rest(out, shown, damage->unseen_count);
}
