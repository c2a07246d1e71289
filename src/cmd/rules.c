#include "cmd/rules.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/term.h"
#include "cmd/cmd.h"
#include "json/build.h"
#include "json/json.h"

const char cmd_rules_help[] =
    "usage: firn rules check DIR...\n"
    "       firn rules list [--format table|json] [DIR...]\n"
    "       firn rules test [DIR...]\n"
    "\n"
    "Works on Sigma rules: files, or folders whose .yml files are taken.\n"
    "Without DIR: the rules that come with firn.\n"
    "\n"
    "  check    reads and compiles the rules and mappings, and says what is\n"
    "           wrong as file:line:column: reason\n"
    "  list     what rules there are, by level\n"
    "  test     runs the samples beside the rules (x.test.ndjson beside "
    "x.yml)\n"
    "           and says which are judged otherwise than they expect\n"
    "\n"
    "  --format FORMAT  of list: table (default) or json\n"
    "\n"
    "examples:\n"
    "  firn rules check my-rules/\n"
    "  firn rules list --format json | jq -r '.[] | .level + \" \" + .title'\n"
    "  firn rules test my-rules/\n"
    "\n"
    "exit codes: 0 fine, 1 something is wrong with a rule, 2 wrong usage or\n"
    "nothing could be read\n";

static int
usage(void)
{
	fputs(cmd_rules_help, stderr);
	return 2;
}

static bool
same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/*
 * Loads the folders given, or the shipped one.  Given ones are read with the
 * shipped mappings, as a scan would, where there are any.
 */
static int
load(struct loaded *loaded, char **dirs, int count, struct err *err)
{
	struct rules_source source = {0};
	const char *mappings[1], *shipped_only[1];
	struct err none;
	char *dir = rules_shipped_dir(count ? &none : err), *maps = NULL;
	bool given = false;
	int status;

	*loaded = (struct loaded){0};
	if (!dir && !count)
		return -1;
	if (dir && asprintf(&maps, "%s/mapping", dir) < 0)
		abort();
	for (int i = 0; dir && i < count; i++)
		given |= same_file(dirs[i], dir);
	if (count) {
		source.paths = (const char *const *)dirs;
		source.path_count = (size_t)count;
		mappings[0] = maps;
		source.mappings = mappings;
		source.mapping_count = maps && !given && same_file(maps, maps);
	} else {
		shipped_only[0] = dir;
		source.paths = shipped_only;
		source.path_count = 1;
	}
	status = rules_load(&loaded->rules, &source, &loaded->report, err);
	free(maps);
	free(dir);
	return status;
}

static void
unload(struct loaded *loaded)
{
	rules_free(loaded->rules);
	rules_report_release(&loaded->report);
}

/* What was refused, to stderr or, as the answer, to stdout. */
static void
print_problems(const struct rules_report *report, FILE *out)
{
	struct buf line = {0};

	for (size_t i = 0; i < report->count; i++) {
		const struct rules_problem *problem = &report->list[i];

		buf_clear(&line);
		term_fit(&line, problem->path, SIZE_MAX);
		if (problem->line)
			buf_printf(
			    &line, ":%u:%u", problem->line, problem->column);
		buf_str(&line, ": ");
		term_fit(&line, problem->reason, SIZE_MAX);
		buf_char(&line, '\n');
		fwrite(line.ptr, 1, line.len, out);
	}
	buf_release(&line);
}

/* --- check --- */

static int
check(const struct loaded *loaded)
{
	print_problems(&loaded->report, stdout);
	printf("%zu rules, %zu refused\n", rules_count(loaded->rules),
	    rules_refused(loaded->rules));
	return loaded->report.count != 0;
}

/* --- list --- */

#define LEVEL_WIDTH 8
#define FILE_WIDTH  26
#define TITLE_WIDTH 28

static struct slice
file_name(struct slice path)
{
	const char *slash = memrchr(path.ptr, '/', path.len);

	return slash ? slice_skip(path, (size_t)(slash - path.ptr) + 1) : path;
}

static void
table_row(struct buf *out, const struct rule_meta *meta)
{
	struct buf attack = {0};
	const char *level = meta->level == LEVEL_INFORMATIONAL
	                        ? "info"
	                        : level_name(meta->level);

	for (size_t i = 0; i < meta->techniques.count; i++) {
		if (i)
			buf_char(&attack, ' ');
		buf_slice_add(&attack, meta->techniques.list[i]);
	}
	term_pad(out, slice_cstr(level), LEVEL_WIDTH);
	buf_char(out, ' ');
	term_pad(out, file_name(meta->path), FILE_WIDTH);
	buf_char(out, ' ');
	term_pad(out, meta->title, TITLE_WIDTH);
	buf_char(out, ' ');
	term_fit(out, buf_slice(&attack),
	    79 - LEVEL_WIDTH - FILE_WIDTH - TITLE_WIDTH - 3);
	while (out->len && out->ptr[out->len - 1] == ' ')
		out->len--;
	buf_char(out, '\n');
	buf_release(&attack);
}

static void
list_table(struct buf *out, const struct rules *rules)
{
	size_t counts[LEVEL_COUNT] = {0};
	size_t n = rules_count(rules);

	for (int level = LEVEL_COUNT - 1; level >= 0; level--) {
		for (size_t i = 0; i < n; i++) {
			const struct rule_meta *meta = rules_meta(rules, i);

			if ((int)meta->level != level)
				continue;
			table_row(out, meta);
			counts[level]++;
		}
	}
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

static void
json_member(struct buf *out, const char *key, struct slice text)
{
	json_key(out, key);
	json_add_str(out, text);
}

static void
json_rule(struct buf *out, const struct rules *rules, size_t i)
{
	const struct rule_meta *meta = rules_meta(rules, i);
	size_t mark = json_open(out, NULL, '{'), kinds;

	json_member(out, "id", meta->id);
	json_member(out, "title", meta->title);
	json_member(out, "level", slice_cstr(level_name(meta->level)));
	json_cstr(out, "status", rule_status_name(meta->status));
	json_member(out, "path", meta->path);
	json_member(out, "logsource", meta->logsource);
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

static int
list(const struct loaded *loaded, bool as_json)
{
	struct buf out = {0};

	if (as_json)
		list_json(&out, loaded->rules);
	else
		list_table(&out, loaded->rules);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_release(&out);
	print_problems(&loaded->report, stderr);
	return loaded->report.count != 0;
}

/* --- the command --- */

static int
run(const char *what, bool as_json, char **dirs, int count)
{
	struct loaded loaded;
	struct err err = {0};
	int status;

	if (load(&loaded, dirs, count, &err)) {
		fprintf(stderr, "firn: %s\n", err.msg);
		unload(&loaded);
		return 2;
	}
	if (!strcmp(what, "check")) {
		status = check(&loaded);
	} else if (!strcmp(what, "list")) {
		status = list(&loaded, as_json);
	} else {
		print_problems(&loaded.report, stdout);
		status = rules_test(&loaded);
	}
	unload(&loaded);
	if (fflush(stdout)) {
		perror("firn: cannot write");
		return 2;
	}
	return status;
}

int
cmd_rules(int argc, char **argv)
{
	static const struct option options[] = {
	    {"format", required_argument, NULL, 'f'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	const char *format = NULL, *what;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(cmd_rules_help, stdout);
			return 0;
		}
		if (option != 'f')
			return usage();
		format = optarg;
	}
	if (optind >= argc)
		return usage();
	what = argv[optind++];
	if (strcmp(what, "check") != 0 && strcmp(what, "list") != 0 &&
	    strcmp(what, "test") != 0)
		return usage();
	if (!strcmp(what, "check") && optind == argc)
		return usage();
	if (format &&
	    (strcmp(what, "list") != 0 ||
	        (strcmp(format, "table") != 0 && strcmp(format, "json") != 0)))
		return usage();
	return run(what, format && !strcmp(format, "json"), argv + optind,
	    argc - optind);
}
