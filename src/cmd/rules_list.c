#include <unistd.h>

#include "base/term.h"
#include "base/time.h"
#include "cmd/rules.h"
#include "json/build.h"
#include "json/json.h"

#define LEVEL_WIDTH 8
#define TITLE_WIDTH 58

/* "T1098.003 +2", or all of them. */
static void
add_techniques(struct buf *out, const struct rule_strings *list, bool all)
{
	for (size_t i = 0; i < list->count && (all || !i); i++) {
		buf_char(out, ' ');
		term_fit(out, list->list[i], SIZE_MAX);
	}
	if (!all && list->count > 1)
		buf_printf(out, " +%zu", list->count - 1);
}

/* A terminal gets 80 columns, everybody else everything. */
static void
table_row(struct buf *out, const struct rule_meta *meta, bool whole)
{
	term_pad(out, slice_cstr(rules_level(meta)), LEVEL_WIDTH);
	buf_char(out, ' ');
	if (whole && term_width(meta->title) > TITLE_WIDTH)
		term_fit(out, meta->title, SIZE_MAX);
	else
		term_pad(out, meta->title, TITLE_WIDTH);
	add_techniques(out, &meta->techniques, whole);
	while (out->len && out->ptr[out->len - 1] == ' ')
		out->len--;
	buf_char(out, '\n');
}

/*
 * "suppress  kim@example.org until 2026-12-31, 2 rules: the reason" or
 * "filter    3 rules: its title"
 */
static void
filter_rows(struct buf *out, const struct rules *rules, bool whole)
{
	struct buf row = {0};
	char room[TIME_TEXT_MAX];

	for (size_t i = 0; i < rules_filter_count(rules); i++) {
		const struct filter_meta *filter = rules_filter(rules, i);

		buf_clear(&row);
		if (filter->suppression) {
			struct slice time =
			    time_format(filter->expires_us, room);

			buf_str(&row, "suppress ");
			buf_slice_add(&row, filter->owner);
			buf_printf(&row, " until %.10s, ", time.ptr);
		} else {
			buf_str(&row, "filter   ");
		}
		buf_printf(&row, "%zu rule%s: ", filter->rule_count,
		    filter->rule_count == 1 ? "" : "s");
		buf_slice_add(&row,
		    filter->suppression ? filter->reason : filter->meta.title);
		term_fit(out, buf_slice(&row), whole ? SIZE_MAX : 79);
		buf_char(out, '\n');
	}
	buf_release(&row);
}

static void
list_table(struct buf *out, const struct rules *rules, bool whole)
{
	size_t counts[LEVEL_COUNT] = {0};
	size_t n = rules_count(rules);

	for (int level = LEVEL_COUNT - 1; level >= 0; level--) {
		for (size_t i = 0; i < n; i++) {
			const struct rule_meta *meta = rules_meta(rules, i);

			if ((int)meta->level != level)
				continue;
			table_row(out, meta, whole);
			counts[level]++;
		}
	}
	filter_rows(out, rules, whole);
	buf_printf(out, "%zu rules", n);
	for (int level = LEVEL_COUNT - 1; level >= 0; level--)
		if (counts[level])
			buf_printf(out, ", %zu %s", counts[level],
			    level_name((enum level)level));
	buf_char(out, '\n');
}

static void
json_strings(
    struct buf *out, const char *key, const struct rule_strings *strings)
{
	json_key(out, key);
	buf_char(out, '[');
	for (size_t i = 0; i < strings->count; i++) {
		if (i)
			buf_char(out, ',');
		json_add_str(out, strings->list[i]);
	}
	buf_char(out, ']');
}

/* The filters that hold for a rule. */
static void
json_filters(struct buf *out, const struct rules *rules, size_t rule)
{
	const uint32_t *numbers;
	size_t n = rules_filters_of(rules, rule, &numbers);
	size_t list = json_open(out, "filters", '['), mark;
	char room[TIME_TEXT_MAX];

	for (size_t i = 0; i < n; i++) {
		const struct filter_meta *filter =
		    rules_filter(rules, numbers[i]);

		mark = json_open(out, NULL, '{');
		rules_json_member(out, "id", filter->meta.id);
		rules_json_member(out, "title", filter->meta.title);
		rules_json_member(out, "path", filter->meta.path);
		if (filter->suppression) {
			rules_json_member(out, "owner", filter->owner);
			rules_json_member(out, "reason", filter->reason);
			rules_json_member(out, "expires",
			    time_format(filter->expires_us, room));
		}
		json_close(out, mark);
	}
	json_close(out, list);
}

static void
json_rule(struct buf *out, const struct rules *rules, size_t i)
{
	const struct rule_meta *meta = rules_meta(rules, i);
	size_t mark = json_open(out, NULL, '{'), kinds;

	rules_json_member(out, "id", meta->id);
	rules_json_member(out, "title", meta->title);
	rules_json_member(out, "level", slice_cstr(level_name(meta->level)));
	json_cstr(out, "status", rule_status_name(meta->status));
	rules_json_member(out, "path", meta->path);
	rules_json_member(out, "logsource", meta->logsource);
	json_text(out, "description", meta->description);
	json_text(out, "author", meta->author);
	json_strings(out, "references", &meta->references);
	json_strings(out, "falsepositives", &meta->falsepositives);
	json_strings(out, "tags", &meta->tags);
	json_strings(out, "techniques", &meta->techniques);
	json_strings(out, "tactics", &meta->tactics);
	kinds = json_open(out, "kinds", '[');
	for (int k = 0; k < KIND_COUNT; k++)
		if (rules_looks_at(rules, i, (enum event_kind)k))
			json_cstr(
			    out, NULL, event_kind_name((enum event_kind)k));
	json_close(out, kinds);
	json_filters(out, rules, i);
	json_close(out, mark);
}

static void
list_json(struct buf *out, const struct rules *rules)
{
	size_t n = rules_count(rules), mark;

	mark = json_open(out, NULL, '[');
	for (size_t i = 0; i < n; i++)
		json_rule(out, rules, i);
	json_close(out, mark);
	if (!n)
		buf_str(out, "[]");
	buf_char(out, '\n');
}

int
rules_list(const struct rules_args *args, struct err *err)
{
	struct loaded loaded;
	struct buf out = {0};
	int status = 0;

	if (rules_open(&loaded, args, NULL, err))
		return -1;
	if (args->cost)
		status = rules_cost(args, &loaded, err);
	else if (args->attack)
		rules_attack(&out, loaded.rules);
	else if (args->json)
		list_json(&out, loaded.rules);
	else
		list_table(&out, loaded.rules, !isatty(STDOUT_FILENO));
	rules_write(&out);
	buf_release(&out);
	rules_print_problems(&loaded.report, stderr);
	if (!status)
		status = loaded.report.count != 0;
	rules_close(&loaded);
	return status;
}
