#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "../unit/fault_calls.h"

/*
 * fault_library - loaded into a program before libc (LD_PRELOAD), lets the
 * n-th call fail that opens or changes something on disk:
 *
 *	FIRN_FAULT="<program> <kind> <n>"
 *
 * kind is eio, short, full or crash.  Where the call had come, the file that
 * FIRN_FAULT_CAME names is there afterwards.
 *
 * FIRN_FAULT_AHEAD names a file of eight bytes, as this machine has them: so
 * many seconds is the time ahead, from whenever they are written on.
 */
static const char *const kinds[] = {"none", "eio", "short", "full", "crash"};

static const volatile int64_t *ahead;

static void
look_ahead(void)
{
	const char *path = getenv("FIRN_FAULT_AHEAD");
	FILE *file = path ? fopen(path, "re") : NULL;
	void *at;

	if (!file)
		return;
	at = mmap(NULL, sizeof(*ahead), PROT_READ, MAP_SHARED, fileno(file), 0);
	if (at != MAP_FAILED)
		ahead = at;
	fclose(file);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int status = (int)syscall(SYS_clock_gettime, clock, now);

	if (!status && ahead && clock == CLOCK_REALTIME)
		now->tv_sec += *ahead;
	return status;
}

__attribute__((constructor)) static void
arm(void)
{
	const char *said = getenv("FIRN_FAULT");
	char program[64], kind[16];
	int at;

	look_ahead();
	if (!said || sscanf(said, "%63s %15s %d", program, kind, &at) != 3 ||
	    strcmp(program, program_invocation_short_name) != 0)
		return;
	for (size_t i = 1; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kind, kinds[i]))
			fault_arm((enum fault_kind)i, at);
}

/* A crash ends the program without this: its exit code says so. */
__attribute__((destructor)) static void
tell(void)
{
	const char *path = getenv("FIRN_FAULT_CAME");
	enum fault_kind kind = fault.kind;

	if (kind != FAULT_NONE && fault_disarm() && path)
		fclose(fopen(path, "we"));
}
