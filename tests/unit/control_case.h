#ifndef CONTROL_CASE_H
#define CONTROL_CASE_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>

#include "ledger/control.h"
#include "ledger/control_request.h"
#include "ledger/control_socket.h"
#include "ledger_fill.h"

/*
 * control_case - a server behind `control`, and clients in the same thread: for
 * one test program, since it stands before libc's clock.
 */

/* The clock is put forward by so many seconds. */
static time_t later;

/* NOLINTBEGIN(*-parameter-name): libc names them __clock_id. */
int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int (*next)(clockid_t, struct timespec *);
	void *found = dlsym(RTLD_NEXT, "clock_gettime");
	int status;

	memcpy(&next, &found, sizeof(next));
	status = next(clock, now);
	now->tv_sec += later;
	return status;
}
/* NOLINTEND(*-parameter-name) */

struct fixture {
	struct ledger_case c;
	struct ledger *ledger;
	struct control *control;
};

static inline void
begin(struct fixture *f)
{
	struct err err = {0};

	later = 0;
	case_create(&f->c);
	f->ledger = case_open(&f->c, NULL);
	if (control_open(&f->control, f->c.dir, f->ledger, &err))
		fail_msg("%s", err.msg);
}

static inline void
end(struct fixture *f)
{
	control_close(f->control);
	ledger_close(f->ledger);
	case_end(&f->c);
}

/* As long as there is something to do: what was sent has come. */
static inline void
serve(struct fixture *f)
{
	struct err err = {0};

	for (unsigned idle = 0; idle < 3; idle++) {
		if (!control_wait(f->control, 0))
			continue;
		idle = 0;
		if (control_serve(f->control, &err))
			fail_msg("%s", err.msg);
	}
}

static inline int
dial(struct fixture *f)
{
	struct err err = {0};
	bool there;
	int fd;

	if (control_connect(f->c.dir, 1000, &fd, &there, &err))
		fail_msg("%s", err.msg);
	assert_true(there);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static inline void
say(int fd, struct slice bytes)
{
	assert_int_equal(
	    send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL), bytes.len);
}

static const struct slice greeting = {CONTROL_GREETING, CONTROL_GREETING_LEN};

/* What has come for the client; its end, if it was cut off, is -1. */
static inline ssize_t
hear(int fd, struct buf *heard)
{
	ssize_t n;

	buf_clear(heard);
	while ((n = recv(fd, buf_reserve(heard, 4096), 4096, 0)) > 0)
		heard->len += (size_t)n;
	if (n == 0 || errno != EAGAIN)
		return -1;
	return (ssize_t)heard->len;
}

static inline void
expect_cut(int fd)
{
	struct buf heard = {0};

	assert_int_equal(hear(fd, &heard), -1);
	buf_release(&heard);
	close(fd);
}

static inline int
dial_and_greet(struct fixture *f)
{
	struct buf heard = {0};
	int fd = dial(f);

	say(fd, greeting);
	serve(f);
	assert_int_equal(hear(fd, &heard), CONTROL_GREETING_LEN);
	assert_true(slice_eq(buf_slice(&heard), greeting));
	buf_release(&heard);
	return fd;
}

#endif
