#include "cmd/run_service.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"
#include "cmd/place.h"
#include "cmd/run_face.h"
#include "cmd/run_feed.h"
#include "cmd/writer.h"
#include "coverage/kept.h"
#include "finding/mail_helper.h"
#include "finding/outbox.h"
#include "ledger/dir.h"

#define PATIENCE_MS 60000
#define SECOND_US   ((int64_t)1000000)
#define SAVE_US     (300 * SECOND_US)
#define PAUSE_US    ((int64_t)200 * 1000)

struct worker_thread {
	const struct run_source *configured;
	struct source *source;
	pthread_t thread;
	bool started;
};

struct service {
	const struct run_config *config;
	struct service_signals *signals;
	char *origin;         /* owned */
	const char **sources; /* names; owned */
	struct append *append;
	struct rules *rules;
	struct geo *geo;
	struct hub *hub;
	struct run *run;
	struct run_face *face;
	struct run_upkeep *upkeep;
	struct feed *feed;
	struct mail_helper *mail;
	struct damage_helper *damage;
	struct outbox **outboxes; /* owned */
	size_t outbox_count;
	char *output_dir;              /* owned */
	struct worker_thread *threads; /* owned */
	size_t thread_count;
	int64_t started_us, looked_us, saved_us;
	/* Under the lock, for the face. */
	pthread_mutex_t lock;
	uint64_t disk_free;
	bool paused;
};

/* --- opening --- */

static int
open_geo(struct service *s, struct err *err)
{
	char *shipped = s->config->geo ? NULL : geo_shipped();
	const char *path = s->config->geo ? s->config->geo : shipped;
	int status = path ? geo_open(&s->geo, path, err) : 0;

	free(shipped);
	return status;
}

/* What the ledger knows of how far each source was. */
static int
recall(struct service *s, struct err *err)
{
	struct coverage *coverage;
	struct view *view = NULL;
	int status = view_open(&view, s->config->ledger, err);

	if (!status)
		status = coverage_read(&coverage, s->config->ledger, view, err);
	if (!status)
		hub_set_coverage(s->hub, coverage);
	view_close(view);
	return status;
}

static int
open_sources(struct service *s, struct err *err)
{
	const struct run_config *config = s->config;

	s->threads = xcalloc(config->source_count, sizeof(*s->threads));
	s->sources = xcalloc(config->source_count + 1, sizeof(char *));
	for (size_t i = 0; i < config->source_count; i++) {
		const struct run_source *configured = &config->sources[i];
		const struct source_place place = {
		    .hub = s->hub, .name = configured->name};
		struct worker_thread *thread = &s->threads[i];

		thread->configured = configured;
		s->sources[i] = configured->name;
		if (configured->kind->open(
		        &thread->source, &place, configured->config, err))
			return err_context(
			    err, "source '%s'", configured->name);
		s->thread_count++;
	}
	return 0;
}

static void
told(void *ctx, uint64_t index, struct slice text)
{
	struct service *s = ctx;

	feed_add(s->feed, index, text);
	for (size_t i = 0; i < s->outbox_count; i++)
		outbox_wake(s->outboxes[i], index);
}

static int
open_output(struct service *s, const struct run_output *output, uint64_t end,
    struct err *err)
{
	const struct outbox_options options = {.name = output->name,
	    .output = output->output,
	    .dir = s->output_dir,
	    .end = end,
	    .next = feed_next,
	    .ctx = s->feed,
	    .now = time_now_us,
	    .mail = s->mail};

	if (outbox_open(&s->outboxes[s->outbox_count], &options, err))
		return err_context(err, "output '%s'", output->name);
	s->outbox_count++;
	return 0;
}

/* Cursors and dead letters are beside the ledger's own state. */
static int
open_outputs(struct service *s, struct err *err)
{
	const struct run_config *config = s->config;
	struct buf dir = {0};
	uint64_t end;

	if (append_size(s->append, &end, err))
		return -1;
	buf_printf(&dir, "%s/outputs%c", config->ledger, '\0');
	s->output_dir = dir.ptr;
	s->feed = feed_new(config->ledger, end);
	s->outboxes =
	    xcalloc(config->output_count + 1, sizeof(struct outbox *));
	if (mkdir(dir.ptr, 0700) && errno != EEXIST)
		return err_sys(err, "cannot make '%s'", dir.ptr);
	for (size_t i = 0; i < config->output_count; i++)
		if (open_output(s, &config->outputs[i], end, err))
			return -1;
	return 0;
}

static void
open_run(struct service *s)
{
	const struct run_options options = {.append = s->append,
	    .dir = s->config->ledger,
	    .origin = s->origin,
	    .hub = s->hub,
	    .sources = s->sources,
	    .source_count = s->config->source_count,
	    .rules = s->rules,
	    .geo = s->geo,
	    .threads = (unsigned)s->config->threads,
	    .holidays = &s->config->holidays,
	    .damage = s->damage,
	    .lateness_us = s->config->lateness_us,
	    .told = told,
	    .ctx = s};

	s->run = run_new(&options);
}

static int
open_all(struct service *s, struct err *err)
{
	const struct writer_options writer = {.dir = s->config->ledger,
	    .key = s->config->key,
	    .serve = true,
	    .patience_ms = PATIENCE_MS};

	s->origin = place_origin(s->config->ledger, err);
	if (!s->origin || run_config_rules(s->config, &s->rules, err) ||
	    open_geo(s, err))
		return -1;
	s->hub = hub_new((size_t)s->config->queue_bytes);
	if (open_sources(s, err) || writer_open(&s->append, &writer, err) ||
	    recall(s, err) || open_outputs(s, err))
		return -1;
	open_run(s);
	s->upkeep = run_upkeep_start(s->config, s->hub);
	if (!strcmp(s->config->listen, "none"))
		return 0;
	return run_face_open(&s->face, s->config->listen, s, err);
}

int
service_open(struct service **out, const struct service_options *options,
    struct err *err)
{
	struct service *s = xcalloc(1, sizeof(*s));

	s->config = options->config;
	s->signals = options->signals;
	s->mail = options->mail;
	s->damage = options->damage;
	s->started_us = time_now_us();
	pthread_mutex_init(&s->lock, NULL);
	if (open_all(s, err)) {
		service_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* --- running --- */

static void *
run_source(void *arg)
{
	struct worker_thread *thread = arg;

	thread->configured->kind->run(thread->source);
	return NULL;
}

static int
start_sources(struct service *s, struct err *err)
{
	for (size_t i = 0; i < s->thread_count; i++) {
		struct worker_thread *thread = &s->threads[i];

		if (pthread_create(&thread->thread, NULL, run_source, thread))
			return err_set(
			    err, ERR_SYSTEM, "cannot start a thread");
		thread->started = true;
	}
	return 0;
}

/* So that not all of the ledger is read at the next start. */
static void
save(struct service *s)
{
	struct coverage *coverage = hub_coverage(s->hub);
	struct err err;

	s->saved_us = time_now_us();
	if (append_sign(s->append, &err))
		return;
	hub_lock(s->hub);
	if (coverage_save(
	        coverage, s->config->ledger, slice_cstr(s->origin), &err))
		fprintf(stderr, "firn: %s\n", err.msg);
	hub_unlock(s->hub);
}

/* While there is too little room nothing is taken, and sources wait. */
static bool
has_room(struct service *s)
{
	struct statvfs fs;
	uint64_t free_bytes;
	bool paused;

	if (statvfs(s->config->ledger, &fs))
		return true;
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	paused = free_bytes < (uint64_t)s->config->disk_min;
	pthread_mutex_lock(&s->lock);
	if (paused != s->paused)
		fprintf(stderr,
		    paused ? "firn: intake stops: %ju MB are left at the "
		             "ledger, less than disk_min\n"
		           : "firn: intake goes on: %ju MB are left at the "
		             "ledger\n",
		    (uintmax_t)(free_bytes >> 20));
	s->paused = paused;
	s->disk_free = free_bytes;
	pthread_mutex_unlock(&s->lock);
	return !paused;
}

static void
reload(struct service *s)
{
	struct rules *rules = NULL, *old = s->rules;
	struct err err;

	if (run_config_rules(s->config, &rules, &err)) {
		fprintf(stderr, "firn: rules stay as they are: %s\n", err.msg);
		return;
	}
	run_set_rules(s->run, rules);
	pthread_mutex_lock(&s->lock);
	s->rules = rules;
	pthread_mutex_unlock(&s->lock);
	rules_free(old);
	if (run_catch_up(s->run, &s->signals->stop, &err))
		fprintf(stderr, "firn: %s\n", err.msg);
	fprintf(stderr, "firn: %zu rules are in force\n", rules_count(rules));
}

static bool
must_stop(const struct service *s)
{
	return atomic_load(&s->signals->stop);
}

static int
loop(struct service *s, struct err *err)
{
	atomic_bool *again = &s->signals->reload;

	while (!must_stop(s)) {
		int64_t now_us = time_now_us();

		if (now_us - s->looked_us > SECOND_US || s->paused) {
			s->looked_us = now_us;
			if (!has_room(s)) {
				hub_sleep(s->hub, PAUSE_US);
				continue;
			}
		}
		if (atomic_exchange(again, false))
			reload(s);
		if (run_round(s->run, err))
			return -1;
		if (now_us - s->saved_us > SAVE_US)
			save(s);
	}
	return 0;
}

/* Sources end, and what they had on their way is kept. */
static int
stop_sources(struct service *s, bool good, struct err *err)
{
	int status = 0;

	hub_stop(s->hub);
	for (size_t i = 0; i < s->thread_count; i++) {
		struct worker_thread *thread = &s->threads[i];

		if (thread->started)
			pthread_join(thread->thread, NULL);
		thread->started = false;
	}
	if (good && s->run)
		status = run_finish(s->run, err);
	return status;
}

/*
 * A ledger that could not be written cannot be opened again without room, for
 * then it signs; until there is some, status says what is the matter.
 */
static void
wait_for_room(struct service *s)
{
	while (!must_stop(s) && !has_room(s))
		(void)hub_sleep(s->hub, PAUSE_US);
}

int
service_run(struct service *s, struct err *err)
{
	int status = start_sources(s, err);

	for (size_t i = 0; i < s->outbox_count; i++)
		outbox_start(s->outboxes[i]);
	if (!status)
		status = run_catch_up(s->run, &s->signals->stop, err);
	s->saved_us = time_now_us();
	if (!status)
		status = loop(s, err);
	if (status)
		wait_for_room(s);
	if (stop_sources(s, !status, status ? NULL : err))
		status = -1;
	if (!status)
		save(s);
	return status;
}

void
service_close(struct service *s)
{
	if (!s)
		return;
	run_face_close(s->face);
	if (s->hub)
		(void)stop_sources(s, false, NULL);
	run_upkeep_stop(s->upkeep);
	run_free(s->run);
	for (size_t i = 0; i < s->outbox_count; i++)
		outbox_close(s->outboxes[i]);
	free(s->outboxes);
	free(s->output_dir);
	feed_free(s->feed);
	for (size_t i = 0; i < s->thread_count; i++)
		s->threads[i].configured->kind->close(s->threads[i].source);
	writer_close(s->append);
	hub_free(s->hub);
	rules_free(s->rules);
	geo_close(s->geo);
	pthread_mutex_destroy(&s->lock);
	free(s->threads);
	free(s->sources);
	free(s->origin);
	free(s);
}

/* --- how it goes --- */

static void
add_mood(void *ctx, const char *source, enum hub_mood mood, const char *text,
    int64_t since_us)
{
	struct service_view *view = ctx;

	for (size_t i = 0; i < view->source_count; i++) {
		struct service_source *to = &view->sources[i];

		if (strcmp(to->name, source) != 0)
			continue;
		to->mood = mood;
		to->since_us = since_us;
		(void)snprintf(to->text, sizeof(to->text), "%s", text);
	}
}

static void
add_stream(struct service_source *to, const struct coverage_stream *stream,
    int64_t clock_us)
{
	int64_t lag_us = lag_quantile(stream->to_record, 99);

	for (size_t i = 0; i < stream->hour_count; i++) {
		const struct coverage_hour *hour = &stream->hours[i];

		to->deliveries += hour->fetched;
		to->records += hour->records;
		to->events += hour->events;
		to->duplicates += hour->duplicates;
		to->refused += hour->refused;
		to->lost += hour->lost;
		to->late += hour->late;
	}
	if (lag_us > to->lag_us)
		to->lag_us = lag_us;
	clock_us = clock_us > stream->clock_us ? clock_us : stream->clock_us;
	if (clock_us != EVENT_NO_TIME &&
	    (to->clock_us == EVENT_NO_TIME || clock_us < to->clock_us))
		to->clock_us = clock_us;
}

static void
add_coverage(struct service *s, struct service_view *view)
{
	struct coverage *coverage = hub_coverage(s->hub);
	struct coverage_stream stream;

	hub_lock(s->hub);
	for (size_t i = 0; i < view->source_count; i++) {
		struct service_source *to = &view->sources[i];

		for (size_t k = 0; k < coverage_stream_count(coverage); k++) {
			coverage_stream(coverage, k, &stream);
			if (!strcmp(stream.source, to->name))
				add_stream(to, &stream,
				    hub_told_clock(
				        s->hub, stream.source, stream.stream));
		}
		for (size_t k = 0; k < coverage_gap_count(coverage); k++) {
			const struct gap_seen *gap = coverage_gap(coverage, k);

			to->open_gaps += gap->healed_us == EVENT_NO_TIME &&
			                 !strcmp(gap->gap.source, to->name);
		}
	}
	hub_unlock(s->hub);
}

static void
look_at_outputs(struct service *s, struct service_view *view)
{
	view->outputs = xcalloc(s->outbox_count + 1, sizeof(*view->outputs));
	view->output_count = s->outbox_count;
	for (size_t i = 0; i < s->outbox_count; i++) {
		const struct run_output *output = &s->config->outputs[i];

		view->outputs[i].name = output->name;
		view->outputs[i].kind = output->output.kind->name;
		outbox_stats(s->outboxes[i], &view->outputs[i].stats);
	}
}

static void
look_at_ledger(struct service *s, struct service_view *view)
{
	char *path = dir_path(s->config->ledger, "checkpoint");
	struct stat st;

	view->checkpoint_us = EVENT_NO_TIME;
	if (!stat(path, &st))
		view->checkpoint_us = (int64_t)st.st_mtim.tv_sec * SECOND_US +
		                      st.st_mtim.tv_nsec / 1000;
	free(path);
	run_upkeep_witnesses(s->upkeep, &view->witnesses);
}

static void
look(struct service *s, struct service_view *view)
{
	*view = (struct service_view){.ledger = s->config->ledger,
	    .origin = s->origin,
	    .started_us = s->started_us,
	    .now_us = time_now_us(),
	    .disk_min = (uint64_t)s->config->disk_min,
	    .source_count = s->thread_count};
	run_counts(s->run, &view->counts);
	view->glance_count = run_glances(s->run, view->glances);
	view->case_count = run_followed(s->run, view->cases, &view->case_more);
	pthread_mutex_lock(&s->lock);
	view->disk_free = s->disk_free;
	view->paused = s->paused;
	view->rules = rules_count(s->rules);
	view->rules_refused = rules_refused(s->rules);
	pthread_mutex_unlock(&s->lock);
	view->sources = xcalloc(s->thread_count + 1, sizeof(*view->sources));
	for (size_t i = 0; i < s->thread_count; i++) {
		view->sources[i].name = s->threads[i].configured->name;
		view->sources[i].kind = s->threads[i].configured->kind->name;
		view->sources[i].clock_us = EVENT_NO_TIME;
		view->sources[i].since_us = s->started_us;
	}
	look_at_outputs(s, view);
	look_at_ledger(s, view);
	hub_moods(s->hub, add_mood, view);
	add_coverage(s, view);
}

unsigned
service_health(struct service *s, struct buf *out)
{
	bool paused;

	pthread_mutex_lock(&s->lock);
	paused = s->paused;
	pthread_mutex_unlock(&s->lock);
	buf_str(out, paused ? SERVICE_FULL "\n" : "ok\n");
	return paused ? 503 : 200;
}

void
service_status(struct service *s, struct buf *out)
{
	struct service_view view;

	look(s, &view);
	service_view_json(&view, out);
	free(view.sources);
	free(view.outputs);
}

void
service_metrics(struct service *s, struct buf *out)
{
	struct service_view view;

	look(s, &view);
	service_view_metrics(&view, out);
	free(view.sources);
	free(view.outputs);
}
