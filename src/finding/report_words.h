#ifndef FINDING_REPORT_WORDS_H
#define FINDING_REPORT_WORDS_H

#include "coverage/tally.h"
#include "finding/report_group.h"
#include "finding/report_plain.h"

/*
 * report_words - findings and the tally as people read them, shared by the
 * table and the page.
 */

/* "2 critical, 51 high"; nothing if there are no findings. */
void words_levels(struct buf *out, const struct tally *tally);

/*
 * Who or what the group is about; an id with the name it has elsewhere:
 * "Backup (ebbc2d01…)".
 */
void words_entity(struct buf *out, const struct group *group);

/* "203.0.113.5 NL and 2 more"; nothing if the group has no address. */
void words_places(struct buf *out, const struct group *group);

/* "T1114.003 T1098" */
void words_techniques(struct buf *out, const struct rule_meta *rule);

/*
 * The tally as facts: calls fact() with a label and a sentence for each that
 * there is something to say about.  `rejects` is what to say of where the
 * rejected records are listed; may be empty.
 */
void words_tally(const struct tally *tally, struct slice rejects,
    void (*fact)(void *arg, const char *label, struct slice text), void *arg);

#endif
