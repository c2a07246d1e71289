#include "net/http_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/http_listen.h"
#include "net/http_send.h"

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
	struct http_sender sender;
	SSL_CTX *ssl;    /* NULL: without TLS */
	int64_t tick_ms; /* when the next one is due */
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

struct slice
http_request_header(const struct http_request *request, const char *name)
{
	const h2o_headers_t *headers = request->headers;
	ssize_t i = h2o_find_header_by_str(headers, name, strlen(name), -1);

	if (i < 0)
		return (struct slice){0};
	return slice_of(
	    headers->entries[i].value.base, headers->entries[i].value.len);
}

void
http_answer_header(
    struct http_answer *answer, const char *name, const char *value)
{
	buf_add(&answer->headers, name, strlen(name) + 1);
	buf_add(&answer->headers, value, strlen(value) + 1);
}

static int
on_request(h2o_handler_t *self, h2o_req_t *req)
{
	/* h2o keeps its own part in front. */
	const struct handler *handler = (const struct handler *)(void *)self;
	struct http_server *server = handler->server;
	const struct http_server_options *options = &server->options;
	size_t path_len =
	    req->query_at == SIZE_MAX ? req->path.len : req->query_at;
	const struct http_request request = {
	    .method = slice_of(req->method.base, req->method.len),
	    .path = slice_of(req->path.base, path_len),
	    .query = path_len < req->path.len
	                 ? slice_of(req->path.base + path_len + 1,
	                       req->path.len - path_len - 1)
	                 : (struct slice){0},
	    .body = slice_of(req->entity.base, req->entity.len),
	    .headers = &req->headers,
	};
	struct http_answer answer = {0};

	options->handle(options->ctx, &request, &answer);
	http_send(&server->sender, req, &answer);
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

/* Without ALPN there is no HTTP/2. */
static int
load_tls(struct http_server *server, struct err *err)
{
	const struct http_server_options *options = &server->options;

	if (!options->certificate)
		return 0;
	server->ssl = SSL_CTX_new(TLS_server_method());
	if (!server->ssl)
		abort();
	SSL_CTX_set_min_proto_version(server->ssl, TLS1_2_VERSION);
	if (SSL_CTX_use_certificate_chain_file(
	        server->ssl, options->certificate) != 1)
		return err_set(err, ERR_INPUT, "'%s' holds no certificate",
		    options->certificate);
	if (SSL_CTX_use_PrivateKey_file(
	        server->ssl, options->key, SSL_FILETYPE_PEM) != 1)
		return err_set(err, ERR_INPUT,
		    "'%s' does not hold the key of certificate '%s'",
		    options->key, options->certificate);
	return 0;
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
	server->accept.ssl_ctx = server->ssl;
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
	if (load_tls(server, err) ||
	    http_listen(
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
	SSL_CTX_free(server->ssl);
	buf_release(&server->address);
	free(server);
	return -1;
}

const char *
http_server_address(const struct http_server *server)
{
	return server->address.ptr;
}

static int
turn(struct http_server *server, int32_t wait_ms, struct err *err)
{
	wait_ms = http_sender_wait(&server->sender, wait_ms);
	if (h2o_evloop_run(server->context.loop, wait_ms) && errno != EINTR)
		return err_sys(err, "cannot wait for events");
	http_sender_turn(&server->sender);
	return 0;
}

/* Ticks if it is time; the milliseconds until it is again. */
static int32_t
tick(struct http_server *server)
{
	const struct http_server_options *options = &server->options;
	int64_t now;

	if (!options->tick)
		return INT32_MAX;
	now = http_now_ms();
	if (now >= server->tick_ms) {
		options->tick(options->ctx);
		now = http_now_ms();
		server->tick_ms = now + options->tick_ms;
	}
	return (int32_t)(server->tick_ms - now);
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
	int64_t end = http_now_ms() + GRACE_MS;
	bool cut = false;

	server->sender.hurry = true;
	end_listening(server);
	/*
	 * All that h2o_context_request_shutdown() does for HTTP/1.1; it also
	 * sets a timer for HTTP/2, with which a context cannot be disposed.
	 */
	server->context.shutdown_requested = 1;
	end_conns(server, SHUT_RD);
	while (server->conns) {
		int64_t left = end - http_now_ms();

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
		if (turn(server, tick(server), err))
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
	server->sender.hurry = true;
	end_conns(server, SHUT_RDWR);
	while (server->conns && !turn(server, GRACE_MS, NULL))
		;
	h2o_socket_close(server->stopper);
	dispose(server);
	SSL_CTX_free(server->ssl);
	buf_release(&server->address);
	free(server);
}
