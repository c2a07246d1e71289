#include "net/http_listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FLAGS (SOCK_NONBLOCK | SOCK_CLOEXEC)

static const struct slice unix_prefix = SLICE_INIT("unix:");

static bool
is_unix(struct slice where)
{
	return where.len > unix_prefix.len &&
	       !memcmp(where.ptr, unix_prefix.ptr, unix_prefix.len);
}

static int
listen_on(int fd, const char *where, struct err *err)
{
	if (listen(fd, SOMAXCONN))
		return err_sys(err, "cannot listen on '%s'", where);
	return 0;
}

/* --- Unix sockets --- */

/* Whether it is a socket that nobody listens on any more. */
static bool
is_stale(const struct sockaddr_un *un)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | FLAGS, 0);
	struct stat st;
	bool stale = fd >= 0 && !lstat(un->sun_path, &st) &&
	             S_ISSOCK(st.st_mode) &&
	             connect(fd, (const struct sockaddr *)un, sizeof(*un)) &&
	             errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return stale;
}

static int
listen_unix(const char *where, int *fd, struct err *err)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	const struct sockaddr *sa = (const struct sockaddr *)&un;
	const char *path = where + unix_prefix.len;
	int status;

	if (strlen(path) >= sizeof(un.sun_path))
		return err_set(err, ERR_USAGE,
		    "'%s': a socket's path has at most %zu bytes", path,
		    sizeof(un.sun_path) - 1);
	memcpy(un.sun_path, path, strlen(path));
	*fd = socket(AF_UNIX, SOCK_STREAM | FLAGS, 0);
	if (*fd < 0)
		return err_sys(err, "cannot make a socket");
	status = bind(*fd, sa, sizeof(un));
	if (status && errno == EADDRINUSE && is_stale(&un) && !unlink(path))
		status = bind(*fd, sa, sizeof(un));
	else if (status && errno != EADDRINUSE)
		return err_sys(err, "cannot make socket '%s'", path);
	if (status)
		return err_set(err, ERR_SYSTEM,
		    "cannot make socket '%s': it is in use", path);
	return listen_on(*fd, where, err);
}

/* --- addresses --- */

/* HOST:PORT or [HOST]:PORT in two strings, the second within the first. */
static int
split(char *where, char **host, char **port)
{
	char *colon = strrchr(where, ':');
	uint64_t number;

	/* getaddrinfo() takes 65536 for 0. */
	if (!colon || !slice_to_u64(slice_cstr(colon + 1), &number) ||
	    number > UINT16_MAX)
		return -1;
	*colon = '\0';
	*port = colon + 1;
	*host = where;
	if (where[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		++*host;
	} else if (strpbrk(where, ":[]")) {
		return -1;
	}
	return **host ? 0 : -1;
}

static int
listen_address(
    const struct addrinfo *found, const char *where, int *fd, struct err *err)
{
	const int on = 1;

	*fd = socket(found->ai_family, SOCK_STREAM | FLAGS, 0);
	if (*fd < 0)
		return err_sys(err, "cannot make a socket");
	if (setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(*fd, found->ai_addr, found->ai_addrlen))
		return err_sys(err, "cannot listen on '%s'", where);
	return listen_on(*fd, where, err);
}

static int
listen_name(const char *where, int *fd, struct err *err)
{
	static const struct addrinfo hints = {
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	    .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL;
	char *copy, *host, *port;
	int status = -1, code;

	if (asprintf(&copy, "%s", where) < 0)
		abort();
	if (split(copy, &host, &port)) {
		err_set(err, ERR_USAGE,
		    "'%s' is neither HOST:PORT, [HOST]:PORT nor unix:PATH",
		    where);
		goto out;
	}
	code = getaddrinfo(host, port, &hints, &found);
	if (code)
		err_set(err, ERR_USAGE, "cannot listen on '%s': %s", where,
		    gai_strerror(code));
	else
		status = listen_address(found, where, fd, err);
out:
	if (found)
		freeaddrinfo(found);
	free(copy);
	return status;
}

static int
add_address(int fd, struct buf *address, struct err *err)
{
	struct sockaddr_storage storage = {0};
	struct sockaddr *sa = (struct sockaddr *)&storage;
	socklen_t len = sizeof(storage);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getsockname(fd, sa, &len) ||
	    getnameinfo(sa, len, host, sizeof(host), port, sizeof(port),
	        NI_NUMERICHOST | NI_NUMERICSERV))
		return err_sys(err, "cannot tell where a socket listens");
	buf_printf(address, sa->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s",
	    host, port);
	return 0;
}

int
http_listen(const char *where, int *fd, struct buf *address, struct err *err)
{
	bool is_path = is_unix(slice_cstr(where));
	int status;

	*fd = -1;
	status =
	    is_path ? listen_unix(where, fd, err) : listen_name(where, fd, err);
	if (!status && is_path)
		buf_str(address, where);
	else if (!status)
		status = add_address(*fd, address, err);
	if (status && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	buf_char(address, '\0');
	return status;
}

void
http_unlisten(const struct buf *address)
{
	if (is_unix(buf_slice(address)))
		unlink(address->ptr + unix_prefix.len);
}
