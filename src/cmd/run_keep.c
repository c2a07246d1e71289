#include "cmd/run_keep.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"

#define LOOK_MS  100
#define GRACE_MS 10000
#define NICE     10 /* what comes in, and who waits for a verdict, go first */

struct run_keep {
	pid_t pid;
	int pipe; /* closing it is the order to end */
};

/* --- the process that looks after it --- */

/* In its child: it dies with its parent, and says only what goes wrong. */
static void
become(const struct run_keep_how *how)
{
	char *args[RUN_KEEP_ARGS + 2] = {xstrdup("firn")};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < RUN_KEEP_ARGS && how->args[i]; i++)
		args[i + 1] = xstrdup(how->args[i]);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	execv("/proc/self/exe", args);
	_exit(2);
}

/* Whether we are to end, within so long. */
static bool
is_over(int pipe, int ms)
{
	struct pollfd end = {.fd = pipe, .events = POLLIN};

	return poll(&end, 1, ms) > 0;
}

/* Ends it: asks first. */
static void
end(pid_t pid)
{
	kill(pid, SIGTERM);
	for (int ms = 0; ms < GRACE_MS; ms += LOOK_MS) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
		(void)poll(NULL, 0, LOOK_MS);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
look_after(const struct run_keep_how *how, int pipe)
{
	if (is_over(pipe, how->first_ms))
		return;
	for (;;) {
		pid_t pid = fork();
		bool over = false;

		if (!pid)
			become(how);
		while (pid > 0 && !over) {
			if (waitpid(pid, NULL, WNOHANG) != 0)
				break;
			over = is_over(pipe, LOOK_MS);
		}
		if (over)
			end(pid);
		if (over || is_over(pipe, how->again_ms))
			return;
	}
}

/* --- ours --- */

int
run_keep_start(
    struct run_keep **out, const struct run_keep_how *how, struct err *err)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return err_sys(err, "cannot make a pipe");
	pid = fork();
	if (!pid) {
		/* Ctrl-C is for our parent, who ends us. */
		setpgid(0, 0);
		close(ends[1]);
		look_after(how, ends[0]);
		_exit(0);
	}
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return err_sys(err, "cannot start 'firn %s'", how->args[0]);
	}
	*out = xcalloc(1, sizeof(**out));
	(*out)->pid = pid;
	(*out)->pipe = ends[1];
	return 0;
}

void
run_keep_stop(struct run_keep *keep)
{
	if (!keep)
		return;
	close(keep->pipe);
	while (waitpid(keep->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	free(keep);
}
