#ifndef SIM_STORY_H
#define SIM_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "sink.h"

/*
 * story - one attack as it was played: what a responder would begin with, when
 * the intruder acted, which ways back were left and which of them are closed.
 *
 * It is told while the attack is played and complete afterwards.
 */

/* What is the intruder's own, or in the intruder's hands. */
enum story_start {
	START_IP,
	START_SESSION,
	START_USER, /* victims and created accounts */
	START_APP,  /* app ids */
	START_DEVICE,
	START_COUNT,
};

struct story_list {
	struct slice *items;
	size_t n;
};

/* What lets the intruder in again, or hides it. */
struct story_way {
	const char *kind;
	struct slice object, also; /* its ids */
	int64_t since_us;
	int64_t closed_us; /* 0: it lives */
};

struct story {
	const char *attack;
	unsigned number; /* which playing of that attack, from 1 */
	struct story_list starts[START_COUNT];
	struct story_way *ways;
	size_t n_ways;
	int64_t first_us, last_us; /* of the intruder; 0: none */
	int64_t contained_us;      /* the last closing; 0: none */
	struct buf parameters;     /* members of a JSON object */
	struct arena text;
};

void story_release(struct story *story);

/* Once each, however often it is said; "" is nothing. */
void story_start(struct story *story, enum story_start what, const char *value);

/* The intruder does something then. */
void story_act(struct story *story, int64_t time_us);

/* `also` is another id of it, or empty.  One that lives is left only once. */
void story_way(struct story *story, const char *kind, struct slice object,
    struct slice also, int64_t time_us);

/* The tenant closes it; false if there is none that lives. */
bool story_close(struct story *story, const char *kind, struct slice object,
    int64_t time_us);

/* Whether that account's password, or a session of it, is the intruder's. */
bool story_has(const struct story *story, struct slice upn, int64_t time_us);

/* What is to be said of an attack's record: members of an open object. */
void story_facts(const struct truth *truth, struct buf *out);

/* The attack's line of the truth, without a line end. */
void story_line(const struct story *story, struct buf *out);

#endif
