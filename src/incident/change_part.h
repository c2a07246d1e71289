#ifndef INCIDENT_CHANGE_PART_H
#define INCIDENT_CHANGE_PART_H

#include "incident/change.h"

/*
 * change_part - what the files of change.h share.
 */
struct changes {
	const struct record *record;
	const struct event *event;
	struct arena *arena;
	struct way_change *list;
	size_t count, room;
};

/*
 * Adds a copy; object, holder and also in lower case.  One without an object
 * is passed over.  An until_us of 0 is none.
 */
void change_add(struct changes *changes, const struct way_change *change);

/* The parts with ':' between them. */
struct slice
change_join(struct changes *changes, struct slice a, struct slice b);

/* Equal but for ASCII case. */
bool change_is(struct slice s, const char *word);
bool change_begins(struct slice s, const char *word);

bool change_has(struct slice s, const char *word);

/* Whether s has `part` in it, as it is spelled. */
bool change_holds(struct slice s, struct slice part);

/* What is behind the first `word` in s; empty if it is not in it. */
struct slice change_behind(struct slice s, const char *word);

/*
 * The next value of a member of this name in a text of JSON, which moves on
 * behind it; empty at the end.  Two texts can be compared so, where only one
 * can be parsed at a time.
 */
struct slice change_member(struct slice *text, const char *name);

/* A row of a table of operations: "add user", or "add eligible member*". */
bool change_fits(struct slice operation, const char *row);

/* --- an entry of the directory's audit, from either log --- */

struct dir_target {
	struct slice id, name, upn, type, app;
};

struct dir_property {
	struct slice name, now, before; /* raw */
};

#define DIR_TARGETS 8

struct directory {
	struct changes *changes;
	struct slice operation; /* without a period at its end */
	struct slice reason;
	struct slice device, minutes; /* of additionalDetails */
	struct dir_target targets[DIR_TARGETS];
	size_t target_count;
	struct dir_property *properties;
	size_t count, room;
};

/* The value after, or before, without what it is wrapped in. */
struct slice dir_now(const struct directory *dir, const char *name);
struct slice dir_before(const struct directory *dir, const char *name);

/* That after or, of what was removed, that before. */
struct slice dir_value(const struct directory *dir, const char *name);

/* Raw; NULL if it is not there. */
const struct dir_property *
dir_property(const struct directory *dir, const char *name);

/* The first target of a type; an empty one if there is none. */
struct dir_target dir_target(const struct directory *dir, const char *type);

/* A user, app or group that is a target. */
struct dir_target dir_principal(const struct directory *dir);

/* False if the operation is none of theirs. */
bool change_person(const struct directory *dir);
bool change_app(const struct directory *dir);
bool change_tenant(const struct directory *dir);

/* --- the other logs --- */

/* A right to a folder, from a cmdlet or from a mailbox record. */
struct folder_right {
	enum way_verb verb;
	struct slice place, path, who, rights;
};
void change_folder(struct changes *changes, const struct folder_right *right);

void change_directory(struct changes *changes);
void change_exchange(struct changes *changes);
void change_mailbox(struct changes *changes);
void change_site(struct changes *changes);
void change_signin(struct changes *changes);
void change_graph(struct changes *changes);

#endif
