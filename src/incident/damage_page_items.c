/*
 * What was reached: a section a certainty, in it a table a kind; and the items
 * to be searched for secrets.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "event/event.h"
#include "finding/report_page.h"
#include "finding/report_plain.h"
#include "incident/damage_page_part.h"

/* Places that are named above a table. */
#define PLACES_SHOWN  12
#define SECRETS_SHOWN 200

/* Why it is not certain, in as many words as there are reasons. */
static void
add_why(struct buf *out, const struct damage_item *item)
{
	const struct reach *reach = &item->reach;
	struct buf text = {0};

	if (reach->how != REACH_NAMED)
		buf_str(&text, reach_how_words(reach->how));
	if (reach->more) {
		buf_str(&text, " (");
		words_number(&text, reach->more);
		buf_str(&text, " not named)");
	}
	if (item->intruder != CERTAINLY_INTRUDER)
		buf_str(&text, text.len
		                   ? "; and likely, not certainly, the intruder"
		                   : "likely, not certainly, the intruder");
	page_cell(out, buf_slice(&text));
	buf_release(&text);
}

static void
add_item(struct buf *out, const struct damage *damage,
    const struct damage_item *item)
{
	const struct reach *reach = &item->reach;

	part_row(out);
	page_cell(out, damage_name(reach->name, reach->id));
	page_cell(out, reach->place);
	page_cell(out, reach->folder);
	if (item->certainty == DAMAGE_POSSIBLE)
		add_why(out, item);
	page_cell_time(out, reach->from_us);
	page_cell_time(out, reach->to_us);
	page_cell_number(out, item->acts);
	page_cell_mark(out, damage, item->mark);
	page_cell_index(out, item->index);
	page_row_end(out);
}

/* "anna@…: 200, ben@…: 14" of the items of one kind, in their order. */
static void
add_places(struct buf *out, const struct damage *damage,
    enum damage_certainty certainty, enum reach_kind kind)
{
	struct slice place = SLICE("");
	uint64_t n = 0, places = 0;

	buf_str(out, "<p>");
	for (size_t i = 0; i <= damage->item_count; i++) {
		const struct damage_item *item =
		    i < damage->item_count ? &damage->items[i] : NULL;

		if (item &&
		    (item->certainty != certainty || item->reach.kind != kind))
			continue;
		if (n && (!item || !slice_eq(place, item->reach.place))) {
			if (places < PLACES_SHOWN && place.len) {
				buf_str(out, places ? "; " : "");
				page_text(out, place);
				buf_str(out, ": ");
				words_number(out, n);
			}
			places += place.len != 0;
			n = 0;
		}
		if (item) {
			place = item->reach.place;
			n++;
		}
	}
	if (places > PLACES_SHOWN) {
		buf_str(out, "; and ");
		words_count(out, places - PLACES_SHOWN, "more place");
	}
	buf_str(out, "</p>\n");
}

static void
add_kind(struct buf *out, const struct damage *damage,
    enum damage_certainty certainty, enum reach_kind kind, uint64_t all)
{
	uint64_t shown = 0;

	buf_printf(out, "<h3>%s (", damage_kind_title(kind));
	words_number(out, all);
	buf_str(out, ")</h3>\n");
	add_places(out, damage, certainty, kind);
	page_table(out, damage_certainty_names[certainty],
	    certainty == DAMAGE_POSSIBLE
	        ? "item|place|folder|why not certain|first|last|#acts|known "
	          "by|#record"
	        : "item|place|folder|first|last|#acts|known by|#record");
	for (size_t i = 0; i < damage->item_count && shown < PAGE_ROWS_MAX;
	     i++) {
		const struct damage_item *item = &damage->items[i];

		if (item->certainty != certainty || item->reach.kind != kind)
			continue;
		add_item(out, damage, item);
		shown++;
	}
	page_table_end(out);
	page_rest(out, shown, all);
}

static void
add_certainty(struct buf *out, const struct damage *damage,
    const struct damage_tally *tally, enum damage_certainty certainty)
{
	for (int i = 0; i < REACH_KINDS; i++)
		if (tally->kinds[certainty][i])
			add_kind(out, damage, certainty, (enum reach_kind)i,
			    tally->kinds[certainty][i]);
	if (!tally->items[certainty])
		buf_str(out, "<p>Nothing.</p>\n");
}

/* --- secrets --- */

static int
by_secrets(const void *a, const void *b)
{
	const struct damage_item *const *x = a, *const *y = b;

	if ((*x)->secrets != (*y)->secrets)
		return (*x)->secrets < (*y)->secrets ? 1 : -1;
	return *x < *y ? -1 : *x > *y; /* as they stand in the list */
}

static void
add_secret(struct buf *out, const struct damage_item *item)
{
	const struct reach *reach = &item->reach;

	part_row(out);
	page_cell(out, damage_name(reach->name, reach->id));
	page_cell(out, slice_cstr(reach_kind_names[reach->kind]));
	page_cell(out, reach->place);
	page_cell(out, reach->folder);
	page_cell(out, reach->label);
	page_cell(out, slice_cstr(damage_certainty_names[item->certainty]));
	page_cell_number(out, item->secrets);
	page_cell_index(out, item->index);
	page_row_end(out);
}

static void
add_secrets(struct buf *out, const struct damage *damage, uint64_t all)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are meant */
	const struct damage_item **list = xcalloc(all + 1, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < damage->item_count; i++)
		if (damage->items[i].secrets)
			list[n++] = &damage->items[i];
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are meant */
	qsort(list, n, sizeof(*list), by_secrets);
	if (n > SECRETS_SHOWN)
		n = SECRETS_SHOWN;
	page_table(out, "Ranked by label, folder and name, the first first.",
	    "item|kind|place|folder|label|certainty|#rank|#record");
	for (size_t i = 0; i < n; i++)
		add_secret(out, list[i]);
	page_table_end(out);
	page_rest(out, n, all);
	free(list);
}

void
damage_page_items(struct buf *out, const struct damage *damage,
    const struct damage_tally *tally)
{
	buf_str(out, "<h2 id=\"accessed\"><span class=\"tag accessed\">"
	             "Accessed</span></h2>\n<p>It was certainly the "
	             "intruder, and the record names the item.</p>\n");
	add_certainty(out, damage, tally, DAMAGE_ACCESSED);
	buf_str(out,
	    "<h2 id=\"possibly\"><span class=\"tag possibly\">Possibly "
	    "accessed</span></h2>\n<p>A record covers the item without naming "
	    "it, or it was likely, not certainly, the intruder. The table says "
	    "which.</p>\n");
	add_certainty(out, damage, tally, DAMAGE_POSSIBLE);
	buf_str(out, "<h2 id=\"secrets\">Search for secrets</h2>\n<p>firn "
	             "reads no content. By what records say of them, these "
	             "items are the likeliest to hold passwords, keys and the "
	             "like, which are to be changed.</p>\n");
	if (tally->secrets)
		add_secrets(out, damage, tally->secrets);
	else
		buf_str(out, "<p>None stands out by its label, folder or "
		             "name.</p>\n");
}
