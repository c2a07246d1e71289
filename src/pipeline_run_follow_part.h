#ifndef PIPELINE_RUN_FOLLOW_PART_H
#define PIPELINE_RUN_FOLLOW_PART_H

#include "pipeline_damage_uses.h"
#include "pipeline_run_part.h"
#include "json/json.h"

/*
 * pipeline_run_follow_part - what the parts of pipeline_run_follow share.
 */
struct follow_case {
	struct run_followed shown;
	struct buf command;
	/* Of each name 'n', of each operation 'o', the text, and a NUL. */
	struct buf names;
	uint64_t told;           /* index of the record that says the verdict */
	struct damage_uses uses; /* that were told */
	bool soon, later;        /* it is due */
	int64_t since_us; /* when the first of what makes it so arrived */
	int64_t took_us;  /* when it was assessed last, by time_mono_us() */
	int64_t cost_us;  /* how long that took */
	int64_t again_us; /* when a use may be told that was held; 0: none */
};

enum under_way { NOTHING, LISTING, ASSESSING };

struct follow {
	struct damage_helper *helper;
	struct watch *watch;
	struct follow_case cases[RUN_FOLLOWED];
	size_t count;
	uint64_t more;     /* cases that there is no room for */
	bool list;         /* what is followed is to be asked for */
	uint64_t seen;     /* of firn/damage */
	int64_t listed_us; /* all these by time_mono_us() */
	int64_t asked_us, done_us, cost_us;
	enum under_way under_way;
	uint64_t number;    /* the case that is assessed */
	bool urgent;        /* it was due soon, or is a list */
	int64_t arrived_us; /* of what made it due; 0: unknown */
	bool lost, gone;    /* the helper is; and no other will come */
	struct arena arena; /* of one answer */
	struct buf answer, text;
	struct json_parser *parser;
};

/* --- pipeline_run_follow.c --- */

/* It is assessed again at once, for what arrived then; 0: unknown. */
void follow_soon(struct follow_case *one, int64_t arrived_us);

/* Looks out for the names of all cases. */
void follow_look_out(struct follow *follow);

/* As text with a NUL; what does not fit is cut, not within a character. */
void follow_cut(char *room, size_t size, struct slice text);

/* A member that is no negative number, or else that. */
uint64_t follow_number(struct json v, const char *key, uint64_t otherwise);

/* --- pipeline_run_follow_tell.c --- */

/* Takes what an assessment says, and tells what is new. */
int follow_verdict(struct follow *follow, struct run *run,
    struct follow_case *one, struct json root);

#endif
