#ifndef SOURCE_KAFKA_SESSION_H
#define SOURCE_KAFKA_SESSION_H

#include <pthread.h>

#include "source/kafka_config.h"
#include "source/kafka_part.h"
#include "source/source.h"

/*
 * kafka_session - what the files of the kafka source share.
 *
 * The lock guards the partitions and what counts them.  No function of the hub
 * or of librdkafka is called under it.
 */
struct kafka_bad;

struct source {
	struct source_place place;
	struct kafka_config config;
	struct kafka_origin origin;

	pthread_mutex_t lock;
	pthread_cond_t back; /* a parcel is back */
	/* Never fewer: parcels that are not back point to them. */
	struct kafka_part **parts;
	size_t count;
	size_t outstanding;
	bool closed;           /* the last parcel frees it */
	struct kafka_bad *bad; /* parcels that were no log, not yet told */
};

/* From a connection to where one has to begin anew. */
struct kafka_session {
	struct source *source;
	rd_kafka_t *rk;
	rd_kafka_queue_t *messages; /* of all partitions */
	char *topic;                /* of the connection string; NULL */
	/* The reader has messages that are not in parcels yet. */
	bool holds;
	uint64_t reads;           /* how often it began to */
	atomic_bool end;          /* the reader is to stop */
	atomic_bool broken;       /* has to begin anew */
	bool at_once;             /* without a pause */
	int64_t look_us, list_us; /* when to do it again */
	int64_t well_us;          /* when a broker answered last */
	/* What hinders us, in words; empty: nothing since all went well. */
	char reason[512];
	bool refused;  /* a login, since all went well */
	bool no_token; /* was said, and librdkafka is to say it again */
	/* Why a certificate was refused last; under the lock. */
	char certificate[200];
};

/* Says what hinders us, in plain words. */
void kafka_say(const struct kafka_session *session, rd_kafka_resp_err_t code,
    const char *detail);

/* Says again what hindered us last; false: nothing did. */
bool kafka_say_again(const struct kafka_session *session);

/* Only that nobody answers; why may have been said before. */
bool kafka_is_silence(rd_kafka_resp_err_t code);

/* Says that something cannot be done; -1. */
int kafka_refuse(const struct kafka_session *session, rd_kafka_resp_err_t code,
    const char *what);

/* --- kafka_place.c: where partitions are read, what is told of them --- */

/* NULL: there is none. */
struct kafka_part *
kafka_find(const struct source *source, const char *topic, int32_t partition);
struct kafka_part *
kafka_find_or_add(struct source *source, const char *topic, int32_t partition);

/* Where a partition is read on, if the ledger knows it. */
bool kafka_from_ledger(
    struct source *source, struct kafka_part *part, int64_t *offset);

/* Sets offsets in the list, and that its partitions are ours; -1: cannot. */
int kafka_place(
    struct kafka_session *session, rd_kafka_topic_partition_list_t *list);

/*
 * Looks which partitions the topics have.  Where all are to be read, places
 * those that we have not yet.
 */
void kafka_place_list(struct kafka_session *session);

/* Waits until the reader has none of the messages that it has now. */
void kafka_place_drain(struct kafka_session *session);

/* Those in the list are not ours any more; waits a while for parcels. */
void kafka_place_revoke(
    struct kafka_session *session, const rd_kafka_topic_partition_list_t *list);

/* Asks for the ends of the partitions. */
void kafka_place_mark(struct kafka_session *session);

/* Says until when all is there. */
void kafka_place_clock(struct kafka_session *session);

/* Commits what is durable to the group. */
void kafka_place_commit(struct kafka_session *session, bool wait);

/* Waits until all parcels are back, at most so long. */
void kafka_place_wait(struct source *source, int64_t timeout_us);

/* --- kafka_read.c --- */

/* A thread's function: reads until the session, its argument, has its end. */
void *kafka_read(void *arg);

/* --- kafka_token.c --- */

/* Asks for a token, so that there is one before anybody has to log in. */
int kafka_token_get(struct kafka_session *session, struct err *err);

/* librdkafka's callback; the opaque is the session. */
void kafka_token_refresh(rd_kafka_t *rk, const char *text, void *opaque);

/* --- kafka_tls.c --- */

/* The same, of a certificate and what is wrong with it, in any thread. */
int kafka_tls_judge(rd_kafka_t *rk, const char *broker, int32_t id, int *wrong,
    int depth, const char *der, size_t len, char *why, size_t why_size,
    void *opaque);

/* What was wrong with a certificate last; false: nothing was. */
bool kafka_tls_wrong(struct kafka_session *session, char *text, size_t size);

#endif
