#ifndef SIM_SERVE_ASK_H
#define SIM_SERVE_ASK_H

#include "serve_flow.h"
#include "serve_form.h"

/*
 * serve_ask - one request of the activity API: who asks for what, whether they
 * may, and refusals in the suite's words.
 */

/* Requests of a tenant in that minute since 1970. */
struct quota {
	int64_t minute;
	unsigned requests;
};

struct webhooks;
struct notice;

struct ask {
	struct serve_call *call;
	struct webhooks *webhooks;
	struct quota *quotas;             /* by tenant */
	const struct content_blob **page; /* room for a page of a list */
	const struct notice **notices;    /* the same of notifications */
	struct form form;                 /* the query */
	struct slice operation;           /* of the path behind feed/ */
	/* From ask_check() on: */
	struct serve_tenant *tenant;
	struct content *content;
	struct fault_target target; /* its type is -1 if none was named */
	enum content_type type;
};

/* Refuses with what that code says, with these values in it.  -1. */
int ask_refuse(const struct ask *ask, unsigned status, const char *code,
    struct slice a, struct slice b);

/* The same for a code without values, with status 400. */
int ask_refuse_plain(const struct ask *ask, const char *code);

/* Token, tenant, quota and faults.  -1 if the answer is settled. */
int ask_check(struct ask *ask, struct slice tenant);

/* -1, and refused, unless a content type is named. */
int ask_check_type(const struct ask *ask);

/* A member that is a time, as the API writes it. */
void ask_add_time(struct buf *out, const char *key, int64_t time_us);

/* A fault may have the answer's JSON cut short. */
void ask_truncate(const struct ask *ask);

#endif
