#include "ledger/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ledger/dir.h"

#define NAME "control"

/* An address, and the folder that it goes through; -1: through none. */
struct address {
	struct sockaddr_un un;
	int dir;
};

/* A path of a socket has at most 107 bytes: a longer one goes through /proc. */
static int
make_address(struct address *address, const char *dir, struct err *err)
{
	struct sockaddr_un *un = &address->un;
	size_t room = sizeof(un->sun_path);

	*address = (struct address){.un.sun_family = AF_UNIX, .dir = -1};
	if (strlen(dir) + sizeof("/" NAME) <= room) {
		snprintf(un->sun_path, room, "%s/" NAME, dir);
		return 0;
	}
	address->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (address->dir < 0)
		return err_sys(err, "cannot open folder '%s'", dir);
	snprintf(un->sun_path, room, "/proc/self/fd/%d/" NAME, address->dir);
	return 0;
}

static const struct sockaddr *
plain(const struct address *address)
{
	return (const struct sockaddr *)&address->un;
}

static void
release(struct address *address)
{
	if (address->dir >= 0)
		close(address->dir);
}

static int
bind_here(
    int fd, const struct address *address, const char *dir, struct err *err)
{
	/* The mode that it is born with: at no moment may others connect. */
	if (fchmod(fd, 0600))
		return err_sys(err, "cannot make a socket");
	if (unlink(address->un.sun_path) && errno != ENOENT)
		return err_sys(err, "cannot remove '%s/" NAME "'", dir);
	if (bind(fd, plain(address), sizeof(address->un)))
		return err_sys(err, "cannot make '%s/" NAME "'", dir);
	if (listen(fd, SOMAXCONN))
		return err_sys(err, "cannot listen on '%s/" NAME "'", dir);
	return 0;
}

int
control_listen(const char *dir, int *fd, struct err *err)
{
	struct address address;
	int status;

	*fd = -1;
	if (make_address(&address, dir, err))
		return -1;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	status = *fd < 0 ? err_sys(err, "cannot make a socket")
	                 : bind_here(*fd, &address, dir, err);
	release(&address);
	if (status && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	return status;
}

void
control_unlisten(const char *dir)
{
	char *path = dir_path(dir, NAME);

	unlink(path);
	free(path);
}

static int
set_timeout(int fd, unsigned timeout_ms, struct err *err)
{
	const struct timeval time = {
	    timeout_ms / 1000, (suseconds_t)(timeout_ms % 1000) * 1000};

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time)))
		return err_sys(err, "cannot make a socket");
	return 0;
}

int
control_connect(
    const char *dir, unsigned timeout_ms, int *fd, bool *there, struct err *err)
{
	struct address address;
	int status;

	*there = false;
	*fd = -1;
	if (make_address(&address, dir, err))
		return -1;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	status = *fd < 0 ? err_sys(err, "cannot make a socket")
	                 : set_timeout(*fd, timeout_ms, err);
	if (!status) {
		*there = !connect(*fd, plain(&address), sizeof(address.un));
		if (!*there && errno != ENOENT && errno != ECONNREFUSED)
			status = err_sys(
			    err, "cannot connect to '%s/" NAME "'", dir);
	}
	release(&address);
	if (!*there && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	return status;
}

bool
control_peer_ok(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

int64_t
control_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
