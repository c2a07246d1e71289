#ifndef SOURCE_KAFKA_PART_H
#define SOURCE_KAFKA_PART_H

#include "source/hub.h"
#include "source/kafka_given.h"

/*
 * kafka_part - a partition: what was read of it becomes parcels, each a range
 * of its messages.
 *
 * A range is named by where it begins.  One that a stop cut in two is given
 * again: its records stand where they stood, and those that were taken are
 * passed over.  But where it ended is not known any more.  So the first range
 * of a partition is waited for (`first_given`) before there is a second one,
 * and if the ledger has more of it than we gave (kafka_part_short()), it is
 * read and given again, twice as long.
 *
 * What is in a range:
 *	lines   messages whose lines are JSON objects, one after the other
 *	alone   one message that is JSON on several lines, or a list
 *	unread  one message that is no JSON: kept as a record of firn's own
 *	        about it, with its bytes in base64, and told as a gap
 * as told by brackets and quotes alone; what is wrong inside is for the reader
 * to count.  Knows no Kafka.  The caller locks.
 */
#define KAFKA_NOWHERE (-1)

struct kafka_part {
	char *topic, *stream; /* stream: "topic/partition" */
	int32_t partition;
	bool assigned;
	uint64_t again;   /* kafka_cursor.h */
	int64_t position; /* the next offset to be read */
	/*
	 * Where the next range begins: behind the last one, even if what comes
	 * first is further on (what is no message has offsets too), so that it
	 * has the same name after a restart.
	 */
	int64_t from;

	/* Why what comes is not taken: position is to be sought again. */
	enum kafka_halt {
		KAFKA_GOES,
		KAFKA_FULL,  /* it has to wait for the first range */
		KAFKA_SHORT, /* the first range was too short */
		KAFKA_LOST,  /* there is nothing at the position */
		KAFKA_OTHER, /* the topic is not the one that we know */
	} halt;
	bool stopped; /* the broker had nothing there: is fetched no more */
	bool moved;   /* to where nothing of it is in the ledger yet */
	bool first_given, first_back;
	int64_t first, first_end; /* where it began, and behind it */
	int64_t least;            /* a range that ends before is too short */

	/* The range that is being made; empty: none is. */
	struct buf body;
	struct kafka_anchor last; /* message */
	uint64_t messages;
	int64_t created_us, came_us; /* its first message; here */

	/* Behind the last range that is durable, or in a gap: the cursor. */
	int64_t durable, committed;
	struct kafka_anchor newest; /* the last message of that */
	size_t outstanding;         /* parcels that are not back */

	/*
	 * What we know of the topic, where nothing has told that it became
	 * another one since (kafka_same.c).
	 */
	struct kafka_anchor anchor, taken; /* taken: this message */
	bool unsure;                       /* the anchor was not seen yet */
	int64_t
	    latest_us; /* of all that came; EVENT_NO_TIME: none has a time */
	/* When that was told last: no message before is later than latest_us.
	 */
	struct kafka_times {
		int64_t position, latest_us;
	} times;
	bool ordered;     /* that is so */
	unsigned missing; /* how often the topic had fewer partitions */

	int64_t end; /* of the partition, as it was said last */
	/* The end of the partition as it was at mark_us; NOWHERE: none. */
	int64_t mark, mark_us;
	int64_t known_us; /* until when all is there; EVENT_NO_TIME */
};

struct kafka_part *kafka_part_new(const char *topic, int32_t partition);
void kafka_part_free(struct kafka_part *part);

/* Goes to an offset; what was not given is dropped. */
void kafka_part_begin(struct kafka_part *part, int64_t offset);

/*
 * From where to fetch, so that the anchor comes first, if the partition begins
 * at `low` (NOWHERE: not known).  What comes before the position is looked at,
 * and not given.
 */
int64_t kafka_part_look_back(struct kafka_part *part, int64_t low);

/* The topic is another one, which begins at an offset. */
void kafka_part_renew(struct kafka_part *part, int64_t offset);

/* Where to go on if so much of it is in the ledger. */
void kafka_part_cursor(
    const struct kafka_part *part, int64_t offset, struct buf *out);

/*
 * Whether it is halted, not lost, and may go on, from *offset; and does so.
 * Messages from before a seek to there must not come any more.
 */
bool kafka_part_may_go_on(const struct kafka_part *part, int64_t *offset);
void kafka_part_go_on(struct kafka_part *part);

/* What was read and not given is forgotten. */
void kafka_part_drop(struct kafka_part *part);

/* Takes a message; adds the parcels that are complete by that. */
void kafka_part_add(struct kafka_part *part, const struct kafka_origin *origin,
    const struct kafka_message *message, size_t size_max,
    struct kafka_parcels *out);

/* Ends the range, if it may end here. */
void kafka_part_end(struct kafka_part *part, const struct kafka_origin *origin,
    struct kafka_parcels *out);

/* There is nothing between the position and `offset`: the end. */
void kafka_part_pass(struct kafka_part *part, const struct kafka_origin *origin,
    int64_t offset, struct kafka_parcels *out);

/* A parcel is back.  Said of it: */
void kafka_part_back(struct kafka_part *part, const struct kafka_given *given,
    enum parcel_end end);

/* Nothing is at the position: ends the range, and says that it is lost. */
void kafka_part_lose(struct kafka_part *part, const struct kafka_origin *origin,
    struct kafka_parcels *out);

/*
 * Whether all before the mark is there: then *time_us is the time of it, and
 * the mark is gone.
 */
bool kafka_part_clock(struct kafka_part *part, int64_t *time_us);

#endif
