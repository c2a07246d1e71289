#ifndef PIPELINE_RECALL_H
#define PIPELINE_RECALL_H

#include "ledger/view.h"
#include "store/set.h"

/*
 * pipeline_recall - records of segments that were read once, for who reads them
 * again and again: to read one, a block of half a megabyte is unpacked.
 *
 * One is found as long as its segment has the same file.  So none is found that
 * was erased since, for which the file is written anew.
 *
 * One thread; processes that are forked from it may go on with what is there.
 */
struct recall;

/* Bytes of all: no more are added, unless most of them are of no use now. */
#define RECALL_MAX ((size_t)64 << 20)

struct recall *recall_new(void);
void recall_free(struct recall *recall);

/* As view_record(), good until recall_add(); false: it is not known. */
bool recall_find(const struct recall *recall, const struct view *view,
    uint64_t index, struct frame *frame, struct stream *stream);

/* Adds those of the set that are in segments; -1 if one is damaged. */
int recall_add(struct recall *recall, struct view *view, const struct set *set,
    struct err *err);

#endif
