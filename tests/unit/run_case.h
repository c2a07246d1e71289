#ifndef RUN_CASE_H
#define RUN_CASE_H

#include "base/time.h"
#include "coverage/kept.h"
#include "ledger_case.h"
#include "pipeline_run.h"
#include "run_case_rules.h"

/*
 * run_case - a run over a ledger of its own.
 */
#define CASE_SECOND_US INT64_C(1000000)
#define CASE_HOUR_US   (3600 * CASE_SECOND_US)

#define ENDS_MAX       64
#define TOLD_MAX       4096

/* What came of it, over all runs on one ledger. */
struct run_seen {
	enum parcel_end ends[ENDS_MAX]; /* of parcels, as they ended */
	char whys[ENDS_MAX][80];
	size_t end_count;
	uint64_t told[TOLD_MAX]; /* indexes of findings */
	char last[8192];         /* text of the last one */
	size_t told_count;
};

struct run_case {
	struct ledger_case ledger;
	struct rules *rules;
	int64_t lateness_us;
	unsigned threads;
	struct run_seen seen;
	/* The run: */
	struct append *append;
	struct hub *hub;
	struct run *run;
};

static inline void
run_case_init(struct run_case *c)
{
	struct rules_text text = {"rules.yml", SLICE(CASE_RULES)};
	const struct rules_source source = {
	    .texts = &text, .text_count = 1, .any_logsource = true};
	struct rules_report report = {0};

	*c = (struct run_case){.threads = 1};
	case_create(&c->ledger);
	c->ledger.options.now_us = NULL;
	assert_int_equal(rules_load(&c->rules, &source, &report, NULL), 0);
	if (report.count)
		fail_msg(SLICE_FMT, SLICE_ARG(report.list[0].reason));
	rules_report_release(&report);
	assert_int_equal(rules_count(c->rules), 3);
}

static inline void
run_case_told(void *ctx, uint64_t index, struct slice text)
{
	struct run_case *c = ctx;
	struct run_seen *seen = &c->seen;

	assert_true(seen->told_count < TOLD_MAX);
	seen->told[seen->told_count++] = index;
	assert_true(text.len < sizeof(seen->last));
	memcpy(seen->last, text.ptr, text.len);
	seen->last[text.len] = '\0';
}

/* As the service opens; -1 only where the disk fails. */
static inline int
run_case_open(struct run_case *c, struct err *err)
{
	static const atomic_bool stop;
	const struct append_options how = {
	    .ledger = c->ledger.options, .patience_ms = 5000};
	struct coverage *coverage = NULL;
	struct view *view = NULL;
	int status;

	if (append_open(&c->append, c->ledger.dir, &how, err))
		return -1;
	c->hub = hub_new(64 << 20);
	status = view_open(&view, c->ledger.dir, err);
	if (!status)
		status = coverage_read(&coverage, c->ledger.dir, view, err);
	view_close(view);
	if (status)
		return -1;
	hub_set_coverage(c->hub, coverage);
	c->run = run_new(&(struct run_options){.append = c->append,
	    .dir = c->ledger.dir,
	    .origin = "log.example/test",
	    .hub = c->hub,
	    .rules = c->rules,
	    .threads = c->threads,
	    .lateness_us = c->lateness_us,
	    .told = run_case_told,
	    .ctx = c});
	return run_catch_up(c->run, &stop, err);
}

/* What was not durable is dropped. */
static inline void
run_case_drop(struct run_case *c)
{
	if (c->hub)
		hub_stop(c->hub);
	run_free(c->run);
	append_close(c->append);
	hub_free(c->hub);
	c->run = NULL;
	c->append = NULL;
	c->hub = NULL;
}

static inline void
run_case_start(struct run_case *c)
{
	struct err err = {0};

	if (run_case_open(c, &err))
		fail_msg("%s", err.msg);
}

static inline void
run_case_stop(struct run_case *c)
{
	struct err err = {0};

	hub_stop(c->hub);
	if (run_finish(c->run, &err))
		fail_msg("%s", err.msg);
	run_case_drop(c);
}

static inline void
run_case_end(struct run_case *c)
{
	run_case_drop(c);
	rules_free(c->rules);
	case_end(&c->ledger);
}

#endif
