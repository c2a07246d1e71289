#ifndef FINDING_REPORT_WORDS_H
#define FINDING_REPORT_WORDS_H

#include "coverage/tally.h"
#include "finding/report_group.h"

/*
 * report_words - numbers, times and the tally as people read them, shared by
 * the table and the page.
 */

/* 1,234,567 */
void words_number(struct buf *out, uint64_t n);

/* "1 file", "2,000 files" */
void words_count(struct buf *out, uint64_t n, const char *one);

/* "2024-05-01 10:00"; "-" for EVENT_NO_TIME */
void words_time(struct buf *out, int64_t time_us);

/* "2024-05-01 10:00", "2024-05-01 10:00 – 11:30", or two days. */
void words_range(struct buf *out, int64_t first_us, int64_t last_us);

/* "203.0.113.5 NL +2"; nothing if the group has no address. */
void words_places(struct buf *out, const struct group *group);

/* "T1114.003 T1098" */
void words_techniques(struct buf *out, const struct rule_meta *rule);

/*
 * The tally as facts: calls fact() with a label and a sentence for each that
 * there is something to say about.
 */
void words_tally(const struct tally *tally, bool rejects_hint,
    void (*fact)(void *arg, const char *label, struct slice text), void *arg);

#endif
