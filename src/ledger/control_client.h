#ifndef LEDGER_CONTROL_CLIENT_H
#define LEDGER_CONTROL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * control_client - one client as the server sees it: a request comes in, piece
 * by piece, and waits until it is answered; the answer goes out, piece by
 * piece; then comes the next.  Nothing here blocks.
 */
struct control_client {
	int fd; /* -1: this place is free */
	bool greeted;
	bool last;     /* once what is in `out` is sent, it is closed */
	bool waits;    /* until others' requests are answered: see held */
	struct buf in; /* of the greeting, or of one request */
	struct buf out;
	size_t sent;      /* of out */
	size_t held;      /* bytes of the request, taken from the common sum */
	int64_t since_ms; /* when what is half done began; 0: nothing is */
	int64_t used_ms;  /* when it had its last answer */
	struct buf verdict; /* room for the verdicts of an answer */
};

/* On a socket that does not block, which it owns from now on. */
void control_client_open(struct control_client *client, int fd);

/*
 * Takes what has come, up to the end of a request.  *held is what the requests
 * of all clients may still take: one that is too long for it waits.
 *
 * Here as below, a client that went away is closed: its place is free then.
 */
void control_client_receive(struct control_client *client, size_t *held);

/* Sends what can be sent. */
void control_client_send(struct control_client *client, size_t *held);

/* Whether a whole request is there; *body is what stands behind its length. */
bool
control_client_asks(const struct control_client *client, struct slice *body);

/* Whether it has neither begun a request nor has an answer to take. */
bool control_client_idle(const struct control_client *client);

/* The request is answered: the answer is in `out`. */
void control_client_next(struct control_client *client, size_t *held);

/* Says why, and closes when that is sent. */
void control_client_refuse(
    struct control_client *client, const char *why, size_t *held);

void control_client_close(struct control_client *client, size_t *held);

#endif
