#ifndef CMD_RUN_CONFIG_H
#define CMD_RUN_CONFIG_H

#include "coverage/habit.h"
#include "finding/output.h"
#include "rule/rules.h"
#include "source/source.h"
#include "text/config.h"

/*
 * run_config - the configuration of `firn run`: one YAML file, checked whole
 * before anything begins.  docs/configuration.md has every key.
 */
struct run_source {
	const char *name;
	const struct source_kind *kind;
	const void *config;
};

struct run_output {
	const char *name;
	struct output_config output;
};

struct run_config {
	struct arena arena;
	struct config_file file;
	const char *ledger, *key, *geo, *listen;
	struct config_texts rules, addresses;
	bool shipped_rules, seal;
	struct config_texts holiday_texts;
	struct habit_days holidays;
	int64_t threads, lateness_us, queue_bytes, disk_min, check_us;
	int64_t assess_us;
	const struct yaml *source_part;
	struct run_source *sources;
	size_t source_count;
	const struct yaml *output_part;
	struct run_output *outputs;
	size_t output_count;
};

/* -1, with "file:line: ..." in *err.  To be released also then. */
int
run_config_read(struct run_config *config, const char *path, struct err *err);
void run_config_release(struct run_config *config);

/* The rules that it names. */
int run_config_rules(
    const struct run_config *config, struct rules **out, struct err *err);

/* All tables, as people read them. */
void run_config_describe(struct buf *out);

#endif
