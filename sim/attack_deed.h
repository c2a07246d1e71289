#ifndef SIM_ATTACK_DEED_H
#define SIM_ATTACK_DEED_H

#include "attack.h"
#include "text/yaml.h"

/*
 * attack_deed - the deeds of a scenario: what there are, and how they are read.
 *
 * A deed is a map whose first key names it and holds its first argument; its
 * other arguments follow.  A list of values is taken in turn as the innermost
 * repetition goes on.  attack_table.c has the table of all.
 */
enum arg_kind {
	ARG_NUMBER, /* n, {from, to} (drawn each time) or $parameter */
	ARG_WORD,   /* one of `words`, or $parameter */
	ARG_TEXT,   /* ${role.user}, ${role.alias} and ${each} are filled in */
	ARG_PLAIN,  /* a text in which nothing is */
	ARG_ROLE,   /* of one of the kinds in `roles` */
	ARG_AS,     /* the role that is cast */
	ARG_APP,    /* one of the suite's own by its word, or a role */
	ARG_APP_ID, /* the same, or any id */
	ARG_PAIRS,  /* a map of texts */
	ARG_WHEN,   /* a map of parameters and their words */
	ARG_DEEDS,
};

struct arg_row {
	const char *name;
	enum arg_kind kind;
	bool must;
	bool acts;                /* an app that needs an address for it */
	unsigned roles;           /* ARG_ROLE: enum role_kind */
	const char *const *words; /* ARG_WORD: ends with NULL */
	uint32_t min, max;        /* ARG_NUMBER */
};

#define ARGS_MAX 14

struct play;
struct attack_deed;

enum deed_flags {
	DEED_IN_CAST = 1,  /* in the cast only */
	DEED_PERHAPS = 2,  /* what is under it may not happen */
	DEED_EACH = 4,     /* ${each} is filled in under it */
	DEED_PERSON = 8,   /* takes a person, or `count` of them */
	DEED_ADDRESS = 16, /* gives an app one */
	DEED_FLOOD = 32,
};

struct deed_row {
	const char *name;
	void (*play)(struct play *play, const struct attack_deed *deed);
	enum role_kind casts; /* 0: nobody */
	unsigned flags;       /* enum deed_flags */
	struct arg_row args[ARGS_MAX];
};

/* attack_table.c; ends with a NULL name. */
extern const struct deed_row deed_rows[];
extern const char *const deed_suite_apps[];

struct item {
	uint32_t from, to; /* a number; the index of a word or app */
	int parameter;     /* instead of these; -1: none */
	int role;          /* -1: none */
	const char *text;
};

struct arg {
	struct item *items; /* of pairs name and value, by turns */
	uint32_t n;         /* 0: not there */
	struct attack_deed *deeds;
};

struct attack_deed {
	const struct deed_row *row;
	struct arg args[ARGS_MAX]; /* as in the row */
	struct attack_deed *next;
	uint32_t line, column;
};

/* The argument of that name, which the deed's row has. */
const struct arg *deed_arg(const struct attack_deed *deed, const char *name);

/* --- reading --- */

struct reader {
	struct attack *attack;
	const char *file;
	struct err *err;
	bool in_cast;
	unsigned perhaps, each; /* how many of those it is under */
	unsigned depth;
	size_t deeds;
};

/* An error at a node, with file, line and column in front.  -1. */
int reader_wrong(const struct reader *reader, const struct yaml *at,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Fails on any other type; `what` is what the text is, for messages. */
int reader_text(struct reader *reader, const struct yaml *node,
    const char *what, const char **out);

int reader_number(struct reader *reader, const struct yaml *node, uint32_t min,
    uint32_t max, uint32_t *out);

int deed_read_list(
    struct reader *reader, const struct yaml *list, struct attack_deed **out);

/* A map of roles. */
int deed_read_cast(
    struct reader *reader, const struct yaml *map, struct attack_deed **out);

/* --- measuring --- */

/* Longer waits shrink before the others where the period is short. */
#define WAIT_LONG_SECONDS 3600

#define DEEDS_PLAYED_MAX  20000
#define DEED_PEOPLE_MAX   32 /* SCENE_PEOPLE of attack_scene.h */

struct measure {
	uint64_t played, people;
	double waits;                   /* seconds of the long ones */
	const struct attack_deed *over; /* where it was too much; NULL: never */
};

/*
 * Adds what the deeds come to with those parameters, or at most (NULL); stops
 * where it is too much.
 */
void deed_measure(const struct attack_deed *deeds, const struct attack *attack,
    const struct attack_with *with, struct measure *measure);

#endif
