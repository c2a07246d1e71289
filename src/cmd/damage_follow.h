#ifndef CMD_DAMAGE_FOLLOW_H
#define CMD_DAMAGE_FOLLOW_H

#include "pipeline_damage.h"

/*
 * damage_follow - what a process that follows cases is asked, and its answers:
 * JSON objects.
 *
 *	"list"             {"cases": [{"case": N, "command", "verdict",
 *	                   "since": microseconds, "told": N, "last",
 *	                   "uses": [{"by", "told"}, …]}, …], "more": N}
 *	"assess COMMAND"   {"verdict", "continues": true, "level", "title",
 *	                   "reason", "size": N, "as_of", "last", "last_by",
 *                   "last_index", "names": […], "operations": […]}
 *
 * Names are what marks and ways back are known by, operations what is looked at
 * whoever did it, uses what was told (pipeline_damage_uses.h); times are
 * microseconds, and absent where unknown.  {"error": "…"}: there is no answer.
 */

/* So many cases are followed, the newest ones. */
#define DAMAGE_FOLLOW_MAX 64

/* The object that says why there is no answer, in place of what is there. */
void damage_follow_error(struct buf *out, const char *why);

bool damage_follow_assesses(struct slice request);

/* -1 if the answer says that there is none. */
int damage_follow_answer(const char *dir, struct slice request,
    struct damage_kept *kept, struct buf *out);

#endif
