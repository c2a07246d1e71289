#include "cmd/damage_helper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/time.h"
#include "base/whole.h"
#include "cmd/damage_serve.h"
#include "json/json.h"

#define HUNG_US      (INT64_C(5) * 1000000) /* past its time without a word */
#define SEND_S       5 /* who asks waits so long for a full socket */
#define AGAIN_MS     INT64_C(1000) /* before another is started, at first */
#define AGAIN_MAX_MS INT64_C(60000)

struct damage_helper {
	int control;                 /* from the keeper, which sends sockets */
	int fd;                      /* to the helper; -1: none is there */
	pid_t pid;                   /* of the keeper */
	uint32_t asked;              /* the number of the last request */
	int64_t asked_us, within_us; /* when, and how long it may take */
	const char *why;             /* the last one was lost */
	struct buf come;             /* of an answer */
};

/* What the processes know of what was asked for. */
struct place {
	const char *dir;
	int64_t within_us;
};

/* --- the keeper's process --- */

union socket_room {
	struct cmsghdr head; /* for its alignment */
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* A byte, and with it the socket. */
static bool
give_socket(int control, int fd)
{
	union socket_room room = {0};
	char byte = 0;
	struct iovec bytes = {&byte, 1};
	struct msghdr message = {.msg_iov = &bytes,
	    .msg_iovlen = 1,
	    .msg_control = room.bytes,
	    .msg_controllen = sizeof(room.bytes)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(control, &message, MSG_NOSIGNAL) == 1;
}

/* Its process id, or -1; its end of the socket is in *own. */
static pid_t
start_one(const struct place *place, int control, int *own)
{
	struct timeval wait = {.tv_sec = SEND_S};
	int fds[2];
	pid_t pid;

	*own = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return -1;
	setsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	pid = fork();
	if (!pid) {
		close(control);
		close(fds[0]);
		damage_serve(place->dir, place->within_us, fds[1]);
		_exit(0);
	}
	if (pid > 0)
		(void)give_socket(control, fds[0]);
	close(fds[0]);
	*own = fds[1];
	return pid;
}

/*
 * Until it has ended.  When who asks has closed the socket, it is of no use any
 * more, and may hang: then it is ended.
 */
static void
watch_one(pid_t pid, int control, int own)
{
	struct pollfd fds[] = {{.fd = pidfd_open(pid, 0), .events = POLLIN},
	    {.fd = own}, {.fd = control}};

	while (fds[0].fd >= 0 && poll(fds, 3, -1) < 0 && errno == EINTR)
		;
	if (fds[1].revents || fds[2].revents)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (fds[0].fd >= 0)
		close(fds[0].fd);
}

/* Whether who asks has ended, or does so within that time. */
static bool
is_over(int control, int64_t wait_ms)
{
	struct pollfd end = {.fd = control};

	return poll(&end, 1, (int)wait_ms) > 0;
}

static void
keep(const struct place *place, int control)
{
	static const int ours[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT};
	int64_t again_ms = AGAIN_MS;

	/* Who ends the service ends us by the sockets. */
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		signal(ours[i], SIG_IGN);
	for (;;) {
		int64_t began_us = time_mono_us();
		int own;
		pid_t pid = start_one(place, control, &own);

		if (pid > 0)
			watch_one(pid, control, own);
		if (own >= 0)
			close(own);
		if (time_mono_us() - began_us > AGAIN_MAX_MS * 1000)
			again_ms = AGAIN_MS;
		if (is_over(control, again_ms))
			_exit(0);
		again_ms *= 2;
		if (again_ms > AGAIN_MAX_MS)
			again_ms = AGAIN_MAX_MS;
	}
}

/* --- who asks --- */

/* 1 with the socket, 0 if none has come, -1 if none will. */
static int
take_socket(int control, int flags, int *fd)
{
	union socket_room room = {0};
	char byte;
	struct iovec bytes = {&byte, 1};
	struct msghdr message = {.msg_iov = &bytes,
	    .msg_iovlen = 1,
	    .msg_control = room.bytes,
	    .msg_controllen = sizeof(room.bytes)};
	const struct cmsghdr *head;
	ssize_t got;

	do
		got = recvmsg(control, &message, flags | MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return got < 0 && errno == EAGAIN ? 0 : -1;
	head = CMSG_FIRSTHDR(&message);
	if (!head || head->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(fd, CMSG_DATA(head), sizeof(*fd));
	return 1;
}

int
damage_helper_start(struct damage_helper **out, const char *dir,
    int64_t within_us, struct err *err)
{
	struct damage_helper *helper;
	int fds[2], status = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return err_sys(err, "cannot make a socket");
	helper = xcalloc(1, sizeof(*helper));
	helper->control = fds[0];
	helper->fd = -1;
	helper->within_us = within_us;
	helper->pid = fork();
	if (!helper->pid) {
		close(fds[0]);
		keep(&(struct place){dir, within_us}, fds[1]);
	}
	close(fds[1]);
	if (helper->pid < 0 || take_socket(fds[0], 0, &helper->fd) < 0)
		status = err_set(err, ERR_SYSTEM,
		    "cannot start a process that assesses damage");
	if (status)
		damage_helper_close(helper);
	else
		*out = helper;
	return status;
}

static const char gone[] = "the process that assesses damage is gone";

static int
lose(struct damage_helper *helper, const char *why)
{
	if (helper->fd >= 0)
		close(helper->fd);
	helper->fd = -1;
	helper->why = why;
	buf_clear(&helper->come);
	return -1;
}

int
damage_helper_ready(struct damage_helper *helper)
{
	if (helper->fd < 0)
		return take_socket(helper->control, MSG_DONTWAIT, &helper->fd);
	if (!is_over(helper->fd, 0))
		return 1;
	lose(helper, gone);
	return 0;
}

int
damage_helper_ask(struct damage_helper *helper, struct slice request)
{
	unsigned char head[DAMAGE_HEAD];

	helper->asked_us = time_mono_us();
	put_le(head, 4, ++helper->asked);
	put_le(head + 4, 4, request.len);
	if (helper->fd >= 0 && request.len <= DAMAGE_REQUEST_MAX &&
	    whole_send(helper->fd, head, sizeof(head)) &&
	    whole_send(helper->fd, request.ptr, request.len))
		return 0;
	return lose(helper, gone);
}

/* Takes what has come; false: the helper is gone. */
static bool
receive(struct damage_helper *helper)
{
	ssize_t got;

	do {
		got = recv(helper->fd, buf_reserve(&helper->come, 65536), 65536,
		    MSG_DONTWAIT);
		if (got > 0)
			helper->come.len += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got < 0 && errno == EAGAIN;
}

int
damage_helper_look(struct damage_helper *helper, struct buf *answer)
{
	struct buf *come = &helper->come;
	bool there = helper->fd >= 0 && receive(helper);

	while (come->len >= DAMAGE_HEAD) {
		const unsigned char *head = (const unsigned char *)come->ptr;
		uint32_t number = get_u32(head), n = get_u32(head + 4);

		if (come->len - DAMAGE_HEAD < n)
			break;
		buf_clear(answer);
		buf_add(answer, come->ptr + DAMAGE_HEAD, n);
		memset(buf_reserve(answer, JSON_PADDING), 0, JSON_PADDING);
		come->len -= DAMAGE_HEAD + n;
		memmove(come->ptr, come->ptr + DAMAGE_HEAD + n, come->len);
		if (number == helper->asked)
			return 1;
	}
	if (there &&
	    time_mono_us() - helper->asked_us > helper->within_us + HUNG_US)
		return lose(
		    helper, "the process that assesses damage gives no answer");
	return there ? 0 : lose(helper, gone);
}

const char *
damage_helper_why(const struct damage_helper *helper)
{
	return helper->why;
}

void
damage_helper_close(struct damage_helper *helper)
{
	if (!helper)
		return;
	if (helper->fd >= 0)
		close(helper->fd);
	close(helper->control);
	while (helper->pid > 0 && waitpid(helper->pid, NULL, 0) < 0 &&
	       errno == EINTR)
		;
	buf_release(&helper->come);
	free(helper);
}
