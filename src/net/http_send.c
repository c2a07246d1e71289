#include "net/http_send.h"

#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#define H2O_USE_LIBUV 0
#include <h2o.h>

/* A slow answer leaves in pieces, that many in a second. */
#define PIECES 10

/* An answer on its way; it lives in its request, and ends with it. */
struct http_sending {
	h2o_generator_t super; /* h2o wants it in front */
	struct http_sender *sender;
	h2o_req_t *req;
	struct http_answer answer;
	size_t sent;
	bool started;

	/* while it waits */
	bool waits;
	int64_t due_ms;
	struct http_sending *prev, *next;
};

int64_t
http_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* --- waiting --- */

static void
wait_for(struct http_sending *sending, unsigned ms)
{
	struct http_sender *sender = sending->sender;

	sending->waits = true;
	sending->due_ms = http_now_ms() + ms;
	sending->prev = NULL;
	sending->next = sender->waiting;
	if (sending->next)
		sending->next->prev = sending;
	sender->waiting = sending;
}

static void
wait_no_more(struct http_sending *sending)
{
	if (!sending->waits)
		return;
	sending->waits = false;
	if (sending->prev)
		sending->prev->next = sending->next;
	else
		sending->sender->waiting = sending->next;
	if (sending->next)
		sending->next->prev = sending->prev;
}

/* The request is over, whether it was answered or the client is gone. */
static void
on_dispose(void *self)
{
	struct http_sending *sending = self;

	wait_no_more(sending);
	buf_release(&sending->answer.body);
	buf_release(&sending->answer.headers);
}

/* --- headers --- */

static const char *
reason_of(unsigned status)
{
	static const struct {
		unsigned status;
		const char *reason;
	} reasons[] = {
	    {200, "OK"},
	    {201, "Created"},
	    {204, "No Content"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {409, "Conflict"},
	    {410, "Gone"},
	    {422, "Unprocessable Entity"},
	    {429, "Too Many Requests"},
	    {500, "Internal Server Error"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

/* h2o wants the name in lower case, and beside it as it is to be sent. */
static void
add_header(h2o_req_t *req, struct slice name, struct slice value)
{
	h2o_iovec_t sent = h2o_strdup(&req->pool, name.ptr, name.len);
	h2o_iovec_t low = h2o_strdup(&req->pool, name.ptr, name.len);
	h2o_iovec_t text = h2o_strdup(&req->pool, value.ptr, value.len);

	h2o_strtolower(low.base, low.len);
	h2o_add_header_by_str(&req->pool, &req->res.headers, low.base, low.len,
	    0, sent.base, text.base, text.len);
}

static void
set_headers(h2o_req_t *req, const struct http_answer *answer)
{
	unsigned status = answer->status ? answer->status : 500;
	const char *type = answer->content_type ? answer->content_type
	                                        : "text/plain; charset=utf-8";
	struct slice rest = buf_slice(&answer->headers);

	req->res.status = (int)status;
	req->res.reason = reason_of(status);
	/* Without it h2o sends chunks, or closes the connection. */
	req->res.content_length = answer->body.len;
	h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE,
	    NULL, type, strlen(type));
	while (rest.len > 0) {
		struct slice name = slice_cut(&rest, '\0');
		struct slice value = slice_cut(&rest, '\0');

		add_header(req, name, value);
	}
}

/*
 * h2o writes the Date itself, from a text that it makes once a second and that
 * all answers share.
 */
static void
set_date(struct http_sender *sender, h2o_req_t *req, int64_t offset_s)
{
	h2o_timestamp_t stamp;
	struct tm tm;
	time_t at;

	if (!offset_s && !sender->skewed)
		return;
	sender->skewed = offset_s != 0;
	h2o_get_timestamp(req->conn->ctx, &req->pool, &stamp);
	at = stamp.at.tv_sec + (time_t)offset_s;
	gmtime_r(&at, &tm);
	h2o_time2str_rfc1123(stamp.str->rfc1123, &tm);
}

/* --- bodies --- */

static void
send_piece(struct http_sending *sending, size_t n, h2o_send_state_t state)
{
	struct buf *body = &sending->answer.body;
	h2o_iovec_t piece;

	if (n > body->len - sending->sent)
		n = body->len - sending->sent;
	piece = h2o_iovec_init(n ? body->ptr + sending->sent : NULL, n);
	sending->sent += n;
	h2o_send(sending->req, &piece, n > 0, state);
}

/* Nothing more reaches the client, whatever h2o still sends. */
static void
cut_off(struct http_sending *sending)
{
	h2o_conn_t *conn = sending->req->conn;

	shutdown(
	    h2o_socket_get_fd(conn->callbacks->get_socket(conn)), SHUT_RDWR);
}

/* The next piece of an answer that is not sent whole. */
static void
send_next(struct http_sending *sending)
{
	const struct http_answer *answer = &sending->answer;
	size_t end =
	    answer->cut == HTTP_CUT_BODY && answer->cut_at < answer->body.len
	        ? answer->cut_at
	        : answer->body.len;
	size_t left = end - sending->sent, n = left;

	if (answer->rate && !sending->sender->hurry) {
		n = answer->rate / PIECES ? answer->rate / PIECES : 1;
		n = n < left ? n : left;
	}
	send_piece(sending, n,
	    n == left && answer->cut != HTTP_CUT_BODY
	        ? H2O_SEND_STATE_FINAL
	        : H2O_SEND_STATE_IN_PROGRESS);
}

/* A piece has been written. */
static void
on_proceed(h2o_generator_t *self, h2o_req_t *req)
{
	struct http_sending *sending = (struct http_sending *)(void *)self;
	const struct http_answer *answer = &sending->answer;

	(void)req;
	if (answer->cut == HTTP_CUT_BODY &&
	    (sending->sent >= answer->cut_at ||
	        sending->sent == answer->body.len)) {
		cut_off(sending);
		h2o_send(sending->req, NULL, 0, H2O_SEND_STATE_ERROR);
	} else if (answer->rate && !sending->sender->hurry) {
		wait_for(sending, 1000 / PIECES);
	} else {
		send_next(sending);
	}
}

static void
on_stop(h2o_generator_t *self, h2o_req_t *req)
{
	(void)req;
	wait_no_more((struct http_sending *)(void *)self);
}

/*
 * The beginning of the head goes past h2o, and then nothing does.  Through TLS
 * it cannot: there the connection ends before the head.
 */
static void
cut_head(struct http_sending *sending)
{
	h2o_conn_t *conn = sending->req->conn;
	h2o_socket_t *sock = conn->callbacks->get_socket(conn);
	const struct http_answer *answer = &sending->answer;
	char head[160];
	int n = snprintf(head, sizeof(head),
	    "HTTP/1.1 %u %s\r\nContent-Length: %zu\r\nContent-Type: "
	    "application/json\r\n",
	    answer->status, reason_of(answer->status), answer->body.len);

	if ((size_t)n > answer->cut_at)
		n = (int)answer->cut_at;
	if (!h2o_socket_get_ssl_protocol_version(sock))
		send(h2o_socket_get_fd(sock), head, (size_t)n,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	cut_off(sending);
}

static void
start(struct http_sending *sending)
{
	const struct http_answer *answer = &sending->answer;

	sending->started = true;
	set_headers(sending->req, answer);
	set_date(sending->sender, sending->req, answer->date_offset_s);
	if (answer->cut == HTTP_CUT_HEAD)
		cut_head(sending);
	h2o_start_response(sending->req, &sending->super);
	send_next(sending);
}

/* --- for the server --- */

void
http_send(
    struct http_sender *sender, h2o_req_t *req, struct http_answer *answer)
{
	struct http_sending *sending =
	    h2o_mem_alloc_shared(&req->pool, sizeof(*sending), on_dispose);

	*sending = (struct http_sending){
	    .super = {.proceed = on_proceed, .stop = on_stop},
	    .sender = sender,
	    .req = req,
	    .answer = *answer,
	};
	if (answer->delay_ms && !sender->hurry)
		wait_for(sending, answer->delay_ms);
	else
		start(sending);
}

int32_t
http_sender_wait(const struct http_sender *sender, int32_t max)
{
	int64_t now = sender->waiting ? http_now_ms() : 0, wait = max;

	if (sender->sent || (sender->hurry && sender->waiting))
		return 0;
	for (const struct http_sending *s = sender->waiting; s; s = s->next)
		if (s->due_ms - now < wait)
			wait = s->due_ms > now ? s->due_ms - now : 0;
	return (int32_t)wait;
}

/*
 * Sending may end its request and others of the same connection, so the list
 * is looked through from its beginning after each.
 */
void
http_sender_turn(struct http_sender *sender)
{
	int64_t now = http_now_ms();
	struct http_sending *due;

	sender->sent = false;
	do {
		for (due = sender->waiting; due; due = due->next)
			if (sender->hurry || due->due_ms <= now)
				break;
		if (due) {
			wait_no_more(due);
			sender->sent = true;
			if (due->started)
				send_next(due);
			else
				start(due);
		}
	} while (due);
}
