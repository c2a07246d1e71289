#ifndef FAULT_H
#define FAULT_H

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

/*
 * fault - lets the n-th call fail that opens or changes something on disk.
 *
 * fault_calls.h defines those calls: for one test program.
 */
enum fault_kind {
	FAULT_NONE,
	FAULT_EIO,   /* the call fails */
	FAULT_SHORT, /* a write takes only a part */
	FAULT_FULL,  /* so it does, and from then on there is no space */
	FAULT_CRASH, /* so it does, and the process is gone */
};

static struct {
	enum fault_kind kind;
	int at, count;
} fault;

static inline void
fault_arm(enum fault_kind kind, int at)
{
	fault.kind = kind;
	fault.at = at;
	fault.count = 0;
}

/* Nothing fails any more.  Returns whether the n-th call had come. */
static inline bool
fault_disarm(void)
{
	fault.kind = FAULT_NONE;
	return fault.count >= fault.at;
}

enum fault_answer { LET, PART, FAIL };

/* What becomes of this call: of FAIL errno says why. */
static enum fault_answer
fault_ask(bool writes)
{
	bool now = fault.kind != FAULT_NONE && ++fault.count == fault.at;

	if (now && fault.kind == FAULT_CRASH && !writes)
		_exit(77);
	if (now && fault.kind != FAULT_EIO && writes)
		return PART;
	if (now && fault.kind == FAULT_EIO) {
		errno = EIO;
		return FAIL;
	}
	if (fault.kind == FAULT_FULL && fault.count >= fault.at) {
		errno = ENOSPC;
		return FAIL;
	}
	return LET;
}

static ssize_t
fault_written(enum fault_answer answer, ssize_t n)
{
	if (answer == PART && fault.kind == FAULT_CRASH)
		_exit(77);
	return n;
}

#endif
