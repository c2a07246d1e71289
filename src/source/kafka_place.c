#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/event.h"
#include "source/kafka_lost.h"

#define ASK_MS       5000
#define REVOKE_US    INT64_C(10000000)
#define LIST_US      INT64_C(60000000)
#define LIST_SOON_US INT64_C(2000000)

struct kafka_part *
kafka_find(const struct source *source, const char *topic, int32_t partition)
{
	for (size_t i = 0; i < source->count; i++)
		if (source->parts[i]->partition == partition &&
		    !strcmp(source->parts[i]->topic, topic))
			return source->parts[i];
	return NULL;
}

struct kafka_part *
kafka_find_or_add(struct source *source, const char *topic, int32_t partition)
{
	struct kafka_part *part = kafka_find(source, topic, partition);

	if (part)
		return part;
	part = kafka_part_new(topic, partition);
	pthread_mutex_lock(&source->lock);
	source->parts = xrealloc(
	    source->parts, (source->count + 1) * sizeof(struct kafka_part *));
	source->parts[source->count++] = part;
	pthread_mutex_unlock(&source->lock);
	return part;
}

int
kafka_refuse(const struct kafka_session *session, rd_kafka_resp_err_t code,
    const char *what)
{
	struct buf text = {0};

	if (kafka_is_silence(code) && kafka_say_again(session))
		return -1;
	buf_printf(&text, "%s: %s%c", what, rd_kafka_err2str(code), '\0');
	kafka_say(session, code, text.ptr);
	buf_release(&text);
	return -1;
}

/* Why there cannot be read on is said; then all begins anew. */
static void
check(struct kafka_session *session, rd_kafka_error_t *error)
{
	if (!error)
		return;
	kafka_say(
	    session, rd_kafka_error_code(error), rd_kafka_error_string(error));
	session->broken = true;
	rd_kafka_error_destroy(error);
}

/* --- where a partition begins --- */

/*
 * What the ledger has of it.  Only this thread changes which partitions there
 * are and where they are; what is not back from the ledger is not read twice.
 */
bool
kafka_from_ledger(
    struct source *source, struct kafka_part *part, int64_t *offset)
{
	struct kafka_cursor cursor;
	struct buf next = {0};
	int64_t known_us;
	bool found;

	pthread_mutex_lock(&source->lock);
	found = part->outstanding > 0 || part->moved;
	*offset = part->from;
	pthread_mutex_unlock(&source->lock);
	if (found)
		return true;
	known_us = hub_cursor(
	    source->place.hub, source->place.name, part->stream, &next);
	found = kafka_cursor_read(buf_slice(&next), &cursor);
	buf_release(&next);
	pthread_mutex_lock(&source->lock);
	if (found) {
		*offset = cursor.offset;
		part->again = cursor.again;
		part->anchor = cursor.anchor;
	}
	part->known_us = known_us;
	pthread_mutex_unlock(&source->lock);
	return found;
}

static rd_kafka_topic_partition_list_t *
unplaced(const rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_topic_partition_list_t *out =
	    rd_kafka_topic_partition_list_new(list->cnt);

	for (int i = 0; i < list->cnt; i++)
		if (list->elems[i].offset < 0)
			rd_kafka_topic_partition_list_add(out,
			    list->elems[i].topic, list->elems[i].partition);
	return out;
}

/* Puts the offsets of `found` that are some into the list. */
static void
put_offsets(rd_kafka_topic_partition_list_t *list,
    const rd_kafka_topic_partition_list_t *found)
{
	for (int i = 0; i < found->cnt; i++) {
		const rd_kafka_topic_partition_t *f = &found->elems[i];
		rd_kafka_topic_partition_t *to;

		to = rd_kafka_topic_partition_list_find(
		    list, f->topic, f->partition);
		if (to && !f->err && f->offset >= 0)
			to->offset = f->offset;
	}
}

static int
from_group(struct kafka_session *session, rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_topic_partition_list_t *found = unplaced(list);
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

	if (found->cnt)
		code = rd_kafka_committed(session->rk, found, ASK_MS);
	if (!code)
		put_offsets(list, found);
	rd_kafka_topic_partition_list_destroy(found);
	return code ? kafka_refuse(
	                  session, code, "cannot read the group's offsets")
	            : 0;
}

/* The offsets at a time in milliseconds, or at either end. */
static int
from_times(struct kafka_session *session, rd_kafka_topic_partition_list_t *list,
    int64_t time_ms)
{
	rd_kafka_topic_partition_list_t *found = unplaced(list);
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

	for (int i = 0; i < found->cnt; i++)
		found->elems[i].offset = time_ms;
	if (found->cnt)
		code = rd_kafka_offsets_for_times(session->rk, found, ASK_MS);
	for (int i = 0; !code && i < found->cnt; i++)
		code = found->elems[i].err;
	if (!code)
		put_offsets(list, found);
	rd_kafka_topic_partition_list_destroy(found);
	return code ? kafka_refuse(session, code, "cannot read where to start")
	            : 0;
}

/*
 * What came before is not wanted: this is where the ledger goes on, also if
 * there is no message before the next stop.
 */
static void
tell_start(const struct kafka_session *session,
    const rd_kafka_topic_partition_list_t *fresh,
    rd_kafka_topic_partition_list_t *list, int64_t time_us)
{
	const struct source_place *place = &session->source->place;

	for (int i = 0; i < fresh->cnt; i++) {
		const rd_kafka_topic_partition_t *at = &fresh->elems[i];
		const struct kafka_part *part =
		    kafka_find(session->source, at->topic, at->partition);
		struct buf next = {0};

		at = rd_kafka_topic_partition_list_find(
		    list, at->topic, at->partition);
		kafka_part_cursor(part, at->offset, &next);
		buf_char(&next, '\0');
		hub_clock(
		    place->hub, place->name, part->stream, time_us, next.ptr);
		buf_release(&next);
	}
}

static int
from_start(struct kafka_session *session, rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_topic_partition_list_t *fresh = unplaced(list);
	int64_t time_us, now_us = time_now_us();
	enum kafka_start start =
	    kafka_config_start(&session->source->config, &time_us);
	int status = 0;

	if (start == KAFKA_EARLIEST)
		status = from_times(session, list, RD_KAFKA_OFFSET_BEGINNING);
	else if (start == KAFKA_TIME)
		status = from_times(session, list, time_us / 1000);
	/* No message is as late as that time. */
	if (!status && start != KAFKA_EARLIEST)
		status = from_times(session, list, RD_KAFKA_OFFSET_END);
	if (!status && start != KAFKA_EARLIEST)
		tell_start(session, fresh, list,
		    start == KAFKA_TIME && time_us < now_us ? time_us : now_us);
	rd_kafka_topic_partition_list_destroy(fresh);
	return status;
}

static void
begin(struct source *source, struct kafka_part *part, int64_t offset)
{
	pthread_mutex_lock(&source->lock);
	kafka_part_begin(part, offset);
	part->assigned = true;
	pthread_mutex_unlock(&source->lock);
}

/* Its messages go to the reader. */
static void
forward(const struct kafka_session *session, const char *topic, int32_t id)
{
	rd_kafka_queue_t *queue =
	    rd_kafka_queue_get_partition(session->rk, topic, id);

	if (!queue)
		return;
	rd_kafka_queue_forward(queue, session->messages);
	rd_kafka_queue_destroy(queue);
}

/*
 * Begins before the positions, where the anchors are.  A leader that is away
 * is no reason not to read what others have: it is known later, then, that
 * nothing is there any more.
 */
static void
look_back(struct kafka_session *session, rd_kafka_topic_partition_list_t *list)
{
	struct source *source = session->source;
	rd_kafka_topic_partition_list_t *low =
	    rd_kafka_topic_partition_list_copy(list);
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

	for (int i = 0; i < low->cnt; i++)
		low->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
	if (low->cnt)
		code = rd_kafka_offsets_for_times(session->rk, low, ASK_MS);
	pthread_mutex_lock(&source->lock);
	for (int i = 0; i < list->cnt; i++) {
		rd_kafka_topic_partition_t *at = &list->elems[i];
		const rd_kafka_topic_partition_t *found =
		    rd_kafka_topic_partition_list_find(
		        low, at->topic, at->partition);

		at->offset = kafka_part_look_back(
		    kafka_find(source, at->topic, at->partition),
		    code || found->err ? KAFKA_NOWHERE : found->offset);
	}
	pthread_mutex_unlock(&source->lock);
	rd_kafka_topic_partition_list_destroy(low);
}

int
kafka_place(
    struct kafka_session *session, rd_kafka_topic_partition_list_t *list)
{
	struct source *source = session->source;

	for (int i = 0; i < list->cnt; i++) {
		rd_kafka_topic_partition_t *at = &list->elems[i];
		struct kafka_part *part =
		    kafka_find_or_add(source, at->topic, at->partition);

		if (!kafka_from_ledger(source, part, &at->offset))
			at->offset = RD_KAFKA_OFFSET_INVALID;
	}
	if (from_group(session, list) || from_start(session, list))
		return -1;
	for (int i = 0; i < list->cnt; i++) {
		const rd_kafka_topic_partition_t *at = &list->elems[i];

		if (at->offset < 0)
			return kafka_refuse(session,
			    RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, at->topic);
		begin(source, kafka_find(source, at->topic, at->partition),
		    at->offset);
		forward(session, at->topic, at->partition);
	}
	look_back(session, list);
	return 0;
}

/* --- all partitions --- */

static int
list_topic(struct kafka_session *session, const char *topic,
    rd_kafka_topic_partition_list_t *out)
{
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(session->rk, topic, NULL);
	const struct rd_kafka_metadata *found = NULL;
	rd_kafka_resp_err_t code;
	bool again;

	if (!rkt)
		return kafka_refuse(session, rd_kafka_last_error(), topic);
	code = rd_kafka_metadata(session->rk, 0, rkt, &found, ASK_MS);
	if (!code && found->topic_cnt == 1)
		code = found->topics[0].err;
	for (int i = 0; !code && i < found->topics[0].partition_cnt; i++) {
		int32_t id = found->topics[0].partitions[i].id;
		struct kafka_part *part =
		    kafka_find(session->source, topic, id);

		if (part)
			part->missing = 0;
		if (!part || !part->assigned)
			rd_kafka_topic_partition_list_add(out, topic, id);
	}
	again = !code && kafka_lost_partitions(
	                     session, topic, found->topics[0].partition_cnt);
	if (found)
		rd_kafka_metadata_destroy(found);
	rd_kafka_topic_destroy(rkt);
	if (code)
		return kafka_refuse(session, code, topic);
	return again ? -1 : 0;
}

void
kafka_place_list(struct kafka_session *session)
{
	bool all = session->source->config.partitions == KAFKA_ALL;
	const struct config_texts *topics = &session->source->config.topics;
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(16);
	rd_kafka_error_t *error = NULL;
	int64_t again_us = LIST_US;

	/* One topic that is not there does not keep others from being read. */
	for (size_t i = 0; i < topics->count; i++)
		if (list_topic(session, topics->list[i], list))
			again_us = LIST_SOON_US;
	if (!topics->count && list_topic(session, session->topic, list))
		again_us = LIST_SOON_US;
	if (all && list->cnt && kafka_place(session, list))
		again_us = LIST_SOON_US;
	else if (all && list->cnt)
		error = rd_kafka_incremental_assign(session->rk, list);
	check(session, error);
	rd_kafka_topic_partition_list_destroy(list);
	session->list_us = time_now_us() + again_us;
}

/* --- what is given back --- */

void
kafka_place_wait(struct source *source, int64_t timeout_us)
{
	int64_t end_us = time_now_us() + timeout_us;
	struct timespec end = {end_us / 1000000, end_us % 1000000 * 1000};
	int status = 0;

	pthread_mutex_lock(&source->lock);
	while (source->outstanding && !status)
		status =
		    pthread_cond_timedwait(&source->back, &source->lock, &end);
	pthread_mutex_unlock(&source->lock);
}

void
kafka_place_drain(struct kafka_session *session)
{
	struct source *source = session->source;
	uint64_t reads;

	pthread_mutex_lock(&source->lock);
	reads = session->reads;
	while (session->holds && session->reads == reads)
		pthread_cond_wait(&source->back, &source->lock);
	pthread_mutex_unlock(&source->lock);
}

/*
 * What was read and not given is whose they are next to read; what was given
 * is waited for, so that they begin behind it.
 */
void
kafka_place_revoke(
    struct kafka_session *session, const rd_kafka_topic_partition_list_t *list)
{
	struct source *source = session->source;

	pthread_mutex_lock(&source->lock);
	for (int i = 0; i < list->cnt; i++) {
		struct kafka_part *part = kafka_find(
		    source, list->elems[i].topic, list->elems[i].partition);

		if (!part)
			continue;
		part->assigned = false;
		kafka_part_drop(part);
	}
	pthread_mutex_unlock(&source->lock);
	kafka_place_wait(source, REVOKE_US);
	kafka_place_commit(session, true);
}

void
kafka_place_commit(struct kafka_session *session, bool wait)
{
	struct source *source = session->source;
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(16);

	pthread_mutex_lock(&source->lock);
	for (size_t i = 0; i < source->count; i++) {
		struct kafka_part *part = source->parts[i];

		if (part->durable <= part->committed)
			continue;
		part->committed = part->durable;
		rd_kafka_topic_partition_list_add(
		    list, part->topic, part->partition)
		    ->offset = part->durable;
	}
	pthread_mutex_unlock(&source->lock);
	/* For others to see: the next one makes good for a failure. */
	if (list->cnt)
		(void)rd_kafka_commit(session->rk, list, !wait);
	rd_kafka_topic_partition_list_destroy(list);
}

/* --- what is there, and what is not --- */

static rd_kafka_topic_partition_list_t *
assigned(struct source *source)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new((int)source->count);

	for (size_t i = 0; i < source->count; i++)
		if (source->parts[i]->assigned)
			rd_kafka_topic_partition_list_add(list,
			    source->parts[i]->topic,
			    source->parts[i]->partition)
			    ->offset = RD_KAFKA_OFFSET_END;
	return list;
}

static void
say_well(struct kafka_session *session, int count, int64_t behind)
{
	const struct source_place *place = &session->source->place;

	hub_say(place->hub, place->name, HUB_WELL,
	    "reads %d partition%s, %" PRId64 " messages behind", count,
	    count > 1 ? "s" : "", behind);
	*session->reason = '\0';
	session->refused = false;
	session->well_us = time_now_us();
}

void
kafka_place_mark(struct kafka_session *session)
{
	struct source *source = session->source;
	rd_kafka_topic_partition_list_t *list = assigned(source);
	int64_t asked_us = time_now_us(), behind = 0;
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
	bool answered;

	if (list->cnt)
		code = rd_kafka_offsets_for_times(session->rk, list, ASK_MS);
	answered = !code;
	pthread_mutex_lock(&source->lock);
	for (int i = 0; answered && i < list->cnt; i++) {
		const rd_kafka_topic_partition_t *at = &list->elems[i];
		struct kafka_part *part =
		    kafka_find(source, at->topic, at->partition);

		if (at->err)
			code = at->err;
		if (at->err || at->offset < 0)
			continue;
		/* A partition does not get shorter. */
		if (at->offset < part->end)
			session->broken = session->at_once = true;
		part->end = at->offset;
		if (at->offset > part->position)
			behind += at->offset - part->position;
		if (part->mark == KAFKA_NOWHERE) {
			part->mark = at->offset;
			part->mark_us = asked_us;
		}
	}
	pthread_mutex_unlock(&source->lock);
	if (code) {
		kafka_refuse(session, code, "cannot read where partitions end");
		/* There may be fewer than there were. */
		if (session->list_us > asked_us + LIST_SOON_US)
			session->list_us = asked_us + LIST_SOON_US;
	} else if (list->cnt)
		say_well(session, list->cnt, behind);
	rd_kafka_topic_partition_list_destroy(list);
}

void
kafka_place_clock(struct kafka_session *session)
{
	struct source *source = session->source;

	for (size_t i = 0; i < source->count; i++) {
		struct kafka_part *part = source->parts[i];
		struct buf next = {0};
		int64_t time_us;
		bool all;

		pthread_mutex_lock(&source->lock);
		all = part->assigned && kafka_part_clock(part, &time_us);
		kafka_part_cursor(part, part->durable, &next);
		pthread_mutex_unlock(&source->lock);
		buf_char(&next, '\0');
		if (all)
			hub_clock(source->place.hub, source->place.name,
			    part->stream, time_us, next.ptr);
		buf_release(&next);
	}
}
