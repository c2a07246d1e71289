#include "cmd/damage_serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/time.h"
#include "base/whole.h"
#include "cmd/damage_follow.h"

#define ANSWER_MAX (256u << 20)
#define MISSED_MAX (1u << 20) /* bytes of it */
#define WAIT_MS    1000
/* Of a firn-query, which has twice as much: one request needs the other half.
 */
#define CPU_SECONDS 600
#define IDLE_MS     (10 * 60 * 1000) /* then it is ended */
/* The coverage is brought up to date so often, if that takes so long at most.
 */
#define KEEP_US   (INT64_C(5) * 1000000)
#define KEEP_MOST (INT64_C(10) * 1000000)
/* The exit code of who answered, and has spoiled the firn-query. */
#define SPOILED 2

struct serve {
	const char *dir;
	int64_t within_us;
	int owner; /* the socket */
	struct damage_kept kept;
	int64_t kept_us; /* when the coverage was brought up to date */
};

/* --- one request --- */

/*
 * In its child: gives the length of the answer, in eight bytes, the answer, and
 * as many for each record that was missed.
 */
static void
work(struct serve *serve, struct slice request, int to)
{
	struct damage_kept *kept = &serve->kept;
	unsigned char number[8];
	struct buf out = {0}, missed = {0};
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	kept->query.lent = true;
	status = damage_follow_answer(serve->dir, request, kept, &out);
	for (uint64_t i = kept->missed.first;
	     missed.len < MISSED_MAX && set_next(&kept->missed, &i); i++) {
		put_le(number, sizeof(number), i);
		buf_add(&missed, number, sizeof(number));
	}
	put_le(number, sizeof(number), out.len);
	if (!whole_send(to, number, sizeof(number)) ||
	    !whole_send(to, out.ptr, out.len) ||
	    !whole_send(to, missed.ptr, missed.len))
		_exit(1);
	_exit(status || !kept->query.pid ? SPOILED : 0);
}

/* Leaves the answer of it; false: it is none. */
static bool
take_apart(struct serve *serve, struct buf *out)
{
	const unsigned char *bytes = (const unsigned char *)out->ptr;
	uint64_t n = out->len < 8 ? UINT64_MAX : get_u64(bytes);

	if (out->len < 8 || n > out->len - 8)
		return false;
	for (size_t at = 8 + (size_t)n; out->len - at >= 8; at += 8)
		(void)set_add(&serve->kept.missed, get_u64(bytes + at));
	memmove(out->ptr, out->ptr + 8, (size_t)n);
	out->len = (size_t)n;
	return true;
}

/* 1 if the answer goes on, 0 at its end, -1 if there is to be no more. */
static int
listen_to(int from, int owner, int64_t until_us, struct buf *out)
{
	struct pollfd fds[] = {
	    {.fd = from, .events = POLLIN}, {.fd = owner, .events = POLLIN}};
	ssize_t got;

	if (time_mono_us() > until_us || out->len > ANSWER_MAX)
		return -1;
	if (poll(fds, 2, WAIT_MS) <= 0)
		return 1;
	/* A further request, or the end: this answer is not wanted. */
	if (fds[1].revents)
		return -1;
	got = read(from, buf_reserve(out, 65536), 65536);
	if (got > 0)
		out->len += (size_t)got;
	return got > 0 || (got < 0 && errno == EINTR) ? 1 : 0;
}

/* What is not there is begun by the request itself, and ended. */
static void
lend(struct serve *serve)
{
	struct child_session *query = &serve->kept.query;
	const char *argv[] = {"firn-query", serve->dir, "session", NULL};

	if (query->pid && !child_is_fresh(query, CPU_SECONDS))
		child_kill(query);
	if (!query->pid)
		(void)child_open(query, argv, NULL);
}

/*
 * After an answer, so that nobody waits for it; whoever assesses did the same
 * among other things.
 */
static void
keep_up(struct serve *serve, struct slice request, int64_t took_us)
{
	struct err err = {0};

	if (!damage_follow_assesses(request) || took_us > KEEP_MOST ||
	    time_mono_us() - serve->kept_us < KEEP_US) {
		set_release(&serve->kept.missed);
		return;
	}
	if (damage_keep(serve->dir, &serve->kept, &err))
		child_kill(&serve->kept.query);
	serve->kept_us = time_mono_us();
}

/* False: the firn-query is not to be asked again. */
static bool
answer(struct serve *serve, struct slice request, struct buf *out)
{
	int64_t until_us = time_mono_us() + serve->within_us;
	int ends[2], status = -1, more;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		damage_follow_error(out, "cannot make a socket");
		return true;
	}
	pid = fork();
	if (!pid) {
		close(ends[0]);
		work(serve, request, ends[1]);
	}
	close(ends[1]);
	while ((more = listen_to(ends[0], serve->owner, until_us, out)) > 0)
		;
	close(ends[0]);
	if (pid > 0 && more < 0)
		kill(pid, SIGKILL);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (more < 0)
		damage_follow_error(out, "it takes too long");
	else if (!WIFEXITED(status) ||
	         (WEXITSTATUS(status) && WEXITSTATUS(status) != SPOILED) ||
	         !take_apart(serve, out))
		damage_follow_error(out, "it failed");
	return more == 0 && status == 0;
}

/* --- request after request --- */

/* False: there is no answer to give to anybody. */
static bool
serve_request(struct serve *serve, uint32_t number, struct slice request)
{
	int64_t began_us = time_mono_us();
	unsigned char head[DAMAGE_HEAD];
	struct buf out = {0};
	bool well, ok;

	lend(serve);
	well = answer(serve, request, &out);
	put_le(head, 4, number);
	put_le(head + 4, 4, out.len);
	ok = whole_send(serve->owner, head, sizeof(head)) &&
	     whole_send(serve->owner, out.ptr, out.len);
	buf_release(&out);
	if (!well)
		child_kill(&serve->kept.query);
	else if (ok)
		keep_up(serve, request, time_mono_us() - began_us);
	return ok;
}

/* False: no more. */
static bool
serve_next(struct serve *serve)
{
	struct pollfd come = {.fd = serve->owner, .events = POLLIN};
	unsigned char head[DAMAGE_HEAD];
	struct buf request = {0};
	bool ok = false;
	uint32_t n;

	if (poll(&come, 1, IDLE_MS) == 0)
		child_kill(&serve->kept.query);
	if (!whole_read(serve->owner, head, sizeof(head)))
		return false;
	n = get_u32(head + 4);
	if (n > DAMAGE_REQUEST_MAX)
		return false;
	if (whole_read(serve->owner, buf_reserve(&request, n), n))
		ok = serve_request(
		    serve, get_u32(head), slice_of(request.ptr, n));
	buf_release(&request);
	return ok;
}

void
damage_serve(const char *dir, int64_t within_us, int fd)
{
	struct serve serve = {.dir = dir,
	    .within_us = within_us,
	    .owner = fd,
	    .kept = {.recall = recall_new()}};

	while (serve_next(&serve))
		;
	child_kill(&serve.kept.query);
	coverage_free(serve.kept.coverage);
	recall_free(serve.kept.recall);
	set_release(&serve.kept.missed);
}
