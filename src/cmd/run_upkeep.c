#include "cmd/run_upkeep.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "cmd/check_m365.h"
#include "cmd/ledger_cosign.h"
#include "ledger/cosign_kept.h"
#include "ledger/dir.h"
#include "ledger/view.h"
#include "json/build.h"

#define SECOND_US  ((int64_t)1000000)
#define COSIGN_US  (60 * SECOND_US)
#define FIRST_US   (60 * SECOND_US) /* until the first check */
#define CHECK_US   (INT64_C(24) * 3600 * SECOND_US)
#define LOOK_US    (SECOND_US)
#define CHECK_FILE "check"
#define CHECK_MAX  (1u << 20)

struct run_upkeep {
	const struct run_config *config;
	struct hub *hub;
	pthread_t thread;
	pthread_mutex_t lock;
	struct run_witnesses witnesses;
};

/* --- witnesses --- */

static void
judge(struct cosigned *cosigned, const char *dir)
{
	struct view *view = NULL;
	const struct key *keys;
	struct err err = {0};
	size_t count;

	if (view_open(&view, dir, &err))
		return;
	keys = view_keys(view, &count);
	if (cosigned_judge(cosigned, dir, view_origin(view), keys, count, &err))
		fprintf(stderr, "firn: %s\n", err.msg);
	view_close(view);
}

static void
ask_witnesses(struct run_upkeep *upkeep)
{
	const char *dir = upkeep->config->ledger;
	struct run_witnesses found = {.time_us = EVENT_NO_TIME};
	struct cosigned cosigned = {0};
	struct err err;

	if (!cosigned_read(&cosigned, dir, &err) && cosigned.policed) {
		ledger_cosign_kept(dir);
		cosigned_release(&cosigned);
		cosigned = (struct cosigned){0};
		if (!cosigned_read(&cosigned, dir, &err))
			judge(&cosigned, dir);
		found.policed = true;
		found.enough = cosigned.enough;
		found.count = cosigned.count;
		found.witnesses = cosigned.witnesses;
		if (cosigned.time)
			found.time_us = (int64_t)cosigned.time * SECOND_US;
	}
	cosigned_release(&cosigned);
	pthread_mutex_lock(&upkeep->lock);
	upkeep->witnesses = found;
	pthread_mutex_unlock(&upkeep->lock);
}

void
run_upkeep_witnesses(struct run_upkeep *upkeep, struct run_witnesses *witnesses)
{
	*witnesses = (struct run_witnesses){.time_us = EVENT_NO_TIME};
	if (!upkeep)
		return;
	pthread_mutex_lock(&upkeep->lock);
	*witnesses = upkeep->witnesses;
	pthread_mutex_unlock(&upkeep->lock);
}

/* --- what the tenants give --- */

static void
write_answers(const struct check_answers *answers, struct buf *out)
{
	static const char *const states[] = {[CHECK_GOOD] = "good",
	    [CHECK_MISSING] = "missing",
	    [CHECK_UNKNOWN] = "unknown"};
	size_t object = json_open(out, NULL, '{');
	size_t list = json_open(out, "answers", '[');

	for (size_t i = 0; i < answers->count; i++) {
		const struct check_answer *answer = &answers->list[i];
		size_t mark = json_open(out, NULL, '{');

		json_cstr(out, "source", answer->source);
		json_cstr(out, "what", answer->what);
		json_cstr(out, "state", states[answer->state]);
		json_close(out, mark);
	}
	json_close(out, list);
	json_close(out, object);
}

/* Whether it is what was found the last time. */
static bool
is_known(const char *path, struct slice text)
{
	FILE *file = fopen(path, "re");
	char *was = xmalloc(CHECK_MAX);
	size_t n = file ? fread(was, 1, CHECK_MAX, file) : 0;
	bool known = slice_eq(slice_of(was, n), text);

	if (file)
		(void)fclose(file);
	free(was);
	return known;
}

static void
check_tenants(struct run_upkeep *upkeep)
{
	const struct run_config *config = upkeep->config;
	struct check_answers answers = {0};
	char *path = dir_path(config->ledger, CHECK_FILE);
	struct buf text = {0};
	struct err err;

	for (size_t i = 0;
	     i < config->source_count && !hub_stopping(upkeep->hub); i++)
		check_m365(&config->sources[i], &answers);
	write_answers(&answers, &text);
	if (text.len && !hub_stopping(upkeep->hub) &&
	    !is_known(path, buf_slice(&text))) {
		hub_note(upkeep->hub, "check", buf_slice(&text));
		if (dir_replace(
		        config->ledger, CHECK_FILE, buf_slice(&text), &err))
			fprintf(stderr, "firn: %s\n", err.msg);
	}
	check_answers_release(&answers);
	buf_release(&text);
	free(path);
}

/* --- the thread --- */

static void *
follow(void *arg)
{
	struct run_upkeep *upkeep = arg;
	int64_t cosign_us = time_mono_us();
	int64_t check_us = cosign_us + FIRST_US;

	do {
		int64_t now_us = time_mono_us();

		if (now_us >= cosign_us) {
			ask_witnesses(upkeep);
			cosign_us = now_us + COSIGN_US;
		}
		if (now_us >= check_us) {
			check_tenants(upkeep);
			check_us = now_us + CHECK_US;
		}
	} while (hub_sleep(upkeep->hub, LOOK_US));
	return NULL;
}

struct run_upkeep *
run_upkeep_start(const struct run_config *config, struct hub *hub)
{
	struct run_upkeep *upkeep = xcalloc(1, sizeof(*upkeep));

	upkeep->config = config;
	upkeep->hub = hub;
	upkeep->witnesses.time_us = EVENT_NO_TIME;
	pthread_mutex_init(&upkeep->lock, NULL);
	if (!pthread_create(&upkeep->thread, NULL, follow, upkeep))
		return upkeep;
	fprintf(stderr, "firn: cannot start a thread: no witness is asked\n");
	pthread_mutex_destroy(&upkeep->lock);
	free(upkeep);
	return NULL;
}

void
run_upkeep_stop(struct run_upkeep *upkeep)
{
	if (!upkeep)
		return;
	pthread_join(upkeep->thread, NULL);
	pthread_mutex_destroy(&upkeep->lock);
	free(upkeep);
}
