#ifndef INCIDENT_DAMAGE_WORDS_H
#define INCIDENT_DAMAGE_WORDS_H

#include "incident/damage.h"

/*
 * damage_words - what the reports of damage have in common: names, numbers and
 * times.
 *
 * What was accessed and what was possibly accessed are counted apart, and
 * nothing here adds the two.  Pure.
 */

/* "possibly accessed", "accessed" */
extern const char *const damage_certainty_names[DAMAGE_ACCESSED + 1];

/* Of an act: "not the intruder", "likely", "certain". */
const char *damage_intruder_name(enum certainty certainty);

/* Of a mark: "address", "session", … */
const char *damage_mark_words(enum mark_kind kind);

/* "1 message", "2,000 mailboxes", "1 mail sent"; without a number: "Messages"
 */
void damage_kind_count(struct buf *out, enum reach_kind kind, uint64_t n);
const char *damage_kind_title(enum reach_kind kind);

/* "2026-03-02 10:00:31"; "-" for EVENT_NO_TIME */
void damage_time(struct buf *out, int64_t time_us);

/* What to call it: its name, else its id. */
struct slice damage_name(struct slice name, struct slice id);

/* The mark that attributes the last use, "address 203.0.113.66"; or nothing. */
void damage_last_by(struct buf *out, const struct damage *damage);

/* What somebody stated, or did, in words. */
void
damage_statement_words(struct buf *out, const struct damage_statement *said);

/* Items by certainty, and in how many mailboxes and sites those lie. */
struct damage_tally {
	uint64_t items[DAMAGE_ACCESSED + 1];
	uint64_t kinds[DAMAGE_ACCESSED + 1][REACH_KINDS];
	uint64_t mailboxes[DAMAGE_ACCESSED + 1];
	uint64_t sites[DAMAGE_ACCESSED + 1];
	uint64_t ways[WAY_STATES];
	uint64_t secrets; /* items worth to be searched, of any certainty */
};

void damage_count(const struct damage *damage, struct damage_tally *tally);

/* "214 messages, 3 files"; "nothing" */
void damage_kinds(struct buf *out, const struct damage_tally *tally,
    enum damage_certainty certainty);

/*
 * All records that the damage names anywhere, ascending, each once; for
 * free().
 */
uint64_t *damage_records(const struct damage *damage, size_t *count);

#endif
