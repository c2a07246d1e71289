#ifndef SIM_SERVE_DELAY_H
#define SIM_SERVE_DELAY_H

#include <stdint.h>

#include "base/err.h"
#include "rng.h"
#include "serve_kind.h"

/*
 * serve_delay - how long a record takes from when it happened to when it is
 * there to be collected.
 */
enum delay_kind {
	DELAY_CONTENT,   /* mail, files, Teams: 60 to 90 minutes, to days */
	DELAY_DIRECTORY, /* of Entra in the audit log: minutes, to hours */
	DELAY_GRAPH,     /* Graph's own logs: minutes, some an hour */
	DELAY_HUB,       /* streamed: seconds to minutes */
};

/* Everything as Microsoft has it, times `scale`; 0: within a second. */
struct delay {
	double scale;
};

/* "none", "real", or the scale. */
int delay_parse(const char *text, struct delay *out, struct err *err);

/* Microseconds until a record is available. */
int64_t
delay_draw(const struct delay *delay, enum delay_kind kind, struct rng *rng);

/* The same from there until it comes a second time. */
int64_t delay_again(const struct delay *delay, struct rng *rng);

enum delay_kind delay_of_type(enum content_type type);

#endif
