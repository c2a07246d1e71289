#include "cmd/run_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"

#define LOOK_MS  100
#define GRACE_MS 10000
#define AGAIN_MS 5000 /* before it is started again */

struct run_seal {
	pid_t pid;
	int pipe; /* closing it is the order to end */
};

/* --- the process that looks after it --- */

/* In its child: it dies with its parent, and says only what goes wrong. */
static void
become(char *dir)
{
	char firn[] = "firn", ledger[] = "ledger", seal[] = "seal";
	char how[] = "--follow";
	char *args[] = {firn, ledger, seal, dir, how, NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
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
look_after(char *dir, int pipe)
{
	for (;;) {
		pid_t pid = fork();
		bool over = false;

		if (!pid)
			become(dir);
		while (pid > 0 && !over) {
			if (waitpid(pid, NULL, WNOHANG) != 0)
				break;
			over = is_over(pipe, LOOK_MS);
		}
		if (over)
			end(pid);
		if (over || is_over(pipe, AGAIN_MS))
			return;
	}
}

/* --- ours --- */

int
run_seal_start(struct run_seal **out, const char *dir, struct err *err)
{
	char *copy = xstrdup(dir);
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC)) {
		free(copy);
		return err_sys(err, "cannot make a pipe");
	}
	pid = fork();
	if (!pid) {
		/* Ctrl-C is for our parent, who ends us. */
		setpgid(0, 0);
		close(ends[1]);
		look_after(copy, ends[0]);
		_exit(0);
	}
	free(copy);
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return err_sys(err, "cannot start a process that seals");
	}
	*out = xcalloc(1, sizeof(**out));
	(*out)->pid = pid;
	(*out)->pipe = ends[1];
	return 0;
}

void
run_seal_stop(struct run_seal *seal)
{
	if (!seal)
		return;
	close(seal->pipe);
	while (waitpid(seal->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	free(seal);
}
