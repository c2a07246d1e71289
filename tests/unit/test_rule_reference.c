/*
 * The engine against the reference: on made-up rules and records, and on the
 * cases and rules of others where they are (FIRN_DATA, ../shared/data else).
 *
 * FIRN_SEED and FIRN_PAIRS choose what is made up and how many pairs of a rule
 * and a record are judged.
 */
#include "data_path.h"
#include "rule_case.h"

#include <inttypes.h>
#include <unistd.h>

#include "../reference/generate.h"
#include "../reference/reference.h"

#define PAIRS   20000
#define RULES   8 /* of one round */
#define RECORDS 8

struct tally {
	uint64_t pairs, hits, rules, refused, uncertain, wrong;
};

/* Both engines with the same rules. */
struct both {
	struct rules *rules;
	struct rules_report report;
	struct matcher *matcher;
	struct reference *reference;
};

static const struct rules_placeholder placeholders[] = {
    {"who", generate_who, 2}};
static const struct reference_word words[] = {{"who", generate_who, 2}};

static void
both_load(struct both *both, struct slice text)
{
	struct rules_text rule = {"rule.yml", text};
	struct rules_source source = {.texts = &rule,
	    .text_count = 1,
	    .placeholders = placeholders,
	    .placeholder_count = 1,
	    .any_logsource = true};
	struct err err;

	*both = (struct both){0};
	assert_int_equal(
	    rules_load(&both->rules, &source, &both->report, &err), 0);
	both->matcher = matcher_new(both->rules);
	both->reference = reference_new(text, "rule", words, 1);
}

static void
both_release(struct both *both)
{
	matcher_free(both->matcher);
	rules_free(both->rules);
	rules_report_release(&both->report);
	reference_free(both->reference);
}

static bool
both_refuse(const struct both *both)
{
	size_t n = rules_count(both->rules);

	if (n != reference_count(both->reference) ||
	    rules_refused(both->rules) != reference_refused(both->reference))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!slice_eq(rules_meta(both->rules, i)->id,
		        reference_id(both->reference, i)))
			return false;
	return true;
}

static void
print_report(const struct rules_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		print_message("%u:%u: %s\n", report->list[i].line,
		    report->list[i].column, report->list[i].reason.ptr);
}

/* Every rule's verdict on the record. */
static size_t
judge(struct both *both, const struct record *record, const struct event *event,
    struct tally *tally)
{
	uint64_t limited = matcher_regex_limited(both->matcher) +
	                   matcher_lookup_limited(both->matcher);
	const uint32_t *hits;
	size_t n = matcher_run(both->matcher, record, event, &hits), at = 0;
	bool certain = limited == matcher_regex_limited(both->matcher) +
	                              matcher_lookup_limited(both->matcher);

	for (size_t i = 0; i < rules_count(both->rules); i++) {
		bool hit = at < n && hits[at] == i, gave_up;
		bool holds = reference_holds(
		    both->reference, i, record->root, event, &gave_up);

		at += hit;
		tally->pairs++;
		tally->hits += holds;
		if (!certain || gave_up) {
			tally->uncertain++;
			continue;
		}
		if (hit == holds)
			continue;
		tally->wrong++;
		print_message("rule %zu (%s): the matcher says %d, the "
		              "reference %d\n",
		    i, rules_meta(both->rules, i)->path.ptr, hit, holds);
		return i;
	}
	return SIZE_MAX;
}

/* --- made up --- */

static uint64_t
setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

struct round {
	struct generate generate;
	struct json_parser *parser;
	struct arena arena;
	struct buf records[RECORDS], rules[RULES], all;
};

static void
round_make(struct round *round)
{
	generate_reset(&round->generate);
	buf_clear(&round->all);
	for (size_t i = 0; i < RECORDS; i++) {
		struct buf *record = &round->records[i];

		buf_clear(record);
		generate_record(&round->generate, record);
		memset(buf_reserve(record, JSON_PADDING), 0, JSON_PADDING);
	}
	for (size_t i = 0; i < RULES; i++) {
		buf_clear(&round->rules[i]);
		generate_rule(&round->generate, i, &round->rules[i]);
		buf_slice_add(&round->all, buf_slice(&round->rules[i]));
	}
}

/* The rules of which only one engine will have anything to do. */
static void
print_refusals(const struct round *round)
{
	for (size_t i = 0; i < RULES; i++) {
		struct both both;

		both_load(&both, buf_slice(&round->rules[i]));
		if (!both_refuse(&both)) {
			print_message("%s\nis refused by the %s:\n",
			    (const char *)arena_copy(
			        &both.report.arena, buf_slice(&round->rules[i]))
			        .ptr,
			    rules_refused(both.rules) ? "engine" : "reference");
			print_report(&both.report);
		}
		both_release(&both);
	}
}

static void
print_pair(const struct round *round, const struct both *both, size_t rule,
    const struct event *event, struct slice record)
{
	struct slice id = rules_meta(both->rules, rule)->id;
	uint64_t number = 0;

	(void)slice_to_u64(slice_skip(id, 1), &number);
	print_message("kind %d, operation '" SLICE_FMT "'\n%.*s%.*s\n",
	    event->kind, SLICE_ARG(event->col[EV_OPERATION]),
	    (int)round->rules[number].len, round->rules[number].ptr,
	    (int)record.len, record.ptr);
}

static void
judge_round(struct round *round, struct both *both, struct tally *tally)
{
	static const char *const operations[] = {"", "Add user.", "foo"};
	struct event event = {.kind = KIND_UNKNOWN};

	for (size_t i = 0; i < RECORDS; i++) {
		struct slice text = buf_slice(&round->records[i]);
		struct record record = {.arena = &round->arena};
		size_t wrong;

		if (generate_below(&round->generate, 2))
			event.kind = KIND_OKTA;
		event.col[EV_OPERATION] =
		    slice_cstr(operations[generate_below(&round->generate, 3)]);
		assert_int_equal(
		    json_parse(round->parser, text, &record.root, NULL),
		    JSON_OK);
		wrong = judge(both, &record, &event, tally);
		if (wrong != SIZE_MAX)
			print_pair(round, both, wrong, &event, text);
		arena_reset(&round->arena);
	}
}

static void
round_release(struct round *round)
{
	for (size_t i = 0; i < RECORDS; i++)
		buf_release(&round->records[i]);
	for (size_t i = 0; i < RULES; i++)
		buf_release(&round->rules[i]);
	buf_release(&round->all);
	generate_release(&round->generate);
	arena_release(&round->arena);
	json_parser_free(round->parser);
}

static void
made_up(void **state)
{
	uint64_t seed = setting("FIRN_SEED", 1);
	uint64_t pairs = setting("FIRN_PAIRS", PAIRS);
	struct round round = {.parser = json_parser_new()};
	struct tally tally = {0};

	(void)state;
	print_message(
	    "FIRN_SEED=%" PRIu64 " FIRN_PAIRS=%" PRIu64 "\n", seed, pairs);
	for (uint64_t i = 0; tally.pairs < pairs && tally.wrong < 5; i++) {
		struct both both;

		/* So that a round can be had alone: FIRN_SEED of that round. */
		round.generate.random = (seed + i) * 0x9e3779b97f4a7c15u;
		round_make(&round);
		both_load(&both, buf_slice(&round.all));
		tally.rules += rules_count(both.rules);
		tally.refused += rules_refused(both.rules);
		if (both_refuse(&both)) {
			uint64_t wrong = tally.wrong;

			judge_round(&round, &both, &tally);
			if (wrong != tally.wrong)
				print_message(
				    "with FIRN_SEED=%" PRIu64 "\n\n", seed + i);
		} else {
			print_refusals(&round);
			print_message(
			    "with FIRN_SEED=%" PRIu64 "\n\n", seed + i);
			tally.wrong++;
		}
		both_release(&both);
	}
	round_release(&round);
	print_message("%" PRIu64 " pairs, %" PRIu64 " of them true, %" PRIu64
	              " not compared; %" PRIu64 " rules, %" PRIu64
	              " more refused\n",
	    tally.pairs, tally.hits, tally.uncertain, tally.rules,
	    tally.refused);
	assert_int_equal(tally.wrong, 0);
}

/* --- of others --- */

/* Calls for each line of JSON. */
static void
each_line(const char *name, void (*call)(struct json, void *), void *more)
{
	char *path = data_path(name);
	FILE *file = fopen(path, "r");
	struct json_parser *parser = json_parser_new();
	struct buf padded = {0};
	struct json line;
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	assert_non_null(file);
	while ((n = getline(&text, &size, file)) > 0) {
		buf_clear(&padded);
		buf_add(&padded, text, (size_t)n);
		memset(buf_reserve(&padded, JSON_PADDING), 0, JSON_PADDING);
		assert_int_not_equal(
		    json_parse(parser, buf_slice(&padded), &line, NULL),
		    JSON_BAD);
		call(line, more);
	}
	fclose(file);
	free(text);
	free(path);
	buf_release(&padded);
	json_parser_free(parser);
}

/* The text with a title at its indentation, which some cases go without. */
static struct slice
titled(struct arena *arena, struct slice rule)
{
	size_t start = strspn(rule.ptr, "\n "), indent = 0;

	if (memmem(rule.ptr, rule.len, "title:", sizeof("title:") - 1))
		return rule;
	while (indent < start && rule.ptr[start - indent - 1] != '\n')
		indent++;
	return arena_printf(arena, "%.*stitle: x\n%.*s", (int)start, rule.ptr,
	    (int)(rule.len - start + indent), rule.ptr + start - indent);
}

static void
one_case(struct json line, void *more)
{
	struct tally *tally = more;
	struct event event = {.kind = KIND_UNKNOWN};
	struct arena arena = {0};
	struct record record = {
	    .root = JSON_GET(line, "event"), .arena = &arena};
	struct slice rule = titled(&arena, json_str(JSON_GET(line, "rule")));
	struct both both;

	both_load(&both, rule);
	tally->rules += rules_count(both.rules);
	tally->refused += rules_refused(both.rules);
	if (!both_refuse(&both)) {
		tally->wrong++;
		print_message(
		    "refused by one:\n%.*s\n", (int)rule.len, rule.ptr);
		print_report(&both.report);
	} else if (judge(&both, &record, &event, tally) != SIZE_MAX) {
		print_message("%.*s\n", (int)rule.len, rule.ptr);
	}
	both_release(&both);
	arena_release(&arena);
}

static void
cases_of_others(void **state)
{
	struct tally tally = {0};

	(void)state;
	each_line("sigma/core.jsonl", one_case, &tally);
	each_line("sigma/disputed.jsonl", one_case, &tally);
	print_message("%" PRIu64 " pairs, %" PRIu64 " true, %" PRIu64
	              " refused\n",
	    tally.pairs, tally.hits, tally.refused);
	assert_int_equal(tally.wrong, 0);
}

/* --- SigmaHQ's rules --- */

struct corpus {
	struct rules *rules;
	struct rules_report report;
	struct matcher *matcher;
	struct reference **references; /* one for each rule */
	uint64_t line, every;
	struct tally tally;
};

static struct reference *
read_rule(const char *path)
{
	struct reference *reference;
	struct buf text = {0};
	FILE *file = fopen(path, "r");
	size_t n;

	assert_non_null(file);
	while ((n = fread(buf_reserve(&text, 4096), 1, 4096, file)))
		text.len += n;
	fclose(file);
	reference = reference_new(buf_slice(&text), "rule", NULL, 0);
	buf_release(&text);
	return reference;
}

static void
corpus_load(struct corpus *corpus, const char *path)
{
	struct rules_source source = {
	    .paths = &path, .path_count = 1, .any_logsource = true};
	struct err err = {0};

	if (rules_load(&corpus->rules, &source, &corpus->report, &err))
		fail_msg("%s", err.msg);
	corpus->matcher = matcher_new(corpus->rules);
	corpus->references = calloc(rules_count(corpus->rules) + 1,
	    /* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers */
	    sizeof(*corpus->references));
	for (size_t i = 0; i < rules_count(corpus->rules); i++) {
		const char *file = rules_meta(corpus->rules, i)->path.ptr;

		corpus->references[i] = read_rule(file);
		if (reference_count(corpus->references[i]) != 1)
			fail_msg("'%s' is refused by the reference", file);
	}
	for (size_t i = 0; i < corpus->report.count; i++) {
		const char *file = corpus->report.list[i].path.ptr;
		struct reference *reference = read_rule(file);

		if (!reference_refused(reference))
			fail_msg("'%s' is refused by the engine only", file);
		reference_free(reference);
	}
}

/* Every so many lines. */
static void
one_event(struct json line, void *more)
{
	struct corpus *corpus = more;
	struct event event = {.kind = KIND_UNKNOWN};
	struct arena arena = {0};
	struct record record = {
	    .root = JSON_GET(line, "event"), .arena = &arena};
	const uint32_t *hits;
	size_t n, at = 0;

	if (corpus->line++ % corpus->every)
		return;
	n = matcher_run(corpus->matcher, &record, &event, &hits);
	for (size_t i = 0; i < rules_count(corpus->rules); i++) {
		bool hit = at < n && hits[at] == i, gave_up;
		bool holds = reference_holds(
		    corpus->references[i], 0, record.root, &event, &gave_up);

		at += hit;
		corpus->tally.pairs++;
		corpus->tally.hits += holds;
		corpus->tally.uncertain += gave_up;
		if (hit == holds || gave_up)
			continue;
		corpus->tally.wrong++;
		print_message("line %" PRIu64 ", '%s': the matcher says %d\n",
		    corpus->line, rules_meta(corpus->rules, i)->path.ptr, hit);
	}
	arena_release(&arena);
}

static void
rules_of_others(void **state)
{
	static const char *const files[] = {
	    "sigma/matrix.jsonl", "sigma/sigmahq_regression.jsonl"};
	struct corpus corpus = {0};
	char *path = data_path("sigmahq");
	uint64_t pairs = setting("FIRN_PAIRS", PAIRS);

	(void)state;
	corpus_load(&corpus, path);
	corpus.every = rules_count(corpus.rules) * 2188 / pairs + 1;
	corpus.line = setting("FIRN_SEED", 1);
	for (size_t i = 0; i < 2; i++)
		each_line(files[i], one_event, &corpus);
	print_message("%zu rules, %zu refused by both; %" PRIu64
	              " pairs, %" PRIu64 " of them true, %" PRIu64
	              " not compared\n",
	    rules_count(corpus.rules), rules_refused(corpus.rules),
	    corpus.tally.pairs, corpus.tally.hits, corpus.tally.uncertain);
	assert_int_equal(corpus.tally.wrong, 0);
	for (size_t i = 0; i < rules_count(corpus.rules); i++)
		reference_free(corpus.references[i]);
	free((void *)corpus.references);
	matcher_free(corpus.matcher);
	rules_free(corpus.rules);
	rules_report_release(&corpus.report);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(made_up),
	    cmocka_unit_test(cases_of_others),
	    cmocka_unit_test(rules_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
