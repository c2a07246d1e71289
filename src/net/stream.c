#include "net/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

#define WAIT_MS   200 /* between two looks whether we are to stop */
#define SETTLE_MS 5   /* between two looks whether all was taken */
#define GREET_MS  100 /* in which a refusal of our certificate comes */

struct stream {
	struct stream_options options;
	int fd;
	SSL_CTX *context; /* NULL: no TLS */
	SSL *ssl;
};

/* --- time --- */

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t
deadline_of(const struct stream *stream)
{
	return now_ms() + stream->options.timeout_ms;
}

static int
fail(const struct stream *stream, const char *why, struct err *err)
{
	return err_set(err, ERR_SYSTEM, "cannot send to '%s' port %s: %s",
	    stream->options.host, stream->options.port, why);
}

/* Until the socket is ready, or, with fd -1, for a moment. */
static int
wait_for(struct stream *stream, short events, int64_t deadline, struct err *err)
{
	struct pollfd poll_fd = {.fd = stream->fd, .events = events};
	int step = events ? WAIT_MS : SETTLE_MS;

	for (;;) {
		int64_t left = deadline - now_ms();

		if (stream->options.stop && atomic_load(stream->options.stop))
			return fail(stream, "stopped", err);
		if (left <= 0)
			return fail(stream, "it takes too long", err);
		if (poll(&poll_fd, 1, left < step ? (int)left : step) > 0 ||
		    !events)
			return 0;
	}
}

/* --- TLS --- */

static int
fail_tls(const struct stream *stream, int code, struct err *err)
{
	int saved = errno;
	long verified =
	    stream->ssl ? SSL_get_verify_result(stream->ssl) : X509_V_OK;
	unsigned long reason = ERR_get_error();
	const char *why = reason ? ERR_reason_error_string(reason) : NULL;

	ERR_clear_error();
	if (verified != X509_V_OK)
		why = X509_verify_cert_error_string(verified);
	else if (code == SSL_ERROR_SYSCALL && saved)
		why = strerror(saved);
	return fail(stream, why ? why : "the connection was ended", err);
}

/* What to wait for before the same call is made again; -1: it failed. */
static int
tls_again(struct stream *stream, int got, int64_t deadline, struct err *err)
{
	int code = SSL_get_error(stream->ssl, got);

	if (code == SSL_ERROR_WANT_READ)
		return wait_for(stream, POLLIN, deadline, err);
	if (code == SSL_ERROR_WANT_WRITE)
		return wait_for(stream, POLLOUT, deadline, err);
	return fail_tls(stream, code, err);
}

static bool
set_context(struct stream *stream)
{
	const struct stream_options *options = &stream->options;
	SSL_CTX *context = stream->context = SSL_CTX_new(TLS_client_method());

	if (!context)
		abort();
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE);
	return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) &&
	       (options->ca ? SSL_CTX_load_verify_locations(
	                          context, options->ca, NULL)
	                    : SSL_CTX_set_default_verify_paths(context)) &&
	       (!options->cert || SSL_CTX_use_certificate_chain_file(
	                              context, options->cert) == 1) &&
	       (!options->key || SSL_CTX_use_PrivateKey_file(context,
	                             options->key, SSL_FILETYPE_PEM) == 1);
}

/* The certificate must be for the address, or the name. */
static bool
set_name(struct stream *stream)
{
	const char *host = stream->options.host;
	unsigned char address[sizeof(struct in6_addr)];
	char *name;
	bool ok;

	if (inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(
		           SSL_get0_param(stream->ssl), host) == 1;
	/* A copy, since the macro takes it for one that may be changed. */
	name = xstrdup(host);
	ok = SSL_set1_host(stream->ssl, host) == 1 &&
	     SSL_set_tlsext_host_name(stream->ssl, name) == 1;
	free(name);
	return ok;
}

/*
 * In TLS 1.3 we are through before the other side has looked at our
 * certificate, so a refusal would come when we believe to have sent something.
 */
static int
await_refusal(struct stream *stream, struct err *err)
{
	struct pollfd poll_fd = {.fd = stream->fd, .events = POLLIN};

	if (stream->options.cert && poll(&poll_fd, 1, GREET_MS) > 0 &&
	    !stream_alive(stream))
		return fail(stream, "it does not take our certificate", err);
	return 0;
}

static int
start_tls(struct stream *stream, struct err *err)
{
	int64_t deadline = deadline_of(stream);
	int got;

	if (!set_context(stream))
		return fail_tls(stream, SSL_ERROR_SSL, err);
	stream->ssl = SSL_new(stream->context);
	if (!stream->ssl || !SSL_set_fd(stream->ssl, stream->fd))
		abort();
	if (!set_name(stream))
		return fail_tls(stream, SSL_ERROR_SSL, err);
	while ((got = SSL_connect(stream->ssl)) != 1)
		if (tls_again(stream, got, deadline, err))
			return -1;
	return await_refusal(stream, err);
}

/* --- the socket --- */

/* What errno says of a connection that was begun; 0: it is there. */
static int
connect_result(int fd)
{
	int error = 0;
	socklen_t n = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) ? errno : error;
}

static int
connect_one(
    struct stream *stream, const struct addrinfo *address, struct err *err)
{
	int error = 0, one = 1;

	stream->fd = socket(address->ai_family,
	    address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (stream->fd < 0)
		return fail(stream, strerror(errno), err);
	if (connect(stream->fd, address->ai_addr, address->ai_addrlen))
		error = errno;
	if (error == EINPROGRESS) {
		if (wait_for(stream, POLLOUT, deadline_of(stream), err))
			return -1;
		error = connect_result(stream->fd);
	}
	if (error)
		return fail(stream, strerror(error), err);
	if (address->ai_socktype == SOCK_STREAM)
		setsockopt(
		    stream->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return 0;
}

static int
connect_any(struct stream *stream, struct err *err)
{
	const struct stream_options *options = &stream->options;
	const struct addrinfo hints = {
	    .ai_family = AF_UNSPEC,
	    .ai_socktype =
	        options->over == STREAM_UDP ? SOCK_DGRAM : SOCK_STREAM,
	};
	struct addrinfo *list = NULL;
	int status = getaddrinfo(options->host, options->port, &hints, &list);

	if (status)
		return fail(stream, gai_strerror(status), err);
	status = -1;
	for (struct addrinfo *a = list; status && a; a = a->ai_next) {
		if (stream->fd >= 0)
			close(stream->fd);
		status = connect_one(stream, a, err);
	}
	freeaddrinfo(list);
	return status;
}

int
stream_open(
    struct stream **out, const struct stream_options *options, struct err *err)
{
	struct stream *stream = xcalloc(1, sizeof(*stream));

	stream->options = *options;
	stream->fd = -1;
	if (connect_any(stream, err) ||
	    (options->over == STREAM_TLS && start_tls(stream, err))) {
		stream_close(stream);
		return -1;
	}
	*out = stream;
	return 0;
}

void
stream_close(struct stream *stream)
{
	if (!stream)
		return;
	if (stream->ssl) {
		if (SSL_is_init_finished(stream->ssl))
			SSL_shutdown(stream->ssl);
		SSL_free(stream->ssl);
		ERR_clear_error();
	}
	SSL_CTX_free(stream->context);
	if (stream->fd >= 0)
		close(stream->fd);
	free(stream);
}

/* --- bytes --- */

bool
stream_alive(struct stream *stream)
{
	char room[4096];
	ssize_t got = 1;
	bool alive;

	if (stream->options.over == STREAM_UDP)
		return true;
	if (!stream->ssl) {
		while (got > 0)
			got = recv(stream->fd, room, sizeof(room), 0);
		return got < 0 && (errno == EAGAIN || errno == EINTR);
	}
	while (got > 0)
		got = SSL_read(stream->ssl, room, sizeof(room));
	alive = SSL_get_error(stream->ssl, (int)got) == SSL_ERROR_WANT_READ;
	ERR_clear_error();
	return alive;
}

static int
send_datagram(struct stream *stream, struct slice bytes, struct err *err)
{
	int64_t deadline = deadline_of(stream);

	while (send(stream->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL) < 0) {
		if (errno == EMSGSIZE)
			return err_set(err, ERR_LIMIT,
			    "%zu bytes are too long for a datagram", bytes.len);
		if (errno != EAGAIN && errno != EINTR)
			return fail(stream, strerror(errno), err);
		if (wait_for(stream, POLLOUT, deadline, err))
			return -1;
	}
	return 0;
}

/* How many bytes were taken; 0: none yet, -1: it failed. */
static ssize_t
write_some(struct stream *stream, struct slice bytes, int64_t deadline,
    struct err *err)
{
	ssize_t got;

	if (stream->ssl) {
		got = SSL_write(stream->ssl, bytes.ptr,
		    bytes.len < INT_MAX ? (int)bytes.len : INT_MAX);
		return got > 0 ? got
		               : tls_again(stream, (int)got, deadline, err);
	}
	got = send(stream->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
	if (got >= 0 || errno == EINTR)
		return got > 0 ? got : 0;
	if (errno != EAGAIN)
		return fail(stream, strerror(errno), err);
	return wait_for(stream, POLLOUT, deadline, err);
}

int
stream_send(struct stream *stream, struct slice bytes, struct err *err)
{
	int64_t deadline = deadline_of(stream);

	if (stream->options.over == STREAM_UDP)
		return send_datagram(stream, bytes, err);
	while (bytes.len) {
		ssize_t got = write_some(stream, bytes, deadline, err);

		if (got < 0)
			return -1;
		bytes = slice_skip(bytes, (size_t)got);
	}
	return 0;
}

int
stream_settle(struct stream *stream, struct err *err)
{
	int64_t deadline = deadline_of(stream);
	int waiting = 0;

	if (stream->options.over == STREAM_UDP)
		return 0;
	for (;;) {
		if (!stream_alive(stream))
			return fail(stream, "the connection was ended", err);
		if (ioctl(stream->fd, SIOCOUTQ, &waiting))
			return fail(stream, strerror(errno), err);
		if (!waiting)
			return 0;
		if (wait_for(stream, 0, deadline, err))
			return -1;
	}
}
