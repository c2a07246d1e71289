#ifndef COVERAGE_TOLD_H
#define COVERAGE_TOLD_H

#include "base/err.h"
#include "coverage/paths.h"
#include "event/event.h"

/*
 * told - by which ways each event of the last hours came: what no record says
 * of an event that was known already.  And which streams tell what, whose
 * clocks say when a way is whole.
 *
 * With a folder it outlives its process, however that ends.  The file `told`
 * there has all of it, and behind that what was added since, a block at each
 * told_keep().  That is called before what was told is made durable in the
 * ledger, so that the file never lacks what the ledger has: a source does not
 * give again what is durable.  Each block says how many deliveries the ledger
 * has with it; if the ledger has more, some tellings are not known (the power
 * failed, or another process took them), and the file is not used.  It may know
 * more than the ledger: that was told all the same.  docs/coverage.md has its
 * bytes.
 *
 * Deliveries that were begun and not closed are given again from their begin;
 * all of their items are to be added, also those that were taken before.
 *
 * One thread.
 */
struct told;

struct told_options {
	size_t events_max;
	const char *dir;     /* the ledger's; NULL: nothing outlives */
	struct slice origin; /* its name */
	bool begins;         /* it is new: nothing was ever told */
	uint64_t deliveries; /* that it has, whole: coverage_fetched() */
	int64_t now_us;
	int64_t back_us; /* what happened so long ago is past */
	/* Those that still tell; NULL: all do. */
	const char *const *sources;
	size_t source_count;
};

/* What is in the file, if it can be used.  The options' texts are borrowed. */
struct told *told_new(const struct told_options *options);
void told_free(struct told *told);

/* Of what happened before, not all tellings are known. */
int64_t told_from_us(const struct told *told);

struct telling {
	struct slice tenant;
	enum event_kind kind;
	const char *way, *source;
	struct slice stream; /* without what is behind a '/' */
	const unsigned char *id;
	int64_t time_us;
};

/* What has too long a name, or is one too many, is not looked at. */
void told_add(struct told *told, const struct telling *telling);

/* A delivery is whole. */
void told_delivery(struct told *told);

/*
 * The file has all that was added, unless the power fails.  -1: it has not, and
 * is gone; that is said again after a minute at the earliest.
 */
int told_keep(struct told *told, int64_t now_us, struct err *err);

/* --- what is known --- */

/* All of these are good until told_free(); by number. */
struct told_group {
	struct slice tenant;
	enum event_kind kind;
	unsigned ways; /* bits: those that have told any */
	/* The first hour since 1970 that begins when each had told one. */
	uint32_t since[PATHS_MAX];
};

/*
 * Streams of a source in which a way tells a group.  A topic's partitions are
 * one: one that had nothing of the group yet may have it next.
 */
struct told_teller {
	const char *source, *stream; /* the latter up to '/' */
	uint16_t group;
	unsigned way;
};

size_t told_group_count(const struct told *told);
const struct told_group *told_group(const struct told *told, size_t i);
bool told_find(const struct told *told, struct slice tenant,
    enum event_kind kind, uint32_t *group);
size_t told_teller_count(const struct told *told);
const struct told_teller *told_teller(const struct told *told, size_t i);
const char *told_way(const struct told *told, unsigned way);
size_t told_way_count(const struct told *told);
struct paths *told_paths(struct told *told);

#endif
