#ifndef SIM_ATTACK_H
#define SIM_ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * attack - what intruders do, as a scenario that was read: a head, parameters
 * with the ranges that they are drawn from, a cast, steps of deeds, and ways to
 * come back.
 *
 * Scenarios are YAML; docs/sim.md has their members.  Those in sim/attacks/ are
 * part of the program.  What is wrong in one is told with its place,
 * "file:line:column: ...".  How much a scenario does is bounded when it is
 * read.
 */

/* The parameters that the simulator itself acts on; others are a scenario's. */
enum attack_parameter_id {
	WITH_VARIANT,     /* by which interface an app or token reads mail */
	WITH_CONTAIN,     /* what the tenant does afterwards */
	WITH_OWNER,       /* whether the victim works meanwhile */
	WITH_BACKGROUND,  /* the suite's own clients read the same mailbox */
	WITH_SYNC,        /* folders are taken as a whole, too */
	WITH_THROTTLE,    /* so much is read that the log stops */
	WITH_REPEATS,     /* the same is read again within the hour */
	WITH_ATTACHMENTS, /* an app opens attachments, too */
	WITH_COUNT,
};

enum { CONTAIN_NONE, CONTAIN_PARTIAL, CONTAIN_FULL };

#define PARAMETERS_MAX (WITH_COUNT + 12)
#define WORDS_MAX      4
#define ROLES_MAX      24
#define COMEBACKS_MAX  8

/* A word or a number, drawn once for each playing. */
struct attack_parameter {
	const char *name; /* NULL: the attack has none such */
	const char *help;
	const char *source; /* of a range; NULL: none was said */
	/* The first word is the plain one; of a hundred, so many draw each. */
	const char *words[WORDS_MAX];
	unsigned char shares[WORDS_MAX];
	unsigned n_words;         /* 0: a number */
	bool any;                 /* plainly it is any word, by seed */
	uint32_t from, to, plain; /* of a number */
};

/* What each is; 0 is the plain word. */
struct attack_with {
	uint32_t value[PARAMETERS_MAX];
};

/* Who or what takes part; a bit each, for what a deed takes. */
enum role_kind {
	ROLE_PERSON = 1,
	ROLE_PEOPLE = 2,
	ROLE_WHO = 4, /* someone who acts, from a place and in a session */
	ROLE_APP = 8,
};

struct attack_role {
	const char *name;
	enum role_kind kind;
	bool addressed; /* an app that has an address to act from */
};

/* A way to come back, which needs what is left of these kinds. */
struct comeback {
	const char *kinds; /* apart by blanks */
	struct attack_deed *deeds;
};

struct attack {
	const char *file; /* its name in messages */
	const char *name, *help;
	uint64_t key; /* what tells its seeds from those of others */
	/* where in the period it begins and ends, in percent */
	unsigned from, to;
	struct attack_parameter parameters[PARAMETERS_MAX];
	struct attack_role roles[ROLES_MAX];
	size_t n_roles;
	struct attack_deed *cast, *steps;
	struct comeback comebacks[COMEBACKS_MAX];
	size_t n_comebacks;
	struct arena arena; /* all texts and deeds */
};

/* `file` is its name in messages.  NULL if anything is wrong. */
struct attack *
attack_read(struct slice text, const char *file, struct err *err);

/* Reads a file. */
struct attack *attack_load(const char *path, struct err *err);

/* The scenario of that number in the program, from 0; NULL behind the last. */
struct attack *attack_builtin(size_t number);

void attack_free(struct attack *attack);

/* Its index; PARAMETERS_MAX if there is none of that name. */
unsigned attack_parameter_named(const struct attack *attack, struct slice name);

/* What the simulator knows of a parameter of its own: name, help, words. */
extern const struct attack_parameter attack_known[WITH_COUNT];

#endif
