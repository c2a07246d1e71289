#ifndef TEXT_CONFIG_H
#define TEXT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "text/yaml.h"

/*
 * config - a part of a configuration file, read by a table.
 *
 * Who is configured has a struct for it and a row for each key.  What the table
 * does not know, what is there twice, of the wrong type or out of bounds is an
 * error with its place, "file:line: ...".  Texts are NUL-terminated and live in
 * the arena, which is the one that the YAML was read into.  Secrets are never
 * written in a configuration: it names the file or the environment variable
 * that holds one.
 *
 * Times are written with a unit (ms, s, min, h, d), sizes with one (k, M, G).
 */
enum config_type {
	CONFIG_TEXT,   /* const char * */
	CONFIG_PATH,   /* const char *; relative to the file's folder */
	CONFIG_WORD,   /* unsigned: which of `words` */
	CONFIG_BOOL,   /* bool */
	CONFIG_COUNT,  /* int64_t */
	CONFIG_TIME,   /* int64_t, microseconds */
	CONFIG_SIZE,   /* int64_t, bytes */
	CONFIG_SECRET, /* struct config_secret */
	CONFIG_TEXTS,  /* struct config_texts */
	CONFIG_PATHS,  /* the same; relative to the file's folder */
	CONFIG_PART,   /* read by another table: const struct yaml * */
};

struct config_secret {
	const char *file, *env; /* one of them, or neither */
};

struct config_texts {
	const char **list;
	size_t count;
};

struct config_row {
	const char *name;
	enum config_type type;
	bool must;
	size_t at;          /* offset in the struct */
	const char *preset; /* as it would be written; NULL: all zero */
	int64_t min, max;   /* numbers, base units; 0, 0: 0 to INT64_MAX */
	const char *words;  /* CONFIG_WORD: "none|tls|..." */
	const char *help;   /* one sentence without a full stop */
};

struct config_table {
	const char *name; /* for people: "source m365" */
	const char *help;
	const struct config_row *rows;
	size_t count;
};

/* Where what is read comes from and goes to. */
struct config_file {
	const char *path; /* for messages */
	const char *dir;  /* relative paths begin here */
	struct arena *arena;
	const char *tag; /* a key that the caller has read; NULL */
};

/* Fills *out, presets first; `map` may be NULL, for an empty one. */
int
config_read(const struct config_file *file, const struct config_table *table,
    const struct yaml *map, void *out, struct err *err);

/* An error at a node: "file:line: " in front.  -1. */
int config_wrong(const struct config_file *file, const struct yaml *at,
    struct err *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds the table as people read it: key, type, bounds, preset, help. */
void config_describe(struct buf *out, const struct config_table *table);

/*
 * The secret's text, without a line end behind it.  A file must be readable by
 * its owner alone.  To be wiped by the caller: buf_release() does not.
 */
int config_secret_read(
    const struct config_secret *secret, struct buf *out, struct err *err);

#endif
