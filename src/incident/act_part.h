#ifndef INCIDENT_ACT_PART_H
#define INCIDENT_ACT_PART_H

#include "event/keys.h"
#include "incident/act.h"

/*
 * act_part - what the files that make an act of a record share: the record as
 * it is being read, and lists of what it reached and hid.
 *
 * Texts given to the functions here may be borrowed from the record; what is
 * kept is copied into the arena of the act.
 */

/* A name, a search or a label longer than this is cut; an id never is. */
#define ACT_TEXT_MAX 16384

/*
 * A record that names more is said to name this many, and to cover the rest:
 * the bytes of a record bound its items, but small ones take more room here.
 */
#define ACT_REACHES_MAX 65536

struct act_reading {
	const struct record *record;
	const struct event *event;
	struct keys keys;       /* of an audit record; else nothing */
	struct slice operation; /* without stops and blanks at its end */
	struct slice account;   /* as the act has it */
	struct slice place;     /* of what is reached, once it is known */
	struct arena *arena;    /* of the act */
	struct reach *reaches;
	struct blind *blinds;
	size_t reach_count, reach_room, blind_count, blind_room;
	uint64_t beyond; /* items that were not added */
};

/*
 * Adds what was reached at the time of the event, unless from_us is set; a
 * place that is empty is the reading's.
 */
void act_add_reach(struct act_reading *reading, struct reach reach);
void act_add_blind(struct act_reading *reading, struct blind blind);

/* Folded, so that names that differ in case only are equal. */
struct slice act_fold(struct arena *arena, struct slice s);

/* Without stops and blanks at its end, as firn.operation_plain. */
struct slice act_plain(struct slice s);

/* The value of an administrator's parameter; empty if it is not given. */
struct slice act_parameter(const struct act_reading *reading, const char *name);

/*
 * The mailbox that an administrator's command is about, as a UPN if the record
 * has that anywhere, else as the command names it.
 */
struct slice act_command_mailbox(const struct act_reading *reading);

/* The mailbox of a mailbox record: its owner's UPN, else its GUID. */
struct slice act_mailbox(const struct act_reading *reading);

/* --- what a record reached, by operation (reach.c) --- */

struct reach_op {
	struct slice operation;
	void (*read)(struct act_reading *reading, const struct reach_op *op);
	enum reach_kind kind; /* what it reaches, and how, where that is */
	enum reach_how how;   /* the same for all records of the operation */
};

/* Of an event that did not fail. */
void reach_read(struct act_reading *reading);

/* reach_mail.c */
void reach_mail_access(struct act_reading *, const struct reach_op *);
void reach_mail_attachments(struct act_reading *, const struct reach_op *);
void reach_mail_items(struct act_reading *, const struct reach_op *);
void reach_mail_moved(struct act_reading *, const struct reach_op *);
void reach_mail_folder(struct act_reading *, const struct reach_op *);
void reach_mail_search(struct act_reading *, const struct reach_op *);

/* reach_site.c */
void reach_site_file(struct act_reading *, const struct reach_op *);
void reach_site_page(struct act_reading *, const struct reach_op *);
void reach_site_search(struct act_reading *, const struct reach_op *);

/* reach_work.c */
void reach_chat(struct act_reading *, const struct reach_op *);
void reach_chat_sent(struct act_reading *, const struct reach_op *);
void reach_copilot(struct act_reading *, const struct reach_op *);
void reach_discovery(struct act_reading *, const struct reach_op *);

/* reach_leak.c */
void reach_leak_rule(struct act_reading *, const struct reach_op *);
void reach_leak_mailbox(struct act_reading *, const struct reach_op *);
void reach_leak_transport(struct act_reading *, const struct reach_op *);
void reach_leak_client_rule(struct act_reading *, const struct reach_op *);

/* reach_graph.c: of a request to Graph, and of its address alone */
void reach_graph(struct act_reading *reading);

/* blind.c: what the event hid, by operation; also of directory audits */
void blind_read(struct act_reading *reading);

/* --- several tellings of one event (act_merge.c) --- */

/* Sort, and leave nothing twice; return how many are left. */
size_t act_tidy_reaches(struct reach *list, size_t count);
size_t act_tidy_blinds(struct blind *list, size_t count);
/* The same of a list that others made: the result is in the arena. */
const struct way_change *act_tidy_changes(const struct way_change *list,
    size_t count, uint32_t *left, struct arena *arena);

/* Whether it is a client that reads by itself, by the act's columns. */
bool act_is_background(const struct act *act);

#endif
