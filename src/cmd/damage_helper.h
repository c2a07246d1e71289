#ifndef CMD_DAMAGE_HELPER_H
#define CMD_DAMAGE_HELPER_H

#include "base/buf.h"
#include "base/err.h"

/*
 * damage_helper - a process that makes assessments of one ledger, so that the
 * one that collects need not be able to start the programs which that takes.
 *
 * A keeper is forked when there is one thread still, before rights are given
 * up, and forks the helper.  When that is lost, it forks another: a second
 * later, then twice as long each time, a minute at most; one that lived for a
 * minute begins anew.  Without the keeper a lost helper stays lost.
 *
 * What it does with a request (cmd/damage_follow.h) is damage_serve's: after
 * the time that was given the request is ended.  A helper that has said nothing
 * a little later hangs: who asks closes the socket, and the keeper ends it.  It
 * ends what is under way, too.
 *
 * One thread; one request at a time.
 */
struct damage_helper;

/* within_us: how long one request may take. */
int damage_helper_start(struct damage_helper **out, const char *dir,
    int64_t within_us, struct err *err);

/*
 * Does not wait: 1 if there is a helper, 0 if it is lost, or another is not
 * there yet, -1 if there will be none.
 */
int damage_helper_ready(struct damage_helper *helper);

/*
 * Asks, where a helper is there; the answer to what was asked before, if it is
 * to come, is lost.  -1 if the helper is lost.
 */
int damage_helper_ask(struct damage_helper *helper, struct slice request);

/*
 * Does not wait: 1 if all of the answer is there, in *answer, with JSON's
 * padding behind it; 0 if it is still to come; -1 if the helper is lost or
 * hangs, and the answer is lost.
 */
int damage_helper_look(struct damage_helper *helper, struct buf *answer);

/* Why the last one that was lost is. */
const char *damage_helper_why(const struct damage_helper *helper);

/* NULL is allowed. */
void damage_helper_close(struct damage_helper *helper);

#endif
