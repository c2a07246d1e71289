#ifndef TESTS_KAFKA_RUN_H
#define TESTS_KAFKA_RUN_H

/* A source that reads from mock brokers and gives to the ledger's stand-in. */
#include "kafka_ledger.h"

static inline void *
run_source(void *arg)
{
	struct fixture *f = arg;

	source_kafka.run(f->source);
	return NULL;
}

/* `left`: after how many items the ledger dies. */
static inline void
start(struct fixture *f, size_t left)
{
	struct err err = {0};

	f->hub = hub_new(f->waiting_max);
	hub_set_coverage(f->hub, fold(f));
	atomic_store(&f->dead, false);
	atomic_store(&f->left, left);
	if (source_kafka.open(&f->source, &(struct source_place){f->hub, "hub"},
	        &f->config, &err))
		fail_msg("%s", err.msg);
	pthread_create(&f->loop, NULL, loop, f);
	pthread_create(&f->thread, NULL, run_source, f);
	f->runs = true;
}

static inline void
stop(struct fixture *f)
{
	f->runs = false;
	hub_stop(f->hub);
	pthread_join(f->thread, NULL);
	pthread_join(f->loop, NULL);
	source_kafka.close(f->source);
	hub_free(f->hub);
	coverage_free(f->coverage);
	f->coverage = fold(f);
}

static inline int
teardown(void **state)
{
	struct fixture *f = *state;

	/* A test that failed. */
	if (f->runs)
		stop(f);
	close_cluster(f);
	for (size_t i = 0; i < f->told_count; i++) {
		free(f->told[i].source);
		buf_release(&f->told[i].raw);
	}
	free(f->told);
	coverage_free(f->coverage);
	free(f->deliveries);
	buf_release(&f->lines);
	free(f);
	return 0;
}

#endif
