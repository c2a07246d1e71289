#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/term.h"
#include "cmd/rules.h"

/*
 * What the tags of rules say of ATT&CK.  A tag does not say which tactic a
 * technique serves, so that a rule's techniques stand under each tactic that
 * the rule names.
 */
#define COLUMNS    79
#define NAME_WIDTH 22

/* In ATT&CK's order.  Defense Evasion was parted into two in version 19. */
static const struct tactic {
	struct slice tag;
	const char *name;
} tactics[] = {
    {SLICE_INIT("reconnaissance"), "Reconnaissance"},
    {SLICE_INIT("resource-development"), "Resource Development"},
    {SLICE_INIT("initial-access"), "Initial Access"},
    {SLICE_INIT("execution"), "Execution"},
    {SLICE_INIT("persistence"), "Persistence"},
    {SLICE_INIT("privilege-escalation"), "Privilege Escalation"},
    {SLICE_INIT("defense-evasion"), "Defense Evasion"},
    {SLICE_INIT("stealth"), "Stealth"},
    {SLICE_INIT("defense-impairment"), "Defense Impairment"},
    {SLICE_INIT("credential-access"), "Credential Access"},
    {SLICE_INIT("discovery"), "Discovery"},
    {SLICE_INIT("lateral-movement"), "Lateral Movement"},
    {SLICE_INIT("collection"), "Collection"},
    {SLICE_INIT("command-and-control"), "Command and Control"},
    {SLICE_INIT("exfiltration"), "Exfiltration"},
    {SLICE_INIT("impact"), "Impact"},
};

#define TACTICS (sizeof(tactics) / sizeof(tactics[0]))

/* The techniques of some rules, each as often as there are rules. */
struct tags {
	struct slice *list;
	size_t count, size;
	size_t rules;
};

struct technique {
	struct slice id;
	size_t rules;
};

static bool
has(const struct rule_strings *strings, size_t count, struct slice s)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(strings->list[i], s))
			return true;
	return false;
}

static void
add_rule(struct tags *tags, const struct rule_strings *techniques)
{
	tags->rules++;
	for (size_t i = 0; i < techniques->count; i++) {
		if (has(techniques, i, techniques->list[i]))
			continue;
		if (tags->count == tags->size) {
			tags->size = tags->size ? tags->size * 2 : 64;
			tags->list = xrealloc(
			    tags->list, tags->size * sizeof(*tags->list));
		}
		tags->list[tags->count++] = techniques->list[i];
	}
}

static int
compare(struct slice a, struct slice b)
{
	int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int
by_id(const void *a, const void *b)
{
	return compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* The most rules first. */
static int
by_rules(const void *a, const void *b)
{
	const struct technique *x = a, *y = b;

	if (x->rules != y->rules)
		return x->rules < y->rules ? 1 : -1;
	return compare(x->id, y->id);
}

/* "T1098.003 12  T1078 4", broken into lines. */
static void
add_techniques(struct buf *out, const struct technique *list, size_t count)
{
	size_t column = COLUMNS;

	for (size_t i = 0; i < count; i++) {
		struct buf text = {0};

		buf_str(&text, "  ");
		term_fit(&text, list[i].id, 24);
		buf_printf(&text, " %zu", list[i].rules);
		if (column + text.len > COLUMNS) {
			if (i)
				buf_char(out, '\n');
			buf_str(out, "  ");
			column = 2;
		}
		buf_slice_add(out, buf_slice(&text));
		column += text.len;
		buf_release(&text);
	}
	if (count)
		buf_char(out, '\n');
}

/* A tactic with its techniques; nothing of one without rules. */
static void
add_tactic(struct buf *out, struct slice name, struct tags *tags)
{
	struct technique *list = xcalloc(tags->count + 1, sizeof(*list));
	size_t count = 0;

	if (tags->count)
		qsort(tags->list, tags->count, sizeof(*tags->list), by_id);
	for (size_t i = 0; i < tags->count; i++) {
		if (!count || !slice_eq(list[count - 1].id, tags->list[i]))
			list[count++].id = tags->list[i];
		list[count - 1].rules++;
	}
	qsort(list, count, sizeof(*list), by_rules);
	if (tags->rules) {
		term_pad(out, name, NAME_WIDTH);
		buf_printf(out, "%6zu rule%s %zu technique%s\n", tags->rules,
		    tags->rules == 1 ? "," : "s,", count,
		    count == 1 ? "" : "s");
		add_techniques(out, list, count);
	}
	free(list);
	free(tags->list);
	*tags = (struct tags){0};
}

static bool
is_known(struct slice tag)
{
	for (size_t i = 0; i < TACTICS; i++)
		if (slice_eq(tactics[i].tag, tag))
			return true;
	return false;
}

void
rules_attack(struct buf *out, const struct rules *rules)
{
	size_t n = rules_count(rules), untagged = 0;
	struct tags tags = {0}, without = {0};

	for (size_t t = 0; t < TACTICS; t++) {
		for (size_t i = 0; i < n; i++) {
			const struct rule_meta *meta = rules_meta(rules, i);

			if (has(&meta->tactics, meta->tactics.count,
			        tactics[t].tag))
				add_rule(&tags, &meta->techniques);
		}
		add_tactic(out, slice_cstr(tactics[t].name), &tags);
	}
	for (size_t i = 0; i < n; i++) {
		const struct rule_meta *meta = rules_meta(rules, i);
		bool known = false;

		for (size_t k = 0; k < meta->tactics.count; k++)
			known |= is_known(meta->tactics.list[k]);
		if (!known && meta->techniques.count)
			add_rule(&without, &meta->techniques);
		untagged += !known && !meta->techniques.count;
	}
	add_tactic(out, SLICE("No tactic"), &without);
	buf_printf(out, "%zu rules, %zu without an ATT&CK tag\n", n, untagged);
}
