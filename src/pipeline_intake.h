#ifndef PIPELINE_INTAKE_H
#define PIPELINE_INTAKE_H

#include "ledger/became.h"
#include "pipeline_pool.h"
#include "source/file.h"

/*
 * pipeline_intake - deliveries on their way into a ledger:
 *
 *	bytes -> batch of cuts -> record -> identity -> known? -> ledger
 *	                          `-- in the workers --'  `-- in order --'
 *
 * What is read of a delivery goes to the workers at once; while they work, the
 * next delivery is read.  Items are taken in order, and the delivery is closed
 * when all of it was taken.  What was taken of it before, by a run that was cut
 * off or by another, is passed over; with `recalled` it is counted as what it
 * became then, else as `before`.
 *
 * An item that cannot be read as a record is kept all the same, as source
 * file/unreadable: what it says may be read one day.
 */
struct intake;

/* What became of the items of one delivery. */
struct intake_counts {
	uint64_t items, before, added, repeats, tellings, conflicts;
	uint64_t unreadable; /* of which not_kept were too long */
	uint64_t not_kept, within;
};

struct intake_delivery {
	unsigned char name[16];
	bool historic;
	int64_t available_us; /* of all its records; LEAF_NO_TIME */
	/*
	 * Its records are kept as records of this source, and are no events;
	 * NULL: they are what they say.
	 */
	const char *as;
	struct slice tenant; /* of records that do not say; of its own ones */
	void *what;          /* the caller's */
	/* The intake's: */
	struct intake_delivery *next;
	uint64_t index;           /* of the record that opened it */
	uint64_t consumed;        /* of its items, before; and */
	struct became *became;    /* what they became; NULL */
	uint64_t given, finished; /* batches */
	bool read;                /* to its end: no more will be given */
	struct intake_counts counts;
};

struct intake_options {
	struct append *append;
	struct pipeline_options work; /* keep is set */
	const struct geo *geo;        /* NULL: no countries */
	uint64_t seed;                /* of what is seen; nobody can guess */
	/* Each item, in order, after it was taken; NULL. */
	int (*item)(void *ctx, struct intake_delivery *delivery,
	    struct work *work, const struct outcome *o,
	    enum append_verdict verdict, uint64_t index);
	/*
	 * Each that was taken before and of which it is known what it became;
	 * when its record was received, if it has one.  NULL: this is not
	 * asked; else `dir` is the ledger's.
	 */
	void (*recalled)(void *ctx, struct intake_delivery *delivery,
	    const struct outcome *o, enum append_verdict verdict,
	    int64_t received_us);
	const char *dir;
	/*
	 * All was taken: the text of the record that closes it (false: it stays
	 * open), and then it was closed.  In closed() the delivery is the
	 * caller's again.
	 */
	bool (*closing)(void *ctx, const struct intake_delivery *delivery,
	    struct buf *text);
	int (*closed)(void *ctx, struct intake_delivery *delivery,
	    struct slice text, uint64_t index);
	void *ctx;
};

/* The options are copied. */
struct intake *intake_new(const struct intake_options *options);
void intake_free(struct intake *intake);

/* Begins a delivery; `raw` is the record that opens it. */
int intake_begin(struct intake *intake, struct intake_delivery *delivery,
    struct slice raw, struct err *err);

/*
 * Reads all of the file, which is the delivery that was begun last, and gives
 * it to the workers.  `name` is for what is said of its records; `progress` is
 * called between two batches, and ends it with -1; NULL.
 */
int intake_read(struct intake *intake, struct file *file, const char *name,
    int (*progress)(void *ctx, const struct file *file), struct err *err);

/* All of it was read, and it may be closed. */
int intake_end(struct intake *intake, struct err *err);

/* Waits until all that was read is taken and closed. */
int intake_drain(struct intake *intake, struct err *err);

/* The first delivery that is not closed; NULL: none.  For a failure's end. */
struct intake_delivery *intake_shift(struct intake *intake);

/* Whether a delivery of this name is on its way. */
bool intake_has(const struct intake *intake, const unsigned char name[16]);

#endif
