#ifndef FINDING_REPORT_PLAIN_H
#define FINDING_REPORT_PLAIN_H

#include "base/buf.h"

/*
 * report_plain - numbers and times as people read them, for all reports.
 */

/* 1,234,567 */
void words_number(struct buf *out, uint64_t n);

/* "1 file", "2,000 files" */
void words_count(struct buf *out, uint64_t n, const char *one);

/* "2024-05-01 10:00"; "-" for EVENT_NO_TIME */
void words_time(struct buf *out, int64_t time_us);

/* "2024-05-01 10:00", "2024-05-01 10:00 – 11:30", "... – 05-03 09:15". */
void words_range(struct buf *out, int64_t first_us, int64_t last_us);

#endif
