#ifndef SOURCE_GRAPH_CONFIG_H
#define SOURCE_GRAPH_CONFIG_H

#include "source/entra.h"
#include "source/graph_api.h"

/*
 * graph_config - what is configured of a source of kind graph.
 */
struct graph_config {
	struct entra_config entra;
	const char *endpoint;
	struct config_texts streams, rules_of;
	bool state;
	int64_t poll_us, overlap_us, late_us, again_us, back_us;
	int64_t top, parallel, quota;
};

/* URL of the API, and the audience of its tokens; static or borrowed. */
const char *graph_endpoint(const struct graph_config *config);
const char *graph_audience(const struct graph_config *config);

/* Whether this activity is read. */
bool graph_config_wants(
    const struct graph_config *config, const struct graph_api *api);

#endif
