#ifndef SOURCE_KAFKA_LOST_H
#define SOURCE_KAFKA_LOST_H

#include "source/kafka_session.h"

/*
 * kafka_lost - what is not there any more: offsets that the broker dropped, a
 * topic that was deleted and made anew, partitions that a new one has not.
 * Each is a gap, and reading goes on where there is something.  In the thread
 * that talks with people.
 */

/*
 * Partitions that the broker stopped, having nothing at their position, go on
 * by a new session, since librdkafka does not wake them reliably: a seek does
 * nothing then, and one that is taken back and assigned anew may forget whose
 * queue its messages go to.  With `lost`, also those of which something is
 * gone, elsewhere, which is said.
 */
void kafka_lost_halted(struct kafka_session *session, bool lost);

/* Whether messages came that tell of another topic: then all begins anew. */
void kafka_lost_look(struct kafka_session *session);

/*
 * Tells which partitions a topic had, if it has only so many.  True: look
 * again soon whether it is so.
 */
bool kafka_lost_partitions(
    struct kafka_session *session, const char *topic, int32_t count);

#endif
