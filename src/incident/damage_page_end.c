/*
 * Whose the mailboxes and sites are, how all this was found, where that ends,
 * and what people stated.
 */
#include "base/version.h"
#include "event/event.h"
#include "event/read.h"
#include "finding/report_page.h"
#include "finding/report_plain.h"
#include "incident/damage_page_part.h"

static void
add_owners(struct buf *out, const struct damage *damage)
{
	buf_str(out,
	    "<h2 id=\"owners\">Owners by country</h2>\n<p>Owners of the "
	    "mailboxes and sites that were reached, by the country that the "
	    "directory has for them. People who are named <em>inside</em> of "
	    "the items are not known to firn.</p>\n");
	if (!damage->country_count) {
		buf_str(out, "<p>No list of people was read.</p>\n");
		return;
	}
	page_table(out, "owners", "country|#people");
	for (size_t i = 0; i < damage->country_count; i++) {
		const struct damage_count *country = &damage->countries[i];

		part_row(out);
		page_cell(out,
		    country->name.len ? country->name : SLICE("not known"));
		page_cell_number(out, country->people);
		page_row_end(out);
	}
	page_table_end(out);
}

static const char method[] =
    "<h3>Two questions, kept apart</h3>\n"
    "<p>Of every act it is asked whether it was the intruder, and of every "
    "item whether the record names it. Only where both are certain an item is "
    "<em>accessed</em>. It is certainly the intruder only by something that "
    "the victim did not share: an address, a device, a token or a credential "
    "of the intruder's own. A stolen session or account is shared with its "
    "owner, so acts by it are likely at most. Clients that read by themselves "
    "never count by person and time alone.</p>\n"
    "<h3>How mailbox records are read</h3>\n"
    "<p>A MailItemsAccessed record of the kind <em>Bind</em> names messages; "
    "it gathers two minutes, and a message that is opened again within an hour "
    "may not be told again. One of the kind <em>Sync</em> names a folder that "
    "was synchronised: all in it is to be treated as accessed. After more than "
    "1,000 Bind records of a mailbox in 24 hours it is throttled, and they are "
    "not logged for 24 hours: all in it is possible then. Access by "
    "eDiscovery is not in these records.</p>\n"
    "<h3>Limits</h3>\n<ul>\n"
    "<li>This is no proof of absence. What no record shows may have happened "
    "all the same.</li>\n"
    "<li>Names, times and addresses are as the supplier recorded them; some "
    "records come hours or days late, and later ones may change what is said "
    "here.</li>\n"
    "<li>firn reads no content: people, secrets and other persons' data named "
    "inside of the items are unknown to it.</li>\n"
    "<li>Access from the supplier's own side, and with tokens that the "
    "supplier never issued, need not leave a sign-in; what was set up before "
    "the data begins is not in it.</li>\n</ul>\n";

static void
add_fact(struct buf *out, const char *label, struct slice text)
{
	buf_printf(out, "<dt>%s</dt><dd>", label);
	page_text(out, text);
	buf_str(out, "</dd>\n");
}

static void
add_range(struct buf *out, const struct damage *damage)
{
	bool from = damage->from_us != INT64_MIN;
	bool to = damage->to_us != INT64_MAX;

	buf_str(out, "<dt>limited to</dt><dd>");
	if (from) {
		buf_str(out, "from ");
		damage_time(out, damage->from_us);
	}
	if (to) {
		buf_str(out, from ? " until " : "until ");
		damage_time(out, damage->to_us);
	}
	buf_str(out, from || to ? "</dd>\n" : "all times</dd>\n");
}

static void
add_basis(struct buf *out, const struct damage *damage)
{
	buf_str(out, "<h3>What this rests on</h3>\n<dl>\n");
	add_fact(out, "command", damage->command);
	add_range(out, damage);
	add_fact(out, "ledger", damage->origin);
	buf_str(out, "<dt>size</dt><dd>");
	words_count(out, damage->size, "record");
	buf_str(out, "</dd>\n");
	add_fact(out, "root", damage->root);
	buf_str(out, "<dt>records of evidence</dt><dd>");
	words_number(out, damage->evidence_count);
	buf_str(out, "</dd>\n");
	buf_printf(out,
	    "<dt>made by</dt><dd>firn " FIRN_VERSION ", readers of version "
	    "%d</dd>\n</dl>\n",
	    EVENT_READERS);
}

static void
add_not(struct buf *out, const struct damage *damage)
{
	page_table(out,
	    "Acts of the same accounts, sessions and apps that are "
	    "not the intruder's",
	    "why|#acts");
	for (int i = 1; i < NOT_WHYS; i++) {
		part_row(out);
		page_cell(out, slice_cstr(not_why_words((enum not_why)i)));
		page_cell_number(out, damage->not_acts[i]);
		page_row_end(out);
	}
	page_table_end(out);
}

static void
add_statement(struct buf *out, const struct damage_statement *statement)
{
	struct buf said = {0};

	damage_statement_words(&said, statement);
	part_row(out);
	page_cell_time(out, statement->at_us);
	page_cell(out, statement->by);
	page_cell(out, buf_slice(&said));
	page_cell(out, statement->evidence);
	page_cell_index(out, statement->index);
	page_row_end(out);
	buf_release(&said);
}

static void
add_statements(struct buf *out, const struct damage *damage)
{
	size_t shown = damage->statement_count;

	buf_str(out, "<h2 id=\"said\">Statements</h2>\n<p>What people said and "
	             "did, by name; firn takes their word for it.</p>\n");
	if (!shown) {
		buf_str(out, "<p>Nobody stated anything.</p>\n");
		return;
	}
	if (shown > PAGE_ROWS_MAX)
		shown = PAGE_ROWS_MAX;
	page_table(
	    out, "statements", "when|by|what|SHA-256 of the document|#record");
	for (size_t i = 0; i < shown; i++)
		add_statement(out, &damage->statements[i]);
	page_table_end(out);
	page_rest(out, shown, damage->statement_count);
}

void
damage_page_end(struct buf *out, const struct damage *damage)
{
	add_owners(out, damage);
	buf_str(out, "<h2 id=\"method\">Method and limits</h2>\n");
	buf_str(out, method);
	add_not(out, damage);
	add_basis(out, damage);
	add_statements(out, damage);
}
