#ifndef CMD_DAMAGE_SERVE_H
#define CMD_DAMAGE_SERVE_H

#include <stdint.h>

/*
 * damage_serve - the process that answers about damage, for damage_helper.
 *
 * Each request is a process of its own, forked from this one, which gives all
 * its memory back and may fail without more.  What is costly to begin with is
 * kept for the next here: a firn-query that has read what is not sealed, which
 * is lent to one process after the other, the coverage, and the records
 * of segments that the last one read.  Between requests
 * nothing keeps files of the ledger from being removed.  firn-query is ended
 * after anything that went wrong, before it runs out of processor time, and
 * when nobody asks for long; the next request begins another.
 *
 * A request is its number and its length, and its text; an answer has the
 * number of the request.  Numbers have four bytes.
 */
#define DAMAGE_HEAD        8
#define DAMAGE_REQUEST_MAX (16u << 20)

/*
 * Until the socket is closed; within_us: how long one request may take.  Ends
 * what it started.
 */
void damage_serve(const char *dir, int64_t within_us, int fd);

#endif
