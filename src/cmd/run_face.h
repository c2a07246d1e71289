#ifndef CMD_RUN_FACE_H
#define CMD_RUN_FACE_H

#include "base/err.h"

/*
 * run_face - what a running service tells over HTTP, in a thread of its own:
 *
 *	/status    JSON, for `firn status`
 *	/metrics   Prometheus' text format
 *	/healthz   200, or 503 while nothing is taken
 *
 * It takes no orders and has no TLS: it belongs on loopback.
 */
struct run_face;
struct service;

int run_face_open(struct run_face **out, const char *listen,
    struct service *service, struct err *err);
void run_face_close(struct run_face *face);

#endif
