#ifndef INCIDENT_ACT_KEEP_H
#define INCIDENT_ACT_KEEP_H

#include "base/texts.h"
#include "incident/act.h"

/*
 * act_keep - acts by the million, in little memory.
 *
 * Texts that come again and again, as the columns of one session's acts, are
 * kept once; lists and other texts have no room to spare; columns that nobody
 * asks an act for are left out.  All zero is empty.
 */
struct act_keeper {
	struct texts shared; /* texts that acts have in common */
	struct texts lists;  /* the same of rows of columns, and changes */
	struct arena texts;  /* of what one act reached */
	struct arena own;    /* what else is of one act alone */
	size_t bytes;        /* in these two */
};

/*
 * Makes an act that act_read() made one that lasts as long as the keeper.
 * `room` may be the arena that it was made in, and be reset then.
 */
void act_keep(struct act_keeper *keeper, struct act *act, struct arena *room);

/* What acts take besides themselves, about. */
size_t act_keeper_bytes(const struct act_keeper *keeper);

/*
 * The texts of the acts are the arena's from then on.  The acts themselves are
 * of no use any more.
 */
void act_keeper_release(struct act_keeper *keeper, struct arena *texts);

#endif
