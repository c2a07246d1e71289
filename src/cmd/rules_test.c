#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/term.h"
#include "cmd/rules.h"
#include "rule/correlate.h"
#include "json/json.h"

/*
 * The samples of x.yml lie in x.test.ndjson, a JSON object a line:
 *	{"expect": true, "why": "...", "record": {...}}
 *	{"expect": true, "why": "...", "records": [{...}, {...}]}
 * The second is for correlations, which judge records together.  A file of
 * rules must have one that matches at least and one that does not.
 */
struct testing {
	const struct rules *rules;
	struct matcher *matcher;
	struct json_parser *line_parser, *parser, *inner;
	struct arena arena;
	struct buf line, record;
	size_t samples, wrong;
};

/* Of one file of samples. */
struct samples {
	struct slice rule_path;
	char *path;
	size_t line;
	size_t matches, misses;
};

static void
say(const struct samples *samples, struct slice what, struct slice why)
{
	struct buf out = {0};

	term_fit(&out, slice_cstr(samples->path), SIZE_MAX);
	if (samples->line)
		buf_printf(&out, ":%zu", samples->line);
	buf_str(&out, ": ");
	term_fit(&out, what, SIZE_MAX);
	if (why.len) {
		buf_str(&out, ": ");
		term_fit(&out, why, SIZE_MAX);
	}
	buf_char(&out, '\n');
	fwrite(out.ptr, 1, out.len, stdout);
	buf_release(&out);
}

static enum json_result
parse_padded(struct json_parser *parser, struct buf *text, struct json *out,
    const char **why)
{
	memset(buf_reserve(text, JSON_PADDING), 0, JSON_PADDING);
	return json_parse(parser, buf_slice(text), out, why);
}

/* The rules that are true of a record, parsed by itself as a scan would. */
static size_t
run_record(struct testing *testing, struct json value, struct event *event,
    const uint32_t **hits)
{
	struct record record = {
	    .arena = &testing->arena, .inner = testing->inner};

	buf_clear(&testing->record);
	json_write(&testing->record, value);
	if (parse_padded(testing->parser, &testing->record, &record.root,
	        NULL) == JSON_BAD)
		return 0;
	arena_reset(&testing->arena);
	event_read(&record, event);
	return matcher_run(testing->matcher, &record, event, hits);
}

/* Whether a rule of that file is true of the record. */
static bool
matches(struct testing *testing, struct slice rule_path, struct json value)
{
	struct event event;
	const uint32_t *hits;
	size_t n = run_record(testing, value, &event, &hits);

	for (size_t i = 0; i < n; i++)
		if (slice_eq(
		        rules_meta(testing->rules, hits[i])->path, rule_path))
			return true;
	return false;
}

struct watched {
	const struct rules *rules;
	struct slice path;
	bool fired;
};

static void
watch(void *context, const struct firing *firing)
{
	struct watched *watched = context;

	watched->fired |= slice_eq(
	    rules_meta(watched->rules, firing->rule)->path, watched->path);
}

/* Whether a correlation of that file is true of the records together. */
static bool
correlates(struct testing *testing, struct slice rule_path, struct json list)
{
	struct watched watched = {testing->rules, rule_path, false};
	struct correlator_options options = {.rules = testing->rules};
	struct correlator *correlator =
	    correlator_new(&options, watch, &watched);
	struct json_iter it = json_iter(list);
	int64_t last_us = INT64_MIN;
	struct json value = {0};

	for (uint64_t ref = 0; json_next(&it, NULL, &value); ref++) {
		const struct contribution *adds;
		struct event event = {.time_us = EVENT_NO_TIME};
		const uint32_t *hits = NULL;
		size_t n = run_record(testing, value, &event, &hits);

		n = matcher_correlate(
		    testing->matcher, hits, n, &testing->arena, &adds);
		if (event.time_us == EVENT_NO_TIME)
			continue;
		for (size_t i = 0; i < n; i++)
			correlator_add(
			    correlator, &adds[i], event.time_us, ref);
		if (event.time_us > last_us)
			last_us = event.time_us;
	}
	correlator_watermark(correlator, last_us);
	correlator_free(correlator);
	return watched.fired;
}

static void
run_sample(struct testing *testing, struct samples *samples)
{
	const char *why = NULL;
	struct json sample, record, records, expect;
	bool want, got;

	testing->samples++;
	if (parse_padded(testing->line_parser, &testing->line, &sample, &why) ==
	    JSON_BAD) {
		say(samples, SLICE("is no JSON"), slice_cstr(why));
		testing->wrong++;
		return;
	}
	record = JSON_GET(sample, "record");
	records = JSON_GET(sample, "records");
	expect = JSON_GET(sample, "expect");
	if ((json_type(record) != JSON_OBJECT &&
	        json_type(records) != JSON_ARRAY) ||
	    json_type(expect) != JSON_BOOL) {
		say(samples,
		    SLICE("needs \"expect\": true or false and a \"record\" or "
		          "a list of \"records\""),
		    SLICE(""));
		testing->wrong++;
		return;
	}
	want = json_is_true(expect);
	*(want ? &samples->matches : &samples->misses) += 1;
	got = json_type(records) == JSON_ARRAY
	          ? correlates(testing, samples->rule_path, records)
	          : matches(testing, samples->rule_path, record);
	if (got == want)
		return;
	say(samples,
	    got ? SLICE("matches but should not")
	        : SLICE("should match but does not"),
	    json_str(JSON_GET(sample, "why")));
	testing->wrong++;
}

static void
run_lines(struct testing *testing, struct samples *samples, FILE *file)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&text, &size, file)) > 0) {
		samples->line++;
		if (text[strspn(text, " \t\r\n")] == '\0')
			continue;
		buf_clear(&testing->line);
		buf_add(&testing->line, text, (size_t)n);
		run_sample(testing, samples);
	}
	samples->line = 0;
	free(text);
}

static void
run_file(struct testing *testing, struct slice rule_path)
{
	struct samples samples = {.rule_path = rule_path};
	const char *dot = memrchr(rule_path.ptr, '.', rule_path.len);
	size_t stem = dot ? (size_t)(dot - rule_path.ptr) : rule_path.len;
	FILE *file;

	if (asprintf(&samples.path, "%.*s.test.ndjson", (int)stem,
	        rule_path.ptr) < 0)
		abort();
	file = fopen(samples.path, "re");
	if (!file) {
		say(&samples, SLICE("cannot open the rule's samples"),
		    slice_cstr(strerror(errno)));
		testing->wrong++;
		free(samples.path);
		return;
	}
	run_lines(testing, &samples, file);
	fclose(file);
	if (!samples.matches || !samples.misses) {
		say(&samples,
		    samples.matches ? SLICE("has no sample that must not match")
		                    : SLICE("has no sample that must match"),
		    SLICE(""));
		testing->wrong++;
	}
	free(samples.path);
}

static int
run_tests(const struct loaded *loaded)
{
	struct testing testing = {.rules = loaded->rules};
	struct slice last = SLICE("");

	testing.matcher = matcher_new(loaded->rules);
	testing.line_parser = json_parser_new();
	testing.parser = json_parser_new();
	testing.inner = json_parser_new();
	for (size_t i = 0; i < rules_count(loaded->rules); i++) {
		struct slice path = rules_meta(loaded->rules, i)->path;

		/* The rules of one file stand together. */
		if (!slice_eq(path, last))
			run_file(&testing, path);
		last = path;
	}
	printf("%zu rules, %zu refused, %zu samples, %zu wrong\n",
	    rules_count(loaded->rules), rules_refused(loaded->rules),
	    testing.samples, testing.wrong);
	matcher_free(testing.matcher);
	json_parser_free(testing.line_parser);
	json_parser_free(testing.parser);
	json_parser_free(testing.inner);
	arena_release(&testing.arena);
	buf_release(&testing.line);
	buf_release(&testing.record);
	return testing.wrong || loaded->report.count;
}

int
rules_test(const struct rules_args *args, struct err *err)
{
	struct loaded loaded;
	int status;

	if (rules_open(&loaded, args, NULL, err))
		return -1;
	rules_print_problems(&loaded.report, stdout);
	status = run_tests(&loaded);
	rules_close(&loaded);
	return status;
}
