#include <stdlib.h>

#include "base/version.h"
#include "finding/report_out.h"
#include "finding/report_page.h"
#include "finding/report_words.h"

/* A page with more of them is of no use to anyone. */
#define PAGE_GROUPS_MAX 2000

/* <tag>text</tag> */
static void
add_element(struct buf *out, const char *tag, struct slice s)
{
	buf_printf(out, "<%s>", tag);
	page_text(out, s);
	buf_printf(out, "</%s>", tag);
}

static void
add_from(struct buf *out, struct slice ip, struct slice country)
{
	page_text(out, ip);
	if (ip.len && country.len)
		buf_char(out, ' ');
	page_text(out, country);
}

/* --- the top --- */

static void
add_levels(struct buf *out, const struct tally *tally)
{
	buf_str(out, "<ul class=\"levels\">\n");
	for (int i = LEVEL_COUNT - 1; i >= 0; i--) {
		const char *name = level_name((enum level)i);

		buf_printf(out, "<li class=\"%s\"><b>", name);
		words_number(out, tally->findings[i]);
		buf_printf(out, "</b>%s</li>\n", name);
	}
	buf_str(out, "</ul>\n");
}

static void
add_lead(
    struct buf *out, const struct groups *groups, const struct tally *tally)
{
	buf_str(out, "<p>");
	words_count(out, tally_findings(tally), "finding");
	buf_str(out, " in ");
	words_count(out, groups->count, "group");
	buf_str(out, ", from ");
	words_count(out, tally->events, "event");
	if (tally->events > tally->no_time) {
		buf_str(out, ", ");
		words_time(out, tally->first_us);
		buf_str(out, " \xe2\x80\x93 ");
		words_time(out, tally->last_us);
		buf_str(out, " UTC");
	}
	buf_str(out, ".</p>\n");
	if (!tally_findings(tally))
		buf_str(out, "<p>No rule is true of what was read. That is no "
		             "proof that nothing happened.</p>\n");
}

static void
add_filter(struct buf *out)
{
	buf_str(out, "<form id=\"filter\" hidden><input type=\"search\" "
	             "placeholder=\"Filter by any word\" "
	             "aria-label=\"Filter by any word\">\n");
	for (int i = LEVEL_COUNT - 1; i >= 0; i--) {
		const char *name = level_name((enum level)i);

		buf_printf(out,
		    "<label><input type=\"checkbox\" value=\"%s\" checked> "
		    "%s</label>\n",
		    name, name);
	}
	buf_str(out, "<span id=\"shown\" class=\"dim\" aria-live=\"polite\">"
	             "</span></form>\n");
}

/* --- a group --- */

static void
add_summary(struct buf *out, const struct group *group)
{
	const char *level = level_name(group->rule->level);
	struct buf text = {0};

	buf_printf(out, "<summary><span class=\"level\">%s</span>", level);
	buf_str(out, "<span class=\"title\">");
	page_text(out, group->rule->title);
	buf_str(out, "</span><span class=\"count\">");
	words_count(out, group->count, "finding");
	buf_str(out, "</span><span class=\"who\">");
	words_entity(&text, group);
	page_text(out, buf_slice(&text));
	buf_clear(&text);
	words_places(&text, group);
	if (text.len) {
		buf_str(out, " <span class=\"dim\">from ");
		page_text(out, buf_slice(&text));
		buf_str(out, "</span>");
	}
	buf_str(out, "</span><span class=\"when dim\">");
	words_range(out, group->first_us, group->last_us);
	buf_str(out, "</span></summary>\n");
	buf_release(&text);
}

/* "T1114" or "T1114.003": only such a text becomes part of an address. */
static bool
is_technique(struct slice s)
{
	if (s.len != 5 && s.len != 9)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		bool digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';

		if (i == 0   ? s.ptr[i] != 'T'
		    : i == 5 ? s.ptr[i] != '.'
		             : !digit)
			return false;
	}
	return true;
}

static void
add_technique(struct buf *out, struct slice id)
{
	if (!is_technique(id)) {
		page_text(out, id);
		return;
	}
	buf_str(out, "<a rel=\"noreferrer noopener\" "
	             "href=\"https://attack.mitre.org/techniques/");
	buf_add(out, id.ptr, 5);
	buf_char(out, '/');
	if (id.len == 9) {
		buf_add(out, id.ptr + 6, 3);
		buf_char(out, '/');
	}
	buf_str(out, "\">");
	page_text(out, id);
	buf_str(out, "</a>");
}

static void
add_strings(
    struct buf *out, const char *heading, const struct rule_strings *strings)
{
	if (!strings->count)
		return;
	buf_printf(out, "<h3>%s</h3>\n<ul>\n", heading);
	for (size_t i = 0; i < strings->count; i++) {
		buf_str(out, "<li>");
		page_link(out, strings->list[i]);
		buf_str(out, "</li>\n");
	}
	buf_str(out, "</ul>\n");
}

static void
add_rule(struct buf *out, const struct rule_meta *rule)
{
	if (rule->description.len)
		add_element(out, "p", slice_trim(rule->description));
	buf_str(out, "<dl><dt>rule</dt><dd><code>");
	page_text(out, rule->id);
	buf_str(out, "</code></dd>\n");
	if (rule->path.len) {
		buf_str(out, "<dt>file</dt><dd><code>");
		page_text(out, rule->path);
		buf_str(out, "</code></dd>\n");
	}
	if (rule->techniques.count) {
		buf_str(out, "<dt>ATT&amp;CK</dt><dd>");
		for (size_t i = 0; i < rule->techniques.count; i++) {
			if (i)
				buf_char(out, ' ');
			add_technique(out, rule->techniques.list[i]);
		}
		buf_str(out, "</dd>\n");
	}
}

/* Of the one who is shown by name. */
static void
add_id(struct buf *out, const struct group *group)
{
	if (!group->name.len)
		return;
	buf_str(out, "<dt>id</dt><dd><code>");
	page_text(out, group->entity);
	buf_str(out, "</code></dd>\n");
}

static void
add_places(struct buf *out, const struct group *group)
{
	if (group->places)
		buf_str(out, "<dt>addresses</dt><dd>");
	for (const struct group_place *place = group->places; place;
	     place = place->next) {
		if (place != group->places)
			buf_str(out, ", ");
		add_from(out, place->ip, place->country);
	}
	if (group->more_places)
		buf_str(out, " and more");
	if (group->places)
		buf_str(out, "</dd>\n");
	buf_str(out, "</dl>\n");
}

static void
add_proof(struct buf *out, const struct group_proof *proof)
{
	buf_str(out, "<tr><td class=\"a\">");
	words_time(out, proof->time_us);
	buf_str(out, "</td>");
	add_element(out, "td", proof->operation);
	add_element(out, "td", proof->target);
	buf_str(out, "<td class=\"a\">");
	add_from(out, proof->ip, proof->country);
	buf_str(out, "</td><td>");
	for (size_t i = 0; i < proof->why_count; i++) {
		if (i)
			buf_str(out, "<br>");
		add_element(out, "code", proof->why[i].field);
		buf_str(out, " = ");
		page_text(out, proof->why[i].value);
	}
	buf_str(out, "</td>");
	add_element(out, "td", proof->position);
	buf_str(out, "</tr>\n");
}

static void
add_proofs(struct buf *out, const struct group *group)
{
	if (!group->proofs)
		return;
	buf_str(out, "<h3>Records");
	if (group->proof_count < group->count)
		buf_printf(out, " (the first %zu)", group->proof_count);
	buf_str(out, "</h3>\n<div class=\"wide\"><table>\n"
	             "<tr><th>time (UTC)</th><th>what</th><th>target</th>"
	             "<th>from</th><th>matched</th><th>where it stands</th>"
	             "</tr>\n");
	for (const struct group_proof *proof = group->proofs; proof;
	     proof = proof->next)
		add_proof(out, proof);
	buf_str(out, "</table></div>\n");
}

static void
add_group(struct buf *out, const struct group *group)
{
	const char *level = level_name(group->rule->level);

	buf_printf(out, "<details class=\"group %s\" data-level=\"%s\">\n",
	    level, level);
	add_summary(out, group);
	buf_str(out, "<div class=\"body\">\n");
	add_rule(out, group->rule);
	add_id(out, group);
	add_places(out, group);
	add_strings(out, "May also be", &group->rule->falsepositives);
	add_strings(out, "References", &group->rule->references);
	add_proofs(out, group);
	buf_str(out, "</div>\n</details>\n");
}

static void
add_groups(struct buf *out, const struct groups *groups)
{
	struct group **list = groups_sorted(groups);
	size_t n = groups->count;
	uint64_t hidden = groups->left;

	if (n)
		buf_str(out, "<h2>What and who</h2>\n");
	if (n > 1)
		add_filter(out);
	for (size_t i = 0; i < n; i++) {
		if (i < PAGE_GROUPS_MAX)
			add_group(out, list[i]);
		else
			hidden += list[i]->count;
	}
	if (hidden) {
		buf_str(out, "<p>");
		words_count(out, hidden, "more finding");
		buf_str(out, " would not fit on a page; "
		             "<code>--format ndjson</code> shows all.</p>\n");
	}
	free(list);
}

/* --- the end --- */

static void
add_fact(void *arg, const char *label, struct slice text)
{
	struct buf *out = arg;

	buf_printf(out, "<dt>%s</dt><dd>", label);
	page_text(out, text);
	buf_str(out, "</dd>\n");
}

static void
add_edge(struct buf *out, const struct tally *tally)
{
	buf_str(out,
	    "<section class=\"note\"><h2>Where the evidence ends</h2>\n<ul>\n"
	    "<li>An export holds what was asked for and still kept. It does "
	    "not say what is missing; what is not here may have happened all "
	    "the same.</li>\n"
	    "<li>Names, times, addresses and results are as the supplier "
	    "recorded them. Some records come hours or days late.</li>\n"
	    "<li>A finding says that a rule is true of a record, not that "
	    "someone meant harm.</li>\n");
	if (tally->rejected) {
		buf_str(out, "<li>");
		words_count(out, tally->rejected, "record");
		buf_str(out, " could not be read, so no rule looked at "
		             "them.</li>\n");
	}
	if (tally->rules_refused) {
		buf_str(out, "<li>");
		words_count(out, tally->rules_refused, "rule");
		buf_str(out, " could not be loaded and looked at "
		             "nothing.</li>\n");
	}
	buf_str(out, "</ul></section>\n");
}

void
report_html(
    struct buf *out, const struct groups *groups, const struct tally *tally)
{
	page_begin(out, "Findings");
	add_lead(out, groups, tally);
	add_levels(out, tally);
	report_html_timeline(out, tally);
	add_groups(out, groups);
	buf_str(out, "<h2>What was read</h2>\n<dl>\n");
	words_tally(tally, SLICE(""), add_fact, out);
	add_fact(out, "made by", SLICE("firn " FIRN_VERSION));
	buf_str(out, "</dl>\n");
	add_edge(out, tally);
	page_end(out);
}
