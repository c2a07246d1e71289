#include "ledger/control.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ledger/control_client.h"
#include "ledger/control_request.h"
#include "ledger/control_socket.h"

#define ACCEPT_AGAIN_MS 200 /* when there were no descriptors left */

struct control {
	char *dir; /* owned */
	struct ledger *ledger;
	int listener, wake;
	int64_t accept_ms; /* not before */
	size_t held;       /* what requests may still take of the common sum */
	struct control_client clients[CONTROL_CLIENTS];
};

/* What a round does for a client. */
struct task {
	struct control_client *client;
	struct control_request request;
	struct control_answer answer;
};

int
control_open(struct control **out, const char *dir, struct ledger *ledger,
    struct err *err)
{
	struct control *control = xcalloc(1, sizeof(*control));

	control->dir = xstrdup(dir);
	control->ledger = ledger;
	control->held = CONTROL_BYTES_MAX;
	control->listener = -1;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		control->clients[i].fd = -1;
	control->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (control->wake < 0) {
		err_sys(err, "cannot make an eventfd");
		control_close(control);
		return -1;
	}
	if (control_listen(dir, &control->listener, err)) {
		control_close(control);
		return -1;
	}
	*out = control;
	return 0;
}

void
control_wake(struct control *control)
{
	/* It fails only when it is awake already. */
	eventfd_write(control->wake, 1);
}

/* --- who is there --- */

/* A free place: one that nobody has, or that of who is idle longest. */
static struct control_client *
find_place(struct control *control)
{
	struct control_client *best = NULL;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *client = &control->clients[i];

		if (client->fd < 0)
			return client;
		if (control_client_idle(client) &&
		    (!best || client->used_ms < best->used_ms))
			best = client;
	}
	return best;
}

/* Others wait in the queue of the socket until there is a place. */
static void
accept_clients(struct control *control)
{
	struct control_client *place;

	while ((place = find_place(control)) != NULL) {
		int fd = accept4(control->listener, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0) {
			if (errno != EAGAIN)
				control->accept_ms =
				    control_now_ms() + ACCEPT_AGAIN_MS;
			return;
		}
		if (!control_peer_ok(fd)) {
			close(fd);
			continue;
		}
		control_client_close(place, &control->held);
		control_client_open(place, fd);
	}
}

/* --- waiting --- */

#define POLLED (CONTROL_CLIENTS + 2)

/* What is waited for; a negative descriptor is passed over. */
static void
fill(struct control *control, struct pollfd list[POLLED])
{
	bool accepts = control->listener >= 0 && find_place(control) &&
	               control_now_ms() >= control->accept_ms;
	struct slice body;

	list[CONTROL_CLIENTS] = (struct pollfd){control->wake, POLLIN, 0};
	list[CONTROL_CLIENTS + 1] =
	    (struct pollfd){accepts ? control->listener : -1, POLLIN, 0};
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		const struct control_client *client = &control->clients[i];

		list[i] = (struct pollfd){client->fd, POLLIN, 0};
		if (client->out.len)
			list[i].events = POLLOUT;
		else if (client->waits || control_client_asks(client, &body))
			list[i].fd = -1;
	}
}

static void
transfer(struct control *control, const struct pollfd list[POLLED])
{
	eventfd_t count;

	if (list[CONTROL_CLIENTS].revents)
		eventfd_read(control->wake, &count);
	if (list[CONTROL_CLIENTS + 1].revents)
		accept_clients(control);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *client = &control->clients[i];

		/* What did not go at once, a greeting, a refusal. */
		if (client->out.len)
			control_client_send(client, &control->held);
		if (client->fd >= 0 && !client->out.len)
			control_client_receive(client, &control->held);
		if (client->out.len)
			control_client_send(client, &control->held);
	}
}

static bool
is_asked(const struct control *control)
{
	struct slice body;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (control_client_asks(&control->clients[i], &body))
			return true;
	return false;
}

/* Who has begun something and does not end it goes. */
static void
drop_slow(struct control *control)
{
	int64_t before_ms = control_now_ms() - CONTROL_SLOW_MS;
	struct slice body;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *client = &control->clients[i];

		if (client->fd >= 0 && client->since_ms &&
		    client->since_ms < before_ms &&
		    !control_client_asks(client, &body))
			control_client_close(client, &control->held);
	}
}

bool
control_wait(struct control *control, int timeout_ms)
{
	int64_t until_ms = control_now_ms() + timeout_ms;
	int64_t left_ms = timeout_ms;
	struct pollfd list[POLLED];
	bool awake = false;

	for (;;) {
		fill(control, list);
		if (is_asked(control))
			left_ms = 0;
		/* Not longer than who is slow, or not accepted, may wait. */
		if (left_ms > ACCEPT_AGAIN_MS)
			left_ms = ACCEPT_AGAIN_MS;
		if (poll(list, POLLED, (int)left_ms) < 0)
			continue; /* a signal came */
		awake = list[CONTROL_CLIENTS].revents != 0;
		transfer(control, list);
		drop_slow(control);
		left_ms = until_ms - control_now_ms();
		if (is_asked(control))
			return true;
		if (awake || left_ms <= 0)
			return false;
	}
}

/* --- serving --- */

static bool
take_task(
    struct control *control, struct control_client *client, struct task *task)
{
	struct slice body;

	if (!control_client_asks(client, &body))
		return false;
	*task = (struct task){.client = client};
	if (control_request_read(body, &task->request)) {
		control_client_refuse(
		    client, "the request is malformed", &control->held);
		control_client_send(client, &control->held);
		return false;
	}
	buf_clear(&client->verdict);
	task->answer.verdicts =
	    (unsigned char *)buf_reserve(&client->verdict, task->request.count);
	control_apply(control->ledger, &task->request, &task->answer);
	return true;
}

static void
answer(struct control *control, struct task *task, const struct err *failed)
{
	if (failed)
		task->answer.err = *failed;
	else if (control_settle_for(task->request.verb) != SETTLE_COMMIT)
		task->answer.number = ledger_size(control->ledger);
	control_answer_add(&task->client->out, &task->request, &task->answer);
	control_client_next(task->client, &control->held);
	control_client_send(task->client, &control->held);
}

int
control_serve(struct control *control, struct err *err)
{
	struct task tasks[CONTROL_CLIENTS];
	struct err own = {0};
	size_t count = 0;
	enum control_settle how = SETTLE_COMMIT, wants;
	int status;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		if (!take_task(control, &control->clients[i], &tasks[count]))
			continue;
		/* Each does what those before it do. */
		wants = control_settle_for(tasks[count++].request.verb);
		how = wants > how ? wants : how;
	}
	status = control_settle(control->ledger, how, &own);
	for (size_t i = 0; i < count; i++)
		answer(control, &tasks[i], status ? &own : NULL);
	if (status && err)
		*err = own;
	return status;
}

void
control_close(struct control *control)
{
	if (!control)
		return;
	if (control->listener >= 0) {
		close(control->listener);
		control->listener = -1;
		control_unlisten(control->dir);
		if (control_wait(control, 0))
			control_serve(control, NULL);
		ledger_checkpoint(control->ledger, NULL);
	}
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		control_client_close(&control->clients[i], &control->held);
	if (control->wake >= 0)
		close(control->wake);
	free(control->dir);
	free(control);
}
