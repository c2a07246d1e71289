#include "pipeline_pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"

/*
 * A ring of works.  [finished, started) are being worked on or done,
 * [started, given) wait for a worker, the rest is empty.  Only the reading
 * thread moves `given` and `finished`.
 */
struct pool {
	struct work *ring; /* owned */
	bool *done;        /* of each place; owned */
	size_t size;
	uint64_t given, started, finished;
	bool stop;
	pthread_mutex_t lock;
	pthread_cond_t work_there, work_done;
	pthread_t *threads; /* owned; none when there is one thread */
	struct worker **workers;
	size_t worker_count, thread_count;
	int (*finish)(void *context, struct work *work);
	void *context;
};

struct start {
	struct pool *pool;
	struct worker *worker;
};

static void *
run(void *arg)
{
	struct start start = *(struct start *)arg;
	struct pool *pool = start.pool;

	free(arg);
	pthread_mutex_lock(&pool->lock);
	for (;;) {
		size_t place;

		while (!pool->stop && pool->started == pool->given)
			pthread_cond_wait(&pool->work_there, &pool->lock);
		if (pool->stop)
			break;
		place = pool->started++ % pool->size;
		pthread_mutex_unlock(&pool->lock);
		worker_run(start.worker, &pool->ring[place]);
		pthread_mutex_lock(&pool->lock);
		pool->done[place] = true;
		pthread_cond_signal(&pool->work_done);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static void
start_thread(struct pool *pool, struct worker *worker)
{
	struct start *start = xcalloc(1, sizeof(*start));

	*start = (struct start){pool, worker};
	if (pthread_create(
	        &pool->threads[pool->thread_count], NULL, run, start)) {
		free(start); /* fewer threads do it, too */
		return;
	}
	pool->thread_count++;
}

struct pool *
pool_new(const struct pipeline_options *options, const struct geo *geo,
    uint64_t seed, int (*finish)(void *context, struct work *work),
    void *context)
{
	struct pool *pool = xcalloc(1, sizeof(*pool));
	unsigned n = options->threads;

	assert(n >= 1);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work_there, NULL);
	pthread_cond_init(&pool->work_done, NULL);
	pool->finish = finish;
	pool->context = context;
	pool->size = n == 1 ? 1 : 2 * (size_t)n;
	pool->ring = xcalloc(pool->size, sizeof(*pool->ring));
	pool->done = xcalloc(pool->size, sizeof(*pool->done));
	pool->workers = xcalloc(n, sizeof(struct worker *));
	pool->threads = xcalloc(n, sizeof(pthread_t));
	pool->worker_count = n;
	for (size_t i = 0; i < n; i++)
		pool->workers[i] = worker_new(options, geo, seed);
	for (size_t i = 0; n > 1 && i < n; i++)
		start_thread(pool, pool->workers[i]);
	return pool;
}

/* Waits for the oldest work and finishes it. */
static int
finish_one(struct pool *pool)
{
	size_t place = pool->finished % pool->size;
	int status;

	pthread_mutex_lock(&pool->lock);
	while (!pool->done[place])
		pthread_cond_wait(&pool->work_done, &pool->lock);
	pool->done[place] = false;
	pthread_mutex_unlock(&pool->lock);
	status = pool->finish(pool->context, &pool->ring[place]);
	pool->finished++;
	return status;
}

struct work *
pool_take(struct pool *pool)
{
	if (pool->given - pool->finished == pool->size && finish_one(pool))
		return NULL;
	return &pool->ring[pool->given % pool->size];
}

void
pool_return(struct pool *pool, struct work *work)
{
	/* It was never given, so the next pool_take() gives it out again. */
	assert(work == &pool->ring[pool->given % pool->size]);
}

int
pool_give(struct pool *pool, struct work *work)
{
	if (!pool->thread_count) {
		worker_run(pool->workers[0], work);
		return pool->finish(pool->context, work);
	}
	pthread_mutex_lock(&pool->lock);
	pool->given++;
	pthread_cond_signal(&pool->work_there);
	pthread_mutex_unlock(&pool->lock);
	return 0;
}

int
pool_drain(struct pool *pool)
{
	while (pool->finished < pool->given)
		if (finish_one(pool))
			return -1;
	return 0;
}

void
pool_free(struct pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->work_there);
	pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < pool->thread_count; i++)
		pthread_join(pool->threads[i], NULL);
	for (size_t i = 0; i < pool->worker_count; i++)
		worker_free(pool->workers[i]);
	for (size_t i = 0; i < pool->size; i++)
		work_release(&pool->ring[i]);
	pthread_cond_destroy(&pool->work_there);
	pthread_cond_destroy(&pool->work_done);
	pthread_mutex_destroy(&pool->lock);
	free(pool->ring);
	free(pool->done);
	free(pool->workers);
	free(pool->threads);
	free(pool);
}
