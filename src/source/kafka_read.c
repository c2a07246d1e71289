#include <stdlib.h>

#include "base/time.h"
#include "event/event.h"
#include "source/kafka_session.h"

#define MESSAGES_MAX 1000
#define IDLE_MS      200
#define SEEK_MS      10000

struct reader {
	struct kafka_session *session;
	struct source *source;
	struct kafka_parcels parcels;
	size_t found;    /* index of the partition that came last */
	bool waits;      /* a range is being made */
	int64_t came_us; /* the first of these messages */
	rd_kafka_message_t *messages[MESSAGES_MAX];
};

/* Messages come in runs of one partition. */
static struct kafka_part *
find(struct reader *r, const rd_kafka_message_t *message)
{
	const struct source *source = r->source;
	const char *topic =
	    message->rkt ? rd_kafka_topic_name(message->rkt) : NULL;

	for (size_t i = 0; topic && i < source->count; i++) {
		size_t at = (r->found + i) % source->count;
		struct kafka_part *part = source->parts[at];

		if (part->partition != message->partition ||
		    strcmp(part->topic, topic) != 0)
			continue;
		r->found = at;
		return part->assigned ? part : NULL;
	}
	return NULL;
}

static void
take_message(struct reader *r, struct kafka_part *part,
    const rd_kafka_message_t *message)
{
	rd_kafka_timestamp_type_t type;
	int64_t time_ms = rd_kafka_message_timestamp(message, &type);
	const struct kafka_message m = {
	    slice_of(message->payload, message->len),
	    message->offset,
	    type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? EVENT_NO_TIME
	                                             : time_ms * 1000,
	    r->came_us,
	};

	kafka_part_add(part, &r->source->origin, &m,
	    (size_t)r->source->config.batch_size, &r->parcels);
}

/* False: it is an error, to be said. */
static bool
take(struct reader *r, const rd_kafka_message_t *message)
{
	struct kafka_part *part = find(r, message);

	switch (message->err) {
	case RD_KAFKA_RESP_ERR_NO_ERROR:
		if (part)
			take_message(r, part, message);
		return true;
	case RD_KAFKA_RESP_ERR__PARTITION_EOF:
		if (part)
			kafka_part_pass(part, &r->source->origin,
			    message->offset, &r->parcels);
		return true;
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
		if (part)
			kafka_part_lose(part, &r->source->origin, &r->parcels);
		return true;
	default:
		return false;
	}
}

/*
 * Half of the time that a message may wait is spent on waiting for others
 * (read_some()), the other half here.
 */
static void
end_ripe(struct reader *r, int64_t now_us)
{
	struct source *source = r->source;

	r->waits = false;
	for (size_t i = 0; i < source->count; i++) {
		struct kafka_part *part = source->parts[i];

		if (!part->messages)
			continue;
		if (now_us - part->came_us >= source->config.batch_time / 2)
			kafka_part_end(part, &source->origin, &r->parcels);
		r->waits = r->waits || part->messages;
	}
}

static void
tell_unread(const struct source *source, const struct parcel *parcel)
{
	const struct kafka_given *given = parcel->ctx;
	struct buf key = {0}, detail = {0};

	buf_printf(&key, "%s/%jd%c", given->part->stream,
	    (intmax_t)(given->next - 1), '\0');
	buf_printf(&detail,
	    "message %jd is no JSON; its bytes are kept as kafka/unread%c",
	    (intmax_t)(given->next - 1), '\0');
	hub_gap(source->place.hub, &(struct gap){.source = source->place.name,
	                               .stream = given->part->stream,
	                               .key = key.ptr,
	                               .cause = GAP_UNREADABLE,
	                               .from_us = parcel->created_us,
	                               .to_us = parcel->created_us,
	                               .heals_until_us = EVENT_NO_TIME,
	                               .detail = detail.ptr});
	buf_release(&key);
	buf_release(&detail);
}

static void
give(struct reader *r)
{
	struct parcel *parcel = r->parcels.first, *next;

	for (; parcel; parcel = next) {
		const struct kafka_given *given = parcel->ctx;

		next = parcel->next;
		parcel->next = NULL;
		if (given->unread)
			tell_unread(r->source, parcel);
		hub_give(r->source->place.hub, parcel);
	}
	kafka_parcels_init(&r->parcels);
}

static size_t
read_some(struct reader *r)
{
	int wait_ms = (int)(r->source->config.batch_time / 2000);
	ssize_t n;

	r->messages[0] = rd_kafka_consume_queue(
	    r->session->messages, r->waits ? wait_ms : IDLE_MS);
	if (!r->messages[0])
		return 0;
	r->came_us = time_now_us();
	n = rd_kafka_consume_batch_queue(
	    r->session->messages, wait_ms, r->messages + 1, MESSAGES_MAX - 1);
	return 1 + (n > 0 ? (size_t)n : 0);
}

static void
handle(struct reader *r, size_t n)
{
	const rd_kafka_message_t *wrong = NULL;

	pthread_mutex_lock(&r->source->lock);
	for (size_t i = 0; i < n; i++)
		if (!take(r, r->messages[i]))
			wrong = r->messages[i];
	end_ripe(r, time_now_us());
	for (const struct parcel *p = r->parcels.first; p; p = p->next)
		r->source->outstanding++;
	r->session->holds = false;
	pthread_cond_broadcast(&r->source->back);
	pthread_mutex_unlock(&r->source->lock);
	if (wrong)
		kafka_say(
		    r->session, wrong->err, rd_kafka_message_errstr(wrong));
	for (size_t i = 0; i < n; i++)
		rd_kafka_message_destroy(r->messages[i]);
}

/* One that may go on; those that are stopped are not ours to wake. */
static struct kafka_part *
find_halted(struct reader *r, int64_t *offset)
{
	struct kafka_part *found = NULL;

	pthread_mutex_lock(&r->source->lock);
	for (size_t i = 0; !found && i < r->source->count; i++) {
		struct kafka_part *part = r->source->parts[i];

		if (!part->stopped && kafka_part_may_go_on(part, offset))
			found = part;
	}
	pthread_mutex_unlock(&r->source->lock);
	return found;
}

/*
 * Seeks where halted partitions are to go on.  Only here, where we have no
 * messages in hand, is it sure that none from before the seek come behind it,
 * and that none from behind it were dropped.
 */
static void
go_on(struct reader *r)
{
	struct source *source = r->source;
	struct kafka_part *part;
	int64_t offset;

	while (!r->session->broken && (part = find_halted(r, &offset))) {
		rd_kafka_topic_partition_list_t *list =
		    rd_kafka_topic_partition_list_new(1);
		rd_kafka_error_t *error;

		rd_kafka_topic_partition_list_add(
		    list, part->topic, part->partition)
		    ->offset = offset;
		error = rd_kafka_seek_partitions(r->session->rk, list, SEEK_MS);
		pthread_mutex_lock(&source->lock);
		/* It may have been taken from us meanwhile. */
		if (!error && !list->elems[0].err)
			kafka_part_go_on(part);
		else if (part->assigned)
			r->session->broken = true;
		pthread_mutex_unlock(&source->lock);
		if (error)
			rd_kafka_error_destroy(error);
		rd_kafka_topic_partition_list_destroy(list);
	}
}

static void
hold(struct reader *r)
{
	pthread_mutex_lock(&r->source->lock);
	r->session->holds = true;
	r->session->reads++;
	pthread_mutex_unlock(&r->source->lock);
}

void *
kafka_read(void *arg)
{
	struct kafka_session *session = arg;
	struct reader r = {.session = session, .source = session->source};

	kafka_parcels_init(&r.parcels);
	while (!atomic_load(&session->end)) {
		size_t n;

		go_on(&r);
		hold(&r);
		n = read_some(&r);
		handle(&r, n);
		give(&r);
	}
	return NULL;
}
