#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * err - what went wrong, in words, carried from the place that found out to
 * the place that tells someone.
 *
 * A function that can fail for reasons outside the program takes a struct
 * err * as its last argument and returns -1.  It fills the err once, where
 * the failure is detected.  Callers may add context on the way up.  Only the
 * edge (main, a worker's loop, an HTTP handler) prints or logs it.
 *
 * Wording: lower case, no final full stop, the subject in single quotes:
 * "cannot open '%s'".
 */

enum err_code {
	ERR_NONE,
	ERR_USAGE,   /* the caller asked for something impossible */
	ERR_INPUT,   /* bytes from outside are malformed */
	ERR_SYSTEM,  /* the operating system refused; the text says why */
	ERR_CORRUPT, /* bytes we wrote ourselves do not verify */
	ERR_LIMIT,   /* a configured bound was reached */
};

#define ERR_MSG_MAX 512

struct err {
	enum err_code code;
	char msg[ERR_MSG_MAX]; /* one line, NUL-terminated, maybe cut short */
};

/*
 * All three return -1, so that a failing function reads
 *	return err_set(err, ERR_INPUT, "line %zu is empty", n);
 * A NULL err is allowed and drops the text.
 */

/* Sets the code and the message. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets ERR_SYSTEM and "<message>: <text of errno>". */
int err_sys(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts "<context>: " in front of the message; leaves the code alone. */
int err_context(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
