#ifndef CMD_RULES_H
#define CMD_RULES_H

#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "coverage/tally.h"
#include "pipeline.h"
#include "rule/rules.h"
#include "source/files.h"
#include "source/position.h"

/*
 * What the parts of `firn rules` share.
 */
struct loaded {
	struct rules *rules;
	struct rules_report report;
};

struct rules_args {
	bool json;
	bool ignore_logsource;
	const char *time_field;   /* NULL: as firn reads the time */
	const char *placeholders; /* a file; NULL: none */
	uint64_t record;          /* from 1 */
	bool cost;
	bool attack;
	const char *const *rules; /* files and folders; none: the shipped */
	size_t rule_count;
	const char *const *paths; /* of logs */
	size_t path_count;
};

/* What a file of placeholders says, for struct rules_source. */
struct placeholders {
	struct arena arena;
	struct rules_placeholder *list;
	size_t count;
};

/* Reads the file; what is in *out, also after a failure, is its arena's. */
int
rules_placeholders(struct placeholders *out, const char *path, struct err *err);

/*
 * Loads the rules given, or the shipped ones.  Given ones are read with the
 * shipped mappings, as a scan would, where there are any.  `more` has what
 * goes beside the paths and args->placeholders; NULL for nothing.
 */
int rules_open(struct loaded *loaded, const struct rules_args *args,
    const struct rules_source *more, struct err *err);
void rules_close(struct loaded *loaded);

/* What was refused: to stderr or, as the answer, to stdout. */
void rules_print_problems(const struct rules_report *report, FILE *out);

/*
 * Scans args->paths with what the options ask for beside paths, times, threads
 * and geography.  Positions are good as long as `files` is.
 */
int rules_scan(const struct rules_args *args, struct pipeline_options *options,
    struct files *files, struct tally *tally, struct err *err);

/* --- the verbs: each returns the exit code, or -1 with the error set --- */

int rules_check(const struct rules_args *args, struct err *err);
int rules_list(const struct rules_args *args, struct err *err);
int rules_test(const struct rules_args *args, struct err *err);
int rules_match(const struct rules_args *args, struct err *err);
int rules_explain(const struct rules_args *args, struct err *err);
int rules_backtest(const struct rules_args *args, struct err *err);
int rules_bench(const struct rules_args *args, struct err *err);

/* `list --cost` with the rules loaded. */
int rules_cost(const struct rules_args *args, const struct loaded *loaded,
    struct err *err);

/* `list --attack`: how many rules by tactic and technique. */
void rules_attack(struct buf *out, const struct rules *rules);

/* --- output --- */

/* A member, also if it is empty. */
void rules_json_member(struct buf *out, const char *key, struct slice text);

/* "file", "line" and "record" of a position. */
void rules_json_position(struct buf *out, const struct position *position);

/* "info" for informational: at most eight columns. */
const char *rules_level(const struct rule_meta *meta);

/* Writes the buffer to stdout and empties it. */
void rules_write(struct buf *out);

#endif
