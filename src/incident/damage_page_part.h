#ifndef INCIDENT_DAMAGE_PAGE_PART_H
#define INCIDENT_DAMAGE_PAGE_PART_H

#include "incident/damage_page.h"
#include "incident/damage_words.h"

/*
 * damage_page_part - the sections of the page, each in its file, and what their
 * tables have in common.
 */
#define PAGE_ROWS_MAX 1000

void damage_page_board(struct buf *out, const struct damage *damage,
    const struct damage_tally *tally);
void damage_page_time(struct buf *out, const struct damage *damage);
void damage_page_graph(struct buf *out, const struct damage *damage);
void damage_page_items(struct buf *out, const struct damage *damage,
    const struct damage_tally *tally);
void damage_page_ways(struct buf *out, const struct damage *damage);
void damage_page_unseen(struct buf *out, const struct damage *damage);
void damage_page_end(struct buf *out, const struct damage *damage);

/* --- tables --- */

/* Column names between '|'; of those that begin with '#' the text is a number.
 */
void page_table(struct buf *out, const char *caption, const char *columns);
void page_table_end(struct buf *out);

/* A row: cells in the order of the columns; the first is its head. */
void part_row(struct buf *out);
void page_row_end(struct buf *out);
void page_cell(struct buf *out, struct slice text);
void page_cell_number(struct buf *out, uint64_t n);
void page_cell_time(struct buf *out, int64_t time_us);
/* A record's index; nothing of NO_ACT. */
void page_cell_index(struct buf *out, uint64_t index);
/* What acts are attributed by; nothing of NO_MARK. */
void
page_cell_mark(struct buf *out, const struct damage *damage, uint32_t mark);

/* "The first 1,000 of 2,345 are shown; all are in items.csv." */
void page_rest(struct buf *out, uint64_t shown, uint64_t all);

#endif
