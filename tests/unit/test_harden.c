#include "base/harden.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void *
start_program(void *arg)
{
	char name[] = "/bin/true";
	char *args[] = {name, NULL};

	*(bool *)arg = execv(name, args) == -1 && errno == EPERM;
	return NULL;
}

/* A bit for each thing that is not as it should be. */
static int
look(void)
{
	const struct timespec time = {.tv_sec = 1000000000};
	pthread_t thread;
	bool refused = false;
	int bad = 0, fd;

	if (harden(NULL))
		return 1;
	if (pthread_create(&thread, NULL, start_program, &refused))
		return 2;
	pthread_join(thread, NULL);
	bad |= refused ? 0 : 4;
	bad |= setuid(0) == -1 && errno == EPERM ? 0 : 8;
	bad |=
	    mount("a", "/tmp", "tmpfs", 0, "") == -1 && errno == EPERM ? 0 : 16;
	bad |= clock_settime(CLOCK_REALTIME, &time) == -1 && errno == EPERM
	           ? 0
	           : 32;
	/* What a service needs goes on. */
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	bad |= fd >= 0 && write(fd, "x", 1) == 1 ? 0 : 64;
	return bad;
}

static void
test_a_service_cannot_start_programs(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(look());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_service_cannot_start_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
