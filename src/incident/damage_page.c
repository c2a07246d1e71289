#include "incident/damage_page.h"

#include "base/version.h"
#include "finding/report_page.h"
#include "finding/report_plain.h"
#include "incident/damage_page_part.h"

/* Behind the style that all reports have. */
static const char *const style[] = {
    ":root{--accessed:#a3003b;--possibly:#9a5b00;--undetermined:#1d63c9;",
    "--good:#1b6e3c}",
    "@media (prefers-color-scheme:dark){:root{--accessed:#ff6f96;",
    "--possibly:#f0c04f;--undetermined:#7ab0ff;--good:#63cf8e}}",
    ".accessed,.certain,.open,.continues{--level:var(--accessed)}",
    ".possibly,.likely,.not{--level:var(--possibly)}",
    ".undetermined,.shut,.unchecked{--level:var(--undetermined)}",
    ".gone,.stated,.none{--level:var(--good)}",
    ".verdict{border:1px solid var(--line);border-left:8px solid var(--level);",
    "border-radius:6px;padding:.6rem 1.2rem;margin:1rem 0}",
    ".verdict h2{font-size:1.7rem;line-height:1.25;color:var(--level);",
    "margin:.1rem 0 .4rem}",
    ".levels li{flex:1 1 15rem}.levels h3{margin:0;font-size:1rem;",
    "color:var(--level)}.levels p{margin:.1rem 0}",
    ".two{display:grid;grid-template-columns:1fr 1fr;gap:0 2.5rem}",
    ".two h2{margin-top:1rem}.tag{color:var(--level);font-weight:600;",
    "white-space:nowrap}nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;",
    "list-style:none;padding:0}h2{break-after:avoid}h3{break-after:avoid}",
    "caption{text-align:left;color:var(--dim);padding:.2rem 0}",
    "thead th{font-weight:600}tbody th{font-weight:400}",
    "ol{margin:.2rem 0;padding-left:1.4rem}",
    "main{max-width:80rem}th,td{min-width:9rem}th.n,td.n{min-width:3.5rem}",
    "thead th{overflow-wrap:normal}",
    "td.t,th.t{min-width:0;white-space:nowrap;",
    "font-variant-numeric:tabular-nums}",
    "#verdict::first-letter,.verdict p::first-letter,",
    "ol li::first-letter{text-transform:uppercase}",
    "svg .edge{fill:none;stroke:var(--dim);stroke-width:1.2}",
    "svg .node{fill:var(--soft);stroke:var(--level);stroke-width:1.5}",
    "svg .side{fill:var(--level)}svg .cut .node{stroke-dasharray:4 3}",
    "svg .name{fill:var(--fg);font-weight:600}svg .axis{stroke:var(--line)}",
    "svg .lane{fill:var(--level)}",
    "@media (max-width:48rem){.two{grid-template-columns:1fr}}",
    "@media print{:root{--accessed:#a3003b;--possibly:#7a4800;",
    "--undetermined:#1a4f9c;--good:#1b6e3c}nav{display:none}",
    "svg{min-width:0!important}.verdict,.levels li{break-inside:avoid}",
    "figure{overflow:visible}.wide{overflow:visible}",
    "th,td{min-width:3.2rem!important}th.n,td.n{min-width:2rem!important}",
    "table{font-size:8pt}",
    "td.t{white-space:normal!important}#time{break-before:page}",
    "@page{margin:16mm 14mm}}",
};

/* --- tables --- */

void
page_table(struct buf *out, const char *caption, const char *columns)
{
	struct slice rest = slice_cstr(columns);

	buf_printf(out,
	    "<div class=\"wide\"><table>\n<caption>%s</caption>\n<thead><tr>",
	    caption);
	while (rest.len) {
		struct slice name = slice_cut(&rest, '|');
		bool number = name.ptr[0] == '#';

		buf_printf(
		    out, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
		buf_slice_add(out, slice_skip(name, number));
		buf_str(out, "</th>");
	}
	buf_str(out, "</tr></thead>\n<tbody>\n");
}

void
page_table_end(struct buf *out)
{
	buf_str(out, "</tbody></table></div>\n");
}

void
part_row(struct buf *out)
{
	buf_str(out, "<tr>");
}

void
page_row_end(struct buf *out)
{
	buf_str(out, "</tr>\n");
}

/* Opens a cell: the first of a row is its head. */
static const char *
begin_cell(struct buf *out, const char *class)
{
	bool first =
	    out->len > 4 && !memcmp(out->ptr + out->len - 4, "<tr>", 4);

	buf_str(out, first ? "<th scope=\"row\"" : "<td");
	if (class)
		buf_printf(out, " class=\"%s\"", class);
	buf_char(out, '>');
	return first ? "</th>" : "</td>";
}

void
page_cell(struct buf *out, struct slice text)
{
	const char *end = begin_cell(out, NULL);

	page_text(out, text);
	buf_str(out, end);
}

void
page_cell_number(struct buf *out, uint64_t n)
{
	const char *end = begin_cell(out, "n");

	words_number(out, n);
	buf_str(out, end);
}

void
page_cell_time(struct buf *out, int64_t time_us)
{
	const char *end = begin_cell(out, "t");

	damage_time(out, time_us);
	buf_str(out, end);
}

void
page_cell_index(struct buf *out, uint64_t index)
{
	const char *end = begin_cell(out, "n");

	if (index != NO_ACT)
		buf_u64(out, index);
	buf_str(out, end);
}

void
page_cell_mark(struct buf *out, const struct damage *damage, uint32_t mark)
{
	const char *end = begin_cell(out, NULL);

	if (mark < damage->mark_count) {
		const struct mark *by = &damage->marks[mark];

		buf_str(out, damage_mark_words(by->kind));
		buf_char(out, ' ');
		page_text(out, damage_name(by->name, by->value));
	}
	buf_str(out, end);
}

void
page_rest(struct buf *out, uint64_t shown, uint64_t all)
{
	if (shown >= all)
		return;
	buf_str(out, "<p class=\"dim\">The first ");
	words_number(out, shown);
	buf_str(out, " of ");
	words_number(out, all);
	buf_str(out, " are shown; <code>report.json</code> has all of them, "
	             "<code>items.csv</code> all items.</p>\n");
}

/* --- the page --- */

static void
add_lead(struct buf *out, const struct damage *damage)
{
	buf_str(out, "<p class=\"dim\">Ledger ");
	page_text(out, damage->origin);
	buf_str(out, ", ");
	words_count(out, damage->size, "record");
	buf_str(out, ", as of ");
	damage_time(out, damage->as_of_us);
	buf_str(out, ". All times are UTC.</p>\n");
}

static void
add_nav(struct buf *out)
{
	static const char *const parts[][2] = {
	    {"time", "What happened"},
	    {"graph", "The intrusion"},
	    {"accessed", "Accessed"},
	    {"possibly", "Possibly accessed"},
	    {"unseen", "Undetermined"},
	    {"ways", "Ways back"},
	    {"secrets", "Search for secrets"},
	    {"owners", "Owners"},
	    {"method", "Method and limits"},
	    {"said", "Statements"},
	};

	buf_str(out, "<nav aria-label=\"Sections\"><ul>\n");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		buf_printf(out, "<li><a href=\"#%s\">%s</a></li>\n",
		    parts[i][0], parts[i][1]);
	buf_str(out, "</ul></nav>\n");
}

void
damage_page(struct buf *out, const struct damage *damage)
{
	struct damage_tally tally;

	damage_count(damage, &tally);
	page_begin_plain(
	    out, "Damage", style, sizeof(style) / sizeof(style[0]));
	add_lead(out, damage);
	damage_page_board(out, damage, &tally);
	add_nav(out);
	damage_page_time(out, damage);
	damage_page_graph(out, damage);
	damage_page_items(out, damage, &tally);
	damage_page_unseen(out, damage);
	damage_page_ways(out, damage);
	damage_page_end(out, damage);
	page_end_plain(out);
}
