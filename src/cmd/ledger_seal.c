#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "cmd/ledger.h"
#include "cmd/sealing.h"

/* Of --follow: so many records, or so many seconds after the last pass. */
#define FOLLOW_RECORDS 50000
#define FOLLOW_SECONDS 600

static volatile sig_atomic_t stopped;

static void
stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* One pass, and what is not needed any more. */
static int
pass(struct seals *seals, const char *dir, uint64_t least,
    struct sealing_done *sum, struct err *err)
{
	struct sealing_done done;

	if (sealing_pass(seals, dir, least, &done, err))
		return -1;
	sum->sealed += done.sealed;
	sum->merged += done.merged;
	return sealing_sweep(seals, err);
}

/* Until we are stopped; what is begun is ended. */
static int
follow(struct seals *seals, const char *dir, struct sealing_done *sum,
    struct err *err)
{
	const struct timespec second = {.tv_sec = 1};
	const struct sigaction action = {.sa_handler = stop};
	unsigned waited = 0;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	while (!stopped) {
		struct segment next;
		uint64_t count;

		if (seals_next(seals, FOLLOW_RECORDS, &next, err))
			return -1;
		count = next.end - next.first;
		if (count == FOLLOW_RECORDS ||
		    (count && waited >= FOLLOW_SECONDS)) {
			if (pass(seals, dir, FOLLOW_RECORDS, sum, err))
				return -1;
			waited = 0;
		} else {
			nanosleep(&second, NULL);
			waited++;
		}
	}
	return 0;
}

int
ledger_seal(const struct ledger_args *args, struct err *err)
{
	const char *dir = args->words[0];
	const struct manifest *manifest;
	struct sealing_done done = {0};
	struct seals *seals = NULL;
	int status = seals_open(&seals, dir, err);

	if (!status)
		status = pass(seals, dir, 1, &done, err);
	if (!status && args->follow)
		status = follow(seals, dir, &done, err);
	if (!status) {
		manifest = seals_manifest(seals);
		printf("%12ju  records sealed now\n", (uintmax_t)done.sealed);
		if (done.merged)
			printf("%12zu  segments put together\n", done.merged);
		printf("%12ju  records in %zu segments\n",
		    (uintmax_t)manifest_end(manifest), manifest->count);
	}
	seals_close(seals);
	if (!status)
		return 0;
	return err->code == ERR_CORRUPT ? 1 : 2;
}
