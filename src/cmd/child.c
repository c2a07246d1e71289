#include "cmd/child.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/whole.h"
#include "geo/geo.h"

#define ARGS_MAX  7
#define PATH_ROOM ((size_t)2 * PATH_MAX)

static int
find(const char *name, char path[PATH_ROOM], struct err *err)
{
	static const char *const places[] = {"lib", "../lib"};
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return err_sys(err, "cannot find the folder of firn");
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(
		    path, PATH_ROOM, "%s/%s/firn/%s", self, places[i], name);
		if (!access(path, X_OK))
			return 0;
	}
	return err_set(err, ERR_SYSTEM,
	    "'%s' is not installed: it belongs in lib/firn beside firn", name);
}

/* A file in memory: whoever does not read it breaks no pipe. */
static int
memory_file(struct slice bytes, struct err *err)
{
	int fd = memfd_create("firn", MFD_CLOEXEC);

	if (fd < 0 ||
	    (bytes.len &&
	        write(fd, bytes.ptr, bytes.len) != (ssize_t)bytes.len) ||
	    lseek(fd, 0, SEEK_SET)) {
		err_sys(err, "cannot make a file in memory");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static int
read_output(int fd, struct buf *output, struct err *err)
{
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET))
		return err_sys(err, "cannot read what a child wrote");
	while ((n = read(fd, buf_reserve(output, 4096), 4096)) > 0)
		output->len += (size_t)n;
	return n < 0 ? err_sys(err, "cannot read what a child wrote") : 0;
}

/* It lies elsewhere, and would not find what lies beside us. */
static void
tell_geo(void)
{
	char *geo = geo_shipped();

	if (geo)
		setenv("FIRN_GEO", geo, 1);
	free(geo);
}

static int
wait_for(pid_t pid, const char *name, struct err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, "cannot wait for '%s'", name);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (WTERMSIG(status) == SIGXCPU)
		return err_set(err, ERR_LIMIT,
		    "stopped: it took more processor time than is allowed");
	return err_set(err, ERR_SYSTEM, "'%s' was ended by signal %d", name,
	    WTERMSIG(status));
}

static int
start(const char *const argv[], int in, int out, pid_t *pid, struct err *err)
{
	char *args[ARGS_MAX + 1];
	posix_spawn_file_actions_t actions;
	char path[PATH_ROOM];
	int why;

	if (find(argv[0], path, err))
		return -1;
	/* posix_spawn() wants pointers that it could write to; it does not. */
	for (size_t n = 0; n == 0 || argv[n - 1]; n++) {
		assert(n <= ARGS_MAX);
		memcpy(&args[n], &argv[n], sizeof(args[n]));
	}
	tell_geo();
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	why = posix_spawn(pid, path, &actions, NULL, args, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (!why)
		return 0;
	errno = why;
	return err_sys(err, "cannot start '%s'", path);
}

int
child_run(const char *const argv[], struct slice input, struct buf *output,
    struct err *err)
{
	int in = -1, out = -1, code = -1;
	pid_t pid;

	in = memory_file(input, err);
	if (in < 0)
		return -1;
	if (output) {
		out = memory_file(SLICE(""), err);
		if (out < 0)
			goto done;
	}
	if (start(argv, in, out, &pid, err))
		goto done;
	code = wait_for(pid, argv[0], err);
	if (output && code >= 0 && read_output(out, output, err))
		code = -1;
done:
	close(in);
	if (out >= 0)
		close(out);
	return code;
}

/* --- question after question --- */

int
child_open(
    struct child_session *session, const char *const argv[], struct err *err)
{
	int fds[2], status;

	*session = (struct child_session){0};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return err_sys(err, "cannot make a socket");
	status = start(argv, fds[1], fds[1], &session->pid, err);
	close(fds[1]);
	if (status)
		close(fds[0]);
	else
		session->fd = fds[0];
	return status;
}

/* It ended before it answered; says why. */
static int
say_ended(struct child_session *session, struct err *err)
{
	close(session->fd);
	if (session->lent || wait_for(session->pid, "a child", err) >= 0)
		err_set(err, ERR_SYSTEM, "a child ended without an answer");
	*session = (struct child_session){0};
	return -1;
}

/* Up to the second NUL; *end is where the first one is. */
static bool
hear(int fd, struct buf *out, size_t *end)
{
	size_t seen = out->len;
	unsigned nuls = 0;
	ssize_t n;

	while (nuls < 2) {
		n = read(fd, buf_reserve(out, 65536), 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		out->len += (size_t)n;
		for (; seen < out->len; seen++)
			if (!out->ptr[seen] && !nuls++)
				*end = seen;
	}
	return true;
}

int
child_ask(struct child_session *session, struct slice question,
    struct buf *answer, struct err *err)
{
	unsigned char head[4];
	size_t end = 0;

	put_le(head, sizeof(head), question.len);
	if (!whole_send(session->fd, head, sizeof(head)) ||
	    !whole_send(session->fd, question.ptr, question.len) ||
	    !hear(session->fd, answer, &end))
		return say_ended(session, err);
	if (end + 2 < answer->len)
		err_set(err, ERR_SYSTEM, "%s", answer->ptr + end + 1);
	answer->len = end;
	return err->code ? -1 : 0;
}

void
child_close(struct child_session *session)
{
	struct err err = {0};

	if (!session->pid)
		return;
	close(session->fd);
	wait_for(session->pid, "a child", &err);
	*session = (struct child_session){0};
}

bool
child_is_fresh(const struct child_session *session, unsigned cpu_seconds)
{
	struct pollfd fd = {.fd = session->fd, .events = POLLIN};
	struct timespec used;
	clockid_t clock;

	return poll(&fd, 1, 0) == 0 &&
	       !clock_getcpuclockid(session->pid, &clock) &&
	       !clock_gettime(clock, &used) &&
	       used.tv_sec < (time_t)cpu_seconds;
}

void
child_kill(struct child_session *session)
{
	if (session->pid)
		kill(session->pid, SIGKILL);
	child_close(session);
}

int
child_query(
    const char *dir, const char *format, struct slice plan, struct err *err)
{
	const char *argv[] = {"firn-query", dir, format, NULL};

	return child_run(argv, plan, NULL, err);
}
