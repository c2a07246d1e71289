#include "source/kafka_lost.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/event.h"

#define ASK_MS 5000

/* --- a place that is not there --- */

/* What became of what was behind the position; kafka_part.h has the words. */
static void
say_renewed(
    const struct kafka_part *part, bool other, int64_t high, struct buf *out)
{
	const struct kafka_anchor *anchor = &part->anchor;

	if (other)
		buf_printf(out,
		    "the topic was made anew since message %jd was read; what "
		    "came to the old one behind it, and was not read, is not "
		    "known",
		    (intmax_t)(anchor->digest ? anchor->offset
		                              : part->position - 1));
	else
		buf_printf(out,
		    "the topic was made anew or cut off: it ends at %jd, and "
		    "was read up to %jd; what came between is not known",
		    (intmax_t)high, (intmax_t)part->position);
}

static void
tell_lost(const struct source *source, const struct kafka_part *part,
    const char *detail)
{
	struct buf key = {0};

	buf_printf(&key, "%s/%jd", part->stream, (intmax_t)part->position);
	if (part->again)
		buf_printf(&key, "@%ju", (uintmax_t)part->again);
	buf_char(&key, '\0');
	hub_gap(source->place.hub, &(struct gap){.source = source->place.name,
	                               .stream = part->stream,
	                               .key = key.ptr,
	                               .cause = GAP_EXPIRED,
	                               .from_us = part->known_us,
	                               .to_us = time_now_us(),
	                               .heals_until_us = EVENT_NO_TIME,
	                               .detail = detail});
	buf_release(&key);
}

static void
find_place(struct kafka_session *session, struct kafka_part *part)
{
	int64_t low = 0, high = 0, offset = part->position;
	bool other = part->halt == KAFKA_OTHER, renewed;
	struct buf detail = {0};
	rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
	    session->rk, part->topic, part->partition, &low, &high, ASK_MS);

	if (code) {
		kafka_refuse(session, code, part->stream);
		return;
	}
	renewed = other || offset > high;
	if (renewed)
		say_renewed(part, other, high, &detail);
	else if (offset < low)
		buf_printf(&detail,
		    "offsets %jd to %jd were gone before they were read",
		    (intmax_t)offset, (intmax_t)(low - 1));
	if (detail.len) {
		buf_char(&detail, '\0');
		tell_lost(session->source, part, detail.ptr);
	}
	pthread_mutex_lock(&session->source->lock);
	if (renewed)
		kafka_part_renew(part, low);
	else
		kafka_part_begin(part, offset < low ? low : offset);
	part->assigned = false;
	part->moved = true;
	pthread_mutex_unlock(&session->source->lock);
	session->broken = session->at_once = true;
	buf_release(&detail);
}

void
kafka_lost_halted(struct kafka_session *session, bool lost)
{
	struct source *source = session->source;

	for (size_t i = 0; i < source->count; i++) {
		struct kafka_part *part = source->parts[i];
		bool is_lost, stopped;
		int64_t offset;

		pthread_mutex_lock(&source->lock);
		is_lost =
		    part->assigned && !part->outstanding &&
		    (part->halt == KAFKA_LOST || part->halt == KAFKA_OTHER);
		stopped = part->stopped && kafka_part_may_go_on(part, &offset);
		pthread_mutex_unlock(&source->lock);
		if (is_lost && lost)
			find_place(session, part);
		if (stopped)
			session->broken = session->at_once = true;
	}
}

/* --- the same topic? --- */

/* A partition as it was before its broker was asked. */
struct before {
	struct kafka_part *part;
	struct kafka_times times;
	struct kafka_anchor newest;
};

/* Those that can be judged by the times of what came. */
static size_t
list_before(struct source *source, struct before *before,
    rd_kafka_topic_partition_list_t *list)
{
	size_t n = 0;

	for (size_t i = 0; i < source->count; i++) {
		struct kafka_part *part = source->parts[i];
		const struct kafka_times now = {
		    part->position, part->latest_us};

		if (!part->assigned || part->halt || part->unsure)
			continue;
		/* Without times there is nothing to be learnt. */
		if (now.latest_us == EVENT_NO_TIME) {
			if (part->newest.digest)
				part->anchor = part->newest;
			continue;
		}
		if (part->times.latest_us == EVENT_NO_TIME) {
			part->times = now;
			part->ordered = false;
		}
		before[n++] = (struct before){part, now, part->newest};
		rd_kafka_topic_partition_list_add(
		    list, part->topic, part->partition)
		    ->offset = part->times.latest_us / 1000 + 1;
	}
	return n;
}

/*
 * `later`: the first message that is later than those that came until then.
 * Where none was before the position, there will never be one, in the same
 * partition; nor, since all that came after was read, one that is later than
 * all of that.
 */
static bool
is_other(const struct before *before, int64_t later)
{
	struct kafka_part *part = before->part;
	bool passed = later >= 0 && later < part->times.position;
	bool other = passed && part->ordered;

	part->ordered = !passed;
	part->times = before->times;
	if (!other && before->newest.digest)
		part->anchor = before->newest;
	return other;
}

/*
 * A topic that is deleted, made anew and as long as it was within a second is
 * read on as if nothing had been.  Its messages are later than what came of
 * the old one, though, and so are some before our position.  That is only a
 * hint, since anyone may give any time to a message: the anchor, which stays
 * where it was, decides when all begins anew.
 */
void
kafka_lost_look(struct kafka_session *session)
{
	struct source *source = session->source;
	struct before *before = xcalloc(source->count + 1, sizeof(*before));
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new((int)source->count);
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
	size_t n;

	pthread_mutex_lock(&source->lock);
	n = list_before(source, before, list);
	pthread_mutex_unlock(&source->lock);
	/* What hinders us is said where ends are asked for. */
	if (n)
		code = rd_kafka_offsets_for_times(session->rk, list, ASK_MS);
	pthread_mutex_lock(&source->lock);
	for (size_t i = 0; !code && i < n; i++) {
		const struct kafka_part *part = before[i].part;
		const rd_kafka_topic_partition_t *at =
		    rd_kafka_topic_partition_list_find(
		        list, part->topic, part->partition);

		if (!at->err && is_other(&before[i], at->offset))
			session->broken = session->at_once = true;
	}
	pthread_mutex_unlock(&source->lock);
	rd_kafka_topic_partition_list_destroy(list);
	free(before);
}

/* --- fewer partitions --- */

/* The partitions that the ledger knows of the topic. */
static void
add_known(struct source *source, const char *topic)
{
	struct hub *hub = source->place.hub;
	const struct coverage *coverage;
	size_t len = strlen(topic);

	hub_lock(hub);
	coverage = hub_coverage(hub);
	for (size_t i = 0; i < coverage_stream_count(coverage); i++) {
		struct coverage_stream stream;
		uint64_t id;

		coverage_stream(coverage, i, &stream);
		if (!strcmp(stream.source, source->place.name) &&
		    !strncmp(stream.stream, topic, len) &&
		    stream.stream[len] == '/' &&
		    slice_to_u64(slice_cstr(stream.stream + len + 1), &id) &&
		    id <= INT32_MAX)
			(void)kafka_find_or_add(source, topic, (int32_t)id);
	}
	hub_unlock(hub);
}

/* Since a partition cannot go, the topic is another one.  True: look again. */
static bool
is_gone(struct kafka_session *session, struct kafka_part *part, int32_t count)
{
	struct source *source = session->source;
	struct buf detail = {0}, next = {0};
	int64_t offset;

	/* A broker that heard late of a new partition does not know it yet. */
	if (!part->missing++)
		return true;
	if (part->assigned) {
		if (source->config.partitions == KAFKA_ALL)
			session->broken = session->at_once = true;
		return true;
	}
	if (part->outstanding)
		return true;
	if (!kafka_from_ledger(source, part, &offset))
		return false;
	part->position = offset;
	buf_printf(&detail,
	    "the topic was made anew with fewer partitions (%d); this one was "
	    "read up to %jd, and what came then is not known%c",
	    count, (intmax_t)offset, '\0');
	tell_lost(source, part, detail.ptr);
	kafka_part_cursor(part, offset, &next);
	buf_char(&next, '\0');
	hub_clock(source->place.hub, source->place.name, part->stream,
	    time_now_us(), next.ptr);
	buf_release(&detail);
	buf_release(&next);
	return false;
}

bool
kafka_lost_partitions(
    struct kafka_session *session, const char *topic, int32_t count)
{
	struct source *source = session->source;
	bool again = false;

	add_known(source, topic);
	for (size_t i = 0; i < source->count; i++) {
		struct kafka_part *part = source->parts[i];

		if (part->partition >= count && !strcmp(part->topic, topic))
			again = is_gone(session, part, count) || again;
	}
	return again;
}
