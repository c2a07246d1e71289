#ifndef SIM_DIRECTORY_ROWS_H
#define SIM_DIRECTORY_ROWS_H

#include "directory.h"

/*
 * directory_rows - the table of changes of the directory, for directory.c.
 */
enum directory_form {
	PLAIN,
	LIST, /* JSON in a string, laid out over lines; '\n' ends one */
};

/* A changed property.  Values may hold @FIELDs. */
struct directory_property {
	const char *name;
	const char *now;
	const char *before;
	enum directory_form form;
};

#define DIRECTORY_PROPERTIES 12

enum directory_target {
	TARGET_USER,
	TARGET_PRINCIPAL,
	TARGET_APP,
	TARGET_GROUP,
	TARGET_DEVICE
};

struct directory_row {
	const char *operation; /* in the audit log */
	const char *name;      /* in Graph */
	const char *category, *graph_category, *type;
	enum directory_target target;
	struct directory_property properties[DIRECTORY_PROPERTIES];
};

extern const struct directory_row directory_rows[CHANGE_COUNT];

/* What changes leave behind, and which fields name it. */
struct directory_left {
	const char *kind; /* NULL: nothing */
	enum field object, also;
};

extern const struct directory_left directory_left[CHANGE_COUNT];

#endif
