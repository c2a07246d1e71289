#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/term.h"
#include "base/time.h"
#include "cmd/rules.h"
#include "event/fact.h"
#include "pipeline.h"
#include "rule/explain.h"
#include "json/build.h"
#include "json/json.h"

struct explaining {
	const struct rules_args *args;
	const struct rules *rules;
	size_t first, count; /* of the rules to explain */
	uint64_t records;    /* seen */
	bool found;
	struct arena arena;
	struct buf out;
};

/* What is said of one rule and the record. */
struct explanation {
	const struct explained *tree;
	const struct event *event;
	uint64_t line;
	bool looks;
	enum verdict verdict; /* of the matcher */
	uint32_t missing;     /* facts, if it is unknown */
};

/* --- as a table --- */

#define VERDICT_WIDTH 8

static void
add_line(struct buf *out, const char *verdict, unsigned depth)
{
	term_pad(out, slice_cstr(verdict), VERDICT_WIDTH);
	term_blanks(out, (size_t)depth * 2);
}

static void
add_values(struct buf *out, const struct explained *leaf, unsigned depth)
{
	for (size_t i = 0; i < leaf->value_count; i++) {
		const struct explained_value *value = &leaf->values[i];

		add_line(out, "", depth + 1);
		buf_str(out, value->fits ? "+ " : "- ");
		term_fit(out, value->text, SIZE_MAX);
		if (value->cut)
			buf_str(out, "\xe2\x80\xa6");
		buf_char(out, '\n');
	}
	if (leaf->value_total > leaf->value_count) {
		add_line(out, "", depth + 1);
		buf_printf(out, "and %zu other values\n",
		    leaf->value_total - leaf->value_count);
	}
}

static void
add_leaf(struct buf *out, const struct explained *leaf, unsigned depth)
{
	bool keywords = !leaf->name.len;

	add_line(out,
	    leaf->absent && leaf->verdict == VERDICT_FALSE
	        ? "absent"
	        : verdict_name(leaf->verdict),
	    depth);
	if (!keywords)
		term_fit(out, leaf->name, SIZE_MAX);
	if (leaf->where.len) {
		buf_str(out, " (");
		term_fit(out, leaf->where, SIZE_MAX);
		buf_char(out, ')');
	}
	buf_str(out, keywords ? "" : ": ");
	term_fit(out, leaf->what, SIZE_MAX);
	if (leaf->absent && leaf->verdict == VERDICT_TRUE)
		buf_str(out, " (the field is absent)");
	buf_char(out, '\n');
	/* Every word of the record is no answer to a keyword. */
	if (!keywords || leaf->verdict == VERDICT_TRUE)
		add_values(out, leaf, depth);
}

static void
add_tree(struct buf *out, const struct explained *node, unsigned depth)
{
	static const char *const words[] = {"and", "or", "not"};

	if (node->type == EXPLAINED_LEAF) {
		add_leaf(out, node, depth);
		return;
	}
	add_line(out, verdict_name(node->verdict), depth);
	if (node->type == EXPLAINED_AT_LEAST)
		buf_printf(out, "at least %u of", node->need);
	else if (node->type == EXPLAINED_IDENT)
		term_fit(out, node->name, SIZE_MAX);
	else
		buf_str(out, words[node->type]);
	buf_str(out, node->again ? " (as above)\n" : "\n");
	for (size_t i = 0; i < node->part_count && !node->again; i++)
		add_tree(out, node->part[i], depth + 1);
}

static void
add_kinds(struct buf *out, const struct rules *rules, size_t rule)
{
	const char *before = "";

	for (int k = 0; k < KIND_COUNT; k++) {
		if (!rules_looks_at(rules, rule, (enum event_kind)k))
			continue;
		buf_printf(
		    out, "%s%s", before, event_kind_name((enum event_kind)k));
		before = ", ";
	}
}

static void
add_answer(struct buf *out, const struct explanation *x)
{
	if (x->verdict == VERDICT_UNKNOWN) {
		buf_str(out, "undecided, because ");
		event_facts_add(out, x->missing);
		buf_str(out, x->missing & (x->missing - 1) ? " are unknown"
		                                           : " is unknown");
		return;
	}
	buf_str(out, x->verdict == VERDICT_TRUE ? "fires" : "does not fire");
	if (x->tree->verdict == VERDICT_UNKNOWN)
		buf_str(out, ", but that is uncertain");
}

static void
table(struct explaining *e, size_t rule, const struct explanation *x)
{
	const struct rule_meta *meta = rules_meta(e->rules, rule);
	struct buf *out = &e->out;
	char room[TIME_TEXT_MAX];

	buf_str(out, "rule    ");
	term_fit(out, meta->title, SIZE_MAX);
	buf_str(out, "\n        ");
	term_fit(out, meta->id, SIZE_MAX);
	buf_str(out, ", ");
	term_fit(out, meta->path, SIZE_MAX);
	buf_printf(out, ":%u\nrecord  ", meta->line);
	term_fit(out, slice_cstr(e->args->paths[0]), SIZE_MAX);
	if (x->line)
		buf_printf(out, ":%ju", (uintmax_t)x->line);
	else
		buf_printf(out, "#%ju", (uintmax_t)e->records);
	buf_printf(out, ", %s", event_kind_name(x->event->kind));
	if (x->event->time_us != EVENT_NO_TIME) {
		buf_str(out, ", ");
		buf_slice_add(out, time_format(x->event->time_us, room));
	}
	buf_str(out, "\n\n");
	add_tree(out, x->tree, 0);
	buf_char(out, '\n');
	if (!x->looks) {
		buf_str(out, "does not fire: it looks at records of kind ");
		add_kinds(out, e->rules, rule);
	} else {
		add_answer(out, x);
	}
	buf_str(out, "\n");
}

/* --- as JSON --- */

static void
json_leaf(struct buf *out, const struct explained *leaf)
{
	size_t list, mark;

	rules_json_member(out, "field", leaf->name);
	json_text(out, "where", leaf->where);
	rules_json_member(out, "test", leaf->what);
	json_key(out, "absent");
	buf_str(out, leaf->absent ? "true" : "false");
	list = json_open(out, "values", '[');
	for (size_t i = 0; i < leaf->value_count; i++) {
		mark = json_open(out, NULL, '{');
		rules_json_member(out, "value", leaf->values[i].text);
		json_key(out, "fits");
		buf_str(out, leaf->values[i].fits ? "true" : "false");
		if (leaf->values[i].cut) {
			json_key(out, "cut");
			buf_str(out, "true");
		}
		json_close(out, mark);
	}
	json_close(out, list);
	if (leaf->value_total > leaf->value_count)
		json_u64(
		    out, "more_values", leaf->value_total - leaf->value_count);
}

static void
json_tree(struct buf *out, const char *key, const struct explained *node)
{
	static const char *const types[] = {
	    "and", "or", "not", "at_least", "identifier", "field"};
	size_t mark = json_open(out, key, '{'), list;

	json_cstr(out, "type", types[node->type]);
	json_cstr(out, "verdict", verdict_name(node->verdict));
	if (node->type == EXPLAINED_LEAF) {
		json_leaf(out, node);
		json_close(out, mark);
		return;
	}
	if (node->type == EXPLAINED_AT_LEAST)
		json_u64(out, "need", node->need);
	if (node->type == EXPLAINED_IDENT)
		rules_json_member(out, "name", node->name);
	list = json_open(out, "parts", '[');
	for (size_t i = 0; i < node->part_count && !node->again; i++)
		json_tree(out, NULL, node->part[i]);
	json_close(out, list);
	json_close(out, mark);
}

static void
json(struct explaining *e, size_t rule, const struct explanation *x)
{
	const struct rule_meta *meta = rules_meta(e->rules, rule);
	struct buf *out = &e->out;
	size_t mark = json_open(out, NULL, '{'), part;
	char room[TIME_TEXT_MAX];

	part = json_open(out, "rule", '{');
	rules_json_member(out, "id", meta->id);
	rules_json_member(out, "title", meta->title);
	rules_json_member(out, "path", meta->path);
	json_u64(out, "line", meta->line);
	json_close(out, part);
	part = json_open(out, "record", '{');
	rules_json_member(out, "file", slice_cstr(e->args->paths[0]));
	if (x->line)
		json_u64(out, "line", x->line);
	json_u64(out, "record", e->records);
	json_cstr(out, "kind", event_kind_name(x->event->kind));
	if (x->event->time_us != EVENT_NO_TIME)
		rules_json_member(
		    out, "time", time_format(x->event->time_us, room));
	json_close(out, part);
	json_key(out, "looks_at");
	buf_str(out, x->looks ? "true" : "false");
	json_key(out, "fires");
	buf_str(out, x->looks && x->verdict == VERDICT_TRUE ? "true" : "false");
	if (x->looks && x->verdict == VERDICT_UNKNOWN)
		event_facts_json(out, "undecided", x->missing);
	json_cstr(out, "verdict", verdict_name(x->tree->verdict));
	json_tree(out, "condition", x->tree);
	json_close(out, mark);
	buf_char(out, '\n');
}

/* --- the record and the rule --- */

static void
look(void *context, struct matcher *matcher, const struct record *record,
    const struct event *event, uint64_t line)
{
	struct explaining *e = context;

	(void)record;
	if (e->found || ++e->records < e->args->record)
		return;
	e->found = true;
	for (size_t i = e->first; i < e->first + e->count; i++) {
		struct explanation x = {.line = line, .event = event};

		if (rules_correlation_names(e->rules, i).type)
			continue;
		if (e->out.len && !e->args->json)
			buf_char(&e->out, '\n');
		x.looks = rules_looks_at(e->rules, i, event->kind);
		x.tree = explain_rule(matcher, (uint32_t)i, &e->arena);
		x.verdict = matcher_verdict(matcher, (uint32_t)i, &x.missing);
		if (e->args->json)
			json(e, i, &x);
		else
			table(e, i, &x);
	}
}

static void
ignore(void *context, const struct finding *finding)
{
	(void)context;
	(void)finding;
}

static int
explain(struct explaining *e, struct err *err)
{
	struct pipeline_options options = {.rules = e->rules,
	    .context = e,
	    .look = look,
	    .found = ignore,
	    .stop = &e->found};
	struct files files = {0};
	struct tally tally = {0};
	int status = rules_scan(e->args, &options, &files, &tally, err);

	if (e->found)
		status = 0;
	else if (!status)
		status = err_set(err, ERR_INPUT,
		    "'%s' holds %ju readable records, not %ju",
		    e->args->paths[0], (uintmax_t)e->records,
		    (uintmax_t)e->args->record);
	tally_release(&tally);
	files_release(&files);
	return status;
}

/* Which of the rules are meant: those of the file, or the one of the id. */
static int
choose(struct explaining *e, const char *id, struct err *err)
{
	size_t n = rules_count(e->rules);

	e->count = n;
	if (!id)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const struct rule_meta *meta = rules_meta(e->rules, i);

		if (!slice_eq(meta->id, slice_cstr(id)) &&
		    !slice_eq(meta->name, slice_cstr(id)))
			continue;
		e->first = i;
		e->count = 1;
		return 0;
	}
	return err_set(
	    err, ERR_INPUT, "'%s' is no file and no id of a shipped rule", id);
}

/*
 * A correlation is true of no single record.  The rules of a file are explained
 * without those in it, which stand among them; one by itself is a mistake.
 */
static int
leave_correlations(struct explaining *e, struct err *err)
{
	size_t left = 0;

	for (size_t i = e->first; i < e->first + e->count; i++)
		left += rules_correlation_names(e->rules, i).type != NULL;
	if (!left || left < e->count)
		return 0;
	return err_set(err, ERR_INPUT,
	    "'%s' is a correlation; explain the rules that it refers to",
	    e->args->rules[0]);
}

int
rules_explain(const struct rules_args *args, struct err *err)
{
	struct explaining e = {.args = args};
	struct rules_args load = *args;
	const char *id = args->rules[0];
	struct loaded loaded;
	struct stat st;
	int status;

	if (!stat(id, &st)) {
		if (S_ISDIR(st.st_mode))
			return err_set(err, ERR_USAGE,
			    "'%s' is a folder; explain takes one rule", id);
		id = NULL;
	} else {
		load.rule_count = 0;
	}
	if (rules_open(&loaded, &load, NULL, err))
		return -1;
	e.rules = loaded.rules;
	rules_print_problems(&loaded.report, stderr);
	status = choose(&e, id, err);
	if (!status)
		status = leave_correlations(&e, err);
	if (!status && e.count)
		status = explain(&e, err);
	if (!status)
		rules_write(&e.out);
	if (!status)
		status = loaded.report.count != 0;
	arena_release(&e.arena);
	buf_release(&e.out);
	rules_close(&loaded);
	return status;
}
