#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/fault_calls.h"

/*
 * fault_library - loaded into a program before libc (LD_PRELOAD), lets the
 * n-th call fail that opens or changes something on disk:
 *
 *	FIRN_FAULT="<program> <kind> <n>"
 *
 * kind is eio, short, full or crash.  Where the call had come, the file that
 * FIRN_FAULT_CAME names is there afterwards.
 */
static const char *const kinds[] = {"none", "eio", "short", "full", "crash"};

__attribute__((constructor)) static void
arm(void)
{
	const char *said = getenv("FIRN_FAULT");
	char program[64], kind[16];
	int at;

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
