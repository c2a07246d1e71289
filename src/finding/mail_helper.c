#include "finding/mail_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/whole.h"

#define COMMAND_MS 120000
#define WAIT_MS    200
#define SAID_MAX   300

/*
 * A request is the number of the command and the length of the message, which
 * follows.  An answer is the status and the length of what was said, which
 * follows.  Numbers have four bytes.
 */
#define HEAD 8

struct mail_helper {
	const struct config_texts *commands;
	size_t count;
	int fd;
	pid_t pid;
	pthread_mutex_t lock;
	bool busy; /* the last request is not answered yet */
};

/* --- the helper's process --- */

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct command {
	pid_t pid;
	int in, out; /* our ends of its input and its standard error */
};

/* In a process group of its own; 0, or 127. */
static int
start(struct command *command, const char *const *list)
{
	union {
		const char *const *mine;
		char *const *posix;
	} argv = {.mine = list};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t all;
	int in[2], out[2], status;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return 127;
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 2);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(
	    &attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigdefault(&attr, &all);
	status = posix_spawn(
	    &command->pid, list[0], &actions, &attr, argv.posix, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	close(in[0]);
	close(out[1]);
	command->in = in[1];
	command->out = out[0];
	fcntl(command->in, F_SETFL, O_NONBLOCK);
	return status ? 127 : 0;
}

static void
give(struct command *command, struct slice *rest)
{
	ssize_t got = write(command->in, rest->ptr, rest->len);

	if (got > 0)
		*rest = slice_skip(*rest, (size_t)got);
	/* Who does not read all of it says what he thinks of it by status. */
	if (!rest->len || (got < 0 && errno != EAGAIN && errno != EINTR)) {
		close(command->in);
		command->in = -1;
	}
}

/* Until it ends its output; false if it takes too long. */
static bool
talk(struct command *command, struct slice message, struct buf *said)
{
	int64_t deadline = now_ms() + COMMAND_MS;
	char room[1024];

	for (;;) {
		struct pollfd fds[] = {{.fd = command->out, .events = POLLIN},
		    {.fd = command->in, .events = POLLOUT}};
		int64_t left = deadline - now_ms();
		ssize_t got;

		if (left <= 0)
			return false;
		if (poll(fds, 2, (int)left) <= 0)
			continue;
		if (fds[1].revents)
			give(command, &message);
		if (!fds[0].revents)
			continue;
		got = read(command->out, room, sizeof(room));
		if (got == 0 || (got < 0 && errno != EINTR))
			return true;
		if (got > 0 && said->len < SAID_MAX)
			buf_add(said, room, (size_t)got);
	}
}

static int
run(const struct config_texts *texts, struct slice message, struct buf *said)
{
	struct command command = {.in = -1, .out = -1};
	int status = start(&command, texts->list);
	bool in_time = true;

	if (status)
		return status;
	in_time = talk(&command, message, said);
	if (!in_time)
		kill(-command.pid, SIGKILL);
	if (command.in >= 0)
		close(command.in);
	close(command.out);
	while (waitpid(command.pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!in_time)
		return MAIL_HELPER_TOO_LATE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* One request; false: no more. */
static bool
serve_one(const struct mail_helper *helper, int fd)
{
	unsigned char head[HEAD];
	struct buf message = {0}, said = {0};
	uint32_t n, command;
	int status;
	bool ok = false;

	if (!whole_read(fd, head, sizeof(head)))
		return false;
	command = get_u32(head);
	n = get_u32(head + 4);
	if (command >= helper->count || n > MAIL_HELPER_MESSAGE_MAX)
		return false;
	/* Nothing is started for a message that is not whole. */
	if (whole_read(fd, buf_reserve(&message, n), n)) {
		status = run(&helper->commands[command],
		    slice_of(message.ptr, n), &said);
		if (said.len > SAID_MAX)
			said.len = SAID_MAX;
		put_le(head, 4, (uint64_t)status);
		put_le(head + 4, 4, said.len);
		ok = whole_send(fd, head, sizeof(head)) &&
		     whole_send(fd, said.ptr, said.len);
	}
	buf_release(&message);
	buf_release(&said);
	return ok;
}

static void
serve(const struct mail_helper *helper, int fd)
{
	static const int ours[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT};

	/* Who ends the service ends us by the socket, when we are done. */
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		signal(ours[i], SIG_IGN);
	while (serve_one(helper, fd))
		;
	_exit(0);
}

/* --- who asks --- */

int
mail_helper_start(struct mail_helper **out, const struct config_texts *commands,
    size_t count, struct err *err)
{
	struct mail_helper *helper;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return err_sys(err, "cannot make a socket");
	helper = xcalloc(1, sizeof(*helper));
	helper->commands = commands;
	helper->count = count;
	helper->fd = fds[0];
	helper->pid = fork();
	if (!helper->pid) {
		close(fds[0]);
		serve(helper, fds[1]);
	}
	close(fds[1]);
	if (helper->pid < 0) {
		err_sys(err, "cannot start a process");
		close(fds[0]);
		free(helper);
		return -1;
	}
	pthread_mutex_init(&helper->lock, NULL);
	*out = helper;
	return 0;
}

static bool
same(const struct config_texts *a, const struct config_texts *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (strcmp(a->list[i], b->list[i]) != 0)
			return false;
	return a->count == b->count;
}

bool
mail_helper_find(const struct mail_helper *helper,
    const struct config_texts *command, size_t *number)
{
	for (*number = 0; *number < helper->count; ++*number)
		if (same(&helper->commands[*number], command))
			return true;
	return false;
}

/* Takes turns with others; false if we are to stop. */
static bool
take_turn(struct mail_helper *helper, const atomic_bool *stop)
{
	while (!atomic_load(stop)) {
		struct timespec at;

		clock_gettime(CLOCK_REALTIME, &at);
		at.tv_nsec += WAIT_MS * 1000000L;
		at.tv_sec += at.tv_nsec / 1000000000;
		at.tv_nsec %= 1000000000;
		if (!pthread_mutex_timedlock(&helper->lock, &at))
			return true;
	}
	return false;
}

/*
 * The answer to the last request.  Only its beginning is waited for with an eye
 * on `stop`: the rest follows at once, and must not be left in the socket.
 */
static bool
take_answer(struct mail_helper *helper, const atomic_bool *stop,
    struct mail_helper_result *result)
{
	struct pollfd poll_fd = {.fd = helper->fd, .events = POLLIN};
	unsigned char head[HEAD];
	uint32_t n;

	do {
		if (atomic_load(stop))
			return false;
	} while (poll(&poll_fd, 1, WAIT_MS) <= 0);
	if (!whole_read(helper->fd, head, sizeof(head)))
		return false;
	n = get_u32(head + 4);
	if (n > SAID_MAX ||
	    !whole_read(helper->fd, buf_reserve(&result->said, n), n))
		return false;
	helper->busy = false;
	result->said.len = n;
	result->status = (int)get_u32(head);
	return true;
}

/*
 * An answer that somebody stopped waiting for comes first.  When that is taken
 * the helper reads, and a request can be written without being cut off.
 */
static bool
ask(struct mail_helper *helper, size_t command, struct slice message,
    const atomic_bool *stop, struct mail_helper_result *result)
{
	unsigned char head[HEAD];

	if (helper->busy && !take_answer(helper, stop, result))
		return false;
	buf_clear(&result->said);
	put_le(head, 4, command);
	put_le(head + 4, 4, message.len);
	helper->busy = true;
	return whole_send(helper->fd, head, sizeof(head)) &&
	       whole_send(helper->fd, message.ptr, message.len) &&
	       take_answer(helper, stop, result);
}

int
mail_helper_send(struct mail_helper *helper, size_t command,
    struct slice message, const atomic_bool *stop,
    struct mail_helper_result *result, struct err *err)
{
	bool ok;

	if (message.len > MAIL_HELPER_MESSAGE_MAX)
		return err_set(err, ERR_LIMIT, "a message is too long");
	if (!take_turn(helper, stop))
		return err_set(err, ERR_SYSTEM, "stopped");
	ok = ask(helper, command, message, stop, result);
	pthread_mutex_unlock(&helper->lock);
	return ok ? 0
	          : err_set(err, ERR_SYSTEM,
	                "the helper that sends mail does not answer");
}

void
mail_helper_close(struct mail_helper *helper)
{
	if (!helper)
		return;
	close(helper->fd);
	waitpid(helper->pid, NULL, WNOHANG);
	pthread_mutex_destroy(&helper->lock);
	free(helper);
}
