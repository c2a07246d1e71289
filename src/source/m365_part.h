#ifndef SOURCE_M365_PART_H
#define SOURCE_M365_PART_H

#include "net/http_client.h"
#include "source/m365_answer.h"
#include "source/m365_config.h"
#include "source/m365_content.h"
#include "source/pace.h"
#include "source/reply.h"
#include "json/json.h"

/*
 * m365_part - what the parts of the source m365 share.
 */
#define SECOND_US  ((int64_t)1000000)
#define HOUR_US    (3600 * SECOND_US)
#define KEPT_US    (HOUR_US * 24 * 7) /* content may be listed so long */
#define TIMEOUT_MS 120000

/* A content type. */
struct m365_stream {
	const char *type;
	struct contents *contents;
	int64_t listed_us; /* all before was listed; EVENT_NO_TIME: nothing */
	int64_t start_us;  /* not to be started before; mono */
	int64_t start_pause_us;
	int64_t again_us; /* when to look back further; mono */
	bool on;          /* its subscription */
	bool looked;      /* whether it was there, and on, was asked */
	int64_t off_us;   /* it was found off: nothing is known since then */
};

struct source {
	struct hub *hub;
	const char *name;
	const struct m365_config *config;
	char *root; /* URL up to "feed/"; owned */
	struct entra *entra;
	struct http_client *client;
	struct json_parser *parser;
	struct pace pace;
	struct m365_stream streams[TYPES_MAX];
	size_t stream_count;
	int64_t skew_us; /* the API's clock minus ours */
	bool trouble;    /* in this round */
};

/* --- m365_ask.c --- */

/* The API's clock. */
int64_t m365_now_us(const struct source *m);

/* What went wrong, for status; this round is no good one. */
void m365_say(struct source *m, const char *what, const char *why);

/* Of every answer: what it says of the API's clock and of our pace. */
enum m365_answer m365_look(
    struct source *m, const struct http_reply *reply, char why[M365_WHY_MAX]);

/*
 * A request for the API itself, in its turn, and once more where that may help
 * at once; ANSWER_AGAIN also if there was no answer.
 */
enum m365_answer m365_ask(struct source *m, const char *method, const char *url,
    struct http_reply *reply, char why[M365_WHY_MAX]);

/* Adds what every URL has, and a NUL. */
void m365_add_publisher(const struct source *m, struct buf *url);

/* --- m365_list.c --- */

/* Which subscriptions are on. */
void m365_look_at_subscriptions(struct source *m);

/*
 * Where a subscription was off there is a gap, from off_us on.  It is told
 * before it is started again: else who is killed then would never tell it.
 * When it is on, the gap is told again, up to then, and `ends` it.
 */
#define M365_OFF "the subscription is off; "
bool m365_note_off(struct source *m, struct m365_stream *stream, bool ends);

/*
 * Starts the subscription; if it was off, there is a gap until now.  Not before
 * it was looked at: once it is started nobody can tell that it was off.
 */
void m365_start(struct source *m, struct m365_stream *stream);

/* Lists what is new of the stream, up to now. */
void m365_list(struct source *m, struct m365_stream *stream);

/* --- m365_fetch.c --- */

/* Fetches all that is wanted and need not be waited for. */
void m365_fetch(struct source *m);

#endif
