#include "ledger/append_remote.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "ledger/control_socket.h"

#define HEAD_LEN 4

struct remote {
	int fd;
	char *dir;          /* owned */
	struct buf message; /* the request, then the answer */
};

static enum remote_end
fail(const struct remote *remote, struct err *err)
{
	if (errno == EPIPE || errno == ECONNRESET)
		return REMOTE_LOST;
	if (errno == EAGAIN)
		err_set(err, ERR_LIMIT,
		    "the process that writes to the ledger '%s' does not "
		    "answer",
		    remote->dir);
	else
		err_sys(err, "cannot ask the process that writes to '%s'",
		    remote->dir);
	return REMOTE_FAILED;
}

static enum remote_end
malformed(const struct remote *remote, struct err *err)
{
	err_set(err, ERR_INPUT,
	    "the process that writes to the ledger '%s' speaks another "
	    "language: it may be another version of firn",
	    remote->dir);
	return REMOTE_FAILED;
}

static enum remote_end
send_all(struct remote *remote, struct slice bytes, struct err *err)
{
	while (bytes.len) {
		ssize_t n =
		    send(remote->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return fail(remote, err);
		if (n > 0)
			bytes = slice_skip(bytes, (size_t)n);
	}
	return REMOTE_DONE;
}

/* Makes the message the next n bytes. */
static enum remote_end
receive(struct remote *remote, size_t n, struct err *err)
{
	buf_clear(&remote->message);
	buf_reserve(&remote->message, n);
	while (remote->message.len < n) {
		ssize_t got =
		    recv(remote->fd, remote->message.ptr + remote->message.len,
		        n - remote->message.len, 0);

		if (got == 0)
			return REMOTE_LOST;
		if (got < 0 && errno != EINTR)
			return fail(remote, err);
		if (got > 0)
			remote->message.len += (size_t)got;
	}
	return REMOTE_DONE;
}

enum remote_end
remote_ask(struct remote *remote, const struct control_request *request,
    struct control_answer *answer, struct err *err)
{
	struct buf *message = &remote->message;
	enum remote_end end;
	uint32_t len;

	buf_clear(message);
	control_request_add(message, request);
	end = send_all(remote, buf_slice(message), err);
	if (end == REMOTE_DONE)
		end = receive(remote, HEAD_LEN, err);
	if (end != REMOTE_DONE)
		return end;
	len = get_u32((const unsigned char *)message->ptr);
	if (len > CONTROL_BODY_MAX)
		return malformed(remote, err);
	end = receive(remote, len, err);
	if (end == REMOTE_DONE &&
	    control_answer_read(buf_slice(message), request, answer))
		return malformed(remote, err);
	return end;
}

static enum remote_end
greet(struct remote *remote, struct err *err)
{
	struct slice greeting =
	    slice_of(CONTROL_GREETING, CONTROL_GREETING_LEN);
	enum remote_end end = send_all(remote, greeting, err);

	if (end == REMOTE_DONE)
		end = receive(remote, CONTROL_GREETING_LEN, err);
	if (end == REMOTE_DONE &&
	    !slice_eq(buf_slice(&remote->message), greeting))
		return malformed(remote, err);
	return end;
}

int
remote_open(
    struct remote **out, const char *dir, unsigned timeout_ms, struct err *err)
{
	struct remote *remote;
	enum remote_end end;
	bool there;
	int fd;

	*out = NULL;
	if (control_connect(dir, timeout_ms, &fd, &there, err))
		return -1;
	if (!there)
		return 0;
	remote = xcalloc(1, sizeof(*remote));
	remote->fd = fd;
	remote->dir = xstrdup(dir);
	end = greet(remote, err);
	if (end == REMOTE_DONE)
		*out = remote;
	else
		remote_close(remote);
	return end == REMOTE_FAILED ? -1 : 0;
}

void
remote_close(struct remote *remote)
{
	if (!remote)
		return;
	close(remote->fd);
	buf_release(&remote->message);
	free(remote->dir);
	free(remote);
}
