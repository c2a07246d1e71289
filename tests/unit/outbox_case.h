#ifndef TESTS_UNIT_OUTBOX_CASE_H
#define TESTS_UNIT_OUTBOX_CASE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "finding/outbox.h"

/*
 * outbox_case - a ledger of findings, and what came of them, for tests of
 * outboxes.
 */

#define FINDINGS_MAX 2000

/* --- the ledger --- */

struct finding_text {
	uint64_t index;
	char text[200];
};

/* What there is, what came, and how the output is to behave. */
static struct scene {
	pthread_mutex_t lock;
	char dir[64];
	struct finding_text findings[FINDINGS_MAX];
	size_t count;
	uint64_t looked; /* where next() is to look when there is none */
	bool broken;     /* next() fails */

	uint64_t came[10 * FINDINGS_MAX];
	size_t came_count, sends, biggest;
	unsigned fail_first;  /* so many sends fail */
	unsigned part;        /* of each batch only so many are done */
	uint64_t refused[10]; /* indexes that are never taken */
	size_t refused_count;
	bool exact; /* it is said which one is refused */
	size_t batch;
} scene;

static inline int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline void
nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static inline void
add(uint64_t index, int severity)
{
	struct finding_text *finding;

	pthread_mutex_lock(&scene.lock);
	finding = &scene.findings[scene.count++];
	finding->index = index;
	snprintf(finding->text, sizeof(finding->text),
	    "{\"class_uid\":2004,\"severity_id\":%d,\"time\":1700000000000,"
	    "\"finding_info\":{\"uid\":\"u%ju\",\"title\":\"t\"}}\n",
	    severity, (uintmax_t)index);
	pthread_mutex_unlock(&scene.lock);
}

static inline void
add_many(uint64_t first, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(first + 3 * i, 4);
}

static inline int
next(void *ctx, uint64_t from, uint64_t *index, struct buf *text,
    struct err *err)
{
	int got = 0;

	assert_ptr_equal(ctx, &scene);
	pthread_mutex_lock(&scene.lock);
	if (scene.broken)
		got = err_set(err, ERR_SYSTEM, "the ledger cannot be read");
	for (size_t i = 0; !got && i < scene.count; i++) {
		if (scene.findings[i].index < from)
			continue;
		*index = scene.findings[i].index;
		buf_str(text, scene.findings[i].text);
		got = 1;
	}
	if (!got && scene.looked > from)
		*index = scene.looked;
	pthread_mutex_unlock(&scene.lock);
	return got;
}

#endif
