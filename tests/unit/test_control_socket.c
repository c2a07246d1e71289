/* The socket in a ledger's folder: whose it is, and where it may lie. */
#include "ledger/control_socket.h"

#include <sys/wait.h>

#include "control_case.h"

static void
the_socket_is_for_its_owner_alone(void **state)
{
	struct fixture f;
	struct stat st;
	char path[400];
	int status;
	pid_t child;

	(void)state;
	umask(0);
	begin(&f);
	umask(022);
	snprintf(path, sizeof(path), "%s/control", f.c.dir);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	if (geteuid() != 0) {
		print_message("skip: only root can be somebody else\n");
		end(&f);
		skip();
	}
	/* Where others can reach it all the same, who they are is asked. */
	case_shell(&f.c, "chmod 711 . ledger && chmod 666 ledger/control");
	child = fork();
	if (!child) {
		char room[16];
		bool there;
		int fd;

		if (setuid(65534) ||
		    control_connect(f.c.dir, 1000, &fd, &there, NULL) || !there)
			_exit(1);
		send(fd, greeting.ptr, greeting.len, MSG_NOSIGNAL);
		_exit(recv(fd, room, sizeof(room), 0) > 0 ? 2 : 0);
	}
	while (waitpid(child, &status, WNOHANG) == 0)
		serve(&f);
	assert_int_equal(status, 0);
	end(&f);
}

static void
one_that_was_left_behind_is_replaced(void **state)
{
	struct fixture f;
	struct control *second;
	struct err err = {0};
	bool there;
	int fd;

	(void)state;
	begin(&f);
	/* As after kill -9: the name is there, and nobody listens. */
	case_shell(&f.c, "ln ledger/control left");
	control_close(f.control);
	case_shell(&f.c, "! test -e ledger/control && mv left ledger/control");
	assert_int_equal(control_connect(f.c.dir, 1000, &fd, &there, &err), 0);
	assert_false(there);
	if (control_open(&second, f.c.dir, f.ledger, &err))
		fail_msg("%s", err.msg);
	f.control = second;
	close(dial_and_greet(&f));
	end(&f);
}

static void
a_path_may_be_long(void **state)
{
	struct fixture f;
	struct err err = {0};
	char *at;

	(void)state;
	begin(&f);
	control_close(f.control);
	case_shell(&f.c, "mv ledger $(printf x%.0s $(seq 150))");
	at = f.c.dir + strlen(f.c.root) + 1;
	memset(at, 'x', 150);
	at[150] = '\0';
	if (control_open(&f.control, f.c.dir, f.ledger, &err))
		fail_msg("%s", err.msg);
	close(dial_and_greet(&f));
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_socket_is_for_its_owner_alone),
	    cmocka_unit_test(one_that_was_left_behind_is_replaced),
	    cmocka_unit_test(a_path_may_be_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
