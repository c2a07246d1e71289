#ifndef COVERAGE_GAP_H
#define COVERAGE_GAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "json/json.h"

/*
 * gap - something that is missing, and the texts of the records (firn/gap)
 * that say so, or that it came after all.
 *
 * A gap is known by its source and its key; told again while it is open it is
 * the same gap, which may have grown.  Pure.
 */
enum gap_cause {
	GAP_EXPIRED,    /* announced, and gone before it could be fetched */
	GAP_MISSING,    /* announced, and never served */
	GAP_UNREADABLE, /* served, and no log */
	GAP_TOO_LONG,   /* longer than is taken */
	GAP_DISABLED,   /* a subscription was off: what came then is lost */
	GAP_UNREACHED,  /* the source did not answer for longer than it keeps */
	GAP_SILENCE,  /* fewer records than is usual for this hour: suspected */
	GAP_ONE_PATH, /* another path told events that this one did not */
	GAP_CAUSES,
};

/* "expired", "missing", ... */
const char *gap_cause_name(enum gap_cause cause);
/* In words, for people: "announced, and gone before it was fetched". */
const char *gap_cause_words(enum gap_cause cause);
bool gap_cause_parse(struct slice name, enum gap_cause *out);

/* Whether such a gap is one delivery: the first four. */
bool gap_is_delivery(enum gap_cause cause);

/*
 * Texts are borrowed.  Source, stream and key are leaf_name_ok().
 */
struct gap {
	const char *source, *stream;
	const char *key; /* of the source's own: which gap it is */
	/*
	 * The 16 bytes of the delivery that is missing, so that one that was
	 * begun and is in a gap, too, is not counted as two; NULL: none.
	 */
	const unsigned char *name;
	enum gap_cause cause;
	int64_t from_us, to_us; /* of availability; of events for a silence */
	int64_t heals_until_us; /* EVENT_NO_TIME: it cannot */
	uint64_t least; /* of a silence: so many events end it; 0: unknown */
	const char *detail; /* for people; NULL */
};

/* The text of a firn/gap record that opens it, or says that it healed. */
void gap_write(struct buf *out, const struct gap *gap);
void gap_write_healed(struct buf *out, const char *source, const char *key);

/* As such a record says it. */
struct gap_told {
	bool healed; /* then only source and key are set */
	bool named;
	enum gap_cause cause;
	struct slice source, stream, key, detail; /* as good as `v` */
	unsigned char name[16];
	int64_t from_us, to_us, heals_until_us;
	uint64_t least;
};

/* False if it is none that gap_write() or gap_write_healed() wrote. */
bool gap_read(struct json v, struct gap_told *out);

#endif
