#include "base/confine.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define INSIDE "inside"

/* What is tried; true if the kernel let it happen. */
static bool
reads_inside(void)
{
	return open(INSIDE "/file", O_RDONLY) >= 0;
}

static bool
reads_outside(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool
writes_inside(void)
{
	return open(INSIDE "/file", O_WRONLY) >= 0;
}

static bool
makes_inside(void)
{
	return open(INSIDE "/new", O_WRONLY | O_CREAT, 0600) >= 0;
}

static bool
makes_outside(void)
{
	return open("new", O_WRONLY | O_CREAT, 0600) >= 0;
}

static bool
removes(void)
{
	return !unlink(INSIDE "/file");
}

static bool
renames(void)
{
	return !rename(INSIDE "/file", INSIDE "/other");
}

static bool
makes_folder(void)
{
	return !mkdir(INSIDE "/folder", 0700);
}

static bool
links(void)
{
	return !symlink("/etc/passwd", INSIDE "/link");
}

static void *
make_inside(void *made)
{
	*(bool *)made = makes_inside();
	return NULL;
}

static bool
makes_in_a_thread(void)
{
	bool made = true;
	pthread_t thread;

	if (!pthread_create(&thread, NULL, make_inside, &made))
		pthread_join(thread, NULL);
	return made;
}

static bool
runs(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return false;
}

/* In a process of its own; 77: the kernel cannot confine. */
static int
try(bool (*what)(void))
{
	struct err err = {0};
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		if (confine(INSIDE, 60, &err))
			_exit(77);
		_exit(what() ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
leaves_reading_in_one_folder(void **state)
{
	static const struct {
		bool (*what)(void);
		bool may;
	} cases[] = {
	    {reads_inside, true},
	    {reads_outside, false},
	    {writes_inside, false},
	    {makes_inside, false},
	    {makes_outside, false},
	    {makes_in_a_thread, false},
	    {removes, false},
	    {renames, false},
	    {makes_folder, false},
	    {links, false},
	    {runs, false},
	};
	const char *tmp = getenv("TMPDIR");
	int fd;

	(void)state;
	assert_int_equal(chdir(tmp ? tmp : "/tmp"), 0);
	mkdir(INSIDE, 0700);
	fd = open(INSIDE "/file", O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = try(cases[i].what);

		if (status == 77)
			skip(); /* no Landlock in this kernel */
		if (status != (cases[i].may ? 0 : 1))
			fail_msg("case %zu: %d", i, status);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leaves_reading_in_one_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
