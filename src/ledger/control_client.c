#include "ledger/control_client.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "ledger/control_request.h"
#include "ledger/control_socket.h"

#define HEAD_LEN    4
#define PIECE_BYTES ((size_t)256 << 10) /* memory grows with what has come */
#define KEEP_BYTES  ((size_t)2 << 20)   /* of a buffer that stays */

void
control_client_open(struct control_client *client, int fd)
{
	*client =
	    (struct control_client){.fd = fd, .since_ms = control_now_ms()};
}

void
control_client_close(struct control_client *client, size_t *held)
{
	if (client->fd >= 0)
		close(client->fd);
	*held += client->held;
	buf_release(&client->in);
	buf_release(&client->out);
	buf_release(&client->verdict);
	*client = (struct control_client){.fd = -1};
}

/* Bytes that `in` has when what comes is whole. */
static size_t
wanted(const struct control_client *client)
{
	const unsigned char *head = (const unsigned char *)client->in.ptr;

	if (!client->greeted)
		return CONTROL_GREETING_LEN;
	return client->in.len < HEAD_LEN ? HEAD_LEN : HEAD_LEN + get_u32(head);
}

bool
control_client_asks(const struct control_client *client, struct slice *body)
{
	if (client->fd < 0 || client->last || !client->greeted ||
	    client->in.len <= HEAD_LEN || client->in.len < wanted(client))
		return false;
	*body = slice_skip(buf_slice(&client->in), HEAD_LEN);
	return true;
}

bool
control_client_idle(const struct control_client *client)
{
	return client->greeted && !client->in.len && !client->out.len;
}

static void
clear(struct buf *buf)
{
	buf_clear(buf);
	if (buf->size > KEEP_BYTES)
		buf_release(buf);
}

void
control_client_next(struct control_client *client, size_t *held)
{
	clear(&client->in);
	*held += client->held;
	client->held = 0;
	client->since_ms = client->used_ms = control_now_ms();
}

void
control_client_refuse(
    struct control_client *client, const char *why, size_t *held)
{
	const struct control_request none = {0};
	struct control_answer answer = {0};

	err_set(&answer.err, ERR_INPUT, "%s", why);
	control_answer_add(&client->out, &none, &answer);
	control_client_next(client, held);
	client->last = true;
}

/*
 * What came is as long as it was to be: a greeting, or the head of a request.
 * False if there is nothing more to receive now.
 */
static bool
step(struct control_client *client, size_t *held)
{
	size_t len = wanted(client);

	if (!client->greeted) {
		client->greeted = true;
		client->last = memcmp(client->in.ptr, CONTROL_GREETING,
		                   CONTROL_GREETING_LEN) != 0;
		buf_add(&client->out, CONTROL_GREETING, CONTROL_GREETING_LEN);
		buf_clear(&client->in);
		return !client->last;
	}
	if (client->in.len > HEAD_LEN)
		return false;
	if (len == HEAD_LEN || len - HEAD_LEN > CONTROL_BODY_MAX) {
		control_client_refuse(client, "a request of that length", held);
		return false;
	}
	client->waits = len > *held;
	if (client->waits) {
		client->since_ms = control_now_ms();
		return false;
	}
	client->held = len;
	*held -= len;
	return true;
}

static bool
may_receive(const struct control_client *client)
{
	return client->fd >= 0 && !client->last;
}

void
control_client_receive(struct control_client *client, size_t *held)
{
	while (may_receive(client)) {
		size_t left = wanted(client) - client->in.len;
		ssize_t n;

		/* A head alone is whole, too, until its body is held. */
		if (!left || (client->greeted && client->in.len == HEAD_LEN &&
		                 !client->held)) {
			if (!step(client, held))
				return;
			continue;
		}
		left = left < PIECE_BYTES ? left : PIECE_BYTES;
		n = recv(client->fd, buf_reserve(&client->in, left), left, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			control_client_close(client, held);
			return;
		}
		if (!client->since_ms)
			client->since_ms = control_now_ms();
		client->in.len += (size_t)n;
	}
}

void
control_client_send(struct control_client *client, size_t *held)
{
	while (client->fd >= 0 && client->sent < client->out.len) {
		ssize_t n = send(client->fd, client->out.ptr + client->sent,
		    client->out.len - client->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			control_client_close(client, held);
			return;
		}
		client->sent += (size_t)n;
	}
	client->sent = 0;
	clear(&client->out);
	if (!client->in.len)
		client->since_ms = 0;
	if (client->last)
		control_client_close(client, held);
}
