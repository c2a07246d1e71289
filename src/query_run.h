#ifndef QUERY_RUN_H
#define QUERY_RUN_H

#include "duck.h"
#include "query_print.h"

/* Runs one SELECT and prints its rows; anything else is refused. */
int query_run(struct duck *duck, const char *sql, enum print_format format,
    struct err *err);

#endif
