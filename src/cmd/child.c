#include "cmd/child.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "geo/geo.h"

#define PATH_ROOM (2 * PATH_MAX)

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
input_file(struct slice input, struct err *err)
{
	int fd = memfd_create("firn-input", MFD_CLOEXEC);

	if (fd < 0 || write(fd, input.ptr, input.len) != (ssize_t)input.len ||
	    lseek(fd, 0, SEEK_SET)) {
		err_sys(err, "cannot hand over the query");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
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

int
child_run(char *const argv[], struct slice input, struct err *err)
{
	posix_spawn_file_actions_t actions;
	char path[PATH_ROOM];
	int fd, why;
	pid_t pid;

	if (find(argv[0], path, err))
		return -1;
	fd = input_file(input, err);
	if (fd < 0)
		return -1;
	tell_geo();
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	why = posix_spawn(&pid, path, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fd);
	if (why) {
		errno = why;
		return err_sys(err, "cannot start '%s'", path);
	}
	return wait_for(pid, argv[0], err);
}

int
child_query(
    const char *dir, const char *format, struct slice sql, struct err *err)
{
	char *argv[] = {(char *)(uintptr_t) "firn-query",
	    (char *)(uintptr_t)dir, (char *)(uintptr_t)format, NULL};

	return child_run(argv, sql, err);
}
