#ifndef SIM_SIGNIN_H
#define SIM_SIGNIN_H

#include "apps.h"
#include "gen.h"

/*
 * signin - who got in, and with what: sign-ins of people and apps, and calls of
 * Graph.  A sign-in of a person is told by the audit log and by the sign-in
 * log, under one id.
 */

/* One sign-in; what is left zero is an ordinary one that works. */
struct signin {
	const struct who *who;
	enum app_id app, resource; /* APP_GRAPH, the zero, is as good as any */
	unsigned number; /* which app of that name, from 1; 0: the first */
	unsigned error;
	bool device_code;
	bool single_factor;
	bool silent;          /* refresh token: Event Hub only */
	const char *token;    /* incomingTokenType */
	const char *transfer; /* originalTransferMethod */
	const char *risk;     /* level, if the suite saw any */
	const char *risk_type;
	bool unbound;
};

void signin(struct gen *gen, const struct signin *signin);

struct service_signin {
	const struct app_view *app;
	enum app_id resource;
	const char *ip;
	enum net_id net;
	const char *key;  /* NULL: its usual credential */
	bool certificate; /* else a secret */
};

void signin_service(struct gen *gen, const struct service_signin *signin);

/* A call of Graph by a person's client, or by an app (who NULL). */
struct graph_call {
	const struct who *who;
	const struct app_view *app;
	const char *ip; /* of the app */
	enum net_id net;
	const char *agent;
	const char *verb, *uri, *scopes;
	unsigned status;
	const struct person *mailbox; /* of the message that it reads */
	uint32_t message;             /* which of the inbox; 0: none by id */
};

void graph_call(struct gen *gen, const struct graph_call *call);

/* An ordinary one. */
void graph_ordinary(struct gen *gen, const struct who *who);

#endif
