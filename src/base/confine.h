#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include "base/err.h"

/*
 * confine - takes from this process, for good, what a query does not
 * need: writing any file, reading any outside one folder, running programs,
 * connecting and listening (where the kernel knows how), and more processor
 * time than a limit.
 *
 * DuckDB's own settings are not enough: SQL can change some, and COPY ... TO
 * writes.  So a kernel without Landlock is an error (ERR_SYSTEM).
 *
 * It holds for this thread and those that it starts, so there must be no other.
 */
int confine(const char *dir, unsigned cpu_seconds, struct err *err);

#endif
