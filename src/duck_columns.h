#ifndef DUCK_COLUMNS_H
#define DUCK_COLUMNS_H

#include "duck.h"
#include "duck_row.h"

/*
 * duck_columns - the columns of records, in memory of our own: to be looked at
 * in SQL, and to be written to a Parquet file.
 *
 * There, rows are in the order of actor_name, mailbox, time and index: people,
 * mailboxes and their times together is what queries ask for.  What is null
 * comes last, text is in the order of its bytes.
 *
 * One thread.
 */
#define COLUMNS_MEMORY                                                         \
	((size_t)1 << 30) /* bytes; a million records need less */

struct columns;

/*
 * What is more than about `memory` bytes goes to the folder `spill`, which is
 * made then, and is out of SQL's sight; NULL: there may be no more.  Release
 * after the last statement with it.
 */
int columns_new(struct columns **out, struct duck *duck, size_t memory,
    const char *spill, struct err *err);

/*
 * Of the table function: SELECT ... FROM name() has the rows that were added
 * until then and are shown, in the order of adding.
 */
const char *columns_name(const struct columns *columns);

/* ERR_LIMIT if it is too much. */
int columns_add(struct columns *columns, uint64_t index,
    const struct reread_record *record, struct err *err);

/*
 * Of all that were added, in the order of their indexes, SQL sees no more than
 * the records [first, end) from now on.
 */
void columns_show(struct columns *columns, uint64_t first, uint64_t end);

/* Empty again, under the same name, without its memory; all is shown. */
void columns_clear(struct columns *columns);

/* Sorts all that were added, and writes them to `path`, once. */
int columns_write(struct columns *columns, const char *path, struct err *err);

void columns_free(struct columns *columns);

#endif
