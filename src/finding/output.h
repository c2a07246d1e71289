#ifndef FINDING_OUTPUT_H
#define FINDING_OUTPUT_H

#include <stdatomic.h>

#include "base/err.h"
#include "coverage/level.h"
#include "text/config.h"

/*
 * output - a way in which findings leave: what every kind of output is to its
 * outbox (outbox.h).
 *
 * A kind has a table for its part of the configuration and three functions.
 * All are called by one thread, open() by the one that configures.  send() says
 * what became of the findings and never tries again by itself: when, and what
 * is given up, is the outbox's business.  It comes back within a second after
 * place->stop is set.
 */
struct output;
struct mail_helper;

/* A finding to be sent; good during send(). */
struct output_item {
	uint64_t index;    /* of its record in the ledger */
	struct slice text; /* one OCSF object on one line, no line feed */
	struct slice uid, title, rule;
	enum level level;
	int64_t class_uid;
	int64_t time_us; /* EVENT_NO_TIME */
};

/* What an output may use; lives longer than it. */
struct output_place {
	const char *name;                    /* in the configuration */
	int64_t (*now)(void);                /* microseconds UTC */
	const atomic_bool *stop;             /* send() is to come back */
	struct mail_helper *mail;            /* NULL: none was started */
	bool (*wait)(void *ctx, int64_t us); /* false if stop was set */
	void *ctx;                           /* of wait() */
};

/* How much at once, and how often. */
struct output_limits {
	size_t count, bytes; /* of texts; a longer finding goes alone */
	int64_t every_us;    /* between two sendings, at least */
};

enum output_end {
	OUTPUT_SENT,    /* all of them */
	OUTPUT_AGAIN,   /* it may work later */
	OUTPUT_REFUSED, /* some of them will never be taken */
};

struct output_result {
	enum output_end end;
	size_t done; /* of the first, those that need not be sent again */
	/*
	 * REFUSED: how many of those behind are refused; 0: one or more, it is
	 * not known which.
	 */
	size_t refused;
	int64_t wait_us; /* AGAIN: not before; 0: as usual */
	struct err why;
};

/* What can be said of outputs of all kinds. */
struct output_common {
	unsigned level;   /* findings below it are passed over */
	const char *dead; /* file of dead letters; NULL: beside the cursor */
};

#define OUTPUT_ROWS                                                            \
	{                                                                      \
	    .name = "level",                                                   \
	    .type = CONFIG_WORD,                                               \
	    .at = offsetof(struct output_common, level),                       \
	    .preset = "informational",                                         \
	    .words = "informational|low|medium|high|critical",                 \
	    .help = "findings below this level are passed over",               \
	},                                                                     \
	{                                                                      \
		.name = "dead", .type = CONFIG_PATH,                           \
		.at = offsetof(struct output_common, dead),                    \
		.help = "file for findings that are refused for good; by "     \
		        "default beside the output's cursor",                  \
	}

struct output_kind {
	const char *name; /* "webhook" */
	/* Begins with OUTPUT_ROWS, and its struct with output_common. */
	const struct config_table *table;
	size_t config_size;
	/*
	 * Checks what the table cannot, and reads secrets; reaches nobody.
	 * What the configuration points to lives as long as the output.
	 */
	int (*open)(struct output **out, const struct output_place *place,
	    const void *config, struct output_limits *limits, struct err *err);
	/* *result is all zero before. */
	void (*send)(struct output *output, const struct output_item *items,
	    size_t n, struct output_result *result);
	void (*close)(struct output *output); /* NULL is allowed */
};

/* All of them, up to NULL. */
extern const struct output_kind *const output_kinds[];

extern const struct output_kind output_file, output_webhook, output_syslog,
    output_hec, output_mail;

/* NULL if there is none of that name. */
const struct output_kind *output_kind_find(struct slice name);

/* One output as it is configured. */
struct output_config {
	const struct output_kind *kind;
	/* Of the kind, in the file's arena; begins with output_common. */
	const void *config;
};

/*
 * An output's part of the configuration: its kind, and what that kind's table
 * has.
 */
int output_config_read(const struct config_file *file, const struct yaml *map,
    struct output_config *out, struct err *err);

/* The command of an output by mail, for mail_helper_start(); else NULL. */
const struct config_texts *
output_mail_command(const struct output_config *config);

/* AGAIN with these words; for send(). */
void output_again(struct output_result *result, const struct err *why);

#endif
