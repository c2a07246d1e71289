#ifndef LEDGER_VIEW_H
#define LEDGER_VIEW_H

#include "ledger/checkpoint.h"
#include "ledger/frame.h"
#include "ledger/key.h"
#include "ledger/manifest.h"

/*
 * view - a ledger as a reader sees it: the records up to a checkpoint.
 *
 * Needs no key; writers and sealers may go on meanwhile, and what the view may
 * read is not removed before it is closed.  A view stands still: it shows the
 * checkpoint that it was opened at.  What it returns is good until the next
 * call with the same view.  One thread.
 */
struct view;

int view_open(struct view **out, const char *dir, struct err *err);
void view_close(struct view *view);

/*
 * The view of the first `size` records from now on, as it was when there were
 * no more.  With `note`, a checkpoint of that size that was kept, it is this
 * one's; without, view_checkpoint() stays the newest, which is over more.
 * ERR_USAGE if there are not so many.
 */
int view_limit(
    struct view *view, uint64_t size, struct slice note, struct err *err);

struct slice view_origin(const struct view *view);
const struct merkle_head *view_tree(const struct view *view);
/* The signed note as it is on disk, with cosignatures. */
struct slice view_checkpoint(const struct view *view);
/* The keys of keys.pub, newest last. */
const struct key *view_keys(const struct view *view, size_t *count);
struct merkle_source view_source(struct view *view);
/* The segments; the last may reach beyond the checkpoint. */
const struct manifest *view_manifest(const struct view *view);

/* Record `index`, wherever it is; -1 if it is damaged or index >= size. */
int view_record(struct view *view, uint64_t index, struct frame *frame,
    struct stream *stream, struct err *err);

/*
 * Calls back for the records [first, end) in their order.  Stops at the first
 * -1, its own or the callback's.
 */
int view_walk(struct view *view, uint64_t first, uint64_t end,
    int (*record)(void *ctx, uint64_t index, const struct frame *frame,
        const struct stream *stream, struct err *err),
    void *ctx, struct err *err);

#endif
