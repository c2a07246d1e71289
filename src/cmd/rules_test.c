#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/term.h"
#include "cmd/rules.h"
#include "json/json.h"

/*
 * The samples of x.yml lie in x.test.ndjson, a JSON object a line:
 *	{"expect": true, "why": "...", "record": {...}}
 * A file of rules must have one that matches at least and one that does not.
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

/* Whether a rule of that file is true of the record. */
static bool
matches(struct testing *testing, struct slice rule_path, struct json value)
{
	struct record record = {
	    .arena = &testing->arena, .inner = testing->inner};
	struct event event;
	const uint32_t *hits;
	size_t n;

	/* Parsed again by itself, as a scan would. */
	buf_clear(&testing->record);
	json_write(&testing->record, value);
	if (parse_padded(testing->parser, &testing->record, &record.root,
	        NULL) == JSON_BAD)
		return false;
	arena_reset(&testing->arena);
	event_read(&record, &event);
	n = matcher_run(testing->matcher, &record, &event, &hits);
	for (size_t i = 0; i < n; i++)
		if (slice_eq(
		        rules_meta(testing->rules, hits[i])->path, rule_path))
			return true;
	return false;
}

static void
run_sample(struct testing *testing, struct samples *samples)
{
	const char *why = NULL;
	struct json sample, record, expect;
	bool want, got;

	testing->samples++;
	if (parse_padded(testing->line_parser, &testing->line, &sample, &why) ==
	    JSON_BAD) {
		say(samples, SLICE("is no JSON"), slice_cstr(why));
		testing->wrong++;
		return;
	}
	record = JSON_GET(sample, "record");
	expect = JSON_GET(sample, "expect");
	if (json_type(record) != JSON_OBJECT ||
	    json_type(expect) != JSON_BOOL) {
		say(samples,
		    SLICE("needs \"expect\": true or false and a \"record\""),
		    SLICE(""));
		testing->wrong++;
		return;
	}
	want = json_is_true(expect);
	*(want ? &samples->matches : &samples->misses) += 1;
	got = matches(testing, samples->rule_path, record);
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

int
rules_test(const struct loaded *loaded)
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
