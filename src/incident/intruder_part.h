#ifndef INCIDENT_INTRUDER_PART_H
#define INCIDENT_INTRUDER_PART_H

#include "base/ip.h"
#include "incident/intruder.h"

/*
 * intruder_part - what the files of intruder.c share: the marks with all the
 * names they are known by, and where accounts and addresses were used.
 */

/* Since when an account was the intruder's is to be found out. */
#define FROM_EVIDENCE INT64_MAX

/* A table from texts to numbers; all zero is empty. */
struct numbered {
	struct name_slot *slots; /* owned */
	size_t used, room;       /* room: a power of two */
};

/* `scope` keeps names of different meanings apart.  NULL: not there. */
int64_t *
numbered_find(struct numbered *names, uint32_t scope, struct slice name);
/* Adds it with that number unless it is there; the name must outlive it. */
int64_t *numbered_add(
    struct numbered *names, uint32_t scope, struct slice name, int64_t number);
void numbered_release(struct numbered *names);

/* When an account was taken, or given back to its owner. */
struct turn {
	uint32_t mark;
	bool taken;
	int64_t time_us;
};

/* Which mark a text of an act names; good in the turn in which it was found. */
struct found_mark {
	struct slice text;
	enum mark_kind kind;
	uint32_t turn, mark;
};

/* The same of the place that an address is. */
struct found_place {
	struct slice text;
	uint32_t turn;
	struct slice place; /* in `room` */
	char room[IP_TEXT_MAX];
};

#define FOUND_MARKS  4096 /* powers of two */
#define FOUND_PLACES 256

struct intruder {
	struct arena arena, places_arena;
	struct mark *marks; /* owned, like the lists below */
	size_t mark_count, mark_room;
	struct mark_name *names;
	size_t name_count, name_room;
	struct ip_net *nets; /* networks that were given */
	uint32_t *net_marks;
	size_t net_count, net_room;
	struct numbered known;  /* of marks: scope is the kind */
	struct numbered cuts;   /* the same */
	struct numbered places; /* first use of an address by an account: scope
	                        is 1 + the account's mark */
	struct numbered asked; /* addresses, with the number of foreign users */
	struct slice *asks;
	size_t ask_count, ask_room;
	struct address_use *uses; /* sorted by address before they are used */
	size_t use_count, use_room;
	struct turn *turns; /* sorted by mark, time */
	size_t turn_count, turn_room;
	int64_t from_us, to_us;
	bool changed; /* a mark is new, or reaches further */
	bool records; /* some records are marked or cut by themselves */
	/*
	 * Acts have most texts in common, and look for the same marks again and
	 * again.  What was found is of a turn, which ends with each new name.
	 */
	uint32_t turn;
	struct found_mark found_marks[FOUND_MARKS];
	struct found_place found_places[FOUND_PLACES];
};

/* Lower case, in the arena. */
struct slice intruder_fold(struct intruder *intruder, struct slice text);

/* The mark of that kind and value, or NO_MARK. */
uint32_t
mark_find(struct intruder *intruder, enum mark_kind kind, struct slice value);

/* The same of a text of an act, which is remembered by where it stands. */
uint32_t
mark_of_text(struct intruder *intruder, enum mark_kind kind, struct slice text);
/* To be called when acts may be others. */
void mark_forget(struct intruder *intruder);

/* The mark of an account or app, by any of the names that the act has. */
uint32_t mark_of_account(struct intruder *intruder, const struct act *act);
uint32_t mark_of_app(struct intruder *intruder, const struct act *act);

/*
 * Adds a mark, or makes the one that is there reach further: earlier, surer.
 * `like` has kind, rule, certainty, own, value, name, from_us and via.
 */
uint32_t mark_put(struct intruder *intruder, const struct mark *like);
/* The same; the value is a text of an act. */
uint32_t mark_put_text(struct intruder *intruder, const struct mark *like);
/* Another name of it. */
void mark_alias(struct intruder *intruder, uint32_t mark, struct slice name);
/* What people call it, if nothing has said so yet. */
void mark_call(struct intruder *intruder, uint32_t mark, struct slice name);

/* Whether an app of the intruder's did it, for whomever: nobody else can. */
bool is_by_app(struct intruder *intruder, const struct act *act);

/* The address as it is compared: IPv6 by its first 64 bits. */
struct slice place_of(struct slice ip, char room[IP_TEXT_MAX]);
/* The same of a text of an act; good until the next call. */
struct slice place_of_text(struct intruder *intruder, struct slice ip);

/* --- intruder_rules.c --- */

/* Makes the marks that follow from an act that is the intruder's. */
void rules_apply(struct intruder *intruder, const struct act *act);
/* Sorts what is known of addresses, so that rules can ask. */
void rules_begin(struct intruder *intruder);

#endif
