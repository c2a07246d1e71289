#ifndef BASE_WHOLE_H
#define BASE_WHOLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * whole - all of some bytes through a socket that blocks, however many calls it
 * takes.  False: the other end is gone, or errno says what failed.
 */
bool whole_read(int fd, void *to, size_t n);

/* Raises no SIGPIPE. */
bool whole_send(int fd, const void *from, size_t n);

#endif
