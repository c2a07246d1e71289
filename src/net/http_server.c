#include "net/http_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/http_listen.h"

#define H2O_USE_LIBUV 0
#include <h2o.h>

/* How long clients have to take their answers once it is over. */
#define GRACE_MS 1000

/* Connections accepted before those that are there have their turn. */
#define ACCEPT_AT_ONCE 16

struct http_server {
	struct http_server_options options;
	struct buf address; /* with a NUL */
	int listen_fd, stop_fd;
	h2o_globalconf_t config;
	h2o_context_t context;
	h2o_accept_ctx_t accept;
	h2o_socket_t *listener, *stopper; /* own the two fds */
	struct conn *conns;
	unsigned conn_count;
	bool stopping;
};

struct conn {
	struct http_server *server;
	struct conn *prev, *next;
	int fd;
};

/* What h2o calls; it wants its own part first. */
struct handler {
	h2o_handler_t super;
	struct http_server *server;
};

/* --- requests --- */

static const char *
reason_of(unsigned status)
{
	static const struct {
		unsigned status;
		const char *reason;
	} reasons[] = {
	    {200, "OK"},
	    {400, "Bad Request"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {409, "Conflict"},
	    {422, "Unprocessable Entity"},
	    {500, "Internal Server Error"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

static void
send_answer(h2o_req_t *req, const struct http_answer *answer)
{
	unsigned status = answer->status ? answer->status : 500;
	const char *type = answer->content_type ? answer->content_type
	                                        : "text/plain; charset=utf-8";

	req->res.status = (int)status;
	req->res.reason = reason_of(status);
	/* Without it h2o sends chunks, or closes the connection. */
	req->res.content_length = answer->body.len;
	h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE,
	    NULL, type, strlen(type));
	/* It copies. */
	h2o_send_inline(
	    req, answer->body.len ? answer->body.ptr : "", answer->body.len);
}

static int
on_request(h2o_handler_t *self, h2o_req_t *req)
{
	/* h2o keeps its own part in front. */
	const struct handler *handler = (const struct handler *)(void *)self;
	const struct http_server_options *options = &handler->server->options;
	size_t path_len =
	    req->query_at == SIZE_MAX ? req->path.len : req->query_at;
	const struct http_request request = {
	    .method = slice_of(req->method.base, req->method.len),
	    .path = slice_of(req->path.base, path_len),
	    .body = slice_of(req->entity.base, req->entity.len),
	};
	struct http_answer answer = {0};

	options->handle(options->ctx, &request, &answer);
	send_answer(req, &answer);
	buf_release(&answer.body);
	return 0;
}

/* --- connections --- */

static void on_connect(h2o_socket_t *listener, const char *error);

static void
on_close(void *ctx)
{
	struct conn *conn = ctx;
	struct http_server *server = conn->server;

	if (conn->prev)
		conn->prev->next = conn->next;
	else
		server->conns = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	free(conn);
	if (server->conn_count-- == server->options.connections_max &&
	    server->listener)
		h2o_socket_read_start(server->listener, on_connect);
}

static void
add_conn(struct http_server *server, h2o_socket_t *sock)
{
	struct conn *conn = xcalloc(1, sizeof(*conn));
	unsigned timeout = server->options.timeout_ms;

	conn->server = server;
	conn->fd = h2o_socket_get_fd(sock);
	conn->next = server->conns;
	if (conn->next)
		conn->next->prev = conn;
	server->conns = conn;
	server->conn_count++;
	sock->on_close.cb = on_close;
	sock->on_close.data = conn;
	/*
	 * h2o gives those who do not take their answer all the time they want;
	 * the kernel does not.  It says no for a Unix socket, whose other end
	 * is this machine.
	 */
	setsockopt(
	    conn->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
	h2o_accept(&server->accept, sock);
}

static void
on_connect(h2o_socket_t *listener, const char *error)
{
	struct http_server *server = listener->data;

	for (unsigned i = 0; !error && i < ACCEPT_AT_ONCE; i++) {
		h2o_socket_t *sock;

		if (server->conn_count == server->options.connections_max) {
			h2o_socket_read_stop(listener);
			return;
		}
		sock = h2o_evloop_socket_accept(listener);
		if (!sock)
			return;
		add_conn(server, sock);
	}
}

/* --- life --- */

static void
on_stop(h2o_socket_t *stopper, const char *error)
{
	struct http_server *server = stopper->data;

	(void)error;
	server->stopping = true;
}

static void
configure(struct http_server *server)
{
	h2o_globalconf_t *config = &server->config;
	h2o_hostconf_t *host;
	h2o_pathconf_t *path;
	struct handler *handler;

	h2o_config_init(config);
	config->server_name = h2o_iovec_init(H2O_STRLIT("firn"));
	config->max_request_entity_size = server->options.body_max;
	config->http1.req_timeout = server->options.timeout_ms;
	config->http1.upgrade_to_http2 = 0;
	host = h2o_config_register_host(
	    config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
	path = h2o_config_register_path(host, "/", 0);
	handler = (struct handler *)(void *)h2o_create_handler(
	    path, sizeof(*handler));
	handler->super.on_req = on_request;
	handler->server = server;
	h2o_context_init(&server->context, h2o_evloop_create(), config);
	server->accept.ctx = &server->context;
	server->accept.hosts = config->hosts;
}

static h2o_socket_t *
watch(struct http_server *server, int fd, h2o_socket_cb callback)
{
	h2o_socket_t *sock = h2o_evloop_socket_create(
	    server->context.loop, fd, H2O_SOCKET_FLAG_DONT_READ);

	sock->data = server;
	h2o_socket_read_start(sock, callback);
	return sock;
}

int
http_server_open(struct http_server **out,
    const struct http_server_options *options, struct err *err)
{
	struct http_server *server = xcalloc(1, sizeof(*server));

	*out = NULL;
	server->options = *options;
	if (http_listen(
	        options->listen, &server->listen_fd, &server->address, err))
		goto fail;
	server->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (server->stop_fd < 0) {
		err_sys(err, "cannot make an event");
		http_unlisten(&server->address);
		close(server->listen_fd);
		goto fail;
	}
	configure(server);
	server->listener = watch(server, server->listen_fd, on_connect);
	server->stopper = watch(server, server->stop_fd, on_stop);
	*out = server;
	return 0;
fail:
	buf_release(&server->address);
	free(server);
	return -1;
}

const char *
http_server_address(const struct http_server *server)
{
	return server->address.ptr;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int
turn(struct http_server *server, int32_t wait_ms, struct err *err)
{
	if (h2o_evloop_run(server->context.loop, wait_ms) && errno != EINTR)
		return err_sys(err, "cannot wait for events");
	return 0;
}

/*
 * h2o closes a connection that has ended on the other side; those that wait
 * for an answer see it once they have that.
 */
static void
end_conns(struct http_server *server, int how)
{
	for (struct conn *conn = server->conns; conn; conn = conn->next)
		shutdown(conn->fd, how);
}

/* Who connects from now on is refused. */
static void
end_listening(struct http_server *server)
{
	if (!server->listener)
		return;
	http_unlisten(&server->address);
	h2o_socket_close(server->listener);
	server->listener = NULL;
}

/* Returns once all connections are closed. */
static int
finish(struct http_server *server, struct err *err)
{
	int64_t end = now_ms() + GRACE_MS;
	bool cut = false;

	end_listening(server);
	/*
	 * All that h2o_context_request_shutdown() does for HTTP/1.1; it also
	 * sets a timer for HTTP/2, with which a context cannot be disposed.
	 */
	server->context.shutdown_requested = 1;
	end_conns(server, SHUT_RD);
	while (server->conns) {
		int64_t left = end - now_ms();

		if (left <= 0 && !cut) {
			end_conns(server, SHUT_RDWR);
			cut = true;
		}
		if (turn(server, left > 0 ? (int32_t)left : GRACE_MS, err))
			return -1;
	}
	return 0;
}

int
http_server_run(struct http_server *server, struct err *err)
{
	while (!server->stopping)
		if (turn(server, INT32_MAX, err))
			return -1;
	return finish(server, err);
}

void
http_server_stop(struct http_server *server)
{
	const uint64_t one = 1;
	int saved = errno;

	/* Fails only if the count is full, and then it is not 0. */
	if (write(server->stop_fd, &one, sizeof(one)) < 0)
		errno = saved;
}

static void
dispose(struct http_server *server)
{
	h2o_multithread_queue_t *queue = server->context.queue;

	/* Sockets are let go of by the loop. */
	turn(server, 0, NULL);
	h2o_context_dispose(&server->context);
#if H2O_LIBRARY_VERSION_MAJOR == 0 && H2O_LIBRARY_VERSION_MINOR == 13
	/* Which this version destroys and does not free. */
	free(queue);
#endif
	h2o_evloop_destroy(server->context.loop);
	h2o_config_dispose(&server->config);
}

void
http_server_close(struct http_server *server)
{
	if (!server)
		return;
	end_listening(server);
	end_conns(server, SHUT_RDWR);
	while (server->conns && !turn(server, GRACE_MS, NULL))
		;
	h2o_socket_close(server->stopper);
	dispose(server);
	buf_release(&server->address);
	free(server);
}
