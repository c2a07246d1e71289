#include "cmd/run_face.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "cmd/run_service.h"
#include "net/http_server.h"

#define BODY_MAX        4096
#define TIMEOUT_MS      10000
#define CONNECTIONS_MAX 16

struct run_face {
	struct service *service;
	struct http_server *server;
	pthread_t thread;
};

static void
handle(
    void *ctx, const struct http_request *request, struct http_answer *answer)
{
	struct run_face *face = ctx;

	answer->status = 200;
	if (!slice_eq(request->method, SLICE("GET"))) {
		answer->status = 405;
	} else if (slice_eq(request->path, SLICE("/status"))) {
		answer->content_type = "application/json";
		service_status(face->service, &answer->body);
	} else if (slice_eq(request->path, SLICE("/metrics"))) {
		answer->content_type = "text/plain; version=0.0.4";
		service_metrics(face->service, &answer->body);
	} else if (slice_eq(request->path, SLICE("/healthz"))) {
		answer->status = service_health(face->service, &answer->body);
	} else {
		answer->status = 404;
	}
}

static void *
serve(void *arg)
{
	struct run_face *face = arg;
	struct err err;

	if (http_server_run(face->server, &err))
		fprintf(stderr, "firn: %s\n", err.msg);
	return NULL;
}

int
run_face_open(struct run_face **out, const char *listen,
    struct service *service, struct err *err)
{
	struct run_face *face = xcalloc(1, sizeof(*face));
	const struct http_server_options options = {.listen = listen,
	    .body_max = BODY_MAX,
	    .timeout_ms = TIMEOUT_MS,
	    .connections_max = CONNECTIONS_MAX,
	    .handle = handle,
	    .ctx = face};

	face->service = service;
	if (http_server_open(&face->server, &options, err)) {
		free(face);
		return -1;
	}
	if (pthread_create(&face->thread, NULL, serve, face)) {
		http_server_close(face->server);
		free(face);
		return err_set(err, ERR_SYSTEM, "cannot start a thread");
	}
	fprintf(stderr, "firn: status at http://%s/status\n",
	    http_server_address(face->server));
	*out = face;
	return 0;
}

void
run_face_close(struct run_face *face)
{
	if (!face)
		return;
	http_server_stop(face->server);
	pthread_join(face->thread, NULL);
	http_server_close(face->server);
	free(face);
}
