#ifndef COVERAGE_TOLD_PART_H
#define COVERAGE_TOLD_PART_H

#include "base/sha256.h"
#include "coverage/told.h"
#include "ledger/streams.h"

/*
 * The inside of a told, for told.c and told_kept.c (the file).
 */
#define HOUR_US      (INT64_C(3600) * 1000000)
#define TOLD_GROUPS  4096
#define TOLD_NAME    64 /* bytes of a tenant, a stream, a way */
#define TOLD_TELLERS 65536

/*
 * What the file says of a way, a group, a teller, ...: begins with a number of
 * these four, from its lowest bits on: 8 what, 8 ways, 16 group, 32 hour.
 */
enum told_what {
	TOLD_WAY = 1, /* its number; then its name */
	TOLD_GROUP,   /* its number; then kind, tenant */
	TOLD_TELLER,  /* way, group; then source, stream */
	TOLD_SINCE,   /* way, group, hour */
	TOLD_EVENT,   /* ways as bits, group, hour; then 16 bytes */
};

struct told_line {
	enum told_what what;
	uint8_t ways;
	uint16_t group;
	uint32_t hour;
};

struct told {
	struct told_options options;
	struct paths *paths;
	int64_t from_us;
	struct streams way_names;   /* pairs of the name and nothing */
	struct streams group_names; /* pairs of kind and tenant */
	struct told_group groups[TOLD_GROUPS];
	size_t last[TOLD_GROUPS];    /* who told the last of each */
	struct streams teller_names; /* pairs of source and what is told */
	struct told_teller *tellers; /* owned */
	size_t teller_room;
	/* The file: */
	int fd;           /* -1: it is to be written as a whole */
	struct buf fresh; /* what it lacks */
	uint64_t deliveries, kept_deliveries;
	size_t whole, behind; /* bytes: as a whole, added since */
	unsigned char digest[SHA256_LEN];
	int64_t again_us; /* not tried before */
};

/* Numbers; false if there are too many, or the name is too long. */
bool told_number_way(struct told *told, struct slice name, uint32_t *way);
bool told_number_group(
    struct told *told, struct slice tenant, enum event_kind kind, uint32_t *at);
bool told_number_teller(
    struct told *told, const struct told_teller *one, size_t *at);
void told_since(struct told *told, uint32_t group, uint32_t way, uint32_t hour);

/* --- told_kept.c --- */

void told_put_line(struct buf *out, const struct told_line *line);
void told_put_event(struct buf *out, const struct paths_held *held);
void told_put_way(struct buf *out, const struct told *told, uint32_t way);
void told_put_group(struct buf *out, const struct told *told, uint32_t group);
void told_put_teller(struct buf *out, const struct told_teller *teller);

/* The bytes of a file that has all. */
void told_print(struct told *told, struct buf *out);

/*
 * Takes a file's bytes, or the file, into one that is empty.  False: it cannot
 * be used, nor what it was taken into.
 */
bool told_parse(struct told *told, struct slice bytes);
bool told_read(struct told *told);

#endif
