/*
 * Sequences of events with the firings that Sigma's text asks for.  The data is
 * not part of the project: FIRN_DATA names it, ../shared/data else; where it is
 * not, the test is skipped.
 */
#include "correlation_case.h"
#include "data_path.h"

#include <unistd.h>

/* The outermost correlation of each case has this id. */
static const char outermost[] = "99999999-9999-4999-8999-999999999999";

static struct json
parse(struct json_parser *parser, struct buf *text)
{
	struct json root;

	memset(buf_reserve(text, JSON_PADDING), 0, JSON_PADDING);
	assert_int_not_equal(
	    json_parse(parser, buf_slice(text), &root, NULL), JSON_BAD);
	return root;
}

static size_t
fired_at(const struct correlation_run *run, uint64_t event)
{
	size_t n = 0;

	for (size_t i = 0; i < run->count; i++) {
		const struct firing *f = &run->list[i].firing;
		struct slice id = rules_meta(run->rules.rules, f->rule)->id;

		n += f->last == event && slice_eq(id, slice_cstr(outermost));
	}
	return n;
}

static size_t
run_case(struct json test)
{
	struct slice name = json_str(JSON_GET(test, "name"));
	struct json_iter it = json_iter(JSON_GET(test, "events"));
	struct correlation_run run;
	struct json element;
	struct buf record = {0};
	uint64_t event = 0;
	size_t wrong = 0, fires = 0;
	int64_t t = 0;

	correlation_run_load(&run, json_str(JSON_GET(test, "rules")), NULL);
	for (; json_next(&it, NULL, &element); event++) {
		buf_clear(&record);
		json_write(&record, JSON_GET(element, "event"));
		assert_true(json_to_i64(JSON_GET(element, "t"), &t));
		correlation_run_add(
		    &run, buf_slice(&record), t * SECOND, event);
	}
	correlator_watermark(run.correlator, t * SECOND);
	it = json_iter(JSON_GET(test, "fires"));
	for (; json_next(&it, NULL, &element); fires++) {
		assert_true(json_to_i64(element, &t));
		wrong += fired_at(&run, (uint64_t)t) != 1;
	}
	wrong += run.count != fires;
	if (wrong)
		print_message("wrong: " SLICE_FMT "\n", SLICE_ARG(name));
	correlation_run_free(&run);
	buf_release(&record);
	return wrong != 0;
}

static void
sequences(void **state)
{
	char *path = data_path("sigma/correlation.jsonl"), *text = NULL;
	struct json_parser *parser = json_parser_new();
	struct buf line = {0};
	size_t size = 0, wrong = 0, cases = 0;
	FILE *file;
	ssize_t n;

	(void)state;
	file = fopen(path, "r");
	assert_non_null(file);
	while ((n = getline(&text, &size, file)) > 0) {
		buf_clear(&line);
		buf_add(&line, text, (size_t)n);
		wrong += run_case(parse(parser, &line));
		cases++;
	}
	fclose(file);
	free(path);
	free(text);
	buf_release(&line);
	json_parser_free(parser);
	assert_int_equal(wrong, 0);
	assert_true(cases >= 16);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sequences)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
