#ifndef SOURCE_M365_ANSWER_H
#define SOURCE_M365_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "source/reply.h"

/*
 * m365_answer - what an answer of the Activity API means for who asked.
 */
enum m365_answer {
	ANSWER_WELL,
	ANSWER_THROTTLED, /* 429, or 403 with AF429 */
	ANSWER_TOKEN,     /* 401: another token may help */
	ANSWER_OFF,       /* AF20022, AF20023: the subscription is not on */
	ANSWER_EXPIRED,   /* AF20051: never again */
	ANSWER_AGAIN,     /* later: AF5xxxx, 408, 5xx, and whatever else */
};

#define M365_WHY_MAX ERR_MSG_MAX

/* `why` gets it in words.  A start that changes nothing (AF20024) is well. */
enum m365_answer m365_answer(struct json_parser *parser,
    const struct http_reply *reply, char why[M365_WHY_MAX]);

/* Whether an item of the list of subscriptions says that this type's is on. */
bool m365_is_on(struct json item, const char *type);

#endif
