#include "source/kafka.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/event.h"
#include "source/kafka_lost.h"

#define LOOK_US  INT64_C(1000000)
#define POLL_MS  100
#define AGAIN_US INT64_C(5000000)
#define STOP_US  INT64_C(5000000)

struct kafka_bad {
	struct kafka_bad *next;
	const struct kafka_part *part;
	int64_t first, behind, created_us;
	char *why;
};

/* --- what hinders us --- */

static const char *
words_of(rd_kafka_resp_err_t code)
{
	switch (code) {
	case RD_KAFKA_RESP_ERR__RESOLVE:
		return "the name of a broker is not known";
	case RD_KAFKA_RESP_ERR__TRANSPORT:
	case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
	case RD_KAFKA_RESP_ERR__TIMED_OUT:
	case RD_KAFKA_RESP_ERR__WAIT_COORD:
		return "no broker answers";
	case RD_KAFKA_RESP_ERR__SSL:
		return "TLS fails";
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
	case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
		return "the login was refused";
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
		return "we may not read the topic";
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
		return "we may not use the group";
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
		return "there is no such topic or partition";
	case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
	case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
		return "messages are compressed in a way that is not known";
	default:
		return "the broker refuses";
	}
}

bool
kafka_is_silence(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR__TRANSPORT ||
	       code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
	       code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
	       code == RD_KAFKA_RESP_ERR__WAIT_COORD;
}

void
kafka_say(const struct kafka_session *session, rd_kafka_resp_err_t code,
    const char *detail)
{
	const struct source_place *place = &session->source->place;

	hub_say(place->hub, place->name, HUB_TROUBLE, "%s (%s)", words_of(code),
	    detail);
}

bool
kafka_say_again(const struct kafka_session *session)
{
	const struct source_place *place = &session->source->place;

	if (!*session->reason)
		return false;
	hub_say(place->hub, place->name, HUB_TROUBLE, "%s", session->reason);
	return true;
}

static bool
is_refusal(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
	       code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED;
}

/* A connection that ends is nothing yet: kafka_place_mark() sees. */
static void
on_error(rd_kafka_t *rk, int error, const char *reason, void *opaque)
{
	struct kafka_session *session = opaque;
	rd_kafka_resp_err_t code = (rd_kafka_resp_err_t)error;
	char text[256];

	if (code == RD_KAFKA_RESP_ERR__FATAL) {
		code = rd_kafka_fatal_error(rk, text, sizeof(text));
		session->broken = true;
		reason = text;
	}
	if (kafka_is_silence(code) && *session->reason)
		return;
	if (is_refusal(code) && session->no_token) {
		session->no_token = false;
		return;
	}
	session->refused = session->refused || is_refusal(code);
	/* Its own words are the same whatever is wrong with one. */
	if (code == RD_KAFKA_RESP_ERR__SSL && strstr(reason, "certificate") &&
	    kafka_tls_wrong(session, text, sizeof(text)))
		reason = text;
	(void)snprintf(session->reason, sizeof(session->reason), "%s (%s)",
	    words_of(code), reason);
	if (code != RD_KAFKA_RESP_ERR__TRANSPORT)
		(void)kafka_say_again(session);
}

/* Where the library's log goes: what counts comes as an error too. */
static void
on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	(void)rk;
	(void)level;
	(void)facility;
	(void)text;
}

/* --- parcels --- */

static void
free_all(struct source *source)
{
	for (size_t i = 0; i < source->count; i++)
		kafka_part_free(source->parts[i]);
	while (source->bad) {
		struct kafka_bad *bad = source->bad;

		source->bad = bad->next;
		free(bad->why);
		free(bad);
	}
	free(source->parts);
	pthread_cond_destroy(&source->back);
	pthread_mutex_destroy(&source->lock);
	free(source);
}

static void
keep_bad(struct source *source, const struct kafka_given *given,
    const struct parcel *parcel, const char *why)
{
	struct kafka_bad *bad = xcalloc(1, sizeof(*bad));

	*bad = (struct kafka_bad){source->bad, given->part, given->first,
	    given->next, parcel->created_us, xstrdup(why ? why : "no log")};
	source->bad = bad;
}

/* The loop's thread: nothing here may call the hub. */
static void
on_done(void *ctx, const struct parcel *parcel, enum parcel_end end,
    const char *why)
{
	struct kafka_given *given = ctx;
	struct source *source = given->owner;
	bool last;

	pthread_mutex_lock(&source->lock);
	source->outstanding--;
	kafka_part_back(given->part, given, end);
	if (end == PARCEL_BROKEN)
		keep_bad(source, given, parcel, why);
	last = source->closed && !source->outstanding;
	pthread_cond_broadcast(&source->back);
	pthread_mutex_unlock(&source->lock);
	free(given);
	if (last)
		free_all(source);
}

static void
tell_bad(struct source *source)
{
	struct kafka_bad *bad, *next;

	pthread_mutex_lock(&source->lock);
	bad = source->bad;
	source->bad = NULL;
	pthread_mutex_unlock(&source->lock);
	for (; bad; bad = next) {
		struct buf key = {0};

		next = bad->next;
		buf_printf(&key, "%s/%jd-%jd%c", bad->part->stream,
		    (intmax_t)bad->first, (intmax_t)(bad->behind - 1), '\0');
		hub_gap(source->place.hub,
		    &(struct gap){.source = source->place.name,
		        .stream = bad->part->stream,
		        .key = key.ptr,
		        .cause = GAP_UNREADABLE,
		        .from_us = bad->created_us,
		        .to_us = bad->created_us,
		        .heals_until_us = EVENT_NO_TIME,
		        .detail = bad->why});
		buf_release(&key);
		free(bad->why);
		free(bad);
	}
}

/* --- a session --- */

static void
on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
    rd_kafka_topic_partition_list_t *list, void *opaque)
{
	struct kafka_session *session = opaque;
	const struct source_place *place = &session->source->place;

	if (code != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		kafka_place_revoke(session, list);
		(void)rd_kafka_assign(rk, NULL);
		/* Lest they are taken for what comes if it is ours again. */
		kafka_place_drain(session);
		return;
	}
	if (kafka_place(session, list)) {
		session->broken = true;
		(void)rd_kafka_assign(rk, NULL);
		return;
	}
	if (!list->cnt)
		hub_say(place->hub, place->name, HUB_WAITS,
		    "other members of the group have all partitions");
	(void)rd_kafka_assign(rk, list);
}

static void *
destroy(void *arg)
{
	struct kafka_session *session = arg;

	if (session->messages)
		rd_kafka_queue_destroy(session->messages);
	if (session->rk)
		rd_kafka_destroy(session->rk);
	free(session->topic);
	free(session);
	return NULL;
}

/*
 * librdkafka may wait for ever for a partition that was deleted while it was
 * read (its issues 3007 and 4362).  Then it is left where it is, and with it
 * what its callbacks need, so that we go on, and can be stopped.
 */
static void
close_session(struct kafka_session *session)
{
	int64_t end_us = time_now_us() + STOP_US;
	struct timespec end = {end_us / 1000000, end_us % 1000000 * 1000};
	pthread_t thread;

	if (pthread_create(&thread, NULL, destroy, session))
		destroy(session);
	else if (pthread_timedjoin_np(thread, NULL, &end))
		pthread_detach(thread);
}

static int
subscribe(struct kafka_session *session, struct err *err)
{
	const struct config_texts *topics = &session->source->config.topics;
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_resp_err_t code;

	if (session->source->config.partitions == KAFKA_ALL)
		return 0;
	list = rd_kafka_topic_partition_list_new(4);
	for (size_t i = 0; i < topics->count; i++)
		rd_kafka_topic_partition_list_add(
		    list, topics->list[i], RD_KAFKA_PARTITION_UA);
	if (!topics->count)
		rd_kafka_topic_partition_list_add(
		    list, session->topic, RD_KAFKA_PARTITION_UA);
	code = rd_kafka_subscribe(session->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return code ? err_set(err, ERR_USAGE, "cannot join the group: %s",
	                  rd_kafka_err2str(code))
	            : 0;
}

/* NULL: it cannot be opened. */
static struct kafka_session *
open_session(struct source *source, struct err *err)
{
	struct kafka_session *session;
	struct buf topic = {0};
	rd_kafka_conf_t *conf = NULL;
	char why[256];

	if (kafka_config_make(&conf, &topic, &source->config, err)) {
		buf_release(&topic);
		return NULL;
	}
	buf_char(&topic, '\0');
	session = xcalloc(1, sizeof(*session));
	session->source = source;
	session->well_us = time_now_us();
	session->topic = topic.ptr;
	rd_kafka_conf_set_opaque(conf, session);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_log_cb(conf, on_log);
	rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
	rd_kafka_conf_set_ssl_cert_verify_cb(conf, kafka_tls_judge);
	rd_kafka_conf_set_oauthbearer_token_refresh_cb(
	    conf, kafka_token_refresh);
	session->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
	if (!session->rk) {
		rd_kafka_conf_destroy(conf);
		close_session(session);
		err_set(err, ERR_USAGE, "%s", why);
		return NULL;
	}
	rd_kafka_poll_set_consumer(session->rk);
	session->messages = rd_kafka_queue_new(session->rk);
	if (kafka_token_get(session, err) || subscribe(session, err)) {
		close_session(session);
		return NULL;
	}
	return session;
}

static void
look(struct kafka_session *session)
{
	int64_t now_us = time_now_us();

	if (now_us >= session->list_us)
		kafka_place_list(session);
	kafka_place_clock(session);
	kafka_lost_halted(session, now_us >= session->look_us);
	if (now_us < session->look_us || session->broken)
		return;
	kafka_lost_look(session);
	kafka_place_mark(session);
	/* Secrets may have been changed: they are read anew. */
	if (session->refused && now_us - session->well_us > AGAIN_US)
		session->broken = true;
	kafka_place_commit(session, false);
	session->look_us = now_us + LOOK_US;
}

/* Until we are to stop, or have to begin anew. */
static void
follow(struct kafka_session *session)
{
	struct source *source = session->source;

	while (!hub_stopping(source->place.hub) && !session->broken) {
		rd_kafka_message_t *message =
		    rd_kafka_consumer_poll(session->rk, POLL_MS);

		if (message && message->err)
			kafka_say(session, message->err,
			    rd_kafka_message_errstr(message));
		if (message)
			rd_kafka_message_destroy(message);
		tell_bad(source);
		look(session);
	}
}

static void
end_session(struct kafka_session *session)
{
	struct source *source = session->source;

	kafka_place_wait(source, STOP_US);
	tell_bad(source);
	kafka_place_clock(session);
	kafka_place_commit(session, false);
	pthread_mutex_lock(&source->lock);
	for (size_t i = 0; i < source->count; i++) {
		source->parts[i]->assigned = false;
		kafka_part_drop(source->parts[i]);
	}
	pthread_mutex_unlock(&source->lock);
	(void)rd_kafka_consumer_close(session->rk);
}

/* Whether the next one is to follow at once. */
static bool
run_session(struct kafka_session *session)
{
	bool at_once = false;
	pthread_t reader;

	if (!pthread_create(&reader, NULL, kafka_read, session)) {
		follow(session);
		atomic_store(&session->end, true);
		pthread_join(reader, NULL);
		end_session(session);
		at_once = session->at_once;
	}
	close_session(session);
	return at_once;
}

static void
kafka_run(struct source *source)
{
	const struct source_place *place = &source->place;
	bool at_once;

	do {
		struct err err = {0};
		struct kafka_session *session = open_session(source, &err);

		at_once = session && run_session(session);
		if (!session)
			hub_say(place->hub, place->name, HUB_TROUBLE, "%s",
			    err.msg);
	} while (hub_sleep(place->hub, at_once ? 0 : AGAIN_US));
}

static int
kafka_open(struct source **out, const struct source_place *place,
    const void *config, struct err *err)
{
	struct source *source;

	*out = NULL;
	if (kafka_config_check(config, err))
		return -1;
	source = xcalloc(1, sizeof(*source));
	source->place = *place;
	source->config = *(const struct kafka_config *)config;
	source->origin = (struct kafka_origin){.source = place->name,
	    .path = source->config.brokers.count ? "kafka" : "eventhub",
	    .done = on_done,
	    .owner = source};
	pthread_mutex_init(&source->lock, NULL);
	pthread_cond_init(&source->back, NULL);
	*out = source;
	return 0;
}

static void
kafka_close(struct source *source)
{
	bool last;

	if (!source)
		return;
	pthread_mutex_lock(&source->lock);
	source->closed = true;
	last = !source->outstanding;
	pthread_mutex_unlock(&source->lock);
	if (last)
		free_all(source);
}

const struct source_kind source_kafka = {
    .name = "kafka",
    .table = &kafka_table,
    .config_size = sizeof(struct kafka_config),
    .open = kafka_open,
    .run = kafka_run,
    .close = kafka_close,
};
